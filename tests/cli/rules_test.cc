// SPDX-License-Identifier: Apache-2.0
// The commands that take rules from tunes and hold them against tunes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/run_command.h"
#include "melody/write_melodies.h"
#include "rltuner/core/files.h"
#include "rltuner/core/random.h"
#include "rltuner/theory/rule_set.h"
#include "test_support.h"

namespace rltuner::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

class RulesCommandTest : public testing::Test {
 protected:
  // Two bars of quarter notes that go up and down, in every tune others.
  RulesCommandTest() {
    std::vector<std::vector<std::uint8_t>> tunes;
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
      Random random(seed);
      std::vector<std::uint8_t> tune(32, kNoEvent);
      for (int t = 0; t < 32; t += 4) tune[t] = static_cast<std::uint8_t>(14 + random.Below(8));
      tunes.push_back(std::move(tune));
    }
    WriteMelodies(dataset_, tunes, .3);
  }

  TemporaryFolder folder_;
  const std::filesystem::path dataset_ = folder_ / "tunes.safetensors";
};

TEST_F(RulesCommandTest, ListsEveryRule) {
  const Outcome outcome = RunWith({"rules", "--rules", "paper"});
  ASSERT_EQ(outcome.code, kDone) << outcome.err;
  for (const RuleInfo& rule : Rules()) EXPECT_THAT(outcome.out, HasSubstr(std::string(rule.name)));
}

TEST_F(RulesCommandTest, ExplainsParametersWithTheirRangesIfTheyHaveOne) {
  const Outcome outcome = RunWith({"rules", "--rules", "song", "--explain", "opening"});
  ASSERT_EQ(outcome.code, kDone) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("[-1000 .. 1000]"));
  EXPECT_THAT(outcome.out, Not(HasSubstr("[]")));
}

TEST_F(RulesCommandTest, ChecksThemOnTunesAndModels) {
  const Outcome outcome = RunWith(
      {"rules", "--check", dataset_.string(), "default", "--bars", "2", "--compositions", "20"});
  ASSERT_EQ(outcome.code, kDone) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("bar_lines_moved"));
  EXPECT_THAT(outcome.out, Not(HasSubstr("nan")));
}

TEST_F(RulesCommandTest, TakesNoModelWithoutTunes) {
  const Outcome outcome = RunWith({"rules", "default"});
  EXPECT_EQ(outcome.code, kWrongInput);
  EXPECT_THAT(outcome.err, HasSubstr("default: models are measured with --check DATASET"));
}

TEST_F(RulesCommandTest, MatchWritesTheWeightsThatItFound) {
  const Outcome outcome =
      RunWith({"tune", "--match", dataset_.string(), "--output", (folder_ / "song").string(),
               "--length", "32", "--compositions", "64", "--minibatch", "16", "--iterations",
               "2048", "--progress-every", "2048", "--quiet"});
  ASSERT_EQ(outcome.code, kDone) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("steps_and_skips"));
  const RuleSet found = RuleSet::FromNameOrFile((folder_ / "song" / "rules.toml").string());
  EXPECT_EQ(found.base(), "song");
}

TEST_F(RulesCommandTest, EvaluateMeasuresTheDistanceFromACorpus) {
  const Outcome outcome = RunWith(
      {"evaluate", "default", "--corpus", dataset_.string(), "--compositions", "64", "--quiet"});
  ASSERT_EQ(outcome.code, kDone) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("Frechet distance"));
}

TEST_F(RulesCommandTest, EvaluateSaysTheHeldOutMelodiesAsTrainingDoes) {
  const std::string model = (folder_ / "model.safetensors").string();
  const Outcome trained = RunWith({"train", dataset_.string(), "--inputs", "position,mode",
                                   "--hidden", "8", "--iterations", "20", "--output", model});
  ASSERT_EQ(trained.code, kDone) << trained.err;
  constexpr std::string_view kLabel = "held-out log perplexity  ";
  const double at_training =
      std::stod(trained.out.substr(trained.out.find(kLabel) + kLabel.size()));
  const Outcome outcome = RunWith(
      {"evaluate", model, "--corpus", dataset_.string(), "--compositions", "64", "--json", "-"});
  ASSERT_EQ(outcome.code, kDone) << outcome.err;
  EXPECT_NEAR(nlohmann::json::parse(outcome.out)["corpus"]["log_perplexity"], at_training, 5e-5);
}

}  // namespace
}  // namespace rltuner::cli
