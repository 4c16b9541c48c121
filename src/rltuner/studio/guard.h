// SPDX-License-Identifier: Apache-2.0
// The checks that a request passes before it is handled.
#pragma once

#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace httplib {
struct Request;
}

namespace rltuner::studio {

struct GuardOptions {
  int port = 0;
  std::string token;                 // "" = none needed: only on loopback
  bool any_address = false;          // listens on every address of the machine
  std::vector<std::string> hosts;    // names by which a browser may know this server
  double requests_per_second = 200;  // sustained, from one client address
  double burst = 600;                // and at once
  double heavy_per_second = 10;      // the same for requests that compute
  double heavy_burst = 40;
};

// The answer to a refused request; status 0 lets the request through.
struct Denial {
  int status = 0;
  std::string message;
};

// Refuses, in this order: a Host that is not this server (a foreign site's name that points here),
// a foreign Origin, a missing or wrong token, a body that is too large for its path or has another
// type than expected, and too many requests. Thread-safe.
class Guard {
 public:
  // `clock`: seconds since any moment.
  Guard(GuardOptions options, std::function<double()> clock);

  Denial Check(const httplib::Request& request);

  // True if the text is the token. The time that this takes does not reveal how much of it is
  // right.
  bool IsToken(std::string_view text) const;

  // The cookie that carries the token. It names the port, because all ports of a host share its
  // cookies.
  std::string CookieName() const { return "rltuner_studio_" + std::to_string(options_.port); }

 private:
  bool KnowsHost(const std::string& host) const;
  bool HasToken(const httplib::Request& request) const;
  static Denial CheckBody(const httplib::Request& request);
  bool Spend(const std::string& client, bool heavy);

  struct Bucket {
    double tokens, heavy_tokens, time;
  };

  GuardOptions options_;
  std::function<double()> clock_;
  std::mutex mutex_;
  std::map<std::string, Bucket> buckets_;  // by client address
};

// The largest body of any request, bytes.
inline constexpr std::size_t kLargestBody = std::size_t{32} << 20;

// True for 127.x.x.x, ::1 and localhost.
bool IsLoopback(std::string_view address);

}  // namespace rltuner::studio
