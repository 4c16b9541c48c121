// SPDX-License-Identifier: Apache-2.0
// How note-ons and note-offs become notes, and how ticks add up.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "midi/midi_bytes.h"

namespace rltuner::midi {
namespace {

using testing::ElementsAre;

TEST(Notes, OverlapEndsFirstInFirstOut) {
  const Score score = Read(FileOf({0, 0x90, 60, 80, 100, 60, 90, 100, 60, 0, 100, 60, 0}));
  EXPECT_THAT(score.notes, ElementsAre(Note{0, 200, 0, 0, 60, 80}, Note{100, 200, 0, 0, 60, 90}));
}

TEST(Notes, ThreeOverlapsEndInOrder) {
  const Score score = Read(FileOf(
      {0, 0x90, 60, 1, 10, 60, 2, 10, 60, 3, 10, 60, 0, 10, 60, 0, 10, 60, 0, 0, 60, 4, 5, 60, 0}));
  EXPECT_THAT(score.notes, ElementsAre(Note{0, 30, 0, 0, 60, 1}, Note{10, 30, 0, 0, 60, 2},
                                       Note{20, 30, 0, 0, 60, 3}, Note{50, 5, 0, 0, 60, 4}));
}

TEST(Notes, OffBeforeOnAtOneTickRepeatsTheNote) {
  const Score score =
      Read(FileOf({0, 0x90, 60, 80, 100, 0x80, 60, 0, 0, 0x90, 60, 80, 50, 0x80, 60, 0}));
  EXPECT_THAT(score.notes, ElementsAre(Note{0, 100, 0, 0, 60, 80}, Note{100, 50, 0, 0, 60, 80}));
}

TEST(Notes, OnBeforeOffAtOneTickRepeatsTheNote) {
  const Score score =
      Read(FileOf({0, 0x90, 60, 80, 100, 0x90, 60, 80, 0, 0x80, 60, 0, 50, 0x80, 60, 0}));
  EXPECT_THAT(score.notes, ElementsAre(Note{0, 100, 0, 0, 60, 80}, Note{100, 50, 0, 0, 60, 80}));
}

TEST(Notes, OfNoLengthAreKept) {
  const Score score = Read(FileOf({7, 0x90, 60, 80, 0, 60, 0}));
  EXPECT_THAT(score.notes, ElementsAre(Note{7, 0, 0, 0, 60, 80}));
}

TEST(Notes, NeverEndedAreHangingWithoutAWarning) {
  const Score score = Read(FileOf({0, 0x90, 60, 80, 0, 60, 81, 9, 60, 0}));
  EXPECT_THAT(score.notes, ElementsAre(Note{0, 9, 0, 0, 60, 80}, Note{0, kHanging, 0, 0, 60, 81}));
  EXPECT_TRUE(score.warnings.empty());
}

TEST(Notes, HangingDoNotReachIntoTheNextTrack) {
  const Score score = Read(Header(1, 2) + TrackOf({0, 0x90, 60, 80, 0, 60, 81}) +
                           TrackOf({50, 0x80, 60, 0, 0, 0x90, 60, 82, 1, 60, 0}));
  EXPECT_THAT(score.notes, ElementsAre(Note{0, kHanging, 0, 0, 60, 80},
                                       Note{0, kHanging, 0, 0, 60, 81}, Note{50, 1, 1, 0, 60, 82}));
}

TEST(Notes, OfAnotherChannelAreNotEnded) {
  const Score score = Read(FileOf({0, 0x90, 60, 80, 9, 0x81, 60, 0, 9, 0x80, 60, 0}));
  EXPECT_THAT(score.notes, ElementsAre(Note{0, 18, 0, 0, 60, 80}));
}

TEST(Notes, OfTrackFindsEachTracksNotes) {
  const Score score = Read(Header(1, 3) + TrackOf(NoteEvents(60)) + TrackOf({}) +
                           TrackOf(NoteEvents(72) + NoteEvents(74)));
  EXPECT_EQ(score.NotesOfTrack(0).size(), 1U);
  EXPECT_EQ(score.NotesOfTrack(1).size(), 0U);
  EXPECT_EQ(score.NotesOfTrack(2).size(), 2U);
}

TEST(Ticks, AddUpBeyond32Bits) {
  Bytes events;
  for (int i = 0; i < 40; ++i) events = events + Bytes{0xff, 0xff, 0xff, 0x7f, 0xb0, 7, 100};
  const Score score = Read(FileOf(events + NoteEvents(60)));
  EXPECT_EQ(score.notes.at(0).onset, 40LL * 0x0fffffff);
  EXPECT_EQ(score.EndTick(), 40LL * 0x0fffffff + 100);
}

TEST(Ticks, OfFormat2StartAnewInEveryTrack) {
  const Score score = Read(Header(2, 2) + TrackOf(NoteEvents(60)) + TrackOf(NoteEvents(72)));
  EXPECT_TRUE(score.independent_tracks);
  EXPECT_EQ(score.notes.at(1).onset, 0);
}

TEST(Ticks, PerQuarterNeedAMetricalDivision) {
  Score score;
  score.division = 96;
  EXPECT_EQ(score.TicksPerQuarter(), 96);
  for (const int division : {0, 0xe728, 0x8000, 0xffff}) {
    score.division = division;
    EXPECT_EQ(score.TicksPerQuarter(), std::nullopt) << division;
  }
}

TEST(Ticks, PerSecondNeedAnSmpteDivision) {
  Score score;
  score.division = 59176;  // 25 frames of 40 ticks
  EXPECT_EQ(score.SmpteTicksPerSecond(), 1000.0);
  score.division = 0xe364;  // 29 stands for 29.97
  EXPECT_NEAR(score.SmpteTicksPerSecond().value(), 2997.003, 0.001);
  for (const int division : {0, 480, 0xe700, 0xff28, 0x8001}) {
    score.division = division;
    EXPECT_EQ(score.SmpteTicksPerSecond(), std::nullopt) << division;
  }
}

TEST(Metas, AreReadWithTickAndTrack) {
  const Score score = Read(
      Header(1, 2) + TrackOf({96, 0xff, 0x51, 3, 7, 0xa1, 0x20, 0, 0xff, 0x58, 4, 6, 3, 24, 8}) +
      TrackOf(Bytes{0, 0xff, 0x03, 2, 'V', '1', 0, 0xff, 0x59, 2, 0xfd, 1, 0, 0xc3, 40} +
              NoteEvents(60)));
  EXPECT_THAT(score.tempos, ElementsAre(TempoChange{96, 500'000, 0}));
  EXPECT_THAT(score.metres, ElementsAre(MetreChange{96, 6, 8, 0}));
  EXPECT_THAT(score.keys, ElementsAre(KeySignature{0, -3, true, 1}));
  EXPECT_THAT(score.programs, ElementsAre(ProgramChange{0, 40, 3, 1}));
  EXPECT_THAT(score.tracks, ElementsAre(Track{"", 96}, Track{"V1", 100}));
}

TEST(Metas, OfAllTracksAreOrderedByTick) {
  const Score score =
      Read(Header(1, 2) + TrackOf(Bytes{50, 0xff, 0x51, 3, 1, 0, 0} + NoteEvents(60)) +
           TrackOf({9, 0xff, 0x51, 3, 2, 0, 0, 41, 0xff, 0x51, 3, 3, 0, 0}));
  EXPECT_THAT(score.tempos, ElementsAre(TempoChange{9, 0x20000, 1}, TempoChange{50, 0x10000, 0},
                                        TempoChange{50, 0x30000, 1}));
}

}  // namespace
}  // namespace rltuner::midi
