// SPDX-License-Identifier: Apache-2.0
// The commands score and midi: what is made of music that is given.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/run_command.h"
#include "rltuner/core/files.h"
#include "rltuner/evaluation/generation.h"
#include "test_support.h"

namespace rltuner::cli {
namespace {

using nlohmann::json;
using testing::HasSubstr;

const std::string kTricky = RLTUNER_TEST_DATA "/midi/tricky/";

class ScoreCommandTest : public testing::Test {
 protected:
  Outcome Score(std::string_view lines, const std::vector<std::string>& more = {}) {
    const std::string file = (folder_ / "melodies.jsonl").string();
    WriteFileAtomically(file, lines);
    std::vector<std::string> arguments = {"score", file, "--json", "-", "--quiet"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return RunWith(arguments);
  }

  TemporaryFolder folder_;
};

TEST_F(ScoreCommandTest, TheTotalIsTheSumOfTheRules) {
  const Outcome outcome = Score("{\"events\":[14,1,16,1,18,14,20,3]}\n");
  ASSERT_EQ(outcome.code, kDone) << outcome.err;
  const json rewards = json::parse(outcome.out)["rewards"];
  EXPECT_EQ(rewards.size(), 10U);
  for (std::size_t i = 0; i < 8; ++i) {
    double sum = 0;
    for (const auto& [rule, values] : rewards.items()) {
      if (rule != "total") sum += double(values[i]);
    }
    EXPECT_NEAR(sum, double(rewards["total"][i]), 1e-5) << i;
  }
}

TEST_F(ScoreCommandTest, AWayToFindTheKeyIsOfFilesWithMusic) {
  const Outcome outcome = Score("{\"events\":[14]}\n", {"--key", "estimate"});
  EXPECT_EQ(outcome.code, kWrongInput);
  EXPECT_THAT(outcome.err, HasSubstr("--key estimate: "));
}

TEST_F(ScoreCommandTest, GivesALineForEachLine) {
  const Outcome outcome = Score("{\"events\":[14,16]}\n{\"events\":[14]}\n");
  ASSERT_EQ(outcome.code, kDone) << outcome.err;
  EXPECT_EQ(std::count(outcome.out.begin(), outcome.out.end(), '\n'), 2);
}

TEST_F(ScoreCommandTest, AWeightOfARulesFileCounts) {
  WriteFileAtomically(folder_ / "mine.toml",
                      std::string_view("[rules]\nbase = \"paper\"\n[rules.tonic]\nweight = 2.0\n"));
  const char* const line = "{\"events\":[14,1,16,1]}\n";
  const auto tonic = [&](const std::string& rules) {
    return double(json::parse(Score(line, {"--rules", rules}).out)["rewards"]["tonic"][0]);
  };
  const double once = tonic("paper");
  EXPECT_GT(once, 0);
  EXPECT_DOUBLE_EQ(tonic((folder_ / "mine.toml").string()), 2 * once);
}

TEST_F(ScoreCommandTest, AWrongLineIsNamed) {
  const Outcome outcome = Score("{\"events\":[14]}\n{\"events\":[38]}\n");
  EXPECT_EQ(outcome.code, kWrongInput);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, HasSubstr("melodies.jsonl:2: event 1 is 38"));
}

TEST_F(ScoreCommandTest, TakesTheClassesOfTheRangeGiven) {
  const std::string line = "{\"events\":[100]}\n";
  EXPECT_THAT(Score(line).err, HasSubstr("0 .. 37"));
  EXPECT_EQ(Score(line, {"--lowest-pitch", "0", "--highest-pitch", "127"}).code, kDone);
}

TEST_F(ScoreCommandTest, HowAFileIsReadIsOfFilesWithMusic) {
  for (const auto& given : std::vector<std::vector<std::string>>{
           {"--tracks", "1"}, {"--polyphony", "skip"}, {"--no-split-at-key-changes"}}) {
    const Outcome outcome = Score("{\"events\":[14]}\n", given);
    EXPECT_EQ(outcome.code, kWrongInput);
    EXPECT_THAT(outcome.err, HasSubstr(": has no effect on JSON Lines"));
  }
}

TEST_F(ScoreCommandTest, RangeAndGridOfAModelAreNotGivenTwice) {
  const Outcome outcome =
      Score("{\"events\":[14]}\n", {"--model", "default", "--lowest-pitch", "48"});
  EXPECT_EQ(outcome.code, kWrongInput);
  EXPECT_THAT(outcome.err, HasSubstr("--lowest-pitch"));
  EXPECT_THAT(outcome.err, HasSubstr("--model"));
}

TEST_F(ScoreCommandTest, RulesFollowTheKey) {
  const auto key = [&](const std::string& name) {
    const Outcome outcome = Score("{\"events\":[20,17]}\n", {"--key", name});  // F#4, Eb4
    EXPECT_EQ(outcome.code, kDone) << outcome.err;
    return json::parse(outcome.out)["rewards"]["key"];
  };
  EXPECT_EQ(key("C"), json::parse("[-1.0,-1.0]"));
  EXPECT_EQ(key("E dorian"), json::parse("[0.0,-1.0]"));
  EXPECT_EQ(key("Bb"), json::parse("[-1.0,0.0]"));
  EXPECT_EQ(Score("{\"events\":[20]}\n", {"--key", "H dur"}).code, kWrongInput);
}

TEST_F(ScoreCommandTest, RulesHearTheMetreGiven) {
  WriteFileAtomically(folder_ / "metre.toml", std::string_view("[rules.metre]\nweight = 1\n"));
  const auto metre = [&](const std::string& name) {
    const Outcome outcome = Score("{\"events\":[14,1,1,1,1,1,1,1,1,1,1,1,14]}\n",
                                  {"--metre", name, "--rules", (folder_ / "metre.toml").string()});
    EXPECT_EQ(outcome.code, kDone) << outcome.err;
    return double(json::parse(outcome.out)["rewards"]["metre"][12]);
  };
  EXPECT_EQ(metre("3/4"), .5);
  EXPECT_EQ(metre("4/4"), 0);
}

// Its notes would be heard as beginning with a pickup of three quarters.
TEST_F(ScoreCommandTest, AMelodyThatGenerateWroteHasNoPickup) {
  std::vector<std::uint8_t> events;
  for (int bar = 0; bar < 8; ++bar) {
    events.insert(events.end(), {16, 1, 1, 1, 18, 1, 1, 1, 19, 1, 1, 1, 14, 1, 1, 1});
    if (bar % 2 == 1) events[events.size() - 8] = events[events.size() - 4] = 1;
  }
  const auto metre = [&](const std::string& name, std::string_view content) {
    WriteFileAtomically(folder_ / name, content);
    const Outcome outcome =
        RunWith({"score", (folder_ / name).string(), "--rules", "song", "--json", "-", "--quiet"});
    EXPECT_EQ(outcome.code, kDone) << outcome.err;
    return json::parse(outcome.out)["rewards"]["metre"];
  };
  const std::vector<std::uint8_t> midi = ToMidi(events, Playback{}, "a");
  json line = {{"events", events}};
  EXPECT_EQ(metre("a.mid", {reinterpret_cast<const char*>(midi.data()), midi.size()}),
            metre("a.jsonl", line.dump() + "\n"));
}

TEST(MidiCommand, SaysWhatIsDamagedAndWhere) {
  const Outcome outcome = RunWith({"midi", kTricky + "realtime_inside.mid", "--json", "-"});
  ASSERT_EQ(outcome.code, kDone) << outcome.err;
  const json score = json::parse(outcome.out);
  EXPECT_EQ(score["onsets"], json::parse("[[0,0,60,80],[110,0,62,80]]"));
  EXPECT_FALSE(score["warnings"].empty());
}

TEST(MidiCommand, RefusesWhatIsNoMidiFile) {
  const Outcome outcome =
      RunWith({"midi", RLTUNER_TEST_DATA "/golden_rewards.jsonl", "--json", "-"});
  EXPECT_EQ(outcome.code, kWrongInput);
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, HasSubstr("golden_rewards.jsonl"));
}

}  // namespace
}  // namespace rltuner::cli
