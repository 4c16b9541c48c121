// SPDX-License-Identifier: Apache-2.0
#include "rltuner/evaluation/metrics.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <numeric>
#include <unordered_map>

#include "rltuner/evaluation/copied_runs.h"
#include "rltuner/melody/encoding.h"
#include "rltuner/tuning/rollout.h"

namespace rltuner {
namespace {

using Terms = MetricInfo::Terms;
constexpr MetricInfo::Kind kShare = MetricInfo::Kind::kShare;
constexpr MetricInfo::Kind kMean = MetricInfo::Kind::kMean;

double Length(const Composition& composition) {
  return static_cast<double>(composition.trajectory.actions.size());
}

template <int TheoryCounts::*kCount>
Terms PerEvent(const Composition& composition) {
  return {static_cast<double>(composition.score.counts.*kCount), Length(composition)};
}

template <int TheoryCounts::*kCount>
Terms PerComposition(const Composition& composition) {
  return {static_cast<double>(composition.score.counts.*kCount), 1};
}

template <std::span<const float> Trajectory::*kValues>
Terms EventMean(const Composition& composition) {
  return {SumOf(composition.trajectory.*kValues), Length(composition)};
}

template <double EventShares::*kPart>
Terms ShareOfEvents(const Composition& composition) {
  return {composition.shares.*kPart * Length(composition), Length(composition)};
}

// Without variance a composition has no autocorrelation and is skipped.
template <int kLag>
Terms Autocorrelation(const Composition& composition) {
  const double coefficient = composition.score.autocorrelation[kLag - 1];
  return std::isnan(coefficient) ? Terms{0, 0} : Terms{coefficient, 1};
}

Terms LeapsResolved(const Composition& composition) {
  const TheoryCounts& counts = composition.score.counts;
  return {static_cast<double>(counts.num_resolved_leaps),
          static_cast<double>(counts.num_resolved_leaps + counts.num_leap_twice)};
}

Terms TheoryReward(const Composition& composition) {
  return {SumOf(composition.score.total), Length(composition)};
}

// The longest series of note-ons of one pitch; holds and rests between them don't end it.
Terms LongestSeries(const Composition& composition) {
  int longest = 0;
  int series = 0;
  int pitch = -1;
  for (const int event : composition.trajectory.actions) {
    if (!IsNoteOn(event)) continue;
    series = event == pitch ? series + 1 : 1;
    pitch = event;
    longest = std::max(longest, series);
  }
  return {static_cast<double>(longest), 1};
}

Terms NoteOffs(const Composition& composition) {
  const std::span<const int> events = composition.trajectory.actions;
  return {static_cast<double>(std::ranges::count(events, kNoteOff)), Length(composition)};
}

Terms LongestCopiedRun(const Composition& composition) {
  return composition.copied_run ? Terms{static_cast<double>(*composition.copied_run), 1} : Terms{};
}

Terms KlToPrior(const Composition& composition) {
  return {composition.trajectory.kl_bound, Length(composition)};
}

using enum Preference;

constexpr MetricInfo kMetrics[] = {
    {"notes_excessively_repeated", "Notes excessively repeated", kShare, kLower,
     PerEvent<&TheoryCounts::num_repeated_notes>, PaperRow{.633, .0, .0002, .0003}},
    {"autocorrelation_1", "Mean autocorrelation, lag 1", kMean, kNearZero, Autocorrelation<1>,
     PaperRow{-.16, -.11, -.10, .55}},
    {"autocorrelation_2", "Mean autocorrelation, lag 2", kMean, kNearZero, Autocorrelation<2>,
     PaperRow{.14, .03, -.01, .31}},
    {"autocorrelation_3", "Mean autocorrelation, lag 3", kMean, kNearZero, Autocorrelation<3>,
     PaperRow{-.13, .03, .01, .17}},
    {"notes_not_in_key", "Notes not in key", kShare, kLower,
     PerEvent<&TheoryCounts::notes_not_in_key>, PaperRow{.001, .0100, .0060, .287}},
    {"starting_with_tonic", "Compositions starting with tonic", kShare, kHigher,
     PerComposition<&TheoryCounts::num_starting_tonic>, PaperRow{.009, .288, .287, .0}},
    {"leaps_resolved", "Leaps resolved", kShare, kHigher, LeapsResolved,
     PaperRow{.772, .911, .900, .522}},
    {"unique_max_note", "Compositions with unique max note", kShare, kHigher,
     PerComposition<&TheoryCounts::num_high_unique>, PaperRow{.647, .564, .594, .371}},
    {"unique_min_note", "Compositions with unique min note", kShare, kHigher,
     PerComposition<&TheoryCounts::num_low_unique>, PaperRow{.494, .519, .583, .565}},
    {"notes_in_motif", "Notes in motif", kShare, kHigher, PerEvent<&TheoryCounts::notes_in_motif>,
     PaperRow{.059, .757, .738, .693}},
    {"notes_in_repeated_motif", "Notes in repeated motif", kShare, kHigher,
     PerEvent<&TheoryCounts::notes_in_repeated_motif>, PaperRow{.00007, .0011, .0009, .0001}},
    {"mean_log_prob", "Log p of the Note RNN per event", kMean, kHigher,
     EventMean<&Trajectory::log_prior>},
    {"mean_theory_reward", "Music-theory reward per event", kMean, kHigher, TheoryReward},
    {"entropy", "Entropy of the policy per event", kMean, kHigher, EventMean<&Trajectory::entropy>,
     std::nullopt, true},
    {"kl_to_prior", "KL from the Note RNN per event", kMean, kNone, KlToPrior, std::nullopt, true},
    {"note_ons", "Events that are note-ons", kShare, kNone, ShareOfEvents<&EventShares::note_ons>},
    {"note_offs", "Events that are a note off", kShare, kNone, NoteOffs},
    {"holds", "Events that hold a note", kShare, kNone, ShareOfEvents<&EventShares::holds>},
    {"rests", "Events of silence", kShare, kNone, ShareOfEvents<&EventShares::rests>},
    {"longest_series", "Longest series of one note", kMean, kNone, LongestSeries, std::nullopt,
     true},
    {"distinct_compositions", "Distinct compositions", kShare, kHigher},
    {"most_frequent_composition", "Share of the most frequent composition", kShare},
    {"four_gram_entropy", "Entropy of four events in a row", kMean, kNone, nullptr, std::nullopt,
     true},
    {"longest_copied_run", "Longest run of events copied", kMean, kNone, LongestCopiedRun,
     std::nullopt, true},
};

// The share of the kind that was drawn most often, from the counts of all kinds.
Estimate ShareOfLargest(std::span<const int> counts) {
  const int largest = *std::ranges::max_element(counts);
  const int draws = std::accumulate(counts.begin(), counts.end(), 0);
  RatioSums sums;
  for (int i = 0; i < draws; ++i) sums.Add(i < largest ? 1 : 0, 1);
  return sums.Share();
}

}  // namespace

std::span<const MetricInfo> MetricInfos() { return kMetrics; }

std::size_t MetricIndex(std::string_view key) {
  const auto* const found = std::ranges::find(kMetrics, key, &MetricInfo::key);
  assert(found != std::end(kMetrics));
  return static_cast<std::size_t>(found - std::begin(kMetrics));
}

MetricCollector::MetricCollector(int compositions, int length, const RuleSet& rules,
                                 const CopiedRuns* training)
    : compositions_(compositions),
      length_(length),
      events_(static_cast<std::size_t>(compositions) * static_cast<std::size_t>(length)),
      training_(training),
      copied_runs_(training != nullptr ? static_cast<std::size_t>(compositions) : 0) {
  for (int rule = 0; rule < rules.size(); ++rule) rules_.emplace_back(rules.info(rule).name);
  sums_.resize(static_cast<std::size_t>((compositions + kBlock - 1) / kBlock) * Columns());
}

void MetricCollector::Add(const Trajectory& trajectory, RuleSet& rules) {
  assert(rules.size() == std::ssize(rules_) && std::ssize(trajectory.actions) == length_);
  const auto index = static_cast<std::size_t>(trajectory.index);
  const auto length = static_cast<std::size_t>(length_);
  const std::span<std::uint8_t> events = std::span(events_).subspan(index * length, length);
  std::ranges::transform(trajectory.actions, events.begin(),
                         [](int event) { return static_cast<std::uint8_t>(event); });
  const Score score = ScoreComposition(rules, events, trajectory.phase);
  Composition composition{trajectory, score, SharesOf(events), {}};
  if (training_ != nullptr) {
    copied_runs_[index] = training_->LongestIn(events);
    composition.copied_run = copied_runs_[index];
  }
  RatioSums* sums = &sums_[index / kBlock * Columns()];
  for (const MetricInfo& metric : kMetrics) {
    const Terms terms = metric.terms != nullptr ? metric.terms(composition) : Terms{};
    (sums++)->Add(terms.numerator, terms.denominator);
  }
  for (const std::vector<float>& rewards : score.rewards) {
    (sums++)->Add(SumOf(rewards), static_cast<double>(length_));
  }
}

Metrics MetricCollector::Finish() const {
  std::vector<RatioSums> totals(Columns());
  for (std::size_t i = 0; i < sums_.size(); ++i) totals[i % totals.size()].Add(sums_[i]);
  Metrics metrics{.compositions = compositions_, .length = length_};
  for (std::size_t i = 0; i < std::size(kMetrics); ++i) {
    metrics.values[i] = kMetrics[i].kind == kShare ? totals[i].Share() : totals[i].Mean();
  }
  const std::vector<int> counts = CountsOfCompositions();
  metrics.Of("distinct_compositions") = DistinctShare(counts);
  metrics.Of("most_frequent_composition") = ShareOfLargest(counts);
  metrics.Of("four_gram_entropy") = GramEntropy();
  for (std::size_t rule = 0; rule < rules_.size(); ++rule) {
    metrics.reward_by_rule.push_back({rules_[rule], totals[std::size(kMetrics) + rule].Mean()});
  }
  for (const int run : copied_runs_) {
    metrics.longest_copied_run_of_all = std::max(metrics.longest_copied_run_of_all, run);
  }
  return metrics;
}

std::vector<int> MetricCollector::CountsOfCompositions() const {
  const auto length = static_cast<std::size_t>(length_);
  std::vector<const std::uint8_t*> sorted;
  sorted.reserve(static_cast<std::size_t>(compositions_));
  for (int i = 0; i < compositions_; ++i) sorted.push_back(&events_[i * length]);
  std::ranges::sort(sorted, [length](const std::uint8_t* a, const std::uint8_t* b) {
    return std::memcmp(a, b, length) < 0;
  });
  std::vector<int> counts;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    if (i == 0 || std::memcmp(sorted[i - 1], sorted[i], length) != 0) counts.push_back(0);
    ++counts.back();
  }
  return counts;
}

