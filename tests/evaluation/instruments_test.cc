// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rltuner/evaluation/generation.h"
#include "test_support.h"

namespace rltuner {
namespace {

TEST(PlayIn, MovesTheWhiteKeysToTheKey) {
  Playback playback;
  PlayIn({4, Mode::kMinor}, playback);
  EXPECT_EQ(playback.Pitch(ClassOf(57)) % 12, 4);  // A is the tonic of what is minor
  EXPECT_EQ(playback.sharps, 1);
  PlayIn({2, Mode::kDorian}, playback);
  EXPECT_EQ(playback.transposition, 0);
}

TEST(PlayOn, KeepsEveryNoteInTheRange) {
  Playback playback;
  PlayIn({10, Mode::kMajor}, playback);
  PlayOn("flute", "--instrument", playback);
  EXPECT_EQ(playback.program, 73);
  for (int event = kFirstNoteOn; event < kVocabulary; ++event) {
    const int pitch = playback.Pitch(event);
    EXPECT_GE(pitch, 60);
    EXPECT_LE(pitch, 93);
    EXPECT_EQ((pitch - PitchOf(event) + 24) % 12, 10);
  }
}

TEST(PlayOn, NamesThoseItKnows) {
  Playback playback;
  EXPECT_THAT(ErrorOf([&] { PlayOn("kazoo", "--instrument", playback); }),
              testing::HasSubstr("--instrument kazoo: expected one of piano, "));
}

}  // namespace
}  // namespace rltuner
