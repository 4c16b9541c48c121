// SPDX-License-Identifier: Apache-2.0
#include "rltuner/studio/sliders.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <sstream>

#include "rltuner/theory/rule.h"
#include "rltuner/theory/rule_set.h"

namespace rltuner::studio {
namespace {

// Ends of the sliders as factors of the recipe's weights. The rules named here affect the number of
// notes most: `motif` and `leap` reward notes, only `preferred_intervals` pays for holds, and
// `high_low_unique` makes each further note a risk. Too much `repeated_motif` makes melodies alike.
struct WeightEnds {
  std::string_view rule;
  double least = 0, largest = 2;
};
constexpr std::array<WeightEnds, 5> kWeightEnds = {{
    {"motif", 0.5, 1.1},
    {"leap", 0, 1.25},
    {"preferred_intervals", 0.75, 2},
    {"high_low_unique", 0.75, 2},
    {"repeated_motif", 0, 1.5},
}};

// Ends of the sliders as distances from the tunes' values. Rules that are not named here have no
// slider: their tables count kinds of melodies, such as melodies that begin with a step, and kinds
// have no order.
struct WishEnds {
  std::string_view rule;
  double below, above;
  double most = kHighestReward;  // the most that a melody can have
};
constexpr std::array<WishEnds, 12> kWishEnds = {{
    {"metre", 3, 1},
    {"phrase", 1, 0.6},
    {"cadence", 1.5, 0.4},
    {"form", 2, 1.5},
    {"contour", 1.5, 1.5},
    {"steps_and_skips", 4, 1.5},
    {"rhythm", 2, 1.5},
    {"subdivision", 3, 1.5},
    {"beat_notes", 0.4, 0.8},
    {"range", 1.5, 0.3, 0},
    {"repetition", 0.6, 0.3},
    {"tonality", 1.5, 1.5},
}};

std::vector<double> NumbersOf(const std::string& target) {
  std::istringstream text(target);
  std::vector<double> numbers;
  for (double number = 0; text >> number;) numbers.push_back(number);
  return numbers;
}

double MeanEntry(const std::vector<double>& shares) {
  double sum = 0;
  double mean = 0;
  for (std::size_t i = 0; i < shares.size(); ++i) {
    sum += shares[i];
    mean += static_cast<double>(i) * shares[i];
  }
  return sum == 0 ? 0 : mean / sum;
}

// The least and the most that can be wished: of a table, its first and last entry with a share.
std::pair<double, double> EndsOf(const std::string& target, double most) {
  std::vector<double> shares = NumbersOf(target);
  if (shares.size() == 1) return {-kHighestReward, most};
  while (shares.size() > 1 && shares.back() == 0) shares.pop_back();
  const auto first = std::ranges::find_if(shares, [](double share) { return share > 0; });
  return {first - shares.begin(), shares.size() - 1};
}

std::string TextOf(const std::vector<double>& numbers) {
  return fmt::format("{:.4f}", fmt::join(numbers, " "));
}

}  // namespace

std::vector<Slider> WeightSliders(const RuleSet& rules) {
  std::vector<Slider> sliders;
  for (int rule = 0; rule < rules.size(); ++rule) {
    const double weight = rules.weight(rule);
    const auto found = std::ranges::find(kWeightEnds, rules.info(rule).name, &WeightEnds::rule);
    const WeightEnds ends = found == kWeightEnds.end() ? WeightEnds() : *found;
    sliders.push_back({.rule = std::string(rules.info(rule).name),
                       .least = Rounded(std::min(ends.least * weight, ends.largest * weight)),
                       .largest = Rounded(std::max(ends.least * weight, ends.largest * weight)),
                       .usual = weight});
  }
  return sliders;
}

std::vector<Slider> WishSliders(const RuleSet& rules, const RuleTargets& targets) {
  std::vector<Slider> sliders;
  for (int rule = 0; rule < rules.size(); ++rule) {
    const std::string_view name = rules.info(rule).name;
    const auto ends = std::ranges::find(kWishEnds, name, &WishEnds::rule);
    if (targets.Of(name).empty() || ends == kWishEnds.end()) continue;
    const double usual = AmountOf(targets.Of(name));
    const auto [fewest, most] = EndsOf(targets.Of(name), ends->most);
    if (fewest == most) continue;  // all tunes have the same
    sliders.push_back({.rule = std::string(name),
                       .least = Rounded(std::max(usual - ends->below, fewest)),
                       .largest = Rounded(std::min(usual + ends->above, most)),
                       .usual = usual});
  }
  return sliders;
}

double AmountOf(const std::string& target) {
  const std::vector<double> numbers = NumbersOf(target);
  return Rounded(numbers.size() == 1 ? numbers[0] : MeanEntry(numbers));
}

// The shares with that mean that are nearest to the table's shares (in KL) are the table's shares
// times exp(tilt x entry).
std::string WithAmount(const std::string& target, double amount) {
  std::vector<double> numbers = NumbersOf(target);
  if (numbers.size() <= 1) return TextOf({amount});
  const std::vector<double> shares = numbers;
  double low = -20;
  double high = 20;
  for (int i = 0; i < 60; ++i) {
    const double tilt = (low + high) / 2;
    const double top = tilt > 0 ? static_cast<double>(shares.size() - 1) : 0;
    for (std::size_t k = 0; k < shares.size(); ++k) {
      numbers[k] = shares[k] * std::exp(tilt * (static_cast<double>(k) - top));
    }
    (MeanEntry(numbers) < amount ? low : high) = tilt;
  }
  double sum = 0;
  for (const double number : numbers) sum += number;
  for (double& number : numbers) number /= sum;
  return TextOf(numbers);
}

Json AmountsJson(const RuleSet& rules, const RuleTargets& targets, const RuleTargets& wishes) {
  Json amounts = Json::object();
  const std::vector<Slider> wished = WishSliders(rules, targets);
  for (const Slider& slider : wished) {
    const std::string& wish = wishes.Of(slider.rule);
    amounts[slider.rule] = wish.empty() ? slider.usual : AmountOf(wish);
  }
  if (!wished.empty()) return amounts;
  for (int rule = 0; rule < rules.size(); ++rule) {
    amounts[std::string(rules.info(rule).name)] = rules.weight(rule);
  }
  return amounts;
}

void SetWeight(const std::string& rule, double weight, RuleSet* rules) {
  std::vector<Settings> tables = rules->Describe();
  const auto table = std::ranges::find(tables, "rules." + rule, &Settings::table);
  if (table == tables.end()) Fail("weights: there is no rule {}", Shown(rule));
  table->Find("weight")->Assign(fmt::format("{}", weight), "weights: " + rule);
  rules->Prepare();
}

}  // namespace rltuner::studio
