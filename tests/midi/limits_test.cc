// SPDX-License-Identifier: Apache-2.0
// Damage at every byte, and files made to be large: the reader's work and memory stay bounded.
#include <gtest/gtest.h>

#include <filesystem>

#include "midi/check_score.h"
#include "midi/midi_bytes.h"
#include "rltuner/core/error.h"
#include "rltuner/core/files.h"
#include "rltuner/core/random.h"
#include "rltuner/midi/track_parser.h"

namespace rltuner::midi {
namespace {

// The fault in what is read from `bytes`; "" if they are refused as they should be.
std::string FaultInReading(const Bytes& bytes, Score* read = nullptr) {
  try {
    Score score = Read(bytes);
    std::string fault = FaultIn(score, bytes.size());
    if (read != nullptr) *read = std::move(score);
    return fault;
  } catch (const Error& error) {
    const std::string_view message = error.what();
    return message.starts_with("test.mid: ") && message.find('\n') == std::string_view::npos
               ? ""
               : "refusal: " + std::string(message);
  }
}

std::vector<Bytes> BaseFiles() {
  std::vector<Bytes> files;
  for (const char* name : {"format0", "format1", "format2", "running_velocity0", "sysex_split",
                           "unknown_meta", "unknown_chunk", "riff", "padded_vlq", "overlap_two"}) {
    files.push_back(ReadFile(std::string(RLTUNER_TEST_DATA "/midi/tricky/") + name + ".mid"));
  }
  return files;
}

TEST(EveryCut, GivesABeginningOfTheNotesOrARefusal) {
  const Bytes file = Header(1, 2) + TrackOf(NoteEvents(60) + NoteEvents(62)) +
                     TrackOf(NoteEvents(72, 1) + NoteEvents(74, 1));
  const std::vector<int> whole = Pitches(Read(file));
  for (std::size_t size = 0; size < file.size(); ++size) {
    SCOPED_TRACE(testing::Message() << "cut at byte " << size);
    Score score;
    ASSERT_EQ(FaultInReading(Bytes(file.begin(), file.begin() + static_cast<int>(size)), &score),
              "");
    const std::vector<int> pitches = Pitches(score);
    ASSERT_LE(pitches.size(), whole.size());
    EXPECT_TRUE(std::equal(pitches.begin(), pitches.end(), whole.begin()));
  }
}

TEST(EveryCut, OfSeveralFilesIsReadOrRefused) {
  for (const Bytes& file : BaseFiles()) {
    const std::size_t whole = Read(file).notes.size();
    for (std::size_t size = 0; size < file.size(); ++size) {
      SCOPED_TRACE(testing::Message() << "cut at byte " << size << " of " << file.size());
      Score score;
      ASSERT_EQ(FaultInReading(Bytes(file.begin(), file.begin() + static_cast<int>(size)), &score),
                "");
      ASSERT_LE(score.notes.size(), whole);
    }
  }
}

TEST(EveryFlip, OfOneByteIsReadOrRefused) {
  for (const Bytes& base : BaseFiles()) {
    for (std::size_t at = 0; at < base.size(); ++at) {
      Bytes file = base;
      for (int value = 0; value < 256; ++value) {
        file[at] = static_cast<std::uint8_t>(value);
        ASSERT_EQ(FaultInReading(file), "") << "byte " << at << " set to " << value;
      }
    }
  }
}

TEST(RandomDamage, IsReadOrRefused) {
  const std::vector<Bytes> bases = BaseFiles();
  for (std::uint64_t seed = 0; seed < 20'000; ++seed) {
    Random random(seed);
    Bytes file = bases[random.Below(static_cast<std::uint32_t>(bases.size()))];
    for (std::uint32_t change = 0, changes = 1 + random.Below(6); change < changes; ++change) {
      const std::uint32_t at = random.Below(static_cast<std::uint32_t>(file.size()));
      const auto value = static_cast<std::uint8_t>(random.Below(256));
      switch (random.Below(3)) {
        case 0:
          file[at] = value;
          break;
        case 1:
          file.insert(file.begin() + at, value);
          break;
        default:
          file.erase(file.begin() + at);
      }
    }
    ASSERT_EQ(FaultInReading(file), "") << "seed " << seed;
  }
}

Bytes Repeat(const Bytes& bytes, std::size_t times) {
  Bytes out;
  out.reserve(bytes.size() * times);
  for (std::size_t i = 0; i < times; ++i) out.insert(out.end(), bytes.begin(), bytes.end());
  return out;
}

TEST(Limits, AMillionNotesAreRead) {
  const Score score =
      Read(FileOf(Bytes{0, 0x90, 60, 80, 1, 60, 0} + Repeat({0, 61, 80, 1, 61, 0}, 999'999)));
  EXPECT_EQ(score.notes.size(), 1'000'000U);
  EXPECT_EQ(score.notes.back().onset, 999'999);
  EXPECT_LE(score.notes.capacity() * sizeof(Note), 64U << 20);
}

TEST(Limits, NotesBeyondTheMostAreLeftOutWithAWarning) {
  const Score score = Read(FileOf(Bytes{0, 0x90, 60, 80} + Repeat({0, 61, 80}, kMaximumNotes + 5)));
  EXPECT_EQ(score.notes.size(), kMaximumNotes);
  EXPECT_LE(score.notes.capacity() * sizeof(Note), 48U << 20);
  ASSERT_EQ(score.warnings.size(), 1U);
  EXPECT_EQ(score.warnings[0].text, "more than 2000000 notes; the rest is not read");
}

TEST(Limits, ChangesBeyondTheMostAreLeftOutWithAWarning) {
  const Score score =
      Read(FileOf(NoteEvents(60) + Repeat({0, 0xff, 0x51, 3, 7, 0xa1, 0x20}, kMaximumChanges + 5)));
  EXPECT_EQ(score.tempos.size(), kMaximumChanges);
  EXPECT_EQ(score.warnings.size(), 1U);
}

TEST(Limits, TracksBeyondTheMostAreLeftOutWithAWarning) {
  const Score score =
      Read(Header(1, 65535) + TrackOf(NoteEvents(60)) + Repeat(TrackOf({}), 70'000));
  EXPECT_EQ(score.tracks.size(), static_cast<std::size_t>(kMaximumTracks));
  EXPECT_EQ(score.warnings.size(), 1U);
}

TEST(Limits, NamesAreCut) {
  const Bytes name = Bytes{0, 0xff, 3, 0x87, 0x68} + Bytes(1000, 'x');
  EXPECT_EQ(Read(FileOf(name + NoteEvents(60))).tracks[0].name,
            std::string(kMaximumNameBytes, 'x'));
}

// Files on which a reader that looks ahead from every damage would take time that grows with the
// square of their size, minutes. Each takes milliseconds; ctest ends the test after its TIMEOUT
// (cmake/layers.cmake).
TEST(Limits, LargeFilesOfNothingButDamageAreReadOnce) {
  const Bytes note = TrackOf(NoteEvents(60));
  const std::vector<Bytes> damaged = {
      Repeat(TrackOfLength(0, {0, 0x90, 60, 80}), 200'000),
      Repeat(TrackOfLength(0xffffffff, {0, 0x90, 60}), 200'000),
      Repeat(TrackOfLength(3, {}), 60'000) + Bytes(2'000'000, 'M'),
      Repeat(Text("MT"), 1'000'000),
      Repeat(Text("RIFF") + Big32(0xffffff), 200'000),
      Repeat(Text("JUNK") + Big32(0), 200'000),
      TrackOf(Repeat({0, 0xf4}, 1'000'000)),
      TrackOf(Repeat({0, 0xf0, 1, 0, 0, 0xc8}, 300'000)),
      TrackOf(Repeat({0, 0x90, 60, 0xc8, 0, 60, 0}, 300'000)),
      TrackOf(Repeat({0, 0xff, 0x51, 0x7f}, 300'000)),
      Bytes(2'000'000, 0xff),
      Bytes(2'000'000, 0xf7),
  };
  for (const Bytes& bytes : damaged) {
    ASSERT_EQ(FaultInReading(Header(1, 65535) + note + bytes), "");
  }
}

}  // namespace
}  // namespace rltuner::midi
