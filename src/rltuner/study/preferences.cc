// SPDX-License-Identifier: Apache-2.0
#include "rltuner/study/preferences.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <numeric>
#include <tuple>
#include <utility>

#include "rltuner/core/random.h"
#include "rltuner/evaluation/metrics.h"

namespace rltuner::study {
namespace {

constexpr int kMostExact = 13;  // participants: 4,096 patterns, as opposite patterns count as one
constexpr double kRounding = 1 - 1e-9;  // equal statistics may differ in their last digits
constexpr std::uint64_t kSignStream = 3ULL << 32, kResampleStream = 4ULL << 32;

int Sign(int x) { return (x > 0) - (x < 0); }

// Wins of `second` minus wins of `first` in one answer.
int WinOfSecond(const Answer& answer) { return Sign(answer.preference); }

// |sum of signed values| / sqrt(sum of squares) of each quantity. A sign is 1 or -1.
std::vector<double> Statistics(std::span<const std::vector<int>> rows,
                               const std::vector<double>& squares, const std::vector<int>& signs) {
  std::vector<int> sums(squares.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (std::size_t k = 0; k < sums.size(); ++k) sums[k] += signs[i] * rows[i][k];
  }
  std::vector<double> statistics(squares.size());
  for (std::size_t k = 0; k < sums.size(); ++k) {
    if (squares[k] > 0) statistics[k] = std::abs(sums[k]) / std::sqrt(squares[k]);
  }
  return statistics;
}

double SumOfSquares(const std::vector<double>& values) {
  return std::inner_product(values.begin(), values.end(), values.begin(), 0.0);
}

// True if every model beat every other one, directly or through others. Then the likelihood has a
// finite maximum (Ford, 1957).
bool HasFiniteStrengths(const std::vector<double>& wins, int models) {
  std::vector<bool> beats(wins.size());
  for (std::size_t i = 0; i < wins.size(); ++i) beats[i] = wins[i] > 0;
  for (int via = 0; via < models; ++via) {
    for (int a = 0; a < models; ++a) {
      for (int b = 0; b < models; ++b) {
        if (beats[a * models + via] && beats[via * models + b]) beats[a * models + b] = true;
      }
    }
  }
  for (int i = 0; i < models * models; ++i) {
    if (i / models != i % models && !beats[i]) return false;
  }
  return true;
}

void AddWins(const Participant& participant, int models, std::vector<double>* wins) {
  for (const Answer& answer : participant) {
    const int first = answer.question.first.model, second = answer.question.second.model;
    (*wins)[second * models + first] += (1 + WinOfSecond(answer)) / 2.0;
    (*wins)[first * models + second] += (1 - WinOfSecond(answer)) / 2.0;
  }
}

void AddStrengths(std::span<const Participant> participants, int models,
                  const ResamplingOptions& options, Preferences* result) {
  const auto size = static_cast<std::size_t>(models) * static_cast<std::size_t>(models);
  std::vector<double> all(size);
  for (const Participant& participant : participants) AddWins(participant, models, &all);
  if (SumOfSquares(all) == 0) return;
  const std::vector<double> strengths =
      BradleyTerryStrengths(all, models, &result->strengths_adjusted);
  std::vector<std::vector<double>> drawn(static_cast<std::size_t>(models));
  Random random(static_cast<std::uint64_t>(options.seed), kResampleStream);
  for (int r = 0; r < options.resamples; ++r) {
    std::vector<double> wins(size);
    for (std::size_t i = 0; i < participants.size(); ++i) {
      const auto count = static_cast<std::uint32_t>(participants.size());
      AddWins(participants[random.Below(count)], models, &wins);
    }
    bool adjusted = false;
    const std::vector<double> resampled = BradleyTerryStrengths(std::move(wins), models, &adjusted);
    for (int m = 0; m < models; ++m) drawn[m].push_back(resampled[m]);
  }
  for (int m = 0; m < models; ++m) {
    Estimate& strength = result->models[m].strength;
    strength.value = strengths[m];
    std::ranges::sort(drawn[m]);
    const auto last = static_cast<double>(drawn[m].size()) - 1;
    const double low = drawn[m][std::lround(0.025 * last)];
    const double high = drawn[m][std::lround(0.975 * last)];
    if (high > low) strength = {.value = strengths[m], .low = low, .high = high};
  }
}

// Counts pairs of melodies that a participant was asked more than once, and how often the answers
// agree.
void CountAskedAgain(const Participant& participant, Preferences* result) {
  std::map<std::array<int, 4>, int> answers;
  for (const Answer& answer : participant) {
    const auto& [first, second] = answer.question;
    const bool swap = std::pair(second.model, second.melody) < std::pair(first.model, first.melody);
    const auto& [a, b] = swap ? std::tie(second, first) : std::tie(first, second);
    const int win = swap ? -WinOfSecond(answer) : WinOfSecond(answer);
    const auto [found, is_new] = answers.try_emplace({a.model, a.melody, b.model, b.melody}, win);
    if (is_new) continue;
    ++result->asked_again;
    result->same_answer += found->second == win ? 1 : 0;
  }
}

}  // namespace

SignFlipTest TestBySignFlips(std::span<const std::vector<int>> values, int quantities,
                             const ResamplingOptions& options) {
  const auto count = static_cast<std::size_t>(quantities);
  std::vector<std::vector<int>> rows;
  std::vector<double> squares(count);
  for (const std::vector<int>& row : values) {
    if (std::ranges::all_of(row, [](int value) { return value == 0; })) continue;
    rows.push_back(row);
    for (std::size_t k = 0; k < count; ++k) squares[k] += row[k] * row[k];
  }
  const std::size_t n = rows.size();
  std::vector<int> signs(n, 1);
  const std::vector<double> observed = Statistics(rows, squares, signs);
  const double observed_sum = SumOfSquares(observed);
  std::vector<std::size_t> order(count);  // largest first
  std::iota(order.begin(), order.end(), 0);
  std::ranges::stable_sort(order, [&](auto a, auto b) { return observed[a] > observed[b]; });

  SignFlipTest test{.corrected_p = std::vector<double>(count, 1),
                    .participants = static_cast<int>(n),
                    .exact = n <= kMostExact};
  const int patterns = !test.exact ? options.sign_patterns + 1 : n == 0 ? 1 : 1 << (n - 1);
  test.smallest_p = 1.0 / patterns;
  std::vector<int> as_far(count), as_far_corrected(count);
  int as_far_in_all = 0;
  Random random(static_cast<std::uint64_t>(options.seed), kSignStream);
  for (int pattern = 0; pattern < patterns; ++pattern) {
    // Pattern 0 is the observed one.
    for (std::size_t i = 0; i < n && pattern > 0; ++i) {
      const bool flip = test.exact ? ((pattern >> i) & 1) != 0 : (random.Next() >> 63) != 0;
      signs[i] = flip ? -1 : 1;
    }
    const std::vector<double> statistics = Statistics(rows, squares, signs);
    as_far_in_all += SumOfSquares(statistics) >= observed_sum * kRounding ? 1 : 0;
    double largest = 0;
    for (std::size_t rank = count; rank-- > 0;) {
      const std::size_t k = order[rank];
      largest = std::max(largest, statistics[k]);
      as_far[k] += statistics[k] >= observed[k] * kRounding ? 1 : 0;
      as_far_corrected[k] += largest >= observed[k] * kRounding ? 1 : 0;
    }
  }
  test.p_of_all = static_cast<double>(as_far_in_all) / patterns;
  double floor = 0;  // a smaller statistic has no smaller p
  for (const std::size_t k : order) {
    floor = std::max(floor, static_cast<double>(as_far_corrected[k]) / patterns);
    test.corrected_p[k] = floor;
  }
  for (const int times : as_far) test.p.push_back(static_cast<double>(times) / patterns);
  return test;
}

std::vector<double> BradleyTerryStrengths(std::vector<double> wins, int models, bool* adjusted) {
  *adjusted = !HasFiniteStrengths(wins, models);
  for (int i = 0; i < models * models && *adjusted; ++i) {
    if (i / models != i % models) wins[i] += 0.5;
  }
  // Minorisation and maximisation (Hunter, 2004).
  constexpr int kMostRounds = 10'000;
  constexpr double kStill = 1e-10;
  std::vector<double> odds(static_cast<std::size_t>(models), 1.0), strengths(odds.size());
  double change = 1;
  for (int round = 0; round < kMostRounds && change > kStill; ++round) {
    change = 0;
    double mean = 0;
    for (int a = 0; a < models; ++a) {
      double won = 0, expected = 0;
      for (int b = 0; b < models; ++b) {
        if (b == a) continue;
        won += wins[a * models + b];
        expected += (wins[a * models + b] + wins[b * models + a]) / (odds[a] + odds[b]);
      }
      odds[a] = won / expected;
      mean += std::log(odds[a]) / models;
    }
    for (int a = 0; a < models; ++a) {
      const double strength = std::log(odds[a]) - mean;
      change = std::max(change, std::abs(strength - strengths[a]));
      strengths[a] = strength;
      odds[a] = std::exp(strength);
    }
  }
  return strengths;
}

Preferences ComparePreferences(std::span<const Participant> participants, int models,
                               const ResamplingOptions& options) {
  Preferences result;
  result.models.resize(static_cast<std::size_t>(models));
  for (int a = 0; a < models; ++a) {
    for (int b = a + 1; b < models; ++b) {
      result.pairs.emplace_back().a = a;
      result.pairs.back().b = b;
    }
  }
  std::vector<RatioSums> model_shares(result.models.size()), pair_shares(result.pairs.size());
  RatioSums first_share;
  std::vector<std::vector<int>> by_model, by_pair, by_order;  // wins minus losses
  for (const Participant& participant : participants) {
    std::vector<int>& net = by_model.emplace_back(models);
    std::vector<int>& pair_net = by_pair.emplace_back(result.pairs.size());
    std::vector<int> asked(net.size()), pair_asked(pair_net.size());
    int first_net = 0, decided = 0;
    for (const Answer& answer : participant) {
      const int first = answer.question.first.model, second = answer.question.second.model;
      const int a = std::min(first, second), b = std::max(first, second);
      const std::size_t k = a * (2 * models - a - 1) / 2 + (b - a - 1);
      const int win = WinOfSecond(answer), win_a = a == second ? win : -win;
      PairPreference& pair = result.pairs[k];
      ++(win_a > 0 ? pair.wins_a : win_a < 0 ? pair.wins_b : pair.ties);
      net[a] += win_a;
      net[b] -= win_a;
      pair_net[k] += win_a;
      first_net -= win;
      for (int* number : {&asked[a], &asked[b], &pair_asked[k]}) ++*number;
      decided += win != 0 ? 1 : 0;
    }
    const auto share = [](int net_wins, int all) { return (net_wins + all) / 2.0; };
    for (std::size_t m = 0; m < net.size(); ++m) {
      model_shares[m].Add(share(net[m], asked[m]), asked[m]);
    }
    for (std::size_t k = 0; k < pair_net.size(); ++k) {
      pair_shares[k].Add(share(pair_net[k], pair_asked[k]), pair_asked[k]);
      PairPreference& pair = result.pairs[k];
      if (pair_asked[k] == 0) continue;
      ++(pair_net[k] > 0 ? pair.for_a : pair_net[k] < 0 ? pair.for_b : pair.undecided);
    }
    first_share.Add(share(first_net, decided), decided);
    by_order.push_back({first_net});
    CountAskedAgain(participant, &result);
  }

  for (std::size_t m = 0; m < model_shares.size(); ++m) {
    result.models[m].share = model_shares[m].Share();
  }
  result.any_difference = TestBySignFlips(by_model, models, options);
  const SignFlipTest pairs =
      TestBySignFlips(by_pair, static_cast<int>(result.pairs.size()), options);
  for (std::size_t k = 0; k < result.pairs.size(); ++k) {
    PairPreference& pair = result.pairs[k];
    pair.share = pair_shares[k].Share();
    pair.p = pair.share.exists() ? pairs.p[k] : pair.share.value;
    pair.corrected_p = pair.share.exists() ? pairs.corrected_p[k] : pair.share.value;
  }
  result.first_share = first_share.Share();
  result.first_p = TestBySignFlips(by_order, 1, options).p[0];
  AddStrengths(participants, models, options, &result);
  return result;
}

}  // namespace rltuner::study
