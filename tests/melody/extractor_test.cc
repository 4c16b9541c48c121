// SPDX-License-Identifier: Apache-2.0
#include "rltuner/melody/extractor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "melody/score_of.h"
#include "test_support.h"

namespace rltuner {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Track 0 "Lead Vocal" on channels 0 and 3, track 1 "Bass" on 1, track 2 "Drums" on 5, track 3
// without a name on the drum channel.
midi::Score Band() {
  midi::Score score =
      ScoreOf({NoteAt(0, 4, 72, 0, 0), NoteAt(4, 4, 60, 0, 3), NoteAt(0, 4, 40, 1, 1),
               NoteAt(4, 4, 45, 1, 1), NoteAt(0, 4, 50, 2, 5), NoteAt(0, 4, 38, 3, 9)});
  score.tracks[0].name = "Lead Vocal";
  score.tracks[1].name = "Bass";
  score.tracks[2].name = "Drums";
  score.programs = {{0, 53, 0, 0}, {0, 33, 1, 1}, {4 * kTicksPerStep, 35, 1, 1}};
  return score;
}

// "track/channel:pitches".
std::vector<std::string> Chosen(const ExtractionOptions& options,
                                const midi::Score& score = Band()) {
  std::vector<std::string> texts;
  for (const Voice& voice : VoiceFilter(options).Voices(score)) {
    std::string text = std::to_string(voice.track) + '/' + std::to_string(voice.channel) + ':';
    for (const midi::Note* note : voice.notes) text += ' ' + std::to_string(note->pitch);
    texts.push_back(text);
  }
  return texts;
}

std::vector<std::string> ByTracks(const std::string& tracks) {
  ExtractionOptions options;
  options.tracks = tracks;
  return Chosen(options);
}

TEST(VoiceFilter, TakesAllButPercussionByDefault) {
  EXPECT_THAT(Chosen({}), ElementsAre("0/0: 72", "0/3: 60", "1/1: 40 45"));
}

TEST(VoiceFilter, TakesTracksByNumberAndRange) {
  EXPECT_THAT(ByTracks("1"), ElementsAre("1/1: 40 45"));
  EXPECT_THAT(ByTracks(" 0-1 , 7"), ElementsAre("0/0: 72", "0/3: 60", "1/1: 40 45"));
}

TEST(VoiceFilter, TakesTracksByAPartOfTheirNameInAnyCase) {
  EXPECT_THAT(ByTracks("melody, BASS"), ElementsAre("1/1: 40 45"));
  EXPECT_THAT(ByTracks("vocal"), ElementsAre("0/0: 72", "0/3: 60"));
}

TEST(VoiceFilter, TakesTracksByAPatternOfTheWholeName) {
  EXPECT_THAT(ByTracks("b?ss"), ElementsAre("1/1: 40 45"));
  EXPECT_THAT(ByTracks("l*v*"), ElementsAre("0/0: 72", "0/3: 60"));
  EXPECT_THAT(ByTracks("?ass?"), IsEmpty());
}

TEST(VoiceFilter, TakesPercussionOnlyByNumber) {
  EXPECT_THAT(ByTracks("*"), ElementsAre("0/0: 72", "0/3: 60", "1/1: 40 45"));
  EXPECT_THAT(ByTracks("2"), ElementsAre("2/5: 50"));
  ExtractionOptions options;
  options.channels = "9";
  EXPECT_THAT(Chosen(options), ElementsAre("3/9: 38"));
}

TEST(VoiceFilter, TakesChannels) {
  ExtractionOptions options;
  options.channels = "2-4, 1";
  EXPECT_THAT(Chosen(options), ElementsAre("0/3: 60", "1/1: 40 45"));
}

TEST(VoiceFilter, TakesNotesByTheProgramTheyArePlayedWith) {
  ExtractionOptions options;
  options.programs = "32-34";
  EXPECT_THAT(Chosen(options), ElementsAre("1/1: 40"));
  options.programs = "0";  // channel 3 never had one
  EXPECT_THAT(Chosen(options), ElementsAre("0/3: 60"));
}

TEST(VoiceFilter, TakesARangeOfPitches) {
  ExtractionOptions options;
  options.lowest_source_pitch = 45;
  options.highest_source_pitch = 60;
  EXPECT_THAT(Chosen(options), ElementsAre("0/3: 60", "1/1: 45"));
}

TEST(VoiceFilter, NamesTheTracksWhereNoneWasSelected) {
  ExtractionOptions options = Lenient();
  options.tracks = "flute";
  const Extraction extraction = Extract(Band(), options);
  ASSERT_EQ(Count(extraction, Refusal::kNotSelected), 1);
  EXPECT_THAT(extraction.first_rejections[0].detail, HasSubstr("0 'Lead Vocal', 1 'Bass'"));
}

TEST(VoiceFilter, SaysWhatPercussionNeeds) {
  const auto detail = [](const std::string& tracks) {
    ExtractionOptions options = Lenient();
    options.tracks = tracks;
    return Extract(Band(), options).first_rejections.at(0).detail;
  };
  for (const std::string tracks : {"drums", "3"}) {
    EXPECT_THAT(detail(tracks), HasSubstr("percussion needs the number of its track"));
  }
}

TEST(VoiceFilter, NamesAListItCannotRead) {
  const auto error = [](auto set) {
    ExtractionOptions options;
    set(options);
    return ErrorOf([&] { VoiceFilter{options}; });
  };
  EXPECT_THAT(error([](ExtractionOptions& o) { o.channels = "16"; }), HasSubstr("channels: '16'"));
  EXPECT_THAT(error([](ExtractionOptions& o) { o.programs = "5-2"; }), HasSubstr("programs: "));
  EXPECT_THAT(error([](ExtractionOptions& o) { o.programs = "piano"; }), HasSubstr("programs: "));
  EXPECT_THAT(error([](ExtractionOptions& o) { o.tracks = "a,,b"; }), HasSubstr("tracks: "));
  for (const char* range : {"0-", "-3", "6-4", "1-2-3", "99999999999"}) {
    EXPECT_THAT(error([&](ExtractionOptions& o) { o.tracks = range; }), HasSubstr("tracks: "));
  }
  EXPECT_THAT(error([](ExtractionOptions& o) { o.lowest_source_pitch = 128; }),
              HasSubstr("lowest_source_pitch"));
}

TEST(IsPercussionName, KnowsPercussionInSeveralLanguages) {
  for (const char* name : {"Drums", "DRUMS 1", "drum kit", "DrumKit", "Rock Drums", "Percussion",
                           "Latin Perc.", "Schlagzeug", "Batterie",
                           "Bater\xED"
                           "a",
                           "drum"}) {
    EXPECT_TRUE(IsPercussionName(name)) << name;
  }
}

TEST(IsPercussionName, TakesTitlesAndPitchedDrumsForMelodies) {
  for (const char* name : {"", "Steel Drums", "The Little Drummer Boy", "Drum Major",
                           "Percy's Reel", "The Roll of the Drums", "Drums of War", "Piano"}) {
    EXPECT_FALSE(IsPercussionName(name)) << name;
  }
}

}  // namespace
}  // namespace rltuner