template <typename ForEachGram, typename Counts>
Estimate MetricCollector::GramEntropy(const ForEachGram& for_each_gram, Counts counts) const {
  for (int i = 0; i < compositions_; ++i) for_each_gram(i, [&](int gram) { ++counts[gram]; });
  const double grams = static_cast<double>(compositions_) * (length_ - kGram + 1);
  RatioSums sums;  // the mean surprisal of a gram is the entropy, and its variance the entropy's
  for (int i = 0; i < compositions_; ++i) {
    double surprisal = 0;
    for_each_gram(i, [&](int gram) { surprisal -= std::log(counts[gram] / grams); });
    sums.Add(surprisal, length_ - kGram + 1);
  }
  return sums.Mean();
}

Estimate MetricCollector::GramEntropy() const {
  if (length_ < kGram) return {};
  const int classes = std::max(kVocabulary, 1 + *std::ranges::max_element(events_));
  const int all_grams = classes * classes * classes * classes;
  static_assert(kGram == 4 &&
                std::int64_t{kMostClasses} * kMostClasses * kMostClasses * kMostClasses <=
                    std::numeric_limits<int>::max());
  const auto for_each_gram = [&](int composition, const auto& visit) {
    const std::uint8_t* events = &events_[static_cast<std::size_t>(composition) * length_];
    int gram = 0;
    for (int t = 0; t < length_; ++t) {
      gram = gram % (all_grams / classes) * classes + events[t];
      if (t >= kGram - 1) visit(gram);
    }
  };
  constexpr int kClassesOfATable = 64;
  return classes <= kClassesOfATable
             ? GramEntropy(for_each_gram, std::vector<int>(static_cast<std::size_t>(all_grams)))
             : GramEntropy(for_each_gram, std::unordered_map<int, int>());
}

}  // namespace rltuner
