// SPDX-License-Identifier: Apache-2.0
#include "rltuner/evaluation/generation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "evaluation/random_model.h"
#include "rltuner/core/files.h"
#include "rltuner/evaluation/evaluate.h"
#include "rltuner/midi/reader.h"
#include "rltuner/midi/writer.h"
#include "test_support.h"

namespace rltuner {
namespace {

using Events = std::vector<std::uint8_t>;

// The events that the notes of a score stand for: the way back from ToMidiScore.
Events EventsOf(const midi::Score& score, std::size_t length) {
  Events events(length, kNoEvent);
  const std::int64_t step = *score.TicksPerQuarter() / kStepsPerQuarter;
  for (const midi::Note& note : score.notes) {  // a note's end first: the next strike may be there
    const auto end = static_cast<std::size_t>((note.onset + note.duration) / step);
    if (end < length) events[end] = kNoteOff;
  }
  for (const midi::Note& note : score.notes) {
    events[static_cast<std::size_t>(note.onset / step)] =
        static_cast<std::uint8_t>(ClassOf(note.pitch));
  }
  return events;
}

TEST(ToMidiScore, ReadBackGivesTheSameEvents) {
  const Events events = {14, 1, 0, 1, 2, 37, 1, 1, 1, 0, 14, 14, 16, 0, 16, 1};
  const midi::Score score = midi::Read(
      midi::Write(ToMidiScore(events, {.quarters_per_minute = 80}, "a melody")), "written");
  EXPECT_TRUE(score.warnings.empty());
  EXPECT_EQ(EventsOf(score, events.size()), events);
}

TEST(ToMidiScore, HasTempoMetreNameAndLength) {
  const midi::Score score = midi::Read(
      midi::Write(ToMidiScore(Events(32, 14), {.quarters_per_minute = 80}, "a melody")), "written");
  ASSERT_EQ(score.tempos.size(), 1U);
  EXPECT_EQ(score.tempos[0].microseconds_per_quarter, 750'000);
  ASSERT_EQ(score.metres.size(), 1U);
  EXPECT_EQ(score.metres[0].numerator, 4);
  EXPECT_EQ(score.tracks.at(0).name, "a melody");
  EXPECT_EQ(score.EndTick(), 8 * *score.TicksPerQuarter());
}

TEST(ToMidiScore, EndsWithAMelodyShorterThanItsPickup) {
  const midi::Score score =
      midi::Read(midi::Write(ToMidiScore({14, 1, 16}, {.music = {.pickup = 4}}, "")), "written");
  EXPECT_EQ(score.EndTick(), 3 * *score.TicksPerQuarter() / kStepsPerQuarter);
}

TEST(ToMidiScore, C4IsMidiPitch60) {
  EXPECT_EQ(ToMidiScore({14}, {.quarters_per_minute = 80}, "").notes.at(0).pitch, 60);
}

TEST(ToMidiScore, HoldsAfterANoteOffAreSilence) {
  const midi::Score score = ToMidiScore({14, 1, 0, 1, 1, 1}, {.quarters_per_minute = 80}, "");
  ASSERT_EQ(score.notes.size(), 1U);
  EXPECT_EQ(score.notes[0].duration, 2 * 120);
}

TEST(ToMidiScore, ANoteHeldToTheEndEndsThere) {
  const midi::Score score = ToMidiScore({1, 14, 1, 1}, {.quarters_per_minute = 80}, "");
  ASSERT_EQ(score.notes.size(), 1U);
  EXPECT_EQ(score.notes[0].onset + score.notes[0].duration, score.EndTick());
}

class Generation : public testing::Test {
 protected:
  RuleSet rules_ = RuleSet::Named("paper");
  GenerationOptions options_{.count = 3};
};

TEST_F(Generation, IsTheSameForTheSameSeed) {
  const auto first = Generate(RandomTunedModel(), rules_, options_, {});
  const auto second = Generate(RandomTunedModel(), rules_, options_, {});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(first[i].events, second[i].events);
  EXPECT_NE(first[0].events, first[1].events);
}

TEST_F(Generation, DoesNotDependOnHowManyFollow) {
  const auto few = Generate(RandomModel(), rules_, options_, {});
  options_.count = 20;
  const auto many = Generate(RandomModel(), rules_, options_, {});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(few[i].events, many[i].events);
}

TEST_F(Generation, AtTemperatureZeroPlaysTheLikeliestEvent) {
  options_.temperature = 0;
  const auto melodies = Generate(RandomModel(), rules_, options_, {14});
  EXPECT_EQ(melodies[0].events, melodies[2].events);
  EXPECT_EQ(melodies[0].probabilities[melodies[0].events[0]], 1);
}

TEST_F(Generation, EndsWithWhatPollThrows) {
  options_.poll = [] { throw 1; };
  for (const char* decoding : {"sample", "best-of=3", "smc=3"}) {
    options_.decoding = decoding;
    EXPECT_THROW(Generate(RandomModel(), rules_, options_, {}), int) << decoding;
  }
}

TEST_F(Generation, PlaysAsTheDecodingSays) {
  options_.decoding = "best-of=30";
  const auto best = Generate(RandomModel(), rules_, options_, {14});
  options_.decoding = "sample";
  const auto sampled = Generate(RandomModel(), rules_, options_, {14});
  for (int i = 0; i < 3; ++i) EXPECT_GT(best[i].score.mean_reward, sampled[i].score.mean_reward);
}

TEST_F(Generation, ProbabilitiesOfAStepAddUpToOne) {
  const auto melodies = Generate(RandomTunedModel(), rules_, options_, {});
  ASSERT_EQ(melodies[1].probabilities.size(), 32U * kVocabulary);
  for (int t = 0; t < 32; ++t) {
    const auto* step = &melodies[1].probabilities[t * kVocabulary];
    EXPECT_NEAR(std::accumulate(step, step + kVocabulary, 0.0), 1, 1e-5);
  }
}

TEST_F(Generation, KeepsThePrimerApart) {
  const auto melodies = Generate(RandomModel(), rules_, options_, {14, 1, 16});
  EXPECT_EQ(melodies[0].primer, (Events{14, 1, 16}));
  EXPECT_EQ(melodies[0].events.size(), 32U);
}

TEST_F(Generation, RewardsAreTheRulesOfTheEvents) {
  const auto melodies = Generate(RandomModel(), rules_, options_, {});
  EXPECT_EQ(melodies[2].score.total, ScoreComposition(rules_, melodies[2].events).total);
}

class WrittenMelodies : public Generation {
 protected:
  void Write(const std::vector<int>& primer = {}, const Model& model = RandomModel()) {
    melodies_ = Generate(model, rules_, options_, primer);
    WriteMelodies(folder_ / "out", melodies_, rules_, options_, "<a> & b");
  }
  std::string Text(const std::string& name) { return ReadTextFile(folder_ / "out" / name); }

  TemporaryFolder folder_;
  std::vector<GeneratedMelody> melodies_;
};

TEST_F(WrittenMelodies, AreTheMidiFilesOfTheEvents) {
  Write();
  for (int i = 0; i < 3; ++i) {
    const auto path = folder_ / "out" / ("melody_00" + std::to_string(i + 1) + ".mid");
    EXPECT_EQ(ReadFile(path),
              midi::Write(ToMidiScore(melodies_[i].events, {.quarters_per_minute = 80},
                                      "melody_00" + std::to_string(i + 1))));
  }
}

TEST_F(WrittenMelodies, EndWithWhatPollThrows) {
  melodies_ = Generate(RandomModel(), rules_, options_, {});
  int calls = 0;
  options_.poll = [&] {
    if (++calls == 2) throw 1;
  };
  EXPECT_THROW(WriteMelodies(folder_ / "out", melodies_, rules_, options_, "model"), int);
  EXPECT_TRUE(std::filesystem::exists(folder_ / "out" / "melody_001.mid"));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "out" / "melody_002.mid"));
}

TEST_F(WrittenMelodies, ReplaceThoseOfAnEarlierRunAndNoOtherFile) {
  options_.notation = "all";
  Write();
  for (const char* name : {"melody_1.mid", "melody_001.wav", "my_melody_003.mid"}) {
    WriteFileAtomically(folder_ / "out" / name, std::string_view("mine"));
  }
  options_.count = 2;
  options_.notation = "abc";
  Write();
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder_ / "out")) {
    names.push_back(entry.path().filename().string());
  }
  EXPECT_THAT(names, testing::UnorderedElementsAre(
                         "melody_001.mid", "melody_001.svg", "melody_001.abc", "melody_002.mid",
                         "melody_002.svg", "melody_002.abc", "melody_1.mid", "melody_001.wav",
                         "my_melody_003.mid", "melodies.jsonl", "rewards.csv", "index.html"));
}

