// SPDX-License-Identifier: Apache-2.0
#include "rltuner/studio/guard.h"

#include <httplib.h>

#include <algorithm>
#include <cstdint>

#include "rltuner/core/text.h"

namespace rltuner::studio {
namespace {

constexpr std::size_t kLargestJson = std::size_t{64} << 10;
constexpr std::size_t kLargestPrimer = std::size_t{1} << 20;
constexpr std::size_t kMostClients = 10'000;  // whose rate is remembered

// "host" of "host:port", brackets of an IPv6 address kept.
std::string_view WithoutPort(std::string_view host) {
  const std::size_t colon = host.rfind(':');
  const std::size_t bracket = host.rfind(']');
  const bool has_port =
      colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  return has_port ? host.substr(0, colon) : host;
}

bool IsIpAddress(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) return true;
  return !host.empty() && host.find_first_not_of("0123456789.") == std::string_view::npos;
}

bool IsBinaryPath(std::string_view path) {
  return path == "/api/primer" || path == "/api/versions/file";
}

bool IsHeavy(const httplib::Request& request) {
  const std::string_view path = request.path;
  return path == "/api/figures" ||
         (request.method == "POST" &&
          (path == "/api/melodies" || path == "/api/versions" || IsBinaryPath(path)));
}

std::string_view CookieValue(std::string_view cookies, std::string_view name) {
  while (!cookies.empty()) {
    const std::size_t end = std::min(cookies.find(';'), cookies.size());
    std::string_view cookie = cookies.substr(0, end);
    cookies.remove_prefix(std::min(end + 1, cookies.size()));
    while (cookie.starts_with(' ')) cookie.remove_prefix(1);
    if (cookie.starts_with(name) && cookie.substr(name.size()).starts_with('=')) {
      return cookie.substr(name.size() + 1);
    }
  }
  return {};
}

}  // namespace

bool IsLoopback(std::string_view address) {
  return address == "localhost" || address == "::1" || address == "[::1]" ||
         (address.starts_with("127.") && IsIpAddress(address));
}

Guard::Guard(GuardOptions options, std::function<double()> clock)
    : options_(std::move(options)), clock_(std::move(clock)) {
  std::ranges::transform(options_.hosts, options_.hosts.begin(), Lower);
}

Denial Guard::Check(const httplib::Request& request) {
  const std::string host = Lower(request.get_header_value("Host"));  // names have no case
  if (!KnowsHost(host)) return {403, "this server is not known by the name in the header Host"};
  const bool changes = request.method != "GET" && request.method != "HEAD";
  const std::string origin = Lower(request.get_header_value("Origin"));
  const bool foreign_origin =
      !origin.empty() && origin != "http://" + host && origin != "https://" + host;
  const std::string site = request.get_header_value("Sec-Fetch-Site");
  const bool foreign_site = site == "cross-site" || site == "same-site";
  // A link on another site may open the page, but nothing else.
  if (foreign_origin || (foreign_site && (changes || request.path.starts_with("/api/")))) {
    return {403, "requests from other sites are refused"};
  }
  if (!HasToken(request)) {
    return {401, "a token is needed: open the address as it was printed, including the token"};
  }
  if (Denial denial = CheckBody(request); denial.status != 0) return denial;
  if (!Spend(request.remote_addr, IsHeavy(request))) {
    return {429, "too many requests; wait a moment"};
  }
  return {};
}

bool Guard::KnowsHost(const std::string& host) const {
  const std::string_view name = WithoutPort(host);
  if (std::ranges::find(options_.hosts, name) != options_.hosts.end()) return true;
  const std::string port = ":" + std::to_string(options_.port);
  const bool right_port = host == std::string(name) + port || (options_.port == 80 && name == host);
  return right_port && (IsLoopback(name) || (options_.any_address && IsIpAddress(name)));
}

bool Guard::IsToken(std::string_view text) const {
  if (text.size() != options_.token.size()) return false;
  int difference = 0;
  for (std::size_t i = 0; i < text.size(); ++i) difference |= text[i] ^ options_.token[i];
  return difference == 0;
}

bool Guard::HasToken(const httplib::Request& request) const {
  if (options_.token.empty()) return true;
  constexpr std::string_view kBearer = "Bearer ";
  const std::string header = request.get_header_value("Authorization");
  const std::string_view authorization = header;
  return (authorization.starts_with(kBearer) && IsToken(authorization.substr(kBearer.size()))) ||
         IsToken(CookieValue(request.get_header_value("Cookie"), CookieName()));
}

Denial Guard::CheckBody(const httplib::Request& request) {
  if (request.has_header("Transfer-Encoding")) {
    return {411, "the body's length is missing; expected the header Content-Length"};
  }
  const std::string text = request.get_header_value("Content-Length");
  if (text.empty() || text == "0") return {};
  const auto length = ParseNumber<std::uint64_t>(text);
  const std::size_t largest = request.path == "/api/versions/file" ? kLargestBody
                              : request.path == "/api/primer"      ? kLargestPrimer
                                                                   : kLargestJson;
  if (text.find_first_not_of("0123456789") != std::string::npos) {
    return {400, "the header Content-Length is " + text + "; expected a number of bytes"};
  }
  if (!length || *length > largest) {
    return {413, "the body is too large; expected at most " + std::to_string(largest) + " bytes"};
  }
  // A form on a foreign page cannot send these types unless the server allows it first.
  const std::string type = request.get_header_value("Content-Type");
  const std::string wrong = "the body is of the wrong type; expected Content-Type: ";
  if (!IsBinaryPath(request.path)) {
    if (!type.starts_with("application/json")) return {400, wrong + "application/json"};
  } else if (!type.starts_with("application/octet-stream") && !type.starts_with("audio/mid")) {
    return {400, wrong + "application/octet-stream or audio/midi"};
  }
  return {};
}

bool Guard::Spend(const std::string& client, bool heavy) {
  const double now = clock_();
  const std::scoped_lock lock(mutex_);
  if (buckets_.size() >= kMostClients) buckets_.clear();
  const auto [found, is_new] =
      buckets_.try_emplace(client, Bucket{options_.burst, options_.heavy_burst, now});
  Bucket& bucket = found->second;
  const double seconds = now - bucket.time;
  bucket.time = now;
  bucket.tokens = std::min(options_.burst, bucket.tokens + seconds * options_.requests_per_second);
  bucket.heavy_tokens =
      std::min(options_.heavy_burst, bucket.heavy_tokens + seconds * options_.heavy_per_second);
  if (bucket.tokens < 1 || (heavy && bucket.heavy_tokens < 1)) return false;
  bucket.tokens -= 1;
  if (heavy) bucket.heavy_tokens -= 1;
  return true;
}

}  // namespace rltuner::studio
