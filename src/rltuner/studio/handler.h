// SPDX-License-Identifier: Apache-2.0
// What a server needs from the service behind it, without the network.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "rltuner/studio/event_stream.h"
#include "rltuner/studio/json.h"

namespace rltuner::studio {

struct ServiceRequest {
  std::string method, path;  // the path is decoded and has no query
  std::map<std::string, std::string> query = {};
  std::string body = {};
};

struct ServiceReply {
  int status = 200;
  std::string type = "application/json";
  std::string body = {};
  std::string download = {};  // "" or the name a browser saves it under
};

// A reply with this body.
inline ServiceReply JsonReply(const Json& json, int status = 200) {
  return {.status = status, .body = ToText(json)};
}

// {"error": message} with that status.
inline ServiceReply ErrorReply(int status, std::string_view message) {
  return JsonReply({{"error", message}}, status);
}

// Returns what `answer` returns. An exception becomes an error reply: a RequestError with its
// status, another Error with 400, anything else with 500.
inline ServiceReply Reply(const std::function<ServiceReply()>& answer) {
  try {
    return answer();
  } catch (const RequestError& error) {
    return ErrorReply(error.status(), error.what());
  } catch (const Error& error) {
    return ErrorReply(400, error.what());
  } catch (const std::exception& error) {
    return ErrorReply(500, fmt::format("the server failed: {}", error.what()));
  }
}

// Thread-safe.
class Handler {
 public:
  virtual ~Handler() = default;

  // Answers any request below /api/ except /api/events. Throws nothing.
  virtual ServiceReply Handle(const ServiceRequest& request) = 0;

  // What /api/events sends.
  virtual EventStream& events() = 0;

  // Seconds since any moment.
  virtual const std::function<double()>& clock() const = 0;
};

}  // namespace rltuner::studio
