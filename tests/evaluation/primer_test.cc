// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rltuner/core/files.h"
#include "rltuner/evaluation/generation.h"
#include "rltuner/midi/writer.h"
#include "test_support.h"

namespace rltuner {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

Primer FromFile(const std::string& name, const PrimerOptions& options = {}) {
  return ParsePrimer(RLTUNER_TEST_DATA "/midi/primers/" + name, options);
}

// The classes of the note-ons, in order.
std::vector<int> NotesIn(const Primer& primer) {
  std::vector<int> notes;
  for (const int event : primer.events) {
    if (IsNoteOn(event)) notes.push_back(event);
  }
  return notes;
}

// C4 E4 D4 F4 G4 E4 A4 G4 B4 G4 C5 A4 F4 G4 E4 D4, `times` times.
std::vector<int> Tune(int times = 1) {
  std::vector<int> notes;
  for (int i = 0; i < times; ++i) {
    notes.insert(notes.end(), {14, 18, 16, 19, 21, 18, 23, 21, 25, 21, 26, 23, 19, 21, 18, 16});
  }
  return notes;
}

// A score of 480 ticks a quarter whose tracks have these names.
midi::Score ScoreOfTracks(const std::vector<std::string>& names) {
  midi::Score score;
  score.format = 1;
  score.division = 480;
  for (const std::string& name : names) score.tracks.push_back({name, 0});
  return score;
}

void AddNote(midi::Score* score, int track, int channel, double quarter, double quarters,
             int pitch) {
  midi::Note note{.onset = static_cast<std::int64_t>(quarter * 480),
                  .duration = static_cast<std::int64_t>(quarters * 480),
                  .track = track,
                  .channel = static_cast<std::uint8_t>(channel),
                  .pitch = static_cast<std::uint8_t>(pitch),
                  .velocity = 80};
  score->tracks[static_cast<std::size_t>(track)].end_tick = note.onset + note.duration;
  score->notes.push_back(note);
}

// `count` notes of a quarter, up and down a scale of C major from `pitch`.
void AddTune(midi::Score* score, int track, int count, int pitch, int channel = 0) {
  constexpr int kDegrees[] = {0, 4, 2, 5, 7, 9, 11, 12};
  for (int i = 0; i < count; ++i) {
    AddNote(score, track, channel, i, 1, pitch + kDegrees[i % 8]);
  }
}

Primer FromScore(const midi::Score& score, const PrimerOptions& options = {}) {
  return ReadPrimer(midi::Write(score), "test.mid", options);
}

TEST(ParsePrimer, TakesAClass) { EXPECT_EQ(ParsePrimer("37").events, std::vector<int>{37}); }

TEST(ParsePrimer, RefusesOtherNumbers) {
  for (const char* text : {"38", "-1", "99999999999999"}) {
    EXPECT_THAT(ErrorOf([&] { ParsePrimer(text); }), testing::HasSubstr("0 .. 37")) << text;
  }
}

TEST(ParsePrimer, NamesAMissingFile) {
  EXPECT_THAT(ErrorOf([] { ParsePrimer("missing.mid"); }), testing::HasSubstr("missing.mid"));
}

TEST(ParsePrimer, ReadsAShortMelodyInAnyMetre) {
  const TemporaryFolder folder;
  const Playback playback{.quarters_per_minute = 120, .music = {.metre = {3, 4}}};
  WriteFileAtomically(folder / "p.mid",
                      midi::Write(ToMidiScore({14, 1, 18, 1, 21, 1}, playback, "")));
  EXPECT_EQ(ParsePrimer((folder / "p.mid").string()).events,
            (std::vector<int>{14, 1, 18, 1, 21, 1, 0, 1, 1, 1, 1, 1}));
}

TEST(ParsePrimer, RefusesAFileThatIsNoMusic) {
  const TemporaryFolder folder;
  WriteFileAtomically(folder / "p.txt", std::string_view("hello"));
  EXPECT_THAT(ErrorOf([&] { ParsePrimer((folder / "p.txt").string()); }),
              testing::HasSubstr("p.txt"));
}

TEST(ParsePrimer, RefusesMusicWithoutNotes) {
  const TemporaryFolder folder;
  WriteFileAtomically(folder / "p.mid", midi::Write(ToMidiScore({1, 1}, {}, "")));
  EXPECT_THAT(ErrorOf([&] { ParsePrimer((folder / "p.mid").string()); }),
              testing::HasSubstr("no melody"));
}

TEST(Primer, IsTheNamedLeadNotTheFirstVoice) {
  const Primer primer = FromFile("primer_intro_on_first_track.mid");
  EXPECT_EQ(NotesIn(primer), Tune(2));
  EXPECT_EQ(primer.events.size(), 128U);
  EXPECT_EQ(primer.track, 2);
  EXPECT_EQ(primer.track_name, "Lead");
  EXPECT_EQ(primer.Text(),
            "track 2 \"Lead\", channel 0: 8 bars of 4/4, 128 events, transposed by +0 semitones");
}

TEST(Primer, MayBeOfATrackByNumberOrName) {
  for (const char* track : {"1", "fx", "FX", "X"}) {
    const Primer primer = FromFile("primer_intro_on_first_track.mid", {.track = track});
    EXPECT_EQ(primer.track, 1) << track;
    EXPECT_EQ(primer.channel, 5);
  }
}

TEST(Primer, OfATrackThatIsNotThereNamesThoseThatAre) {
  const std::string error =
      ErrorOf([] { FromFile("primer_intro_on_first_track.mid", {.track = "flute"}); });
  EXPECT_THAT(error, HasSubstr("1 'FX', 2 'Lead'"));
}

TEST(Primer, GoesOnOverAChangeOfKeyEachInC) {
  const Primer primer = FromFile("primer_key_change.mid");
  EXPECT_EQ(NotesIn(primer), Tune(2));
  EXPECT_EQ(primer.events.size(), 128U);
  EXPECT_EQ(primer.playback.transposition, 7);
  EXPECT_EQ(primer.playback.sharps, 1);
  const auto& keys = primer.playback.changes_of_key;
  ASSERT_EQ(keys.size(), 2U);
  EXPECT_EQ(keys[0].sharps, 0);
  EXPECT_EQ(keys[1].step, 64);
  EXPECT_EQ(keys[1].sharps, 1);
}

TEST(Primer, KeepsTheLastEvents) {
  const Primer primer = FromFile("primer_40_bars.mid");
  EXPECT_EQ(primer.events.size(), 512U);
  EXPECT_EQ(primer.dropped_events, 128);
  EXPECT_EQ(primer.playback.quarters_per_minute, 150);
  EXPECT_EQ(primer.playback.sharps, 2);
  const std::vector<int> notes = NotesIn(primer);
  ASSERT_EQ(notes.size(), 128U);
  EXPECT_THAT(std::vector(notes.end() - 4, notes.end()), ElementsAre(26, 25, 23, 21));
  EXPECT_THAT(primer.Text(), HasSubstr("32 bars of 4/4, 512 events"));
  EXPECT_THAT(primer.Text(), HasSubstr("128 events before it dropped"));
}

TEST(Primer, EndsWithTheBarOfItsLastNote) {
  const Primer primer = FromFile("primer_trailing_rest.mid");
  ASSERT_EQ(primer.events.size(), 64U);
  EXPECT_EQ(primer.events[60], kNoteOff);
  EXPECT_EQ(primer.events[63], kNoEvent);
}

TEST(Primer, HasAPickupInAFullBar) {
  const Primer primer = FromFile("pickup_musescore.mid");
  EXPECT_EQ(primer.events.size(), 16U + 128U);
  EXPECT_EQ(std::vector(primer.events.begin(), primer.events.begin() + 12),
            std::vector<int>(12, kNoEvent));
  EXPECT_EQ(primer.events[12], 21);
  EXPECT_EQ(primer.events[16], 14);
}

TEST(Primer, IsOnTheModelsGrid) {
  const Primer primer =
      FromFile("six_eight.mid", {.track = "", .encoding = {.steps_per_quarter = 12}});
  EXPECT_EQ(primer.events.size(), 24U * 12U);
  EXPECT_EQ(primer.events[6], 18);
  EXPECT_EQ(primer.playback.music.metre.numerator, 6);
  EXPECT_EQ(primer.playback.music.metre.denominator, 8);
}

TEST(Primer, GoesOnOverChangesOfMetreAndTempo) {
  midi::Score score = ScoreOfTracks({""});
  AddTune(&score, 0, 16, 60);
  score.metres = {{0, 4, 4, 0}, {8 * 480, 2, 4, 0}, {12 * 480, 4, 4, 0}};
  score.tempos = {{0, 500'000, 0}, {4 * 480, 400'000, 0}};
  const Primer primer = FromScore(score);
  EXPECT_EQ(primer.events.size(), 64U);
  EXPECT_EQ(NotesIn(primer).size(), 16U);
  EXPECT_EQ(primer.playback.quarters_per_minute, 150);
}

TEST(Primer, ThatIsTooLongBeginsWithABar) {
  midi::Score score = ScoreOfTracks({"lead"});
  score.metres.push_back({0, 5, 4, 0});
  AddTune(&score, 0, 200, 60);
  const Primer primer = FromScore(score, {.track = {}, .encoding = {.steps_per_quarter = 3}});
  EXPECT_EQ(primer.events.size(), 25U * 15);  // of 128 quarter notes' steps
  EXPECT_EQ(primer.events[0], 19);            // note 75, the first of a bar
  EXPECT_EQ(primer.dropped_events, 15 * 15);
  EXPECT_EQ(primer.playback.music.pickup, 0);
}

TEST(Primer, KnowsItsModeAndItsMetres) {
  midi::Score score = ScoreOfTracks({"lead"});
  score.metres = {{0, 3, 4, 0}, {6 * 480, 2, 4, 0}};
  score.keys.push_back({0, 0, false, 0});
  constexpr int kDorian[] = {62, 64, 65, 62, 69, 71, 62, 65, 64, 62};
  for (int i = 0; i < 10; ++i) AddNote(&score, 0, 0, i, 1, kDorian[i]);
  const Primer primer = FromScore(score);
  EXPECT_EQ(primer.playback.music.mode, Mode::kDorian);
  EXPECT_EQ(primer.playback.music.tonic, 2);
  EXPECT_EQ(primer.playback.music.changes, (std::vector<LaterMetre>{{24, {2, 4}}}));
  EXPECT_THAT(primer.Text(), testing::HasSubstr("4 bars of 3/4 and other metres"));
}

TEST(Primer, IsNeverPercussion) {
  midi::Score score = ScoreOfTracks({"Drums", "", "Flute"});
  AddTune(&score, 0, 64, 60);
  AddTune(&score, 1, 64, 60, 9);
  AddTune(&score, 2, 8, 60);
  EXPECT_EQ(FromScore(score).track, 2);
  score.notes.erase(score.notes.end() - 8, score.notes.end());
  EXPECT_THAT(ErrorOf([&] { FromScore(score); }), HasSubstr("nothing but percussion"));
}

TEST(Primer, IsTheHigherOfTwoLikeVoices) {
  midi::Score score = ScoreOfTracks({"Tenor", "Soprano 1"});
  score.tracks[1].name = "Upper";
  AddTune(&score, 0, 36, 53);
  AddTune(&score, 1, 32, 69);
  EXPECT_EQ(FromScore(score).track, 1);
}

TEST(Primer, IsTheMelodyNotTheChordsOrTheBass) {
  midi::Score score = ScoreOfTracks({"", "", ""});
  for (int i = 0; i < 32; ++i) {
    for (const int pitch : {55, 60, 64, 67}) AddNote(&score, 0, 0, i, 1, pitch);
  }
  AddTune(&score, 1, 32, 30);
  AddTune(&score, 2, 28, 67);
  EXPECT_EQ(FromScore(score).track, 2);
}

TEST(Primer, ANameCountsOnlyForAVoiceWithNotes) {
  midi::Score score = ScoreOfTracks({"Lead", "Piano"});
  AddTune(&score, 0, 1, 60);
  AddTune(&score, 1, 64, 60);
  EXPECT_EQ(FromScore(score).track, 1);
}

TEST(Primer, TakesTheProgramOfItsChannel) {
  midi::Score score = ScoreOfTracks({""});
  AddTune(&score, 0, 8, 60, 3);
  score.programs = {{0, 40, 3, 0}, {0, 12, 4, 0}};
  EXPECT_EQ(FromScore(score).playback.program, 40);
}

TEST(Primer, PlaysInTheFilesOctave) {
  midi::Score score = ScoreOfTracks({""});
  AddTune(&score, 0, 16, 84);
  score.keys = {{0, 0, false, 0}};
  const Primer primer = FromScore(score);
  EXPECT_EQ(primer.playback.Pitch(primer.events[0]), 84);
  EXPECT_EQ(primer.playback.pitches[0], 84);
}

TEST(Primer, KeepsTheLowestNoteOfAll) {
  midi::Score score = ScoreOfTracks({""});
  AddNote(&score, 0, 0, 0, 1, 0);
  for (int i = 1; i < 16; ++i) AddNote(&score, 0, 0, i, 1, 60 + i % 5);
  const Primer primer = FromScore(score);
  EXPECT_EQ(primer.playback.Pitch(primer.events[0], 0), 0);
  EXPECT_EQ(primer.playback.Pitch(primer.events[4], 4), 61);
}

TEST(Primer, ASignatureThatTheNotesContradictDoesNotCount) {
  midi::Score score = ScoreOfTracks({""});
  AddTune(&score, 0, 32, 64);
  score.keys = {{0, 0, false, 0}};
  EXPECT_EQ(FromScore(score).playback.sharps, 4);
}

TEST(Primer, KeepsTheFilesSpellingOfItsKey) {
  for (const auto& [pitch, sharps] : {std::pair(59, -7), {59, 5}, {61, 7}, {61, -5}, {66, 6}}) {
    midi::Score score = ScoreOfTracks({""});
    AddTune(&score, 0, 32, pitch);
    score.keys = {{0, sharps, false, 0}};
    EXPECT_EQ(FromScore(score).playback.sharps, sharps);
  }
}

TEST(Primer, HasNoChangeOfKeyWhereNoneIsHeard) {
  midi::Score score = ScoreOfTracks({""});
  AddTune(&score, 0, 32, 64);
  score.keys = {{0, 0, false, 0}, {8 * 480, 2, false, 0}, {16 * 480, 1, false, 0}};
  const Primer primer = FromScore(score);
  ASSERT_EQ(primer.playback.changes_of_key.size(), 1U);
  EXPECT_EQ(primer.playback.changes_of_key[0].sharps, 4);
}

TEST(Primer, NotesThatSoundForeverDoNotFillMemory) {
  midi::Score score = ScoreOfTracks({""});
  AddTune(&score, 0, 4, 60);
  AddNote(&score, 0, 0, 1e11, 1e10, 64);
  EXPECT_LE(FromScore(score).events.size(), 512U);
}

TEST(Primer, OfFramesPerSecondIsRefused) {
  midi::Score score = ScoreOfTracks({""});
  AddTune(&score, 0, 4, 60);
  score.division = 0xe728;
  EXPECT_THAT(ErrorOf([&] { FromScore(score); }), StartsWith("test.mid: no melody in it"));
}

}  // namespace
}  // namespace rltuner