TEST_F(WrittenMelodies, LeaveAFolderThatNoRunWroteAsItIs) {
  WriteFileAtomically(folder_ / "out" / "melody_777.mid", std::string_view("mine"));
  Write();
  EXPECT_EQ(Text("melody_777.mid"), "mine");
}

TEST_F(WrittenMelodies, BeginWithThePrimerIfAsked) {
  options_.include_primer = true;
  Write({14, 1, 16, 1});
  const midi::Score score = midi::Read(ReadFile(folder_ / "out" / "melody_001.mid"), "written");
  EXPECT_EQ(score.EndTick(), 9 * *score.TicksPerQuarter());
  EXPECT_EQ(score.notes.at(0).pitch, 60);
  EXPECT_EQ(score.notes.at(1).pitch, 62);
}

TEST_F(WrittenMelodies, PlayThePrimerAtThePitchesOfItsFile) {
  options_.include_primer = true;
  options_.notation = "abc";
  options_.playback.pitches = {67, 0, 71, 0};
  melodies_ = Generate(RandomModel(), rules_, options_, {14, 1, 16, 1});
  WriteMelodies(folder_ / "out", melodies_, rules_, options_, "model");
  const midi::Score score = midi::Read(ReadFile(folder_ / "out" / "melody_001.mid"), "written");
  EXPECT_EQ(score.notes.at(0).pitch, 67);
  EXPECT_EQ(score.notes.at(1).pitch, 71);
  EXPECT_THAT(Text("melody_001.abc"), testing::HasSubstr("K:Cmaj\nG/2 B/2 "));
}

