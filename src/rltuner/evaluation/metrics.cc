// SPDX-License-Identifier: Apache-2.0
#include "rltuner/evaluation/metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>
#include <numeric>

#include "rltuner/melody/events.h"

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
  return {Sum(composition.trajectory.*kValues), Length(composition)};
}

template <double EventShares::*kPart>
Terms ShareOfEvents(const Composition& composition) {
  return {composition.shares.*kPart * Length(composition), Length(composition)};
}

// Without variance a composition has no autocorrelation and is left out.
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
  return {Sum(composition.score.total), Length(composition)};
}

// The longest series of strikes of one pitch; holds and rests between them don't end it.
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
  return {static_cast<double>(std::count(events.begin(), events.end(), kNoteOff)),
          Length(composition)};
}

Terms KlToPrior(const Composition& composition) {
  return {composition.trajectory.kl_bound, Length(composition)};
}

constexpr MetricInfo kMetrics[] = {
    {"notes_excessively_repeated", "Notes excessively repeated", kShare,
     PerEvent<&TheoryCounts::num_repeated_notes>},
    {"autocorrelation", "Mean autocorrelation, lag 1", kMean, Autocorrelation<1>, false, 1},
    {"autocorrelation", "Mean autocorrelation, lag 2", kMean, Autocorrelation<2>, false, 2},
    {"autocorrelation", "Mean autocorrelation, lag 3", kMean, Autocorrelation<3>, false, 3},
    {"notes_not_in_key", "Notes not in key", kShare, PerEvent<&TheoryCounts::notes_not_in_key>},
    {"starting_with_tonic", "Compositions starting with tonic", kShare,
     PerComposition<&TheoryCounts::num_starting_tonic>},
    {"leaps_resolved", "Leaps resolved", kShare, LeapsResolved},
    {"unique_max_note", "Compositions with unique max note", kShare,
     PerComposition<&TheoryCounts::num_high_unique>},
    {"unique_min_note", "Compositions with unique min note", kShare,
     PerComposition<&TheoryCounts::num_low_unique>},
    {"notes_in_motif", "Notes in motif", kShare, PerEvent<&TheoryCounts::notes_in_motif>},
    {"notes_in_repeated_motif", "Notes in repeated motif", kShare,
     PerEvent<&TheoryCounts::notes_in_repeated_motif>},
    {"mean_log_prob", "Log p of the Note RNN per event", kMean, EventMean<&Trajectory::log_prior>},
    {"mean_theory_reward", "Music-theory reward per event", kMean, TheoryReward},
    {"entropy", "Entropy of the policy per event", kMean, EventMean<&Trajectory::entropy>, true},
    {"kl_to_prior", "KL from the Note RNN per event", kMean, KlToPrior, true},
    {"note_ons", "Events that strike a note", kShare, ShareOfEvents<&EventShares::note_ons>},
    {"note_offs", "Events that are a note off", kShare, NoteOffs},
    {"holds", "Events that hold a note", kShare, ShareOfEvents<&EventShares::holds>},
    {"rests", "Events of silence", kShare, ShareOfEvents<&EventShares::rests>},
    {"longest_series", "Longest series of one note", kMean, LongestSeries, true},
};

// The share of the kind that was drawn most often, from how often each was.
Estimate ShareOfLargest(std::span<const int> counts) {
  const int largest = *std::max_element(counts.begin(), counts.end());
  const int draws = std::accumulate(counts.begin(), counts.end(), 0);
  RatioSums sums;
  for (int i = 0; i < draws; ++i) sums.Add(i < largest ? 1 : 0, 1);
  return sums.Share();
}

}  // namespace

std::string MetricInfo::Name() const {
  return place == 0 ? std::string(key) : fmt::format("{}_{}", key, place);
}

std::span<const MetricInfo> MetricInfos() { return kMetrics; }

MetricCollector::MetricCollector(int compositions, int length, int rules,
                                 const CopiedRuns* training)
    : compositions_(compositions),
      length_(length),
      rules_(rules),
      sums_(static_cast<std::size_t>((compositions + kBlock - 1) / kBlock) *
            (std::size(kMetrics) + static_cast<std::size_t>(rules))),
      events_(static_cast<std::size_t>(compositions) * static_cast<std::size_t>(length)),
      training_(training),
      copied_runs_(training != nullptr ? static_cast<std::size_t>(compositions) : 0) {}

