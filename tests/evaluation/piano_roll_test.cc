// SPDX-License-Identifier: Apache-2.0
#include "rltuner/evaluation/piano_roll.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace rltuner {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::size_t Count(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) {
    ++count;
  }
  return count;
}

class PianoRollPicture : public testing::Test {
 protected:
  std::string Draw() const {
    PianoRoll roll{.title = "A title",
                   .subtitle = "below",
                   .description = "in words",
                   .primer = primer_,
                   .events = events_,
                   .probabilities = probabilities_,
                   .strips = {{"key", rewards_}}};
    roll.playback.music = {.metre = metre_, .pickup = pickup_};
    return DrawPianoRoll(roll, "x");
  }

  std::vector<std::uint8_t> primer_, events_ = {14, 1, 0, 16};
  std::vector<float> probabilities_ = std::vector<float>(4 * 38, 1.0F / 38);
  std::vector<float> rewards_ = {0, 1, -1, 0};
  Metre metre_ = {};
  int pickup_ = 0;
};

TEST_F(PianoRollPicture, IsOneSvgElementWithTitleAndDescription) {
  const std::string svg = Draw();
  EXPECT_THAT(svg, testing::StartsWith("<svg "));
  EXPECT_THAT(svg, testing::EndsWith("</svg>\n"));
  EXPECT_THAT(svg, HasSubstr("<title id=\"x-title\">A title</title>"));
  EXPECT_THAT(svg, HasSubstr("<desc id=\"x-desc\">in words</desc>"));
}

TEST_F(PianoRollPicture, DrawsANoteAsLongAsItSounds) {
  const std::string svg = Draw();
  EXPECT_THAT(svg, HasSubstr("C4, 2 sixteenths"));
  EXPECT_THAT(svg, HasSubstr("D4, 1 sixteenth<"));
}

TEST_F(PianoRollPicture, MarksEveryHoldAndOff) { EXPECT_EQ(Count(Draw(), "<circle"), 2U); }

TEST_F(PianoRollPicture, ShowsRewardsThatAreNotZero) {
  const std::string svg = Draw();
  EXPECT_THAT(svg, HasSubstr("key: +1.00"));
  EXPECT_THAT(svg, HasSubstr("key: -1.00"));
  EXPECT_EQ(Count(svg, "<title>key: "), 2U);
}

TEST_F(PianoRollPicture, NamesThePrimerIfThereIsOne) {
  EXPECT_THAT(Draw(), Not(HasSubstr(">primer<")));
  primer_ = {14};
  EXPECT_THAT(Draw(), HasSubstr(">primer<"));
}

TEST_F(PianoRollPicture, NumbersBarsFromTheFirstBarLineOfTheMelody) {
  events_.assign(32, 1);
  probabilities_.clear();
  pickup_ = 5;
  EXPECT_THAT(Draw(), AllOf(HasSubstr(">bar 1<"), HasSubstr(">bar 2<")));
  primer_ = {14};
  EXPECT_THAT(Draw(), AllOf(HasSubstr(">bar 1<"), HasSubstr(">bar 2<")));
  primer_.assign(21, 14);
  EXPECT_THAT(Draw(), AllOf(HasSubstr(">bar 1<"), Not(HasSubstr(">bar 3<"))));
}

TEST_F(PianoRollPicture, NumbersABeatOnlyWhereTheBarLeavesRoom) {
  events_.assign(128, 1);
  probabilities_.clear();
  EXPECT_EQ(Count(Draw(), ">2</text>"), 8U);
  metre_ = {7, 8};  // beats of two steps
  EXPECT_EQ(Count(Draw(), ">2</text>"), 0U);
  EXPECT_EQ(Count(Draw(), ">3</text>"), 9U);
  EXPECT_EQ(Count(Draw(), ">bar 9</text>"), 1U);
}

TEST_F(PianoRollPicture, GrowsWiderForLongMelodies) {
  EXPECT_THAT(Draw(), HasSubstr("width=\"900\""));
  events_.assign(128, 1);
  probabilities_.clear();
  EXPECT_THAT(Draw(), HasSubstr("width=\"1728\""));
}

TEST_F(PianoRollPicture, DrawsNoMelodyAtAllWithoutHarm) {
  events_.clear();
  probabilities_.clear();
  rewards_.clear();
  EXPECT_THAT(Draw(), testing::EndsWith("</svg>\n"));
}

}  // namespace
}  // namespace rltuner
