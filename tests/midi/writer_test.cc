// SPDX-License-Identifier: Apache-2.0
#include "rltuner/midi/writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "midi/check_score.h"
#include "midi/midi_bytes.h"
#include "rltuner/core/error.h"
#include "rltuner/core/files.h"
#include "rltuner/core/random.h"
#include "test_support.h"

namespace rltuner::midi {
namespace {

using testing::ElementsAre;

// One note in 4/4 at 120 quarter notes a minute.
Score OneNote() {
  Score score;
  score.division = 480;
  score.tracks = {{"A", 240}};
  score.tempos = {{0, 500'000, 0}};
  score.metres = {{0, 4, 4, 0}};
  score.programs = {{0, 0, 0, 0}};
  score.notes = {{0, 240, 0, 0, 60, 80}};
  return score;
}

TEST(Writer, WritesTheseBytes) {
  const Bytes events = {0,    0xff, 0x03, 1,    'A', 0,    0xff, 0x51, 3,  7, 0xa1,
                        0x20, 0,    0xff, 0x58, 4,   4,    2,    24,   8,  0, 0xc0,
                        0,    0,    0x90, 60,   80,  0x81, 0x70, 0x80, 60, 64};
  EXPECT_EQ(Write(OneNote()), FileOf(events));
}

TEST(Writer, ScoreComesBack) {
  Score score = OneNote();
  score.division = 220;
  score.tempos = {{0, 666'667, 0}};
  score.metres = {{0, 6, 8, 0}};
  score.programs = {{0, 73, 3, 0}};
  score.notes = {{0, 110, 0, 3, 60, 80}, {110, 55, 0, 3, 64, 100}, {165, 0, 0, 3, 64, 1}};
  score.tracks[0].end_tick = 880;
  EXPECT_EQ(Read(Write(score)), score);
}

TEST(Writer, SaysThatBarsAreKnown) {
  Score score = OneNote();
  EXPECT_FALSE(Read(Write(score)).tracks[0].bars_known);
  score.tracks[0].bars_known = true;
  EXPECT_EQ(Read(Write(score)), score);
}

TEST(Writer, EveryReadableTrickyFileComesBack) {
  for (const auto& entry : std::filesystem::directory_iterator(RLTUNER_TEST_DATA "/midi/tricky")) {
    if (entry.path().extension() != ".mid") continue;
    Score score;
    try {
      score = Read(ReadFile(entry.path()));
    } catch (const Error&) {
      continue;
    }
    EXPECT_EQ(WithoutWarnings(Read(Write(score))), WithoutWarnings(score)) << entry.path();
  }
}

// Notes that begin in any order, overlap on one pitch, have no length or never end.
Score RandomScore(std::uint64_t seed) {
  Random random(seed);
  const auto below = [&](std::uint32_t bound) { return static_cast<int>(random.Below(bound)); };
  Bytes file = Header(1, 3, 1 + below(0x7fff));
  for (int track = 0; track < 3; ++track) {
    Bytes events;
    for (int i = 0; i < 60; ++i) {
      const auto delta = static_cast<std::uint8_t>(below(3));
      const auto status = static_cast<std::uint8_t>((below(2) == 0 ? 0x80 : 0x90) | below(2));
      events = events + Bytes{delta, status, static_cast<std::uint8_t>(60 + below(3)),
                              static_cast<std::uint8_t>(below(128))};
    }
    file = file + TrackOf(NoteEvents(50) + events);
  }
  return Read(file);
}

TEST(Writer, RandomScoresComeBack) {
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const Score score = RandomScore(seed);
    ASSERT_EQ(Read(Write(score)), score);
  }
}

TEST(Writer, BridgesGapsLongerThanOneDelta) {
  Score score;
  score.division = 480;
  score.notes = {{std::int64_t{1} << 33, std::int64_t{1} << 34, 0, 0, 60, 80}};
  score.tracks = {{"", std::int64_t{1} << 35}};
  EXPECT_EQ(Read(Write(score)), score);
}

TEST(Writer, NamesValuesOutOfRange) {
  Score pitch = OneNote(), metre = OneNote(), onset = OneNote();
  pitch.notes[0].pitch = 128;
  metre.metres[0].denominator = 3;
  onset.notes[0].onset = -1;
  EXPECT_EQ(ErrorOf([&] { Write(pitch); }), "MIDI writer: a pitch is 128; expected 0 .. 127");
  EXPECT_EQ(ErrorOf([&] { Write(metre); }),
            "MIDI writer: a metre's denominator is 3; expected a power of two, 1 .. 1024");
  EXPECT_EQ(ErrorOf([&] { Write(onset); }), "MIDI writer: a tick is -1; expected 0 or more");
}

}  // namespace
}  // namespace rltuner::midi
