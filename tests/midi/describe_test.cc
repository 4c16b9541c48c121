// SPDX-License-Identifier: Apache-2.0
#include "rltuner/midi/describe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "midi/midi_bytes.h"
#include "midi/text_of.h"

namespace rltuner::midi {
namespace {

using testing::HasSubstr;
using Json = nlohmann::json;

TEST(Json, ListsOnsetsAndEndedNotesInOrder) {
  const Score score = Read(Header(1, 2) + TrackOf({0, 0x91, 70, 80, 5, 70, 0, 0, 0x90, 64, 70}) +
                           TrackOf({0, 0x90, 60, 80, 9, 60, 0}));
  const Json json = JsonOf(score);
  EXPECT_EQ(json["onsets"], Json::parse("[[0,0,60,80],[0,1,70,80],[5,0,64,70]]"));
  EXPECT_EQ(json["notes"], Json::parse("[[0,5,1,70,80],[0,9,0,60,80]]"));
  EXPECT_EQ(json["hanging"], 1);
}

TEST(Json, NamesTheTrackOfEachNote) {
  const Json json = JsonOf(Read(Header(1, 2) + TrackOf({5, 0x90, 60, 80, 5, 60, 0}) +
                                TrackOf({0, 0x90, 60, 80, 9, 60, 0, 0, 64, 80})));
  EXPECT_EQ(json["onset_tracks"], Json::parse("[1,0,1]"));
  EXPECT_EQ(json["note_tracks"], Json::parse("[1,0]"));
}

TEST(Json, ListsProgramsWithChannelAndTrack) {
  const Json json = JsonOf(Read(Header(1, 2) + TrackOf(NoteEvents(60)) +
                                TrackOf(Bytes{7, 0xc3, 40} + NoteEvents(60, 3))));
  EXPECT_EQ(json["programs"], Json::parse("[[7,3,40,1]]"));
  EXPECT_EQ(json["first_channel"], 0);
  EXPECT_EQ(json["first_track"], 0);
}

TEST(Json, NamesOutsideUtf8DoNotBreakIt) {
  Score score;
  score.tracks = {{"\xc9tude \"1\"\n", 0}};
  const Json json = JsonOf(score);
  EXPECT_EQ(json["tracks"][0]["name"], "\xef\xbf\xbdtude \"1\"\n");
}

TEST(Json, WarningsNameTrackAndByte) {
  Score score;
  score.warnings = {{2, 187, "odd"}, {-1, 9, "odder"}};
  EXPECT_EQ(JsonOf(score)["warnings"],
            Json::parse(R"(["track 2, byte 187: odd","byte 9: odder"])"));
}

TEST(Json, OfNothingIsStillAnObject) { EXPECT_EQ(JsonOf(Score())["onsets"], Json::array()); }

TEST(Describe, ShowsWhatTheFileSays) {
  const Score score =
      Read(Header(1, 2) + TrackOf({0, 0xff, 0x51, 3, 7, 0xa1, 0x20, 0, 0xff, 0x58, 4,
                                   3, 2,    24,   8, 0, 0xff, 0x59, 2, 0xfe, 1}) +
           TrackOf(Bytes{0, 0xff, 3, 3, 'V', 0xe9, '\n'} + NoteEvents(60) + NoteEvents(72) +
                   Bytes{0, 0xf4, 0, 0x90, 65, 80}));
  EXPECT_EQ(
      DescriptionOf(score),
      "format 1, 480 ticks a quarter, 2 tracks, 3 notes (1 never ended), 200 ticks long\n"
      "tracks and channels count from 0; channel 9 is percussion\n"
      "track 0: 0 notes, ends at tick 0\n"
      "track 1: 3 notes, ends at tick 200, channel 0, pitches 60 to 72, \"V\xef\xbf\xbd\\n\"\n"
      "tempos: 120 quarters a minute at tick 0\n"
      "metres: 3/4 at tick 0\n"
      "keys: G minor at tick 0\n"
      "warning: track 1, byte 78: system message F4, illegal in a file, is ignored\n");
}

TEST(Describe, TempoZeroIsNotDividedBy) {
  const std::string text =
      DescriptionOf(Read(FileOf(Bytes{0, 0xff, 0x51, 3, 0, 0, 0} + NoteEvents(60))));
  EXPECT_THAT(text, HasSubstr("tempos: 0 microseconds a quarter at tick 0"));
}

}  // namespace
}  // namespace rltuner::midi
