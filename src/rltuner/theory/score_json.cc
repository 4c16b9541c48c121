// SPDX-License-Identifier: Apache-2.0
#include "rltuner/theory/score_json.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "rltuner/core/error.h"
#include "rltuner/core/text.h"

namespace rltuner {
namespace {

constexpr int kDeepest = 64;
constexpr std::size_t kLongestLine = std::size_t{8} << 20;
constexpr std::size_t kMostEvents = 100'000;

using nlohmann::json;

constexpr std::array<std::string_view, 4> kKnown = {"events", "pickup", "metre", "key"};

// Keeps only the known keys of a line's outermost object, so that neither deep nesting nor long
// lines cost memory.
json ParseKnown(std::string_view line, std::string_view where) {
  std::set<std::string> found;
  bool is_known = false;  // the outermost object's current key
  const auto keep = [&](int depth, json::parse_event_t event, const json& parsed) {
    if (depth > kDeepest) Fail("{}: nested deeper than {}", where, kDeepest);
    if (event == json::parse_event_t::key && depth == 1) {
      is_known = std::ranges::count(kKnown, parsed.get<std::string>()) > 0;
      if (is_known && !found.insert(parsed).second) {
        Fail("{}: {} occurs twice", where, parsed.dump());
      }
    }
    return depth == 0 || is_known;
  };
  try {
    return json::parse(line, keep);
  } catch (const json::parse_error& error) {
    Fail("{}: not JSON at byte {}, expected {{\"events\":[...]}}", where, error.byte);
  } catch (const json::exception&) {
    Fail("{}: not JSON: a number is too large", where);
  }
}

// A number as it is; for other values, their type.
std::string Shown(const json& value) {
  return value.is_number() ? value.dump() : std::string(value.type_name());
}

// The text under a key of the line; "" if there is none. Error for other values.
std::string TextAt(const json& object, const char* key, std::string_view where) {
  if (!object.contains(key)) return "";
  const json& value = object[key];
  if (!value.is_string()) Fail("{}: \"{}\" is {}, expected a text", where, key, Shown(value));
  return value;
}

bool IsBlank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

std::string ArrayText(std::vector<float> values) {
  for (float& value : values) value += 0.0F;  // -0 becomes 0
  return fmt::format("[{}]", fmt::join(values, ","));
}

}  // namespace

CompositionLine ParseCompositionLine(std::string_view line, std::string_view where, int classes) {
  if (line.size() > kLongestLine) {
    Fail("{}: a line of {} bytes, expected at most {}", where, line.size(), kLongestLine);
  }
  const json object = ParseKnown(line, where);
  if (!object.is_object()) {
    Fail("{}: found {}, expected an object with \"events\"", where, Shown(object));
  }
  if (!object.contains("events")) Fail("{}: no \"events\", expected {{\"events\":[...]}}", where);
  const json& events = object["events"];
  if (!events.is_array()) {
    Fail("{}: \"events\" is {}, expected an array", where, Shown(events));
  }
  if (events.size() > kMostEvents) Fail("{}: more than {} events", where, kMostEvents);
  CompositionLine composition;
  if (object.contains("pickup")) {
    const json& pickup = object["pickup"];
    if (!pickup.is_number_integer() || pickup < 0 || pickup > kMostEvents) {
      Fail("{}: \"pickup\" is {}, expected a whole number of steps", where, Shown(pickup));
    }
    composition.context.pickup = pickup;
  }
  if (const std::string metre = TextAt(object, "metre", where); !metre.empty()) {
    composition.context.metre = ParseMetre(metre, fmt::format("{}: metre", where));
  }
  if (const std::string text = TextAt(object, "key", where); !text.empty()) {
    const Key key = ParseKey(text, fmt::format("{}: key", where));
    composition.context.tonic = key.tonic;
    composition.context.mode = key.mode;
  }
  for (const json& event : events) {
    if (!event.is_number_integer() || event < 0 || event >= classes) {
      Fail("{}: event {} is {}, expected a whole number 0 .. {}", where,
           composition.events.size() + 1, Shown(event), classes - 1);
    }
    composition.events.push_back(event.get<std::uint8_t>());
  }
  return composition;
}

void ForEachComposition(std::string_view text, std::string_view source, const TakeComposition& each,
                        int classes) {
  text = WithoutByteOrderMark(text);
  bool any = false;
  for (std::int64_t number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (IsBlank(line)) continue;
    each(ParseCompositionLine(line, fmt::format("{}:{}", source, number), classes));
    any = true;
  }
  if (!any) Fail("{}: no composition, expected lines of {{\"events\":[...]}}", source);
}

std::string ScoreJson(const RuleSet& rules, const Score& score) {
  std::string rewards;
  for (int rule = 0; rule < rules.size(); ++rule) {
    rewards += fmt::format("\"{}\":{},", rules.info(rule).name,
                           ArrayText(score.rewards[static_cast<std::size_t>(rule)]));
  }
  std::vector<std::string> counts, coefficients;
  for (const TheoryCountInfo& count : TheoryCountInfos()) {
    counts.push_back(fmt::format("\"{}\":{}", count.name, score.counts.*count.field));
  }
  for (const double value : score.autocorrelation) {
    coefficients.push_back(std::isnan(value) ? "null" : fmt::format("{}", value));
  }
  return fmt::format(
      "{{\"rewards\":{{{}\"total\":{}}},\"statistics\":{{{}}},\"autocorrelation\":[{}]}}", rewards,
      ArrayText(score.total), fmt::join(counts, ","), fmt::join(coefficients, ","));
}

}  // namespace rltuner
