// SPDX-License-Identifier: Apache-2.0
#include "rltuner/studio/json.h"

#include <algorithm>

#include "rltuner/core/text.h"

namespace rltuner::studio {
namespace {

constexpr int kDeepest = 8;

std::string ValidUtf8(std::string_view text) {
  std::string valid;
  while (!text.empty()) {
    const std::size_t length = Utf8Length(text);
    valid += length == 0 ? "\uFFFD" : text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return valid;
}

}  // namespace

double Rounded(double x) {
  if (x == 0 || !std::isfinite(x)) return x;
  const double scale = std::pow(10.0, 4 - std::floor(std::log10(std::abs(x))));
  return std::round(x * scale) / scale;
}

std::string ToText(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json ParseSaved(const std::string& text, std::string_view source) {
  Json parsed = Json::parse(text, nullptr, false);
  if (!parsed.is_object()) Fail("{}: damaged; expected a JSON object of the studio", source);
  return parsed;
}

Json ParseRequest(std::string_view body) {
  if (body.empty()) return Json::object();
  const auto shallow = [](int depth, Json::parse_event_t /*event*/, Json& /*parsed*/) {
    if (depth > kDeepest) Fail("the body is nested deeper than {}", kDeepest);
    return true;
  };
  Json parsed = Json::parse(body, shallow, false);
  if (!parsed.is_object()) Fail("the body is not a JSON object");
  return parsed;
}

RequestFields::RequestFields(Json body, const std::vector<std::string_view>& known)
    : body_(std::move(body)) {
  for (const auto& item : body_.items()) {
    if (std::ranges::find(known, item.key()) != known.end()) continue;
    const std::string expected = known.empty() ? "none" : fmt::format("{}", fmt::join(known, ", "));
    Fail("unknown field {}; known: {}", Shown(item.key()), expected);
  }
}

const Json* RequestFields::Find(std::string_view name) const {
  const auto found = body_.find(std::string(name));
  return found == body_.end() ? nullptr : &*found;
}

std::optional<double> RequestFields::Number(std::string_view name, double minimum,
                                            double maximum) const {
  const Json* const value = Find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_number() ||
      !(value->get<double>() >= minimum && value->get<double>() <= maximum)) {
    Fail("{} is {}; expected a number, {} .. {}", name, Shown(*value), minimum, maximum);
  }
  return value->get<double>();
}

std::optional<std::int64_t> RequestFields::Whole(std::string_view name, std::int64_t minimum,
                                                 std::int64_t maximum) const {
  const Json* const value = Find(name);
  if (value == nullptr) return std::nullopt;
  // An unsigned number above the largest signed one would wrap around.
  const bool fits = value->is_number_unsigned()
                        ? value->get<std::uint64_t>() <= static_cast<std::uint64_t>(maximum)
                        : value->is_number_integer() && value->get<std::int64_t>() <= maximum;
  if (!fits || value->get<std::int64_t>() < minimum) {
    Fail("{} is {}; expected a whole number, {} .. {}", name, Shown(*value), minimum, maximum);
  }
  return value->get<std::int64_t>();
}

std::optional<bool> RequestFields::Flag(std::string_view name) const {
  const Json* const value = Find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_boolean()) Fail("{} is {}; expected true or false", name, Shown(*value));
  return value->get<bool>();
}

std::optional<std::string> RequestFields::Text(std::string_view name, std::size_t longest) const {
  const Json* const value = Find(name);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) Fail("{} is {}; expected a text", name, Shown(*value));
  std::string text = ValidUtf8(value->get<std::string>());
  if (const std::size_t length = CodePoints(text); length > longest) {
    Fail("{} has {} characters; expected at most {}", name, length, longest);
  }
  std::ranges::replace_if(
      text, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return text;
}

std::optional<std::vector<int>> RequestFields::Events(std::string_view name, std::size_t longest,
                                                      int classes) const {
  const Json* const value = Find(name);
  if (value == nullptr) return std::nullopt;
  const auto is_event = [classes](const Json& event) {
    return event.is_number_integer() && event >= 0 && event < classes;
  };
  if (!value->is_array() || value->size() > longest ||
      !std::all_of(value->begin(), value->end(), is_event)) {
    Fail("{} is {}; expected at most {} events, each 0 .. {}", name, Shown(*value), longest,
         classes - 1);
  }
  return value->get<std::vector<int>>();
}

std::string Shown(const Json& value) {
  constexpr std::size_t kLongest = 40;
  std::string text = value.dump(-1, ' ', true, Json::error_handler_t::replace);
  if (text.size() > kLongest) text = text.substr(0, kLongest) + "...";
  return text;
}

}  // namespace rltuner::studio
