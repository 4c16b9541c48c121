// SPDX-License-Identifier: Apache-2.0
#include "rltuner/evaluation/corpus_distance.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "normal.h"
#include "rltuner/core/random.h"
#include "rltuner/evaluation/spectra.h"

namespace rltuner {
namespace {

TEST(SpectraTest, FrechetDistanceOfOneDimensionHasAClosedForm) {
  const std::vector<double> a = {0, 2, 4};  // mean 2, variance 4
  const std::vector<double> b = {5, 6, 7};  // mean 6, variance 1
  EXPECT_NEAR(FrechetDistance(a, b, 1), 16 + (2 - 1) * (2 - 1), 1e-9);
}

TEST(SpectraTest, FrechetDistanceOfASetFromItselfIsZero) {
  Random random(4);
  std::vector<double> rows(40 * 5);
  for (double& value : rows) value = Normal(random);
  EXPECT_NEAR(FrechetDistance(rows, rows, 5), 0, 1e-9);
  EXPECT_GE(FrechetDistance(rows, rows, 5), 0);
}

TEST(SpectraTest, FrechetDistanceDoesNotDependOnTheAxes) {
  Random random(5);
  std::vector<double> a(60);
  std::vector<double> b(60);
  for (double& value : a) value = Normal(random);
  for (double& value : b) value = 2 * Normal(random) + 1;
  const auto turned = [](std::vector<double> rows) {
    for (std::size_t i = 0; i < rows.size(); i += 2) {
      const double x = rows[i];
      rows[i] = 0.6 * x - 0.8 * rows[i + 1];
      rows[i + 1] = 0.8 * x + 0.6 * rows[i + 1];
    }
    return rows;
  };
  EXPECT_NEAR(FrechetDistance(turned(a), turned(b), 2), FrechetDistance(a, b, 2), 1e-9);
}

TEST(SpectraTest, VendiScoreCountsDifferentThings) {
  EXPECT_NEAR(VendiScore(std::vector<double>{1, 0, 0, 0, 1, 0, 0, 0, 1}, 3), 3, 1e-9);
  EXPECT_NEAR(VendiScore(std::vector<double>(9, 1), 3), 1, 1e-9);
  EXPECT_NEAR(VendiScore(std::vector<double>{1, 1, 0, 1, 1, 0, 0, 0, 1}, 3),
              std::exp(-(2 / 3.0) * std::log(2 / 3.0) - (1 / 3.0) * std::log(1 / 3.0)), 1e-9);
}

// By hand, with "abracadabra" as in the literature on PPM, a = 2 and so on.
TEST(PartialMatchingTest, ProbabilitiesOfAllEventsAddUpToOne) {
  const std::vector<std::vector<std::uint8_t>> melodies = {{2, 3, 7, 2, 4, 2, 5, 2, 3, 7, 2}};
  const PartialMatching model(melodies, 8);
  for (const std::vector<std::uint8_t>& before :
       {std::vector<std::uint8_t>{}, {2}, {3, 7}, {6}, {2, 3, 7, 2, 4, 2, 5, 2}}) {
    double sum = 0;
    for (std::uint8_t event = 0; event < 8; ++event) {
      std::vector<std::uint8_t> events = before;
      const double without = model.LogLikelihood(events);
      events.push_back(event);
      sum += std::exp(model.LogLikelihood(events) - without);
    }
    EXPECT_NEAR(sum, 1, 1e-12) << before.size();
  }
}

TEST(PartialMatchingTest, EscapesAsMethodCSays) {
  const std::vector<std::vector<std::uint8_t>> melodies = {{0, 1, 0, 1, 0, 2}};
  const PartialMatching model(melodies, 4);
  // After 0: 1 twice, 2 once; two kinds of three, so 2 / 5 for 1, and 2 / 5 to escape. At order 0
  // 0 alone is left (three times), of one kind: 3 / 4.
  EXPECT_NEAR(std::exp(model.LogLikelihood(std::vector<std::uint8_t>{0, 1}) -
                       model.LogLikelihood(std::vector<std::uint8_t>{0})),
              2 / 5.0, 1e-12);
  EXPECT_NEAR(std::exp(model.LogLikelihood(std::vector<std::uint8_t>{0, 0}) -
                       model.LogLikelihood(std::vector<std::uint8_t>{0})),
              2 / 5.0 * 3 / 4, 1e-12);
}

// tests/evaluation/peer_metrics.py made the file with the packages smg-metrics (MusPy's figures)
// and melody-features.
TEST(CorpusDistanceTest, AgreesWithOtherPrograms) {
  std::ifstream file(std::string(RLTUNER_TEST_DATA) + "/peer_metrics.json");
  const nlohmann::json peer = nlohmann::json::parse(file);
  std::vector<std::vector<double>> pitches;
  for (const nlohmann::json& melody : peer["melodies"]) {
    const auto events = melody["events"].get<std::vector<std::uint8_t>>();
    const MusicContext context;
    const auto features = MelodicFeatures(events, context);
    EXPECT_NEAR(PitchClassEntropy(events, context), melody["pitch_class_entropy"], 1e-9);
    EXPECT_NEAR(ScaleConsistency(events, context), melody["scale_consistency"], 1e-9);
    EXPECT_NEAR(features[0], melody["pitch_range"], 1e-9);
    EXPECT_NEAR(features[3], melody["mean_absolute_interval"], 1e-9);
    EXPECT_NEAR(features[5], melody["repeated_notes"], 1e-9);
    pitches.emplace_back(kVocabulary);
    for (const std::uint8_t event : events) pitches.back()[event] += event > 1 ? 1 : 0;
  }
  EXPECT_NEAR(HistogramOverlap(pitches[0], pitches[1]), peer["pitch_overlap_of_the_first_two"],
              1e-9);
}

TEST(CorpusDistanceTest, OverlapIsTheSharedPart) {
  EXPECT_DOUBLE_EQ(HistogramOverlap(std::vector<double>{1, 1}, std::vector<double>{4, 0}), 0.5);
  EXPECT_DOUBLE_EQ(HistogramOverlap(std::vector<double>{0, 0}, std::vector<double>{4, 0}), 0);
}

Tunes RandomTunes(std::uint64_t seed, int lowest) {
  Tunes tunes;
  Random random(seed);
  for (int i = 0; i < 40; ++i) {
    std::vector<std::uint8_t> events(32, kNoEvent);
    for (int t = 0; t < 32; t += 2) events[t] = static_cast<std::uint8_t>(lowest + random.Below(9));
    tunes.events.push_back(std::move(events));
    tunes.contexts.emplace_back();
  }
  return tunes;
}

double Of(const std::vector<CorpusMetric>& metrics, std::string_view key) {
  return std::ranges::find(metrics, key, &CorpusMetric::key)->value;
}

TEST(CorpusDistanceTest, TunesAreNearerToThemselvesThanOthersAre) {
  const CorpusReference corpus(RandomTunes(1, 14), RandomTunes(2, 14));
  const std::vector<CorpusMetric> same = corpus.Measure(RandomTunes(3, 14));
  const std::vector<CorpusMetric> moved = corpus.Measure(RandomTunes(3, 20));
  EXPECT_GT(Of(same, "pitch_class_overlap"), Of(moved, "pitch_class_overlap"));
  EXPECT_LT(Of(same, "pitch_class_kl"), Of(moved, "pitch_class_kl"));
  EXPECT_LT(Of(same, "frechet_distance"), Of(moved, "frechet_distance"));
  EXPECT_GT(Of(same, "ppm_log_likelihood"), Of(moved, "ppm_log_likelihood"));
  EXPECT_NEAR(Of(corpus.Measure(corpus.tunes()), "interval_overlap"), 1, 1e-12);
}

TEST(CorpusDistanceTest, TheTrainingTunesAreCopiedInFull) {
  const CorpusReference corpus(RandomTunes(1, 14), RandomTunes(2, 14));
  EXPECT_EQ(Of(corpus.Measure(RandomTunes(2, 14)), "copied_run"), 32);
  EXPECT_LT(Of(corpus.Measure(RandomTunes(3, 14)), "copied_run"), 16);
}

}  // namespace
}  // namespace rltuner
