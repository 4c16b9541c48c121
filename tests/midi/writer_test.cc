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

namespace rltuner::midi {
namespace {

using testing::ElementsAre;

TEST(Writer, WritesTheseBytes) {
  SimplePiece piece;
  piece.track_name = "A";
  piece.notes = {{0, 240, 60, 80}};
  const Bytes events = {0,    0xff, 0x03, 1,    'A', 0,    0xff, 0x51, 3,  7, 0xa1,
                        0x20, 0,    0xff, 0x58, 4,   4,    2,    24,   8,  0, 0xc0,
                        0,    0,    0x90, 60,   80,  0x81, 0x70, 0x80, 60, 64};
  EXPECT_EQ(Write(piece), FileOf(events));
}

TEST(Writer, PieceComesBack) {
  SimplePiece piece;
  piece.ticks_per_quarter = 220;
  piece.quarters_per_minute = 90;
  piece.numerator = 6;
  piece.denominator = 8;
  piece.channel = 3;
  piece.program = 73;
  piece.track_name = "melody";
  piece.notes = {{110, 55, 64, 100}, {0, 110, 60, 80}, {165, 0, 64, 1}};
  piece.length = 880;
  const Score score = Read(Write(piece));
  EXPECT_EQ(score, ToScore(piece));
  EXPECT_THAT(score.tracks, ElementsAre(Track{"melody", 880}));
  EXPECT_THAT(Pitches(score), ElementsAre(60, 64, 64));
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
  const auto refusal = [](const SimplePiece& piece) {
    try {
      Write(piece);
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("none");
  };
  SimplePiece pitch, tempo, metre, onset;
  pitch.notes = {{0, 1, 128, 80}};
  tempo.quarters_per_minute = 0;
  metre.denominator = 3;
  onset.notes = {{-1, 1, 60, 80}};
  EXPECT_EQ(refusal(pitch), "MIDI writer: a pitch is 128; expected 0 .. 127");
  EXPECT_EQ(refusal(tempo), "MIDI writer: quarters per minute are 0; expected 4 .. 1000");
  EXPECT_EQ(refusal(metre),
            "MIDI writer: a metre's denominator is 3; expected a power of two, 1 .. 1024");
  EXPECT_EQ(refusal(onset), "MIDI writer: a tick is -1; expected 0 or more");
}

}  // namespace
}  // namespace rltuner::midi
