// SPDX-License-Identifier: Apache-2.0
// The rules that know bars and phrases: on bars written by hand, and against plain versions in
// several metres and keys. Classes as in rules_test.cc.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "rltuner/core/error.h"
#include "rltuner/core/random.h"
#include "rltuner/theory/reward_table.h"
#include "theory/place_all.h"
#include "theory/random_events.h"
#include "theory/reference_song_rules.h"

namespace rltuner {
namespace {

using testing::HasSubstr;

MusicContext On(int steps_per_quarter, const MelodyContext& melody, int lowest_pitch = 48) {
  MusicContext context(melody);
  context.steps_per_quarter = steps_per_quarter;
  context.lowest_pitch = lowest_pitch;
  return context;
}

const MusicContext kContexts[] = {
    {},
    On(4, {.pickup = 4, .tonic = 2, .mode = Mode::kDorian}),
    On(4, {.metre = {3, 4}, .tonic = 7}),
    On(4, {.metre = {6, 8}, .pickup = 2, .tonic = 9, .mode = Mode::kMinor}),
    On(4, {.metre = {2, 4}, .pickup = 1}),
    On(4, {.metre = {5, 4}, .tonic = 4, .mode = Mode::kPhrygian}),
    On(4, {.metre = {2, 2}, .tonic = 7, .mode = Mode::kMixolydian}, 21),
    On(4, {.metre = {9, 8}, .pickup = 3}, 60),
    On(4, {.metre = {7, 8}, .tonic = 11}),
    On(4, {.metre = {12, 8}}),
    On(4, {.metre = {3, 8}, .pickup = 2}),
    On(6, {.metre = {3, 8}}),
    On(12, {.pickup = 12, .tonic = 6}),
    On(12, {.metre = {6, 8}}),
    On(8, {.metre = {3, 4}}),
    On(3, {}),
    On(24, {.metre = {6, 8}, .pickup = 12}),
    On(4, {.metre = {3, 4}, .pickup = 4, .changes = {{4, {4, 4}}, {36, {6, 8}}, {60, {2, 4}}}}),
    On(4, {.metre = {4, 4}, .changes = {{3, {1, 8}}, {4, {1, 8}}, {6, {3, 16}}, {70, {5, 4}}}}),
};

class SongRulesTest : public testing::TestWithParam<int> {};

TEST_P(SongRulesTest, EqualThePlainOnes) {
  const reference::SongRule& plain = reference::kSongRules[GetParam()];
  for (const MusicContext& context : kContexts) {
    const std::uint64_t seeds = &context < kContexts + 5 ? 120 : 30;
    for (std::uint64_t seed = 0; seed < seeds; ++seed) {
      Random random(seed);
      const auto kind = static_cast<EventKind>(seed % kEventKinds);
      int length = seed < 100 ? 1 + static_cast<int>(random.Below(200)) : 1500;
      if (seed % 4 == 0) length += context.BarSteps() - length % context.BarSteps();
      std::vector<int> events = RandomEvents(random, kind, length);
      if (seed % 3 == 0) {  // bars that return
        for (int t = 4 * context.BarSteps(); t < length; ++t) {
          if (random.Below(40) != 0) events[t] = events[t - 4 * context.BarSteps()];
        }
      }
      const auto rule = MakeRule(plain.name, "", context);
      const std::vector<float> rewards = PlaceAll(*rule, events);
      const reference::BarView bars{events, context};
      for (int t = 0; t<length; t += t> 300 ? 17 : 1) {
        ASSERT_NEAR(rewards[t], plain.reward(bars, t), 1e-5)
            << plain.name << ", seed " << seed << ", event " << t << " of " << length << ", metre "
            << context.melody.metre.Text() << " on a grid of " << context.steps_per_quarter;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Rules, SongRulesTest,
                         testing::Range(0, static_cast<int>(std::size(reference::kSongRules))),
                         [](const testing::TestParamInfo<int>& rule) {
                           return std::string(reference::kSongRules[rule.param].name);
                         });

float Total(std::string_view rule, const std::vector<int>& events, std::string_view lines = "",
            const MelodyContext& melody = {}) {
  const std::vector<float> rewards = PlaceAll(*MakeRule(rule, lines, MusicContext(melody)), events);
  return std::accumulate(rewards.begin(), rewards.end(), 0.0F);
}

// A bar of four quarter notes.
std::vector<int> Bar(int a, int b, int c, int d) {
  return {a, 1, 1, 1, b, 1, 1, 1, c, 1, 1, 1, d, 1, 1, 1};
}

std::vector<int> JoinBars(std::initializer_list<std::vector<int>> bars) {
  std::vector<int> all;
  for (const std::vector<int>& bar : bars) all.insert(all.end(), bar.begin(), bar.end());
  return all;
}

TEST(MetreRuleTest, ANoteHeldOverTheBarLineJumpsFourLevels) {
  std::vector<int> events(32, 1);
  events[15] = 14;
  EXPECT_FLOAT_EQ(Total("metre", events), -0.5F * 4);
}

TEST(MetreRuleTest, ThreeFourHasNoMiddle) {
  std::vector<int> events(12, 1);
  events[4] = 14;  // on the second beat, held over the third: as strong
  EXPECT_FLOAT_EQ(Total("metre", events, "", {.metre = {3, 4}}), 0);
}

TEST(MetreRuleTest, ATripletIsNoSyncopationOnAnyGrid) {
  for (const int grid : {3, 6, 12, 24}) {
    std::vector<int> events(static_cast<std::size_t>(4 * grid), 1);
    for (int note = 0; note < 12; ++note) events[static_cast<std::size_t>(note * grid / 3)] = 14;
    std::vector<float> rewards = PlaceAll(*MakeRule("metre", "", On(grid, {})), events);
    EXPECT_FLOAT_EQ(std::accumulate(rewards.begin(), rewards.end(), 0.0F), 0.5F) << grid;
    // The last third of a beat, held over the next.
    std::ranges::fill(events, 1);
    events[static_cast<std::size_t>(2 * grid / 3)] = 14;
    rewards = PlaceAll(*MakeRule("metre", "", On(grid, {})), events);
    EXPECT_FLOAT_EQ(std::accumulate(rewards.begin(), rewards.end(), 0.0F), -0.5F * 2) << grid;
  }
}

TEST(MetreRuleTest, AMetreMayChangeInsideAMelody) {
  const MelodyContext melody{.metre = {3, 4}, .changes = {{.step = 12, .metre = {2, 4}}}};
  std::vector<int> events(12 + 8 + 8, 1);
  events[0] = events[12] = events[20] = 14;  // on every bar line
  EXPECT_FLOAT_EQ(Total("metre", events, "", melody), 1.5F);
}

TEST(FormRuleTest, AabaWantsTheThirdSectionToDiffer) {
  const std::vector<int> a = Bar(14, 16, 18, 14);
  const std::vector<int> b = Bar(21, 23, 21, 19);
  EXPECT_FLOAT_EQ(Total("form", JoinBars({a, a, b, a}), "form = \"AABA\""), 2);
  EXPECT_FLOAT_EQ(Total("form", JoinBars({a, a, a, a}), "form = \"AABA\""), 1);
  EXPECT_FLOAT_EQ(Total("form", JoinBars({a, b, a, b}), "form = \"AA\""), 2);
}

TEST(FormRuleTest, DividesTheBarsThereAreWhateverTheirMetres) {
  const MelodyContext shorter{.changes = {{.step = 4, .metre = {1, 4}}}};  // no whole bar of 4/4
  const std::vector<int> c(4, 14);
  EXPECT_FLOAT_EQ(Total("form", JoinBars({c, c, c}), "form = \"AAA\"", shorter), 2);
  // Four bars of 3/4 after one of 4/4: sections are single bars.
  const MelodyContext later{.changes = {{.step = 16, .metre = {3, 4}}}};
  const std::vector<int> a(12, 14), b(12, 16);
  const std::vector<int> tune = JoinBars({Bar(14, 14, 14, 14), a, b, a, b});
  EXPECT_FLOAT_EQ(Total("form", tune, "form = \"XABAB\"", later), 2);
}

TEST(FormRuleTest, RemembersEveryBarWhereTheMetreChangesInsideBars) {
  MelodyContext melody;
  std::vector<int> tune;
  for (int bar = 0; bar < 300; ++bar) {  // of two steps each, all different
    if (bar > 0) melody.changes.push_back({2 * bar, {4 + bar % 2, 4}});
    tune.insert(tune.end(), {2 + bar % 30, 2 + bar / 30});
  }
  tune.insert(tune.end(), {2, 2});  // the first again
  melody.changes.push_back({600, {4, 4}});
  melody.changes.push_back({602, {4, 4}});
  EXPECT_FLOAT_EQ(Total("form", tune, "bars_back = 0", melody), 1);
}

TEST(FormRuleTest, TransposedOrRhythmAloneCount) {
  const std::vector<int> a = Bar(14, 16, 18, 14);
  const std::vector<int> up = Bar(16, 18, 20, 16);
  const std::vector<int> other = Bar(16, 14, 14, 16);
  EXPECT_FLOAT_EQ(Total("form", JoinBars({a, up}), "bars_back = 1"), 0);
  EXPECT_FLOAT_EQ(Total("form", JoinBars({a, up}), "bars_back = 1\nlike = \"transposed\""), 1);
  EXPECT_FLOAT_EQ(Total("form", JoinBars({a, other}), "bars_back = 1\nlike = \"transposed\""), 0);
  EXPECT_FLOAT_EQ(Total("form", JoinBars({a, other}), "bars_back = 1\nlike = \"rhythm\""), 1);
}

TEST(FormRuleTest, PaysByItsTable) {
  const std::vector<int> a = Bar(14, 16, 18, 14);
  const char* table = "returns = \"0 5 4\"\nbars_back = 0";
  EXPECT_FLOAT_EQ(Total("form", JoinBars({a, a}), table), 5);
  EXPECT_FLOAT_EQ(Total("form", JoinBars({a, a, a}), table), 4);
  EXPECT_FLOAT_EQ(Total("form", JoinBars({a, a, a, a}), table), 4);
}

TEST(SubdivisionRuleTest, CountsNotesOffTheHalfBeat) {
  const char* table = "notes = \"0 -1 ...\"";
  EXPECT_FLOAT_EQ(Total("subdivision", {14, 14, 14, 1, 14, 1, 1, 14}, table), -2);
  EXPECT_FLOAT_EQ(Total("subdivision", {14, 1, 14, 1, 14, 14}, table, {.metre = {6, 8}}), -1);
}

TEST(BeatNotesRuleTest, ANoteFillsABeatOrDoesNot) {
  EXPECT_FLOAT_EQ(Total("beat_notes", Bar(14, 16, 18, 14)), 0.4F);
  EXPECT_FLOAT_EQ(Total("beat_notes", {14, 1, 1, 1, 0, 1, 1, 1}), 0.1F);   // a rest after it
  EXPECT_FLOAT_EQ(Total("beat_notes", {14, 1, 1, 1, 1, 1, 1, 1}), 0);      // two beats
  EXPECT_FLOAT_EQ(Total("beat_notes", {14, 1, 16, 1, 1, 1, 18, 1}), 0);    // off the beat
  EXPECT_FLOAT_EQ(Total("beat_notes", {14, 1, 0, 1, 16, 1, 1, 1}), 0.1F);  // too short
  EXPECT_FLOAT_EQ(Total("beat_notes", {14, 1, 1, 1, 1, 1}, "", {.metre = {6, 8}}), 0.1F);
}

TEST(RangeRuleTest, AVoiceHasItsOwnNotes) {
  EXPECT_FLOAT_EQ(Total("range", {2, 14, 37}, "instrument = \"alto\"\nspan = 127"), -2);
}

TEST(RepetitionRuleTest, TheThirdInARowCanCostMore) {
  EXPECT_FLOAT_EQ(Total("repetition", {14, 1, 14, 14, 16, 14}, "again = 1\nthird = -3"), -1);
}

TEST(ChordTonesRuleTest, FollowsTheProgression) {
  const std::vector<int> tune = JoinBars({Bar(14, 1, 18, 1), Bar(19, 1, 16, 1)});  // C E | F D
  EXPECT_FLOAT_EQ(Total("chord_tones", tune, "chords = \"C | F Dm\""), 2);
  EXPECT_FLOAT_EQ(Total("chord_tones", tune, "chords = \"C | G7\""), 2);  // F and D are in G7
  EXPECT_FLOAT_EQ(Total("chord_tones", tune, "chords = \"I | V\""), 1);   // F is not in G
  EXPECT_FLOAT_EQ(Total("chord_tones", tune, "chords = \"F#m7b5 | -\""), 1);
}

TEST(ChordTonesRuleTest, NumeralsFollowTheKey) {
  const MelodyContext d_minor{.tonic = 2, .mode = Mode::kMinor};
  EXPECT_FLOAT_EQ(Total("chord_tones", Bar(19, 1, 25, 1), "chords = \"i VI\"", d_minor), 0);
  EXPECT_FLOAT_EQ(Total("chord_tones", Bar(19, 1, 24, 1), "chords = \"i VI\"", d_minor), 1);
}

TEST(ChordTonesRuleTest, NumeralsFollowTheMode) {
  const MelodyContext d_dorian{.tonic = 2, .mode = Mode::kDorian};  // vi: B D F
  EXPECT_FLOAT_EQ(Total("chord_tones", Bar(25, 1, 18, 1), "chords = \"vidim\"", d_dorian), 0);
  const MelodyContext c_lydian{.mode = Mode::kLydian};  // IV: F# A# C#
  EXPECT_FLOAT_EQ(Total("chord_tones", Bar(20, 1, 24, 1), "chords = \"IV\"", c_lydian), 1);
}

TEST(ChordTonesRuleTest, OnlyTheFirstBeatOfAWaltzIsStrong) {
  const MelodyContext waltz{.metre = {3, 4}};
  const std::vector<int> bar = {14, 1, 1, 1, 16, 1, 15, 1, 17, 1, 1, 1};  // C, then none
  EXPECT_FLOAT_EQ(Total("chord_tones", bar, "", waltz), 0.5);
}

TEST(ChordTonesRuleTest, ABarLineBeforeTheFirstChordOpensNoBar) {
  const std::vector<int> tune = JoinBars({Bar(14, 1, 18, 1), Bar(19, 1, 23, 1)});  // C E | F A
  EXPECT_FLOAT_EQ(Total("chord_tones", tune, "chords = \"| C | F |\""), 2);
  EXPECT_FLOAT_EQ(Total("chord_tones", tune, "chords = \" |C|F|\""), 2);
  EXPECT_FLOAT_EQ(Total("chord_tones", tune, "chords = \"C | | F\""), 1);  // none in the second
}

TEST(ChordTonesRuleTest, ATextWithoutChordsIsRefused) {
  for (const char* text : {"|", " ", "| |"}) {
    const std::string chords = fmt::format("chords = \"{}\"", text);
    EXPECT_THAT(ErrorOf([&] { Total("chord_tones", Bar(14, 1, 18, 1), chords); }),
                HasSubstr("expected one chord or more such as C | G7"))
        << text;
  }
}

TEST(ChordTonesRuleTest, ChordsMayTakeSeveralLines) {
  const std::vector<int> tune = JoinBars({Bar(14, 1, 18, 1), Bar(19, 1, 23, 1)});  // C E | F A
  EXPECT_FLOAT_EQ(Total("chord_tones", tune, "chords = \"\"\"\nC |\n\tF\r\n\"\"\""), 2);
}

TEST(ChordTonesRuleTest, AccidentalsGoRoundTheCircle) {
  const std::string flats(25, 'b');  // B major, two octaves below
  EXPECT_FLOAT_EQ(Total("chord_tones", Bar(25, 1, 17, 1), "chords = \"C" + flats + '"'), 1);
}

TEST(ChordTonesRuleTest, RefusesWhatIsNoChord) {
  for (const std::string chord : {"H7", "V/V"}) {  // a dominant of the dominant is no V
    try {
      RuleSet::FromToml("[rules.chord_tones]\nchords = \"C | " + chord + '"', "my.toml");
      FAIL();
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr(chord));
    }
  }
}

TEST(TonalityRuleTest, RatesTheNotesOfTheKey) {
  EXPECT_FLOAT_EQ(Total("tonality", {14, 1, 21, 0}), 0.185F + 0.069F);              // C, G
  EXPECT_FLOAT_EQ(Total("tonality", {16, 1}), -0.102F);                             // D
  EXPECT_FLOAT_EQ(Total("tonality", {16, 1}, "", {.tonic = 2}), 0.185F);            // D in D major
  EXPECT_FLOAT_EQ(Total("tonality", {17, 1}, "", {.mode = Mode::kMinor}), 0.088F);  // Eb
}

class OpeningRuleTest : public ::testing::Test {
 protected:
  // Of a table that pays 0, 1, 2 and so on.
  static double Kind(const std::vector<int>& events, const MelodyContext& melody = {}) {
    std::string numbers;
    for (int kind = 0; kind < 37; ++kind) numbers += std::to_string(kind) + ' ';
    return Total("opening", events, "kinds = \"" + numbers + '"', melody);
  }
};

TEST_F(OpeningRuleTest, TellsWhereTheFirstNoteIsRepeated) {
  EXPECT_EQ(Kind({14, 1, 1, 1, 1, 1, 1, 1, 14}), 0);            // C, again on the third beat
  EXPECT_EQ(Kind({14, 1, 1, 1, 14}), 1);                        // C C, quarters
  EXPECT_EQ(Kind({14, 1, 1, 1, 14}, {.pickup = 4}), 2);         // C | C
  EXPECT_EQ(Kind({14, 1, 1, 1, 14, 1, 14}, {.pickup = 4}), 3);  // C | C C, the last an eighth
  EXPECT_EQ(Kind({14, 1, 14, 1, 14}), 3);                       // C C C, the first two eighths
  EXPECT_EQ(Kind({14, 1, 1, 1, 1, 1, 14}, {.pickup = 2}), 1);   // C C, off the first beat
  EXPECT_EQ(Kind({14, 1, 1, 1, 14, 1, 16}, {.pickup = 4}), 4);  // C | C D
  EXPECT_EQ(Kind({14, 1, 14, 1, 18, 1, 14, 1}), 4);             // C C E C
}

TEST_F(OpeningRuleTest, TellsTheFirstDegreeAndItsMove) {
  EXPECT_EQ(Kind({14, 1, 16, 1}), 5);             // C D
  EXPECT_EQ(Kind({14, 1, 12, 1}), 6);             // C Bb
  EXPECT_EQ(Kind({18, 1, 21, 1}), 16);            // E G
  EXPECT_EQ(Kind({21, 1, 1, 1, 14, 1, 16}), 26);  // G, a beat later C
  EXPECT_EQ(Kind({17, 1, 14}, {.mode = Mode::kMinor}), 17);
  EXPECT_EQ(Kind({16, 1, 1, 1, 1, 1, 1, 1, 21}), 27);  // D, and on the third beat G
  EXPECT_EQ(Kind({0, 14, 18}), 36);
}

TEST_F(OpeningRuleTest, ReadsTablesOfFewerKinds) {
  const char* table = "kinds = \"1 2 3 4 5  6 7 8 9 10  11 12 13 14 15  16 17 18 19 20  -5\"";
  const auto total = [&](std::vector<int> events) { return Total("opening", events, table); };
  EXPECT_EQ(total({14, 1, 14, 1}), 1);      // C C
  EXPECT_EQ(total({14, 1, 14, 1, 18}), 2);  // C C E
  EXPECT_EQ(total({14, 1, 16}), 3);         // C D
  EXPECT_EQ(total({14, 1, 12}), 3);         // C Bb
  EXPECT_EQ(total({18, 1, 21}), 9);         // E G
  EXPECT_EQ(total({21, 1, 14}), 15);        // G C
  EXPECT_EQ(total({16, 1, 1, 1, 16}), 16);  // D D
  EXPECT_EQ(total({0, 14, 18}), -5);
}

TEST_F(OpeningRuleTest, WantsANumberForEveryKind) {
  for (const char* kinds : {"1 2 3", "0 1 ...", "1 1 1 1 1 1 1 1 1 1 1 1 1 1 1 0 0 0 0 0 -1 2"}) {
    EXPECT_THROW(Total("opening", {14}, std::string("kinds = \"") + kinds + '"'), Error) << kinds;
  }
}

TEST(RewardTableTest, GoesOnByItsLastDifference) {
  RewardTable table{"0 1 3 ..."};
  table.Prepare("table");
  table.Start();
  EXPECT_EQ(table.MoveTo(1), 1);
  EXPECT_EQ(table.MoveTo(4), 6);  // 3 + 2 * 2
}

TEST(RewardTableTest, MayTakeSeveralLines) {
  for (const char* text : {"0\n\t1\r\n3 ...\n", "0 1 3\n..."}) {
    RewardTable table{text};
    table.Prepare("table");
    table.Start();
    EXPECT_EQ(table.MoveTo(4), 7) << text;  // 3 + 2 * 2
  }
}

TEST(RewardTableTest, RefusesWhatIsNoListOfNumbers) {
  for (const char* text :
       {"", "1 x", "1,2", "2000", "nan", "1 ...", "1 2...", "1 2 ... 3", "1 2 ... ..."}) {
    RewardTable table{text};
    EXPECT_THROW(table.Prepare("table"), Error) << text;
  }
}

TEST(RuleSetTest, RulesBeyondThePapersAreShownOnlyWithAWeight) {
  RuleSet paper = RuleSet::Named("paper");
  EXPECT_EQ(paper.size(), 9);
  EXPECT_THAT(WriteRecipe(paper.Describe()), testing::Not(HasSubstr("metre")));
  RuleSet more = RuleSet::FromToml("[rules.metre]\nweight = 2", "my.toml");
  ASSERT_EQ(more.size(), 10);
  EXPECT_EQ(more.info(9).name, "metre");
  EXPECT_THAT(WriteRecipe(more.Describe()), HasSubstr("[rules.metre]\nweight = 2.0\n"));
}

TEST(RuleSetTest, ContextReachesTheRules) {
  RuleSet rules = RuleSet::Named("song");
  const std::vector<int> tune = Bar(16, 16, 16, 16);
  const auto total = [&] {
    rules.Start(16);
    float sum = 0;
    for (const int event : tune) sum += rules.Place(event);
    return sum;
  };
  const float in_c = total();
  rules.SetContext(MusicContext({.tonic = 2}));
  // It begins and ends on the tonic now, and listeners rate its four notes higher.
  EXPECT_FLOAT_EQ(total(), in_c + 1 + 2 + 4 * 0.287F);
}

}  // namespace
}  // namespace rltuner