TEST_F(WrittenMelodies, HavePicturesInTheKeyThatIsPlayed) {
  options_.playback.transposition = 2;
  Write();
  EXPECT_THAT(Text("melody_001.svg"), testing::HasSubstr("played +2 semitones from C"));
  EXPECT_THAT(Text("melody_001.svg"), testing::Not(testing::HasSubstr(">C3<")));
}

TEST_F(WrittenMelodies, HaveTheirEventsAsJsonLines) {
  Write();
  std::istringstream lines(Text("melodies.jsonl"));
  std::string line;
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(std::getline(lines, line));
    EXPECT_EQ(nlohmann::json::parse(line)["events"].get<Events>(), melodies_[i].events);
  }
}

TEST_F(WrittenMelodies, BeginWithAPickupAsTheTunesOfTheModelDo) {
  rules_ = RuleSet::Named("song");
  options_.decoding = "best-of=4";
  options_.notation = "musicxml";
  Write({}, ModelWithPickups());
  std::istringstream lines(Text("melodies.jsonl"));
  std::string line;
  for (const GeneratedMelody& melody : melodies_) {
    ASSERT_TRUE(std::getline(lines, line));
    EXPECT_EQ(nlohmann::json::parse(line)["pickup"], 4);
    rules_.SetContext(MusicContext({.pickup = 4}));
    EXPECT_EQ(melody.score.total, ScoreComposition(rules_, melody.events).total);
  }
  const midi::Score score = midi::Read(ReadFile(folder_ / "out" / "melody_001.mid"), "written");
  ASSERT_EQ(score.metres.size(), 2U);
  EXPECT_EQ(score.metres[1].tick, *score.TicksPerQuarter());
  EXPECT_THAT(Text("melody_001.musicxml"), testing::HasSubstr("implicit=\"yes\""));
}

TEST_F(WrittenMelodies, AfterAPrimerHaveNoPickupOfTheirOwn) {
  melodies_ = Generate(ModelWithPickups(), rules_, options_, {14, 16});
  EXPECT_EQ(melodies_[0].pickup(), 0);
  EXPECT_FALSE(melodies_[0].context);
}

TEST_F(WrittenMelodies, AfterASingleEventBeginTheirBarsOneStepLater) {
  options_.include_primer = true;
  options_.notation = "abc";
  Write({14}, ModelWithPickups());
  const midi::Score score = midi::Read(ReadFile(folder_ / "out" / "melody_001.mid"), "written");
  ASSERT_EQ(score.metres.size(), 2U);
  EXPECT_EQ(score.metres[1].tick, 5 * *score.TicksPerQuarter() / kStepsPerQuarter);
  EXPECT_THAT(Text("melodies.jsonl"), testing::HasSubstr("\"pickup\":4"));
}

