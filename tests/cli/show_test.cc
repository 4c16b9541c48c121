// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/run_command.h"
#include "melody/write_melodies.h"
#include "rltuner/core/files.h"
#include "rltuner/midi/reader.h"
#include "test_support.h"

namespace rltuner::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class ShowTest : public testing::Test {
 protected:
  ShowTest() {
    WriteMelodies(dataset_, {{14, 1, 1, 1, 16, 1, 0, 1}, {18, 1, 1, 1}, {26, 1, 1, 1}}, 0,
                  "[extraction]\nsteps_per_quarter = 4\n");
  }

  Outcome Show(std::vector<std::string> more) const {
    more.insert(more.begin(), {"show", dataset_.string()});
    return RunWith(more);
  }

  TemporaryFolder folder_;
  fs::path dataset_ = folder_ / "d.safetensors", shown_ = folder_ / "shown";
};

TEST_F(ShowTest, ListsBarsNotesAndRange) {
  const Outcome outcome = Show({"--melody", "1"});
  ASSERT_EQ(outcome.code, kDone) << outcome.err;
  EXPECT_THAT(outcome.out, testing::ContainsRegex("test +1 +4/4 +1 +2 +C4 \\.\\. D4"));
}

TEST_F(ShowTest, KeepsRangeGridAndMetre) {
  WriteMelodies(dataset_, {{{2, 1, 1, 1, 1, 1, 4, 1, 1, 1, 1, 1, 4, 1, 1}, {{6, 8}, 3}}},
                {.settings = "", .encoding = {40, 90, 2}, .contexts = true});
  const Outcome outcome = Show({"--output", shown_.string()});
  ASSERT_EQ(outcome.code, kDone) << outcome.err;
  EXPECT_THAT(outcome.out, testing::ContainsRegex("test +1 +6/8 +2 +3 +E2 \\.\\. F#2"));
  const midi::Score score = midi::Read(ReadFile(shown_ / "melody_001.mid"), "melody_001.mid");
  EXPECT_EQ(score.notes.at(0).pitch, 40);
  ASSERT_EQ(score.metres.size(), 2U);
  EXPECT_EQ(score.metres[1].numerator, 6);
  EXPECT_EQ(score.metres[1].tick, 3 * 240);  // after the pickup
  EXPECT_THAT(ReadTextFile(shown_ / "melodies.jsonl"), HasSubstr("\"pickup\":3,"));
}

TEST_F(ShowTest, WritesTheMelodiesAskedFor) {
  const Outcome outcome = Show({"--melody", "1", "--melody", "3", "--output", shown_.string()});
  ASSERT_EQ(outcome.code, kDone) << outcome.err;
  EXPECT_TRUE(fs::exists(shown_ / "melody_002.mid"));
  EXPECT_FALSE(fs::exists(shown_ / "melody_003.mid"));
  const midi::Score score = midi::Read(ReadFile(shown_ / "melody_001.mid"), "melody_001.mid");
  ASSERT_EQ(score.notes.size(), 2U);
  EXPECT_EQ(score.notes[1].pitch, 62);
  EXPECT_EQ(score.notes[1].duration * 2, score.notes[0].duration);
  EXPECT_THAT(ReadTextFile(shown_ / "index.html"),
              AllOf(HasSubstr("Melodies of d.safetensors"), HasSubstr("3: test"),
                    Not(HasSubstr("probability"))));
}

TEST_F(ShowTest, ChoosesTheSameMelodiesForTheSameSeed) {
  const Outcome outcome = Show({"--count", "2", "--seed", "5"});
  EXPECT_THAT(outcome.err, HasSubstr("2 of 3 melodies"));
  EXPECT_EQ(Show({"--count", "2", "--seed", "5"}).out, outcome.out);
}

TEST_F(ShowTest, FindsMelodiesByAPartOfTheirName) {
  EXPECT_THAT(Show({"--melody", "es"}).err, HasSubstr("3 of 3"));
}

TEST_F(ShowTest, NamesAMelodyThatIsNotThere) {
  for (const char* melody : {"0", "4", "tune"}) {
    const Outcome outcome = Show({"--melody", melody});
    EXPECT_EQ(outcome.code, kWrongInput);
    EXPECT_THAT(outcome.err, HasSubstr("expected a number, 1 .. 3, or a part of a name"));
  }
}

}  // namespace
}  // namespace rltuner::cli
