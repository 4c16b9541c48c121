// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <random>

#include "melody/score_of.h"
#include "rltuner/melody/encoding.h"
#include "rltuner/melody/extractor.h"
#include "test_support.h"

namespace rltuner {
namespace {

using ::testing::HasSubstr;

TEST(Extraction, WritesOnsetsHoldsAndNoteOffs) {
  EXPECT_EQ(OnlyMelody({NoteAt(0, 2, 62), NoteAt(4, 4, 64)}), "62 . r . 64 . . .");
}

TEST(Extraction, CodesPitchesAsClasses) {
  const Extraction extraction = Extract(ScoreOf({NoteAt(0, 1, 60), NoteAt(1, 1, 83)}), Lenient());
  ASSERT_EQ(extraction.melodies.size(), 1U);
  EXPECT_EQ(extraction.melodies[0].events, (std::vector<std::uint8_t>{kTonic, 37}));
}

TEST(Extraction, BeginsAtTheBarOfTheFirstNote) {
  EXPECT_EQ(OnlyMelody({NoteAt(34, 2, 60), NoteAt(36, 1, 62)}), ". . 60 . 62");
}

TEST(Extraction, BeginsWithTheFirstNoteIfAsked) {
  ExtractionOptions options = Lenient();
  options.start = "note";
  EXPECT_EQ(OnlyMelody({NoteAt(34, 2, 60), NoteAt(36, 1, 62)}, options), "60 . 62");
}

TEST(Extraction, CutsAtARestOfABar) {
  EXPECT_EQ(OnlyMelody({NoteAt(0, 4, 60), NoteAt(20, 4, 62)}), "2 melodies");
}

TEST(Extraction, KeepsARestShorterThanABar) {
  EXPECT_EQ(OnlyMelody({NoteAt(0, 1, 60), NoteAt(16, 1, 62)}),
            "60 r . . . . . . . . . . . . . . 62");
}

TEST(Extraction, LeavesRestsAloneWithoutAGap) {
  ExtractionOptions options = Lenient();
  options.gap_bars = 0;
  EXPECT_NE(OnlyMelody({NoteAt(0, 4, 60), NoteAt(100, 4, 62)}, options), "2 melodies");
}

// The events of all melodies, one line each.
std::string Melodies(const Extraction& extraction) {
  std::string text;
  for (const Melody& melody : extraction.melodies) {
    text += (text.empty() ? "" : " | ") + Shown(melody.events);
  }
  return text;
}

TEST(Extraction, GoesOnInTheNextMelodyBeyondTheMaximum) {
  ExtractionOptions options = Lenient();
  options.maximum_steps = 16;
  std::vector<midi::Note> notes;
  for (int i = 0; i < 5; ++i) notes.push_back(NoteAt(8 * i, 8, 60 + i));
  const Extraction extraction = Extract(ScoreOf(notes), options);
  EXPECT_EQ(Melodies(extraction),
            "60 . . . . . . . 61 . . . . . . . | 62 . . . . . . . 63 . . . . . . . | "
            "64 . . . . . . .");
  EXPECT_EQ(extraction.melodies[2].place.bar, 3);
  EXPECT_EQ(extraction.melodies[2].part, 3);
}

TEST(Extraction, CutsALongMelodyAtTheLastBarLineBeforeTheMaximum) {
  ExtractionOptions options;
  options.maximum_steps = 300;
  const Extraction extraction = Extract(ScoreOf(Scale(36)), options);
  ASSERT_EQ(extraction.melodies.size(), 2U);
  EXPECT_EQ(extraction.melodies[0].events.size(), 288U);
  EXPECT_EQ(extraction.melodies[1].events.size(), 288U);
}

TEST(Extraction, LeavesEnoughOfALongMelodyForTheMinimum) {
  const Extraction extraction = Extract(ScoreOf(Scale(70)));
  std::vector<int> bars;
  for (const Melody& melody : extraction.melodies) bars.push_back(melody.bars);
  EXPECT_THAT(bars, testing::ElementsAre(32, 31, 7));
}

TEST(Extraction, SaysWhatIsLeftOfALongMelodyAndTooShort) {
  ExtractionOptions options;
  options.maximum_steps = 112;
  const Extraction extraction = Extract(ScoreOf(Scale(10)), options);
  EXPECT_EQ(extraction.melodies.size(), 1U);
  EXPECT_EQ(
      extraction.first_rejections.at(0).detail,
      "48 steps = 3 bars, left of a melody longer than 112 steps; at least 7 bars are needed");
}

TEST(Extraction, DropsWhatIsBeyondTheMaximumIfAsked) {
  ExtractionOptions options = Lenient();
  options.maximum_steps = 6;
  options.continue_long_melodies = false;
  const Extraction extraction =
      Extract(ScoreOf({NoteAt(0, 4, 60), NoteAt(4, 4, 62), NoteAt(8, 4, 64)}), options);
  ASSERT_EQ(extraction.melodies.size(), 1U);
  EXPECT_EQ(Shown(extraction.melodies[0].events), "60 . . . 62 .");
  EXPECT_EQ(extraction.melodies[0].cut_notes, 1);
}

TEST(Extraction, TakesAMaximumShorterThanTheRestBeforeTheFirstNote) {
  ExtractionOptions options = Lenient();
  options.maximum_steps = 4;
  EXPECT_EQ(OnlyMelody({NoteAt(12, 2, 60)}, options), "60 .");
}

TEST(Extraction, KeepsSevenBarsAndNoFewer) {
  EXPECT_EQ(Extract(ScoreOf(Scale(7))).melodies.size(), 1U);
  const Extraction refused = Extract(ScoreOf(Scale(6)));
  EXPECT_TRUE(refused.melodies.empty());
  ASSERT_EQ(Count(refused, Refusal::kTooShort), 1);
  EXPECT_EQ(refused.first_rejections[0].place.Text(), "track 0, bar 1");
  EXPECT_EQ(refused.first_rejections[0].detail, "96 steps = 6 bars; at least 7 bars are needed");
}

TEST(Extraction, CountsDifferentPitchesWithoutOctaves) {
  std::vector<midi::Note> notes;
  for (int i = 0; i < 28; ++i) notes.push_back(NoteAt(4 * i, 4, 60 + 12 * (i % 2) + i % 4));
  const Extraction extraction = Extract(ScoreOf(notes));  // C, C#, D, D# in two octaves
  EXPECT_TRUE(extraction.melodies.empty());
  EXPECT_EQ(Count(extraction, Refusal::kTooFewPitches), 1);
}

TEST(Extraction, KeepsTheHighestNoteByDefault) {
  EXPECT_EQ(OnlyMelody({NoteAt(0, 4, 60), NoteAt(0, 4, 67), NoteAt(4, 2, 62)}), "67 . . . 62 .");
}

TEST(Extraction, SkipsPolyphonyIfAsked) {
  ExtractionOptions options = Lenient();
  options.polyphony = "skip";
  const Extraction extraction =
      Extract(ScoreOf({NoteAt(0, 4, 60), NoteAt(16, 4, 67), NoteAt(16, 4, 62)}), options);
  EXPECT_TRUE(extraction.melodies.empty());
  ASSERT_EQ(Count(extraction, Refusal::kPolyphony), 1);
  EXPECT_EQ(extraction.first_rejections[0].place.bar, 2);
}

TEST(Extraction, MakesAMelodyOfEveryTrackAndChannel) {
  const Extraction extraction = Extract(
      ScoreOf(Scale(7, 60, 0, 0, 0) + Scale(7, 62, 0, 0, 3) + Scale(7, 64, 0, 1, 0)), Lenient());
  ASSERT_EQ(extraction.melodies.size(), 3U);
  EXPECT_EQ(extraction.melodies[2].place.track, 1);
}

TEST(Extraction, LeavesOutDrums) {
  const Extraction extraction = Extract(ScoreOf(Scale(7, 60, 0, 0, 9)));
  EXPECT_TRUE(extraction.melodies.empty());
  EXPECT_EQ(Count(extraction, Refusal::kNoNotes), 1);
}

TEST(Extraction, OfAScoreWithoutNotesSaysSo) {
  EXPECT_EQ(Count(Extract(ScoreOf({})), Refusal::kNoNotes), 1);
}

TEST(Extraction, RefusesTimeInFilmFramesAndDivisionZero) {
  for (int division : {0, 0xE728}) {
    midi::Score score = ScoreOf(Scale(7));
    score.division = division;
    EXPECT_EQ(Count(Extract(score), Refusal::kTimeCode), 1) << division;
  }
}

ExtractionOptions FourFour() {
  ExtractionOptions options;
  options.metres = "4/4";
  return options;
}

TEST(Extraction, AcceptsFourFourAloneIfAsked) {
  midi::Score score = ScoreOf(Scale(7));
  score.metres = {{0, 2, 2, 0}};
  const Extraction extraction = Extract(score, FourFour());
  ASSERT_EQ(Count(extraction, Refusal::kMetre), 1);
  EXPECT_EQ(extraction.first_rejections[0].detail, "2/2; accepted: 4/4");
}

TEST(Extraction, AcceptsOtherMetresOnTheSameGrid) {
  ExtractionOptions options;
  options.metres = "4/4,2/4,2/2";
  for (const auto& [numerator, denominator] : {std::pair(2, 4), std::pair(2, 2)}) {
    midi::Score score = ScoreOf(Scale(7));
    const std::string expected = Shown(Extract(score).melodies.at(0).events);
    score.metres = {{0, numerator, denominator, 0}};
    const Extraction extraction = Extract(score, options);
    ASSERT_EQ(extraction.melodies.size(), 1U);
    EXPECT_EQ(Shown(extraction.melodies[0].events), expected);
  }
}

// Seven bars of 4/4, eight of 3/4 and eight of 4/4.
midi::Score OfChangingMetre() {
  midi::Score score = ScoreOf(Scale(7) + Scale(6, 60, 112) + Scale(8, 62, 208));
  score.metres = {{0, 4, 4, 0}, {112 * kTicksPerStep, 3, 4, 0}, {208 * kTicksPerStep, 4, 4, 0}};
  return score;
}

TEST(Extraction, JoinsAllMetresOfAMelody) {
  const Extraction extraction = Extract(OfChangingMetre());
  ASSERT_EQ(extraction.melodies.size(), 1U);
  const Melody& melody = extraction.melodies[0];
  EXPECT_EQ(melody.events.size(), 112U + 96U + 128U);
  EXPECT_EQ(melody.bars, 7 + 8 + 8);
  EXPECT_EQ(melody.context.metre, (Metre{4, 4}));
  EXPECT_EQ(melody.context.changes, (std::vector<LaterMetre>{{112, {3, 4}}, {208, {4, 4}}}));
}

TEST(Extraction, JoinsAMetreThatBeginsBetweenSteps) {
  midi::Score score = OfChangingMetre();
  for (midi::Note& note : score.notes) note.onset += note.onset >= 112 * kTicksPerStep ? 50 : 0;
  for (std::size_t i = 1; i < score.metres.size(); ++i) score.metres[i].tick += 50;
  EXPECT_EQ(Shown(Extract(score).melodies.at(0).events),
            Shown(Extract(OfChangingMetre()).melodies.at(0).events));
}

TEST(Extraction, CutsALongMelodyAtABarLineOfItsMetre) {
  ExtractionOptions options;
  options.maximum_steps = 180;
  const Extraction extraction = Extract(OfChangingMetre(), options);
  ASSERT_EQ(extraction.melodies.size(), 2U);
  EXPECT_EQ(extraction.melodies[0].events.size(), 112U + 60U);  // five bars of 3/4
  EXPECT_EQ(extraction.melodies[1].context.metre, (Metre{3, 4}));
  EXPECT_EQ(extraction.melodies[1].context.changes, (std::vector<LaterMetre>{{36, {4, 4}}}));
}

TEST(Extraction, CountsTheShortestLengthInBarsOfTheMetre) {
  midi::Score score = ScoreOf(Scale(6));  // eight bars of 3/4, twelve of 2/4
  EXPECT_EQ(Extract(score).melodies.size(), 0U);
  for (const int numerator : {3, 2}) {
    score.metres = {{0, numerator, 4, 0}};
    EXPECT_EQ(Extract(score).melodies.size(), 1U) << numerator;
  }
}

TEST(Extraction, SplitsATrackAtAChangeToAMetreThatIsNotAccepted) {
  const Extraction extraction = Extract(OfChangingMetre(), FourFour());
  ASSERT_EQ(extraction.melodies.size(), 2U);
  EXPECT_EQ(extraction.melodies[0].events.size(), 112U);
  EXPECT_EQ(extraction.melodies[1].events.size(), 128U);
  EXPECT_EQ(extraction.melodies[1].place.bar, 1 + 7 + 8);  // 96 steps are 8 bars of 3/4
  ASSERT_EQ(Count(extraction, Refusal::kMetre), 1);
  EXPECT_EQ(extraction.first_rejections[0].place.Text(), "track 0, bar 8");
}

TEST(Extraction, SplitsATrackAtAChangeOfTempoUnlessToldNotTo) {
  midi::Score score = ScoreOf(Scale(14));
  score.tempos = {{0, 500'000, 0}, {112 * kTicksPerStep, 400'000, 0}};
  EXPECT_EQ(Extract(score).melodies.size(), 2U);
  ExtractionOptions options;
  options.split_at_tempo_changes = false;
  EXPECT_EQ(Extract(score, options).melodies.size(), 1U);
}

TEST(Extraction, TakesARepeatedMetreTempoOrKeyForNoChange) {
  midi::Score score = ScoreOf(Scale(14));
  const std::int64_t tick = 112 * kTicksPerStep;
  score.tempos = {{0, 600'000, 0}, {tick, 600'000, 0}};
  score.metres = {{0, 4, 4, 0}, {tick, 4, 4, 0}};
  score.keys = {{0, 0, false, 0}, {tick, 0, false, 0}};
  EXPECT_EQ(Extract(score).melodies.size(), 1U);
}

TEST(Extraction, TransposesByTheKeySignature) {
  midi::Score score = ScoreOf(Scale(7, 62));
  score.keys = {{0, 2, false, 0}};
  EXPECT_EQ(Shown(Extract(score).melodies.at(0).events).substr(0, 31),
            "60 . . . 62 . . . 64 . . . 65 .");
}

TEST(Extraction, PutsAModeOnTheNotesOfItsSignature) {
  // E Dorian is written with two sharps: its tonic becomes D.
  constexpr int kDorian[] = {64, 66, 67, 69, 71, 73, 74, 76};
  std::vector<midi::Note> notes;
  for (int i = 0; i < 28; ++i) notes.push_back(NoteAt(4 * i, 4, kDorian[i % 8]));
  midi::Score score = ScoreOf(notes);
  score.keys = {{0, 2, true, 0}};
  EXPECT_EQ(Extract(score).melodies.at(0).events[0], ClassOf(62));
}

TEST(Extraction, SplitsATrackAtAChangeOfKey) {
  midi::Score score = ScoreOf(Scale(7, 60) + Scale(7, 67, 112));
  score.keys = {{0, 0, false, 0}, {112 * kTicksPerStep, 1, false, 0}};
  const Extraction extraction = Extract(score);
  ASSERT_EQ(extraction.melodies.size(), 2U);
  EXPECT_EQ(extraction.melodies[0].events, extraction.melodies[1].events);
}

TEST(Extraction, PrefersATracksOwnKeySignature) {
  midi::Score score = ScoreOf(Scale(7, 60, 0, 0) + Scale(7, 62, 0, 1));
  score.keys = {{0, 0, false, 0}, {0, 2, false, 1}};
  const Extraction extraction = Extract(score);
  ASSERT_EQ(extraction.melodies.size(), 2U);
  EXPECT_EQ(extraction.melodies[0].events, extraction.melodies[1].events);
}

TEST(Extraction, EstimatesTheKeyWithoutASignature) {
  std::vector<midi::Note> notes;
  constexpr int kDMajor[] = {62, 64, 66, 67, 69, 71, 73, 74};
  for (int i = 0; i < 32; ++i) notes.push_back(NoteAt(4 * i, 4, kDMajor[i % 8]));
  const Extraction extraction = Extract(ScoreOf(notes));
  ASSERT_EQ(extraction.melodies.size(), 1U);
  EXPECT_EQ(extraction.melodies[0].events[0], kTonic);
  EXPECT_EQ(extraction.melodies[0].key_source, KeySource::kEstimate);
}

TEST(Extraction, EstimatesTheKeyInSpiteOfASignatureIfAsked) {
  midi::Score score = ScoreOf(Scale(7, 60));
  const Extraction without_signature = Extract(score);
  score.keys = {{0, 4, false, 0}};
  ExtractionOptions options;
  options.key = "estimate";
  EXPECT_EQ(Extract(score, options).melodies.at(0).events, without_signature.melodies.at(0).events);
}

TEST(Extraction, BelievesTheNotesWhereTheyContradictTheSignature) {
  midi::Score score = ScoreOf(Scale(7, 64));  // E major
  const Extraction without = Extract(score);
  score.keys = {{0, 0, false, 0}};  // what sequencers write
  const Extraction extraction = Extract(score);
  ASSERT_EQ(extraction.melodies.size(), 1U);
  EXPECT_EQ(extraction.melodies[0].events, without.melodies.at(0).events);
  EXPECT_EQ(extraction.melodies[0].key_source, KeySource::kContradicted);
}

TEST(Extraction, BelievesASignatureThatTheNotesBend) {
  std::vector<midi::Note> notes = Scale(7, 60);
  for (std::size_t i = 3; i < notes.size(); i += 8) ++notes[i].pitch;  // F# for an eighth of it
  midi::Score score = ScoreOf(notes);
  score.keys = {{0, 0, false, 0}};
  EXPECT_EQ(Extract(score).melodies.at(0).key_source, KeySource::kSignature);
}

TEST(Extraction, KeepsAContradictedSignatureIfAsked) {
  midi::Score score = ScoreOf(Scale(7, 64));
  score.keys = {{0, 0, false, 0}};
  ExtractionOptions options;
  options.key = "as_written";
  EXPECT_EQ(Extract(score, options).melodies.at(0).events[0], ClassOf(64));
}

TEST(Extraction, TakesAnotherTracksKeyUntilATracksOwnFirstOne) {
  midi::Score score = ScoreOf(Scale(7, 62, 0, 1) + Scale(7, 64, 112, 1));
  score.keys = {{0, 2, false, 0}, {112 * kTicksPerStep, 4, false, 1}};
  const Extraction extraction = Extract(score);
  ASSERT_EQ(extraction.melodies.size(), 2U);
  EXPECT_EQ(extraction.melodies[0].key + extraction.melodies[1].key, "DE");
  EXPECT_EQ(extraction.melodies[1].key_source, KeySource::kSignature);
}

TEST(Extraction, JoinsKeysEachTransposedByItsOwnIfAsked) {
  midi::Score score = ScoreOf(Scale(4, 60) + Scale(4, 67, 64));
  score.keys = {{0, 0, false, 0}, {64 * kTicksPerStep, 1, false, 0}};
  ExtractionOptions options;
  options.split_at_key_changes = false;
  const Extraction extraction = Extract(score, options);
  ASSERT_EQ(extraction.melodies.size(), 1U);
  const std::vector<std::uint8_t>& events = extraction.melodies[0].events;
  ASSERT_EQ(events.size(), 128U);
  EXPECT_EQ((events[0] - kTonic) % 12, 0);
  EXPECT_EQ((events[64] - kTonic) % 12, 0);
  EXPECT_EQ(extraction.melodies[0].key, "C, G");
}

TEST(Extraction, TakesATempoThatDiffersByLessThanOnePerCentForNoChange) {
  midi::Score score = ScoreOf(Scale(14));
  for (int bar = 0; bar < 14; ++bar) {
    score.tempos.push_back({16 * bar * kTicksPerStep, 500'000 + 4'999 * (bar % 2), 0});
  }
  EXPECT_EQ(Extract(score).melodies.size(), 1U);
  score.tempos[7].microseconds_per_quarter = 505'000;
  score.tempos.resize(8);
  EXPECT_EQ(Extract(score).melodies.size(), 2U);
}

TEST(Extraction, NoticesASlowDriftOfTheTempo) {
  midi::Score score = ScoreOf(Scale(28));
  for (int bar = 0; bar < 28; ++bar) {
    score.tempos.push_back({16 * bar * kTicksPerStep, 500'000 + 400 * bar, 0});
  }
  // 1 % is reached at bar 13 and again at bar 26 of the count from 0.
  const Extraction extraction = Extract(score);
  ASSERT_EQ(extraction.melodies.size(), 2U);
  EXPECT_EQ(extraction.melodies[1].place.bar, 14);
  EXPECT_EQ(Count(extraction, Refusal::kTooShort), 1);
}

TEST(Extraction, TakesATempoThereAndBackAtOneTickForNoChange) {
  midi::Score score = ScoreOf(Scale(14));
  const std::int64_t tick = 112 * kTicksPerStep;
  score.tempos = {{0, 600'000, 0}, {tick, 400'000, 0}, {tick, 600'000, 0}};
  EXPECT_EQ(Extract(score).melodies.size(), 1U);
}

struct Ended {
  std::string name;
  midi::Score score;
  Boundary boundary;
  std::string detail;
};

std::vector<Ended> ShortPieces() {
  const std::int64_t tick = 64 * kTicksPerStep;
  std::vector<Ended> cases(4);
  cases[0] = {"tempo", ScoreOf(Scale(11)), Boundary::kTempo,
              "64 steps = 4 bars, ended by a change of tempo from 120 to 100 quarters a minute at "
              "bar 5 (--no-split-at-tempo-changes joins them); at least 7 bars are needed"};
  cases[0].score.tempos = {{0, 500'000, 0}, {tick, 600'000, 0}};
  cases[1] = {"key", ScoreOf(Scale(4) + Scale(7, 67, 64)), Boundary::kKey,
              "64 steps = 4 bars, ended by a change of key from C to G at bar 5 "
              "(--no-split-at-key-changes joins them); at least 7 bars are needed"};
  cases[1].score.keys = {{0, 0, false, 0}, {tick, 1, false, 0}};
  cases[2] = {"metre", ScoreOf(Scale(11)), Boundary::kMetre,
              "64 steps = 4 bars, ended by a change of metre from 4/4 to 3/4 at bar 5; at least 7 "
              "bars are needed"};
  cases[2].score.metres = {{tick, 3, 4, 0}};
  cases[3] = {"rest", ScoreOf(Scale(1) + Scale(7, 60, 48)), Boundary::kRest,
              "16 steps = 1 bar, ended by a rest of 2 bars before bar 4 (--gap-bars 3 joins them); "
              "at least 7 bars are needed"};
  return cases;
}

TEST(Extraction, SaysWhatEndedAPieceThatIsTooShort) {
  for (const Ended& ended : ShortPieces()) {
    const Extraction extraction = Extract(ended.score, FourFour());
    ASSERT_FALSE(extraction.first_rejections.empty()) << ended.name;
    EXPECT_EQ(extraction.first_rejections[0].detail, ended.detail);
    EXPECT_EQ(extraction.too_short[static_cast<std::size_t>(ended.boundary)], 1) << ended.name;
  }
}

TEST(Extraction, SaysWhatBeganALastPieceThatIsTooShort) {
  midi::Score score = ScoreOf(Scale(9));
  score.tempos = {{0, 500'000, 0}, {112 * kTicksPerStep, 600'000, 0}};
  EXPECT_THAT(Extract(score).first_rejections.at(0).detail,
              HasSubstr("begun by a change of tempo from 120 to 100 quarters a minute at bar 8"));
}

// A pickup of one quarter, then eight bars.
midi::Score WithPickup() {
  return ScoreOf(std::vector<midi::Note>{NoteAt(0, 4, 67)} + Scale(8, 60, 4));
}

void ExpectPickup(const midi::Score& score) {
  ExtractionOptions options = Lenient();
  options.metres = "4/4";
  const Extraction extraction = Extract(score, options);
  ASSERT_EQ(extraction.melodies.size(), 1U);
  EXPECT_EQ(Shown(extraction.melodies[0].events).substr(0, 40),
            ". . . . . . . . . . . . 67 . . . 60 . . ");
  EXPECT_EQ(extraction.melodies[0].place.bar, 1);
  EXPECT_EQ(extraction.melodies[0].bars, 9);
}

TEST(Extraction, PutsAPickupInItsOwnMetreBeforeTheFirstBar) {
  midi::Score score = WithPickup();
  score.metres = {{0, 1, 4, 0}, {4 * kTicksPerStep, 4, 4, 0}};
  ExpectPickup(score);
}

TEST(Extraction, TakesTheMetreStatedAgainWithinTheFirstBarForTheEndOfAPickup) {
  midi::Score score = WithPickup();
  score.metres = {{0, 4, 4, 0}, {4 * kTicksPerStep, 4, 4, 0}};
  ExpectPickup(score);
}

TEST(Extraction, KeepsTheLengthOfAPickupOfAnyMetre) {
  midi::Score score = ScoreOf(std::vector<midi::Note>{NoteAt(0, 2, 67)} + Scale(6, 60, 2));
  score.metres = {{0, 1, 8, 0}, {2 * kTicksPerStep, 3, 4, 0}};
  ExtractionOptions options = Lenient();
  options.metres = "any";
  const Extraction extraction = Extract(score, options);
  ASSERT_EQ(extraction.melodies.size(), 1U);
  EXPECT_EQ(Shown(extraction.melodies[0].events).substr(0, 15), "67 . 60 . . . 6");
  EXPECT_EQ(extraction.melodies[0].context.pickup, 2);
}

TEST(Extraction, FindsAPickupThatTheFileDoesNotSay) {
  const Extraction extraction = Extract(Jig());
  ASSERT_EQ(extraction.melodies.size(), 1U);
  EXPECT_EQ(extraction.melodies[0].context.pickup, 2);
  EXPECT_EQ(extraction.melodies[0].place.bar, 1);
}

TEST(Extraction, TakesTheFirstBarLineFromAChangeOfMetre) {
  midi::Score score = OfChangingMetre();
  for (midi::Note& note : score.notes) note.onset += 4 * kTicksPerStep;
  score.notes.insert(score.notes.begin(), NoteAt(0, 4, 67));
  for (std::size_t i = 1; i < score.metres.size(); ++i) score.metres[i].tick += 4 * kTicksPerStep;
  EXPECT_EQ(Extract(score).melodies.at(0).context.pickup, 4);
}

TEST(Extraction, FindsNoPickupWhereNotesAreEqual) {
  for (const int numerator : {2, 3, 4}) {
    midi::Score score = ScoreOf(Scale(12));
    score.metres = {{0, numerator, 4, 0}};
    EXPECT_EQ(Extract(score).melodies.at(0).context.pickup, 0) << numerator;
  }
}

TEST(Extraction, TakesAFileOfSeveralVoicesAtItsWord) {
  midi::Score score = Jig();
  score.notes.push_back(NoteAt(0, 90, 48, 0, 1));
  EXPECT_EQ(Extract(score).melodies.at(0).context.pickup, 0);
}

TEST(Extraction, MovesAPerformanceThatIsLateAsAWholeOntoTheGrid) {
  const std::string expected = Shown(Extract(ScoreOf(Scale(8))).melodies.at(0).events);
  for (const double late : {.2, .4, .49}) {
    midi::Score score = ScoreOf(Scale(8, 60, late));
    const Extraction extraction = Extract(score);
    ASSERT_EQ(extraction.melodies.size(), 1U) << late;
    EXPECT_EQ(Shown(extraction.melodies[0].events), expected) << late;
    EXPECT_LT(extraction.melodies[0].quantization.GridError(), .02) << late;
  }
}

TEST(Extraction, KeepsALastBarThatIsWrittenInItsOwnMetre) {
  midi::Score score = ScoreOf(Scale(8, 60));
  score.notes.pop_back();
  score.metres = {{0, 4, 4, 0}, {112 * kTicksPerStep, 3, 4, 0}};
  const Extraction extraction = Extract(score);
  ASSERT_EQ(extraction.melodies.size(), 1U);
  EXPECT_EQ(extraction.melodies[0].events.size(), 124U);
}

TEST(Extraction, KeepsABarThatIsWrittenInTwoParts) {
  midi::Score score = ScoreOf(Scale(9));
  score.metres = {{0, 4, 4, 0},
                  {64 * kTicksPerStep, 3, 4, 0},
                  {76 * kTicksPerStep, 1, 4, 0},
                  {80 * kTicksPerStep, 4, 4, 0}};
  const Extraction extraction = Extract(score);
  ASSERT_EQ(extraction.melodies.size(), 1U);
  EXPECT_EQ(extraction.melodies[0].bars, 9);
}

TEST(Extraction, AcceptsAnyMetreOfWholeSteps) {
  ExtractionOptions options = Lenient();
  options.metres = "any";
  midi::Score score = ScoreOf(Scale(7));
  score.metres = {{0, 5, 8, 0}};
  EXPECT_EQ(Extract(score, options).melodies.size(), 1U);
  score.metres = {{0, 3, 32, 0}};
  const Extraction refused = Extract(score, options);
  ASSERT_EQ(Count(refused, Refusal::kMetre), 1);
  EXPECT_EQ(refused.first_rejections[0].detail, "3/32; a beat is no whole number of steps");
}

TEST(Extraction, AcceptsSpacesInAListOfMetres) {
  ExtractionOptions options;
  options.metres = " 2/2 , 3/4,4/4 ";
  EXPECT_EQ(Extract(ScoreOf(Scale(7)), options).melodies.size(), 1U);
}

// 60 notes somewhere, on no grid.
midi::Score PlayedFreely() {
  std::mt19937 random(3);
  std::vector<midi::Note> notes;
  for (int i = 0; i < 60; ++i) {
    notes.push_back(NoteAt(4 * i + (random() % 1000) / 1000., 2, 60 + i % 5));
  }
  return ScoreOf(notes);
}

TEST(Extraction, RefusesAMelodyOffTheGrid) {
  const Extraction extraction = Extract(PlayedFreely());
  EXPECT_TRUE(extraction.melodies.empty());
  EXPECT_EQ(Count(extraction, Refusal::kOffGrid), 1);
}

TEST(Extraction, KeepsAMelodyOffTheGridIfAskedAndMeasuresIt) {
  ExtractionOptions options;
  options.maximum_grid_error = .5;
  const Extraction extraction = Extract(PlayedFreely(), options);
  ASSERT_EQ(extraction.melodies.size(), 1U);
  EXPECT_NEAR(extraction.melodies[0].quantization.GridError(), .25, .04);
}

TEST(Extraction, KeepsTripletsOnAGridThatCannotHoldThemAndCountsWhatIsLost) {
  std::vector<midi::Note> notes;
  for (int i = 0; i < 168; ++i) notes.push_back(NoteAt(2. * i / 3, 2. / 3, 60 + i % 5));
  const Extraction extraction = Extract(ScoreOf(notes));
  ASSERT_EQ(extraction.melodies.size(), 1U);
  EXPECT_EQ(extraction.melodies[0].quantization.merged_notes, 56);
  ExtractionOptions finer;
  finer.steps_per_quarter = 12;
  EXPECT_EQ(Extract(ScoreOf(notes), finer).melodies.at(0).quantization.merged_notes, 0);
}

TEST(Extraction, KeepsAMelodyThatIsHalfAStepLate) {
  EXPECT_EQ(Extract(ScoreOf(Scale(8, 60, .5))).melodies.size(), 1U);
}

TEST(Extraction, CountsOnlyWhatBecameOfTheMelodysOwnNotes) {
  const Extraction extraction =
      Extract(ScoreOf(Scale(7) + std::vector<midi::Note>{NoteAt(0, 4, 48), NoteAt(300, 4, 48),
                                                         NoteAt(300, 4, 36)}));
  ASSERT_EQ(extraction.melodies.size(), 1U);
  EXPECT_EQ(extraction.melodies[0].quantization.dropped_notes, 1);
  EXPECT_EQ(extraction.melodies[0].quantization.notes, 29);
}

TEST(Extraction, TellsWhereAMelodyIsFrom) {
  midi::Score score = ScoreOf(Scale(7, 62, 0, 1, 3));
  score.tracks[1].name = "Fl\xF6te";
  score.keys = {{0, 2, false, 0}};
  const Melody melody = Extract(score).melodies.at(0);
  EXPECT_EQ(melody.track_name, "Fl\\xF6te");
  EXPECT_EQ(melody.channel, 3);
  EXPECT_EQ(melody.key, "D");
  EXPECT_EQ(melody.key_source, KeySource::kSignature);
  EXPECT_EQ(melody.transposition, -2);
  EXPECT_EQ(melody.bars, 7);
}

TEST(Extraction, FoldsOctavesIntoTheRangeAndCounts) {
  const Extraction extraction =
      Extract(ScoreOf({NoteAt(0, 1, 36), NoteAt(1, 1, 47), NoteAt(2, 1, 84), NoteAt(3, 1, 127)}),
              Lenient());
  EXPECT_EQ(Shown(extraction.melodies.at(0).events), "48 59 72 79");
  EXPECT_EQ(extraction.melodies.at(0).folded_notes, 4);
}

TEST(Extraction, MovesTheWholeMelodyToTheOctaveThatFoldsLeast) {
  ExtractionOptions options = Lenient();
  options.centre_octave = true;
  const Extraction extraction =
      Extract(ScoreOf({NoteAt(0, 1, 28), NoteAt(1, 1, 40), NoteAt(2, 1, 33)}), options);
  EXPECT_EQ(Shown(extraction.melodies.at(0).events), "64 76 69");  // the centre 65.5 is nearest
  EXPECT_EQ(extraction.melodies.at(0).folded_notes, 0);
}

TEST(Extraction, ClassesAreThoseOfTheRange) {
  ExtractionOptions options = Lenient();
  options.lowest_pitch = 60;
  options.highest_pitch = 71;
  const Extraction extraction = Extract(ScoreOf({NoteAt(0, 1, 59), NoteAt(1, 1, 72)}), options);
  EXPECT_THAT(extraction.melodies.at(0).events, testing::ElementsAre(13, 2));
}

TEST(Extraction, FoldsNothingInAWiderRange) {
  ExtractionOptions options = Lenient();
  options.lowest_pitch = 0;
  options.highest_pitch = 127;
  options.centre_octave = false;
  const Extraction extraction = Extract(ScoreOf({NoteAt(0, 1, 24), NoteAt(1, 1, 120)}), options);
  EXPECT_THAT(extraction.melodies.at(0).events, testing::ElementsAre(26, 122));
}

TEST(Extraction, EndsAHangingNoteAtTheNextOneOrWithTheTrack) {
  midi::Score score = ScoreOf({NoteAt(0, 1, 60), NoteAt(4, 1, 62)});
  for (midi::Note& note : score.notes) note.duration = midi::kHanging;
  score.tracks[0].end_tick = 8 * kTicksPerStep;
  EXPECT_EQ(Shown(Extract(score, Lenient()).melodies.at(0).events), "60 . . . 62 . . .");
}

TEST(Extraction, OfANoteOfMillionsOfBarsTakesNoTimeAndSpace) {
  midi::Score score = ScoreOf({NoteAt(0, 1, 60)});
  score.notes[0].duration = std::int64_t{1} << 50;
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(Extract(score, Lenient()).melodies.at(0).events.size(), 512U);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(1));
}

TEST(Extraction, ReadsTheTracksOfFormat2AsPiecesOfTheirOwn) {
  midi::Score score = ScoreOf(Scale(7, 60, 0, 0) + Scale(7, 60, 0, 1));
  score.independent_tracks = true;
  score.metres = {{0, 3, 4, 1}};
  const Extraction extraction = Extract(score, FourFour());
  ASSERT_EQ(extraction.melodies.size(), 1U);
  EXPECT_EQ(extraction.melodies[0].place.track, 0);
  EXPECT_EQ(extraction.first_rejections.at(0).place.track, 1);
}

TEST(Extraction, GivesANoteJustBeforeAChangeToWhatFollows) {
  midi::Score score = ScoreOf({NoteAt(0, 15.9, 60), NoteAt(15.9, 4, 62), NoteAt(20, 4, 64)});
  score.tempos = {{16 * kTicksPerStep, 400'000, 0}};
  const Extraction extraction = Extract(score, Lenient());
  ASSERT_EQ(extraction.melodies.size(), 2U);
  EXPECT_EQ(Shown(extraction.melodies[1].events), "62 . . . 64 . . .");
}

TEST(Extractor, NamesAMetreItCannotRead) {
  for (const char* metres : {"", "4", "4/4,", "all", "4/x", "0/4", "4/4;2/4"}) {
    ExtractionOptions options;
    options.metres = metres;
    EXPECT_THAT(ErrorOf([&] { Extractor{options}; }), HasSubstr("metres: ")) << metres;
  }
}

TEST(Extractor, NeedsBarsOfWholeSteps) {
  ExtractionOptions options;
  options.metres = "3/32";
  EXPECT_THAT(ErrorOf([&] { Extractor{options}; }), HasSubstr("no whole number of steps"));
}

TEST(Extractor, NeedsARangeOfAnOctave) {
  ExtractionOptions options;
  options.lowest_pitch = 60;
  options.highest_pitch = 70;
  EXPECT_THAT(ErrorOf([&] { Extractor{options}; }), HasSubstr("octave"));
}

TEST(RefusalName, IsDifferentForEach) {
  EXPECT_EQ(RefusalName(Refusal::kUnreadable), "unreadable");
  EXPECT_EQ(RefusalName(Refusal::kTooFewPitches), "too_few_pitches");
  EXPECT_EQ(RefusalName(Refusal::kDuplicate), "duplicate");
}

}  // namespace
}  // namespace rltuner
