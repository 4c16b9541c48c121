// SPDX-License-Identifier: Apache-2.0
#include "rltuner/studio/handler.h"

namespace rltuner::studio {
namespace {

// The part of `path` where the pattern has its *, "" without one; nullopt if it is another path.
std::optional<std::string_view> Match(std::string_view pattern, std::string_view path) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) {
    return pattern == path ? std::optional<std::string_view>("") : std::nullopt;
  }
  const std::string_view rest = pattern.substr(star + 1);
  if (path.size() + 1 < pattern.size() || !path.starts_with(pattern.substr(0, star)) ||
      !path.ends_with(rest)) {
    return std::nullopt;
  }
  const std::string_view part = path.substr(star, path.size() - star - rest.size());
  return part.find('/') == std::string_view::npos ? std::optional(part) : std::nullopt;
}

// Numbers are numbers, everything else is text.
Json QueryJson(const std::map<std::string, std::string>& query) {
  Json json = Json::object();
  for (const auto& [key, value] : query) {
    const Json parsed = Json::parse(value, nullptr, false);
    json[key] = parsed.is_number() ? parsed : Json(value);
  }
  return json;
}

}  // namespace

ServiceReply Handler::Handle(const ServiceRequest& request) const {
  try {
    bool other_method = false;
    for (const Route& route : routes_) {
      const auto part = Match(route.pattern, request.path);
      if (!part) continue;
      other_method = true;
      if (route.method != request.method) continue;
      return route.answer({request, *part, {QueryJson(request.query), route.query}});
    }
    return other_method ? ErrorReply(405, request.method + " is not possible here")
                        : ErrorReply(404, "there is nothing at this address");
  } catch (const RequestError& error) {
    return ErrorReply(error.status(), error.what());
  } catch (const Error& error) {
    return ErrorReply(400, error.what());
  } catch (const std::exception& error) {
    return ErrorReply(500, fmt::format("the server failed: {}", error.what()));
  }
}

}  // namespace rltuner::studio
