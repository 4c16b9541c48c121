// SPDX-License-Identifier: Apache-2.0
#include "rltuner/theory/score_json.h"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "rltuner/core/error.h"
#include "rltuner/melody/events.h"

namespace rltuner {
namespace {

constexpr int kDeepest = 64;
constexpr std::size_t kLongestLine = std::size_t{8} << 20;
constexpr std::size_t kMostEvents = 100'000;

// Reads a composition without building a tree, so that neither deep nesting nor long lines cost
// memory. Only the array "events" of the outermost object is looked at.
class CompositionReader final : public nlohmann::json_sax<nlohmann::json> {
 public:
  std::vector<std::uint8_t> events;
  std::string problem;  // one clause; empty while all is well

  bool found() const { return found_; }

  bool null() override { return Value("null"); }
  bool boolean(bool value) override { return Value(value ? "true" : "false"); }
  bool number_integer(number_integer_t value) override { return Number(value); }
  bool number_unsigned(number_unsigned_t value) override {
    constexpr auto kMost = static_cast<number_unsigned_t>(std::numeric_limits<int>::max());
    return Number(static_cast<number_integer_t>(std::min(value, kMost)));
  }
  bool number_float(number_float_t /*value*/, const string_t& text) override { return Value(text); }
  bool string(string_t& /*value*/) override { return Value("a text"); }
  bool binary(binary_t& /*value*/) override { return Value("bytes"); }

  bool start_object(std::size_t /*size*/) override { return Value("an object") && Deeper(); }
  bool end_object() override {
    --depth_;
    return true;
  }
  bool key(string_t& name) override {
    if (depth_ != 1) return true;
    is_events_ = name == "events";
    if (is_events_ && found_) return Refuse("\"events\" occurs twice");
    return true;
  }
  bool start_array(std::size_t /*size*/) override {
    if (depth_ == 1 && is_events_) {
      found_ = in_events_ = true;
      return Deeper();
    }
    return Value("an array") && Deeper();
  }
  bool end_array() override {
    --depth_;
    if (depth_ == 1) in_events_ = false;
    return true;
  }
  bool parse_error(std::size_t position, const std::string& /*token*/,
                   const nlohmann::detail::exception& /*error*/) override {
    return Refuse(fmt::format("not JSON at byte {}", position));
  }

 private:
  bool Refuse(std::string what) {
    problem = std::move(what);
    return false;
  }

  bool Deeper() {
    if (++depth_ > kDeepest) return Refuse(fmt::format("nested deeper than {}", kDeepest));
    return true;
  }

  bool Number(number_integer_t value) {
    if (in_events_ && value >= 0 && value < kVocabulary) {
      if (events.size() == kMostEvents) {
        return Refuse(fmt::format("more than {} events", kMostEvents));
      }
      events.push_back(static_cast<std::uint8_t>(value));
      return true;
    }
    return Value(fmt::format("{}", value));
  }

  // Anything but an event is right only where nothing is looked at.
  bool Value(std::string_view what) {
    if (in_events_) {
      return Refuse(fmt::format("event {} is {}, expected a whole number 0 .. {}",
                                events.size() + 1, what, kVocabulary - 1));
    }
    if (depth_ == 1 && is_events_) {
      return Refuse(fmt::format("\"events\" is {}, expected an array", what));
    }
    if (depth_ == 0 && what != "an object") {
      return Refuse(fmt::format("found {}, expected an object with \"events\"", what));
    }
    return true;
  }

  int depth_ = 0;
  bool is_events_ = false;  // the outermost object's current key
  bool in_events_ = false;
  bool found_ = false;
};

bool IsBlank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

void AppendArray(std::string& text, std::span<const float> values) {
  text += '[';
  for (std::size_t i = 0; i < values.size(); ++i) {
    text += fmt::format("{}{}", i == 0 ? "" : ",", values[i] + 0.0F);
  }
  text += ']';
}

}  // namespace

std::vector<std::uint8_t> ParseCompositionLine(std::string_view line, std::string_view where) {
  if (line.size() > kLongestLine) {
    Fail("{}: a line of {} bytes, expected at most {}", where, line.size(), kLongestLine);
  }
  CompositionReader reader;
  const bool read = nlohmann::json::sax_parse(line.begin(), line.end(), &reader);
  if (!read) Fail("{}: {}", where, reader.problem);
  if (!reader.found()) Fail("{}: no \"events\", expected {{\"events\":[...]}}", where);
  return std::move(reader.events);
}

void ForEachComposition(std::string_view text, std::string_view source,
                        const TakeComposition& each) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  bool any = false;
  for (std::int64_t number = 1; !text.empty(); ++number) {
    const std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (IsBlank(line)) continue;
    each(ParseCompositionLine(line, fmt::format("{}:{}", source, number)));
    any = true;
  }
  if (!any) Fail("{}: no composition, expected lines of {{\"events\":[...]}}", source);
}

std::string ScoreJson(const RuleSet& rules, const Score& score) {
  std::string text = "{\"rewards\":{";
  for (int rule = 0; rule < rules.size(); ++rule) {
    text += fmt::format("\"{}\":", rules.info(rule).name);
    AppendArray(text, score.rewards[static_cast<std::size_t>(rule)]);
    text += ',';
  }
  text += "\"total\":";
  AppendArray(text, score.total);
  text += "},\"statistics\":{";
  std::string_view comma;
  for (const TheoryCountInfo& count : TheoryCountInfos()) {
    text += fmt::format("{}\"{}\":{}", comma, count.name, score.counts.*count.field);
    comma = ",";
  }
  text += "},\"autocorrelation\":[";
  comma = "";
  for (const double coefficient : score.autocorrelation) {
    text += comma;
    text += std::isnan(coefficient) ? "null" : fmt::format("{}", coefficient);
    comma = ",";
  }
  text += "]}";
  return text;
}

}  // namespace rltuner
