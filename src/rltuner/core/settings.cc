// SPDX-License-Identifier: Apache-2.0
#include "rltuner/core/settings.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <type_traits>

#include "rltuner/core/error.h"
#include "rltuner/core/text.h"

namespace rltuner {
namespace {

std::string FloatText(double value) {
  std::string text = fmt::format("{}", value);
  const bool is_integer = text.find_first_not_of("-0123456789") == std::string::npos;
  return is_integer ? text + ".0" : text;  // TOML reads 5 as an integer, 5.0 as a float
}

std::string QuotedText(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      quoted += fmt::format("\\u{:04X}", static_cast<int>(c));
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

// The bounds of an integer are stored as doubles; the largest do not convert back.
double LargestOf(const Setting& setting) {
  if (std::holds_alternative<int*>(setting.field)) return std::numeric_limits<int>::max();
  if (std::holds_alternative<std::int64_t*>(setting.field)) return 0x1p63;
  return std::numeric_limits<double>::infinity();
}

bool IsUnbounded(const Setting& setting) { return setting.maximum >= LargestOf(setting); }

bool IsUnboundedBelow(const Setting& setting) {
  // The least int is one further from 0 than the largest.
  const bool is_int = std::holds_alternative<int*>(setting.field);
  return setting.minimum <= (is_int ? std::numeric_limits<int>::min() : -LargestOf(setting));
}

}  // namespace

std::string Setting::Value() const {
  return std::visit(
      [](const auto* value) -> std::string {
        using T = std::remove_cvref_t<decltype(*value)>;
        if constexpr (std::is_same_v<T, double>) return FloatText(*value);
        if constexpr (std::is_same_v<T, std::string>) return QuotedText(*value);
        return fmt::format("{}", *value);
      },
      field);
}

std::string Setting::Range() const {
  if (std::holds_alternative<bool*>(field)) return "true|false";
  if (std::holds_alternative<std::string*>(field)) {
    return fmt::format("{}", fmt::join(choices, "|"));
  }
  if (IsUnbounded(*this)) {
    return IsUnboundedBelow(*this) ? "any" : fmt::format("{} or more", minimum);
  }
  if (IsUnboundedBelow(*this)) return fmt::format("{} or less", maximum);
  if (std::holds_alternative<double*>(field)) return fmt::format("{} .. {}", minimum, maximum);
  return fmt::format("{:.0f} .. {:.0f}", minimum, maximum);
}

void Setting::Assign(std::string_view value, std::string_view where) const {
  const auto assign = [&](auto* target) {
    using T = std::remove_cvref_t<decltype(*target)>;
    const std::string_view shown = value.empty() ? "empty" : value;
    if constexpr (std::is_same_v<T, std::string>) {
      if (!choices.empty() && std::ranges::find(choices, value) == choices.end()) {
        Fail("{}: {} is {}, expected {}", where, name, QuotedText(value), Range());
      }
      *target = value;
    } else if constexpr (std::is_same_v<T, bool>) {
      if (value != "true" && value != "false") {
        Fail("{}: {} is {}, expected true or false", where, name, shown);
      }
      *target = value == "true";
    } else {
      const auto number = ParseNumber<T>(value.substr(value.starts_with('+') ? 1 : 0));
      if (!number || !(static_cast<double>(*number) >= minimum) ||
          !(static_cast<double>(*number) <= maximum)) {
        const std::string range = Range();
        Fail("{}: {} is {}, expected {}{}", where, name, shown,
             std::is_same_v<T, double> ? "a number" : "a whole number",
             range == "any" ? "" : ": " + range);
      }
      *target = *number;
    }
  };
  std::visit(assign, field);
}

Settings& Settings::Add(std::string name, Setting::Field field, double minimum, double maximum,
                        std::string help) {
  entries_.push_back({std::move(name), field, std::move(help), minimum, maximum, {}});
  return *this;
}

Settings& Settings::Add(std::string name, bool* field, std::string help) {
  return Add(std::move(name), field, 0, 1, std::move(help));
}

Settings& Settings::Add(std::string name, std::string* field, std::vector<std::string> choices,
                        std::string help) {
  Add(std::move(name), field, 0, 0, std::move(help));
  entries_.back().choices = std::move(choices);
  return *this;
}

const Setting* Settings::Find(std::string_view name) const {
  const auto found = std::ranges::find(entries_, name, &Setting::name);
  return found == entries_.end() ? nullptr : &*found;
}

void CheckRanges(const Settings& settings) {
  for (const Setting& setting : settings.entries()) {
    const auto* const* text = std::get_if<std::string*>(&setting.field);
    const std::string value = text != nullptr ? **text : setting.Value();
    setting.Assign(value, settings.table());
  }
}

std::string OptionName(std::string_view setting) {
  std::string name = fmt::format("--{}", setting);
  std::ranges::replace(name, '_', '-');
  return name;
}

std::string NearestName(std::string_view name, std::span<const std::string> known) {
  std::string nearest;
  std::size_t least = std::max<std::size_t>(1, name.size() / 3) + 1;  // further off is no hint
  for (const std::string& candidate : known) {
    // A lower bound of the edits, because names may come from a file and be of any length.
    const std::size_t longer = std::max(name.size(), candidate.size());
    if (longer - std::min(name.size(), candidate.size()) >= least) continue;
    // Edit distance by rows: row[j] is the distance of a prefix of `name` to candidate[0 .. j).
    std::vector<std::size_t> row(candidate.size() + 1);
    for (std::size_t j = 0; j < row.size(); ++j) row[j] = j;
    for (std::size_t i = 0; i < name.size(); ++i) {
      std::size_t diagonal = row[0];
      row[0] = i + 1;
      for (std::size_t j = 1; j < row.size(); ++j) {
        const std::size_t replaced = diagonal + (name[i] == candidate[j - 1] ? 0 : 1);
        diagonal = row[j];
        row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
      }
    }
    if (row.back() < least) {
      least = row.back();
      nearest = candidate;
    }
  }
  return nearest;
}

std::vector<std::string_view> ListItems(std::string_view list) {
  std::vector<std::string_view> items;
  while (true) {
    const std::size_t comma = std::min(list.find(','), list.size());
    std::string_view item = list.substr(0, comma);
    item.remove_prefix(std::min(item.find_first_not_of(' '), item.size()));
    items.push_back(item.substr(0, item.find_last_not_of(' ') + 1));
    if (comma == list.size()) return items;
    list.remove_prefix(comma + 1);
  }
}

}  // namespace rltuner
