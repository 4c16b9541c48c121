// SPDX-License-Identifier: Apache-2.0
// The rule set `paper` against rewards computed by the functions that the paper's results were
// made with.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "rltuner/core/files.h"
#include "rltuner/theory/score_json.h"

namespace rltuner {
namespace {

struct Golden {
  std::vector<nlohmann::json> expected;
  std::vector<nlohmann::json> actual;
};

const Golden& GoldenCompositions() {
  static const Golden golden = [] {
    Golden all;
    const std::string text = ReadTextFile(RLTUNER_TEST_DATA "/golden_rewards.jsonl");
    RuleSet rules = RuleSet::Named("paper");
    ForEachComposition(text, "golden", [&](const CompositionLine& line) {
      all.actual.push_back(
          nlohmann::json::parse(ScoreJson(rules, ScoreComposition(rules, line.events))));
    });
    std::size_t begin = 0;
    while (begin < text.size()) {
      const std::size_t end = std::min(text.find('\n', begin), text.size());
      all.expected.push_back(nlohmann::json::parse(text.substr(begin, end - begin)));
      begin = end + 1;
    }
    return all;
  }();
  return golden;
}

TEST(GoldenTest, HasSixHundredCompositions) {
  EXPECT_EQ(GoldenCompositions().expected.size(), 600U);
  EXPECT_EQ(GoldenCompositions().actual.size(), 600U);
}

class GoldenRewardTest : public testing::TestWithParam<const char*> {};

TEST_P(GoldenRewardTest, IsTheSameAtEveryStep) {
  const Golden& golden = GoldenCompositions();
  for (std::size_t i = 0; i < golden.expected.size(); ++i) {
    const auto& expected = golden.expected[i]["rewards"][GetParam()];
    const auto& actual = golden.actual[i]["rewards"][GetParam()];
    ASSERT_EQ(actual.size(), expected.size());
    for (std::size_t t = 0; t < expected.size(); ++t) {
      // The file holds six significant digits.
      const double value = expected[t].get<double>();
      ASSERT_NEAR(actual[t].get<double>(), value, std::max(1e-4, 5e-6 * std::abs(value)))
          << "line " << i + 1 << ", event " << t + 1;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Rules, GoldenRewardTest,
                         testing::Values("key", "tonic", "repeat", "autocorrelation", "motif",
                                         "repeated_motif", "preferred_intervals", "leap",
                                         "high_low_unique", "total"),
                         [](const auto& test) { return std::string(test.param); });

TEST(GoldenTest, StatisticsAreTheSame) {
  const Golden& golden = GoldenCompositions();
  for (std::size_t i = 0; i < golden.expected.size(); ++i) {
    ASSERT_EQ(golden.actual[i]["statistics"], golden.expected[i]["statistics"]) << "line " << i + 1;
  }
}

TEST(GoldenTest, AutocorrelationOfTheWholeIsTheSame) {
  const Golden& golden = GoldenCompositions();
  for (std::size_t i = 0; i < golden.expected.size(); ++i) {
    for (std::size_t lag = 0; lag < 3; ++lag) {
      const auto& expected = golden.expected[i]["autocorrelation"][lag];
      const auto& actual = golden.actual[i]["autocorrelation"][lag];
      ASSERT_EQ(actual.is_null(), expected.is_null()) << "line " << i + 1;
      if (!expected.is_null()) {
        ASSERT_NEAR(actual.get<double>(), expected.get<double>(), 1e-6) << "line " << i + 1;
      }
    }
  }
}

}  // namespace
}  // namespace rltuner
