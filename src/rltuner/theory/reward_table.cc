// SPDX-License-Identifier: Apache-2.0
#include "rltuner/theory/reward_table.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>

#include "rltuner/core/error.h"
#include "rltuner/core/text.h"

namespace rltuner {

void RewardTable::Prepare(const char* name, int entries, double most,
                          std::span<const int> repeats) {
  constexpr std::size_t kMost = 64;
  constexpr std::string_view kSpaces = " \t\r\n";
  std::vector<double> values;
  bool read = true, goes_on = false;
  std::string_view rest = text_;
  while (read) {
    rest.remove_prefix(std::min(rest.find_first_not_of(kSpaces), rest.size()));
    if (rest.empty()) break;
    const std::string_view word = rest.substr(0, rest.find_first_of(kSpaces));
    rest.remove_prefix(word.size());
    read = !goes_on;  // nothing comes after it
    goes_on = word == "...";
    if (goes_on) continue;
    const std::optional<double> value = ParseNumber<double>(word);
    read = read && value && std::abs(*value) <= most && values.size() < kMost;
    if (read) values.push_back(*value);
  }
  if (!read || values.size() < (goes_on ? 2 : 1)) {
    Fail(
        "{} is \"{}\", expected 1 .. {} numbers from {:g} to {:g} separated by spaces, such as "
        "\"0 1 3\" or \"0 1 ...\"",
        name, text_, kMost, -most, most);
  }
  if (!goes_on && values.size() == repeats.size()) {
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