TEST_F(WrittenMelodies, AfterAPrimerThatEndsInABarSayWhatIsLeftOfIt) {
  Write({14, 16, 18});
  EXPECT_THAT(Text("melodies.jsonl"), testing::HasSubstr("\"pickup\":13,"));
}

TEST_F(WrittenMelodies, HaveALineOfRewardsForEveryEvent) {
  Write();
  const std::string csv = Text("rewards.csv");
  EXPECT_EQ(std::count(csv.begin(), csv.end(), '\n'), 1 + 3 * 32);
  const std::string header = csv.substr(0, csv.find('\n'));
  EXPECT_THAT(header, testing::StartsWith("melody,step,event,name,probability,log_prob,key,"));
  EXPECT_THAT(header, testing::EndsWith(",total"));
}

TEST_F(WrittenMelodies, EscapeTheModelsNameInPictures) {
  Write();
  EXPECT_THAT(Text("melody_001.svg"), testing::HasSubstr("&lt;a&gt; &amp; b"));
  EXPECT_THAT(Text("index.html"), testing::Not(testing::HasSubstr("<a> & b")));
}

TEST_F(WrittenMelodies, ComeOnOnePageWithEveryPicture) {
  Write();
  const std::string page = Text("index.html");
  for (const char* id : {"melody_001-title", "melody_002-title", "melody_003-title"}) {
    EXPECT_THAT(page, testing::HasSubstr(id));
  }
}

TEST(ToMidiScore, IsAsThePlaybackSays) {
  const midi::Score score = ToMidiScore({14, 1, 16},
                                        {.quarters_per_minute = 100,
                                         .steps_per_quarter = 12,
                                         .music = {.metre = {6, 8}},
                                         .transposition = -5,
                                         .program = 40,
                                         .sharps = 1},
                                        "");
  EXPECT_EQ(score.division, 480);
  EXPECT_EQ(score.notes[1].onset, 80);
  EXPECT_EQ(score.notes[1].pitch, 57);

  EXPECT_EQ(score.metres.at(0).denominator, 8);
  EXPECT_EQ(score.programs.at(0).program, 40);
  EXPECT_EQ(score.keys.at(0).sharps, 1);
}

TEST(ToMidiScore, AGridThatDoesNotDivide480HasWholeTicks) {
  const midi::Score score = ToMidiScore({14, 16}, {.steps_per_quarter = 7}, "");
  EXPECT_EQ(score.division, 7 * score.notes[1].onset);
}

TEST(ToMidiScore, RefusesATempoThatIsNone) {
  EXPECT_EQ(ErrorOf([] { ToMidiScore({14}, {.quarters_per_minute = 0}, ""); }),
            "quarters per minute are 0; expected 4 .. 1000");
}

TEST(ToMidiScore, PitchesBeyondMidiMoveByOctaves) {
  EXPECT_EQ(ToMidiScore({37}, {.transposition = 50}, "").notes[0].pitch, 121);
  EXPECT_EQ(ToMidiScore({2}, {.transposition = -50}, "").notes[0].pitch, 10);
}

TEST(EventName, NamesPitchesAndTheTwoOthers) {
  EXPECT_EQ(EventName(0), "off");
  EXPECT_EQ(EventName(1), "hold");
  EXPECT_EQ(EventName(2), "C3");
  EXPECT_EQ(EventName(15), "C#4");
  EXPECT_EQ(EventName(37), "B5");
}

TEST(Generate, OptionsThatAProgramSetsBeyondTheirRangesAreNamed) {
  const auto error = [](const GenerationOptions& options, const std::vector<int>& primer = {}) {
    return ErrorOf([&] { Generate(RandomModel(), RuleSet::Named("paper"), options, primer); });
  };
  EXPECT_THAT(error({.count = -1}), testing::HasSubstr("count is -1, expected"));
  EXPECT_THAT(error({.length = 0}), testing::HasSubstr("length is 0, expected"));
  EXPECT_THAT(error({}, {99}), testing::HasSubstr("primer: expected classes, 0 .. 37"));
  EXPECT_THAT(
      ErrorOf([] { Evaluate(RandomModel(), RuleSet::Named("paper"), {.compositions = 0}, 1); }),
      testing::HasSubstr("compositions is 0, expected"));
}

}  // namespace
}  // namespace rltuner