void MetricCollector::Add(const Trajectory& trajectory, RuleSet& rules) {
  assert(rules.size() == rules_ && static_cast<int>(trajectory.actions.size()) == length_);
  const auto index = static_cast<std::size_t>(trajectory.index);
  const auto length = static_cast<std::size_t>(length_);
  const std::span<std::uint8_t> events = std::span(events_).subspan(index * length, length);
  std::transform(trajectory.actions.begin(), trajectory.actions.end(), events.begin(),
                 [](int event) { return static_cast<std::uint8_t>(event); });
  if (training_ != nullptr) copied_runs_[index] = training_->LongestIn(events);
  const Score score = ScoreComposition(rules, events);
  const Composition composition{trajectory, score, SharesOf(events)};
  RatioSums* sums =
      &sums_[index / kBlock * (std::size(kMetrics) + static_cast<std::size_t>(rules_))];
  for (const MetricInfo& metric : kMetrics) {
    const Terms terms = metric.terms(composition);
    (sums++)->Add(terms.numerator, terms.denominator);
  }
  for (const std::vector<float>& rewards : score.rewards) {
    (sums++)->Add(Sum(rewards), static_cast<double>(length_));
  }
}

Metrics MetricCollector::Finish() const {
  std::vector<RatioSums> totals(std::size(kMetrics) + static_cast<std::size_t>(rules_));
  for (std::size_t i = 0; i < sums_.size(); ++i) totals[i % totals.size()].Add(sums_[i]);
  const std::vector<int> counts = CountsOfCompositions();
  Metrics metrics{.compositions = compositions_,
                  .length = length_,
                  .values = {},
                  .reward_by_rule = {},
                  .distinct_compositions = DistinctShare(counts),
                  .most_frequent = ShareOfLargest(counts),
                  .gram_entropy = GramEntropy(),
                  .longest_copied_run = {},
                  .longest_copied_run_of_all = 0};
  for (std::size_t i = 0; i < totals.size(); ++i) {
    if (i >= std::size(kMetrics)) {
      metrics.reward_by_rule.push_back(totals[i].Mean());
    } else {
      metrics.values.push_back(kMetrics[i].kind == kShare ? totals[i].Share() : totals[i].Mean());
    }
  }
  RatioSums copied;
  for (const int run : copied_runs_) {
    copied.Add(run, 1);
    metrics.longest_copied_run_of_all = std::max(metrics.longest_copied_run_of_all, run);
  }
  metrics.longest_copied_run = copied.Mean();
  return metrics;
}

std::vector<int> MetricCollector::CountsOfCompositions() const {
  const auto length = static_cast<std::size_t>(length_);
  std::vector<const std::uint8_t*> sorted;
  sorted.reserve(static_cast<std::size_t>(compositions_));
  for (int i = 0; i < compositions_; ++i) sorted.push_back(&events_[i * length]);
  std::sort(sorted.begin(), sorted.end(), [length](const std::uint8_t* a, const std::uint8_t* b) {
    return std::memcmp(a, b, length) < 0;
  });
  std::vector<int> counts;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    if (i == 0 || std::memcmp(sorted[i - 1], sorted[i], length) != 0) counts.push_back(0);
    ++counts.back();
  }
  return counts;
}

Estimate MetricCollector::GramEntropy() const {
  if (length_ < kGram) return {};
  constexpr int kGrams = kVocabulary * kVocabulary * kVocabulary * kVocabulary;
  static_assert(kGram == 4);
  const auto for_each_gram = [this](int composition, const auto& visit) {
    const std::uint8_t* events = &events_[static_cast<std::size_t>(composition) * length_];
    int gram = 0;
    for (int t = 0; t < length_; ++t) {
      gram = gram % (kGrams / kVocabulary) * kVocabulary + events[t];
      if (t >= kGram - 1) visit(gram);
    }
  };
  std::vector<int> counts(kGrams);
  for (int i = 0; i < compositions_; ++i) for_each_gram(i, [&](int gram) { ++counts[gram]; });
  const double grams = static_cast<double>(compositions_) * (length_ - kGram + 1);
  RatioSums sums;  // the mean surprise of a gram is the entropy, and its variance the entropy's
  for (int i = 0; i < compositions_; ++i) {
    double surprise = 0;
    for_each_gram(i, [&](int gram) { surprise -= std::log(counts[gram] / grams); });
    sums.Add(surprise, length_ - kGram + 1);
  }
  return sums.Mean();
}

}  // namespace rltuner
