// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "cli/run_command.h"
#include "melody/write_melodies.h"
#include "rltuner/core/files.h"
#include "test_support.h"

namespace rltuner::cli {
namespace {

using nlohmann::json;
using testing::HasSubstr;

Outcome Evaluate(const std::vector<std::string>& more) {
  std::vector<std::string> arguments = {"evaluate", "default", "--compositions", "300", "--quiet"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return RunWith(arguments);
}

TEST(EvaluateCommand, JsonHasEveryFigureWithItsInterval) {
  const Outcome outcome = Evaluate({"--json", "-"});
  ASSERT_EQ(outcome.code, kDone) << outcome.err;
  const json figures = json::parse(outcome.out);
  EXPECT_EQ(figures["compositions"], 300);
  EXPECT_EQ(figures["length"], 32);
  EXPECT_EQ(figures["method"], "note-rnn");
  for (const char* name :
       {"notes_excessively_repeated", "notes_not_in_key", "starting_with_tonic", "leaps_resolved",
        "unique_max_note", "unique_min_note", "notes_in_motif", "notes_in_repeated_motif",
        "mean_log_prob", "mean_theory_reward", "entropy", "kl_to_prior", "distinct_compositions"}) {
    ASSERT_TRUE(figures.contains(name)) << name;
    const json interval = figures[std::string(name) + "_ci95"];
    EXPECT_LE(interval[0], figures[name]) << name;
    EXPECT_GE(interval[1], figures[name]) << name;
  }
}

TEST(EvaluateCommand, ThreadsChangeNoFigure) {
  const Outcome one = Evaluate({"--json", "-", "--threads", "1"});
  ASSERT_EQ(one.code, kDone) << one.err;
  EXPECT_EQ(Evaluate({"--json", "-", "--threads", "3"}).out, one.out);
}

TEST(EvaluateCommand, AnotherSeedPlaysOtherCompositions) {
  EXPECT_NE(Evaluate({"--json", "-", "--seed", "2"}).out, Evaluate({"--json", "-"}).out);
}

TEST(EvaluateCommand, AMaskedModelNeverLeavesTheKey) {
  const Outcome outcome = Evaluate({"--decoding", "mask=key", "--json", "-"});
  ASSERT_EQ(outcome.code, kDone) << outcome.err;
  EXPECT_EQ(json::parse(outcome.out)["notes_not_in_key"], 0);
}

TEST(EvaluateCommand, TheTableHasIntervals) {
  const Outcome outcome = Evaluate({});
  ASSERT_EQ(outcome.code, kDone) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("Notes in motif"));
  EXPECT_THAT(outcome.out, HasSubstr("95 % interval"));
}

TEST(EvaluateCommand, AModelThatIsNotThereIsWrongInput) {
  const Outcome outcome = RunWith({"evaluate", "nowhere.safetensors"});
  EXPECT_EQ(outcome.code, kWrongInput);
  EXPECT_THAT(outcome.err, HasSubstr("nowhere.safetensors"));
}

TEST(EvaluateCommand, AnUnknownDecodingIsWrongInput) {
  const Outcome outcome = Evaluate({"--decoding", "beam=4"});
  EXPECT_EQ(outcome.code, kWrongInput);
  EXPECT_THAT(outcome.err, HasSubstr("beam"));
}

TEST(EvaluateCommand, ATunedModelSetsTheMusicInAnyPlace) {
  const TemporaryFolder folder;
  const auto tune = [&](const std::string& name, const std::string& metre) {
    const std::string output = (folder / name).string();
    const Outcome outcome = RunWith({"tune", "--output", output, "--metre", metre, "--iterations",
                                     "100", "--compositions", "2", "--quiet"});
    EXPECT_EQ(outcome.code, kDone) << outcome.err;
    return output + "/model.safetensors";
  };
  const std::string jig = tune("jig", "6/8");
  const Outcome first = RunWith({"evaluate", jig, "default", "--compositions", "20"});
  const Outcome second = RunWith({"evaluate", "default", jig, "--compositions", "20"});
  EXPECT_THAT(first.out, HasSubstr("20 compositions of 24 events"));
  EXPECT_THAT(second.out, HasSubstr("20 compositions of 24 events"));
  EXPECT_THAT(second.err, testing::Not(HasSubstr("warning")));
  const std::string reel = tune("reel", "4/4");
  EXPECT_THAT(RunWith({"evaluate", jig, reel, "--compositions", "20"}).err,
              HasSubstr("was tuned in 4/4 major and is measured in 6/8 major"));
}

TEST(EvaluateCommand, TheCorpusIsComparedWithWhatTheDecodingPlays) {
  const TemporaryFolder folder;
  const std::string corpus = (folder / "corpus").string();
  std::vector<TestMelody> melodies;
  for (std::uint8_t note = 2; note < 38; ++note) {
    melodies.push_back({.events = std::vector<std::uint8_t>(32, note)});
  }
  WriteMelodies(corpus, melodies, {.settings = ""});
  const auto entropy = [&](const std::vector<std::string>& played) {
    std::vector<std::string> more = {"--corpus", corpus, "--json", "-"};
    more.insert(more.end(), played.begin(), played.end());
    const Outcome outcome = Evaluate(more);
    EXPECT_EQ(outcome.code, kDone) << outcome.err;
    return json::parse(outcome.out)["corpus"]["pitch_class_entropy"].get<double>();
  };
  EXPECT_LT(entropy({"--temperature", "0"}), entropy({}));
  EXPECT_EQ(entropy({"--temperature", "0.7"}), entropy({"--decoding", "temperature=0.7"}));
  EXPECT_NE(entropy({"--decoding", "best-of=4"}), entropy({}));
  EXPECT_THAT(RunWith({"evaluate", "default", "--compositions", "20", "--corpus", corpus}).err,
              HasSubstr("evaluate default: 2020 compositions"));
}

}  // namespace
}  // namespace rltuner::cli
