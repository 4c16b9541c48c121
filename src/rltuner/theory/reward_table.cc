// SPDX-License-Identifier: Apache-2.0
#include "rltuner/theory/reward_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>

#include "rltuner/core/error.h"

namespace rltuner {

void RewardTable::Prepare(const char* name, int entries, double most,
                          std::span<const int> repeats) {
  constexpr std::size_t kMost = 64;
  constexpr std::string_view kSpaces = " \t\r\n";
  std::vector<double> values;
  std::string_view text = text_;
  text = text.substr(0, text.find_last_not_of(kSpaces) + 1);
  const bool goes_on = text.ends_with(" ...");
  if (goes_on) text.remove_suffix(4);
  text.remove_prefix(std::min(text.find_first_not_of(kSpaces), text.size()));
  bool read = true;
  while (read && !text.empty()) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    read = error == std::errc{} && std::abs(value) <= most && values.size() < kMost;
    values.push_back(value);
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    read = read && text.find_first_not_of(kSpaces) != 0;
    text.remove_prefix(std::min(text.find_first_not_of(kSpaces), text.size()));
  }
  if (!read || values.size() < (goes_on ? 2 : 1)) {
    Fail(
        "{} is \"{}\", expected 1 .. {} numbers from {:g} to {:g} apart by spaces, such as "
        "\"0 1 3\" or \"0 1 ...\"",
        name, text_, kMost, -most, most);
  }
  if (!goes_on && !repeats.empty() && values.size() == repeats.size()) {
    std::vector<double> repeated;
    for (std::size_t i = 0; i < values.size(); ++i) {
      repeated.insert(repeated.end(), static_cast<std::size_t>(repeats[i]), values[i]);
    }
    values = std::move(repeated);
  }
  if (entries > 0 && (goes_on || static_cast<int>(values.size()) != entries)) {
    Fail("{} is \"{}\", expected {} numbers", name, text_, entries);
  }
  values_ = std::move(values);
  goes_on_ = goes_on;
  further_ = goes_on ? values_.back() - values_[values_.size() - 2] : 0;
}

void RewardTable::Set(std::span<const double> values) {
  values_.assign(values.begin(), values.end());
  goes_on_ = false;
  text_ = fmt::format("{:.3f}", fmt::join(values, " "));
}

}  // namespace rltuner
