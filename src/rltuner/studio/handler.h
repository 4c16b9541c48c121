// SPDX-License-Identifier: Apache-2.0
// What a server needs from the service behind it, without the network.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

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

// Thread-safe.
class Handler {
 public:
  virtual ~Handler() = default;

  // Answers any request below /api/ except /api/events. An exception becomes an error reply: a
  // RequestError with its status, another Error with 400, anything else with 500.
  ServiceReply Handle(const ServiceRequest& request) const;

  // What /api/events sends.
  virtual EventStream& events() = 0;

  // Seconds since any moment.
  virtual const std::function<double()>& clock() const = 0;

 protected:
  struct Call {
    const ServiceRequest& request;
    std::string_view part;  // what the pattern's * stands for in the path
    RequestFields query;

    RequestFields Body(const std::vector<std::string_view>& known) const {
      return {ParseRequest(request.body), known};
    }
  };
  struct Route {
    std::string_view method, pattern;  // "/api/versions/*/file"
    std::function<ServiceReply(const Call& call)> answer;
    std::vector<std::string_view> query = {};  // the keys that may follow the ?
  };

  // What the service answers; set by its constructor.
  std::vector<Route> routes_;
};

}  // namespace rltuner::studio
