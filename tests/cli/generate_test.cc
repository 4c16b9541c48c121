// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "cli/run_command.h"
#include "rltuner/core/files.h"
#include "test_support.h"

namespace rltuner::cli {
namespace {

using nlohmann::json;
using testing::HasSubstr;

class GenerateCommandTest : public testing::Test {
 protected:
  Outcome Generate(const std::string& name, const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"generate", "default", "--output",
                                          (folder_ / name).string(), "--quiet"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return RunWith(arguments);
  }

  std::string Text(const std::string& name) const { return ReadTextFile(folder_ / name); }

  TemporaryFolder folder_;
};

TEST_F(GenerateCommandTest, WritesEveryMelodyAsMidiAndPicture) {
  ASSERT_EQ(Generate("out", {"--count", "2"}).code, kDone);
  for (const char* file : {"melody_001.mid", "melody_002.mid", "melody_001.svg", "melody_002.svg",
                           "index.html", "rewards.csv", "melodies.jsonl"}) {
    EXPECT_TRUE(std::filesystem::exists(folder_ / "out" / file)) << file;
  }
}

TEST_F(GenerateCommandTest, TheSameSeedPlaysTheSame) {
  ASSERT_EQ(Generate("a", {"--seed", "5"}).code, kDone);
  ASSERT_EQ(Generate("b", {"--seed", "5"}).code, kDone);
  ASSERT_EQ(Generate("c", {"--seed", "6"}).code, kDone);
  EXPECT_EQ(Text("a/melodies.jsonl"), Text("b/melodies.jsonl"));
  EXPECT_NE(Text("a/melodies.jsonl"), Text("c/melodies.jsonl"));
}

TEST_F(GenerateCommandTest, EightBarsReadsItsMelodiesAndBearsAPipeThatCloses) {
  if (std::system("python3 --version > /dev/null 2>&1") != 0) GTEST_SKIP() << "needs python3";
  ASSERT_EQ(Generate("out", {"--bars", "8", "--count", "2"}).code, kDone);
  const auto run = [&](const std::string& file, const std::string& to) {
    const std::string command = "python3 " RLTUNER_SOURCE_DIR "/tools/eight_bars " +
                                (folder_ / "out" / file).string() + " 2> " +
                                (folder_ / "err").string() + to;
    return std::system(command.c_str());
  };
  EXPECT_EQ(run("melodies.jsonl", " > " + (folder_ / "table").string()), 0);
  EXPECT_THAT(Text("table"), HasSubstr("| melodies | 2 |"));
  run("melodies.jsonl", " | true");
  EXPECT_EQ(Text("err"), "");
  EXPECT_NE(run("rewards.csv", ""), 0);
  EXPECT_THAT(Text("err"), HasSubstr("; expected a dataset or a melodies.jsonl\n"));
  EXPECT_EQ(std::ranges::count(Text("err"), '\n'), 1);
}

TEST_F(GenerateCommandTest, AtTemperature0AMelodyIsAlwaysTheSame) {
  ASSERT_EQ(Generate("a", {"--count", "1", "--temperature", "0", "--primer", "14"}).code, kDone);
  ASSERT_EQ(
      Generate("b", {"--count", "1", "--temperature", "0", "--primer", "14", "--seed", "8"}).code,
      kDone);
  EXPECT_EQ(json::parse(Text("a/melodies.jsonl"))["events"],
            json::parse(Text("b/melodies.jsonl"))["events"]);
}

TEST_F(GenerateCommandTest, ThePrimerMayStandInFront) {
  ASSERT_EQ(Generate("out", {"--count", "1", "--primer", "21", "--include-primer"}).code, kDone);
  EXPECT_EQ(json::parse(Text("out/melodies.jsonl"))["primer"], json({21}));
  const Outcome read =
      RunWith({"midi", (folder_ / "out/melody_001.mid").string(), "--json", "-", "--quiet"});
  const json first = json::parse(read.out)["onsets"][0];
  EXPECT_EQ(first[0], 0);   // tick
  EXPECT_EQ(first[2], 67);  // class 21 is the G above middle C
}

TEST_F(GenerateCommandTest, AMelodyThatWasGeneratedIsAPrimer) {
  ASSERT_EQ(Generate("out", {"--count", "1"}).code, kDone);
  const Outcome next =
      Generate("next", {"--count", "1", "--primer", (folder_ / "out/melody_001.mid").string()});
  EXPECT_EQ(next.code, kDone) << next.err;
}

TEST_F(GenerateCommandTest, APrimerIsNotReplacedByWhatContinuesIt) {
  ASSERT_EQ(Generate("out", {"--count", "2"}).code, kDone);
  const std::string primer = (folder_ / "out/melody_002.mid").string();
  const Outcome outcome = Generate("out", {"--count", "1", "--primer", primer});
  EXPECT_THAT(outcome.err, HasSubstr("--primer " + primer + ": lies in --output"));
  EXPECT_TRUE(std::filesystem::exists(primer));
}

TEST_F(GenerateCommandTest, AClassBeyondTheLastIsNoPrimer) {
  const Outcome outcome = Generate("out", {"--primer", "38"});
  EXPECT_EQ(outcome.code, kWrongInput);
  EXPECT_THAT(outcome.err, HasSubstr("38"));
}

class PrimerFileTest : public GenerateCommandTest {
 protected:
  // What `rltuner midi` says of the first melody after this primer.
  json Continue(const std::string& primer, std::vector<std::string> more = {}) {
    more.insert(more.end(),
                {"--count", "1", "--primer", RLTUNER_TEST_DATA "/midi/primers/" + primer + ".mid"});
    EXPECT_EQ(Generate("out", more).code, kDone);
    return json::parse(
        RunWith({"midi", (folder_ / "out/melody_001.mid").string(), "--json", "-"}).out);
  }
};

TEST_F(PrimerFileTest, IsGoneOnWithInItsKeyAndTempo) {
  const json midi = Continue("primer_40_bars");
  EXPECT_EQ(midi["tempos"], json::parse("[[0,400000]]"));
  EXPECT_EQ(midi["keys"], json::parse("[[0,2,0]]"));
}

TEST_F(PrimerFileTest, StandsInFrontAsItSoundsInTheFile) {
  const json midi = Continue("primer_key_change", {"--include-primer"});
  const json file = json::parse(
      RunWith({"midi", RLTUNER_TEST_DATA "/midi/primers/primer_key_change.mid", "--json", "-"})
          .out);
  for (std::size_t i = 0; i < 32; ++i) EXPECT_EQ(midi["onsets"][i], file["onsets"][i]) << i;
}

TEST_F(PrimerFileTest, LeavesTheModelsKeyAndTempoAsTrained) {
  const json midi = Continue("primer_40_bars", {"--as-trained"});
  EXPECT_EQ(midi["tempos"], json::parse("[[0,750000]]"));
  EXPECT_TRUE(midi["keys"].empty());
}

// As the help says: in the key without sharps or flats.
TEST_F(PrimerFileTest, YieldsToAModeThatIsGiven) {
  EXPECT_EQ(Continue("primer_40_bars", {"--mode", "minor"}),
            Continue("primer_40_bars", {"--key", "A minor"}));
  EXPECT_EQ(Continue("primer_40_bars", {"--mode", "minor"})["keys"], json::parse("[[0,0,1]]"));
}

TEST_F(PrimerFileTest, YieldsToATempoAndAProgramThatAreGiven) {
  const json midi = Continue("primer_40_bars", {"--quarters-per-minute", "80", "--program", "73"});
  EXPECT_EQ(midi["tempos"], json::parse("[[0,750000]]"));
  EXPECT_EQ(midi["programs"], json::parse("[[0,0,73,0]]"));
  EXPECT_EQ(midi["keys"], json::parse("[[0,2,0]]"));
}

TEST_F(GenerateCommandTest, SaysWhatItHeard) {
  const Outcome outcome = RunWith(
      {"generate", "default", "--count", "1", "--output", (folder_ / "out").string(), "--primer",
       RLTUNER_TEST_DATA "/midi/primers/primer_intro_on_first_track.mid", "--primer-track", "fx"});
  EXPECT_THAT(outcome.err, HasSubstr("primer: track 1 \"FX\", channel 5: 1 bar of 4/4, 16 events"));
}

TEST_F(GenerateCommandTest, APrimersTrackNeedsAFile) {
  const Outcome outcome = Generate("out", {"--primer", "14", "--primer-track", "1"});
  EXPECT_EQ(outcome.code, kWrongInput);
  EXPECT_THAT(outcome.err, HasSubstr("--primer-track 1"));
}

TEST_F(GenerateCommandTest, AModelOfAnotherGridPlaysOnIt) {
  const std::string data = (folder_ / "data").string(), model = (folder_ / "model").string();
  ASSERT_EQ(RunWith({"dataset", RLTUNER_TEST_DATA "/midi/primers/six_eight.mid", "--output", data,
                     "--steps-per-quarter", "12", "--metres", "6/8", "--held-out", "0"})
                .code,
            kDone);
  ASSERT_EQ(RunWith({"train", data, "--output", model, "--iterations", "2", "--hidden", "4"}).code,
            kDone);
  ASSERT_EQ(RunWith({"tune", "--model", model, "--output", (folder_ / "tuned").string(),
                     "--iterations", "64"})
                .code,
            kDone);
  for (const std::string& file : {model, (folder_ / "tuned/model.safetensors").string()}) {
    const std::string out = (folder_ / "out").string();
    ASSERT_EQ(RunWith({"generate", file, "--count", "1", "--output", out, "--primer",
                       RLTUNER_TEST_DATA "/midi/primers/six_eight.mid", "--include-primer"})
                  .code,
              kDone);
    const json midi = json::parse(RunWith({"midi", out + "/melody_001.mid", "--json", "-"}).out);
    EXPECT_EQ(midi["metres"], json::parse("[[0,6,8]]"));
    EXPECT_EQ(midi["division"], 480);
    EXPECT_EQ(midi["onsets"][1][0], 240);
  }
}

TEST_F(GenerateCommandTest, ScoreHearsItsMelodiesAsTheyWereHeard) {
  ASSERT_EQ(Generate("jigs", {"--count", "2", "--bars", "4", "--metre", "6/8", "--key", "E minor",
                              "--rules", "song"})
                .code,
            kDone);
  const std::string file = (folder_ / "jigs/melodies.jsonl").string();
  const auto totals = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {"score",  file, "--rules", "song",
                                          "--json", "-",  "--quiet"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    std::string text;
    std::istringstream lines(RunWith(arguments).out);
    for (std::string line; std::getline(lines, line);) {
      const json score = json::parse(line);
      for (const json& total : score["rewards"]["total"]) {
        text += fmt::format("{:.6g}\n", total.get<float>());
      }
    }
    return text;
  };
  std::string written;  // the last column
  std::istringstream rewards(Text("jigs/rewards.csv"));
  std::string line;
  std::getline(rewards, line);
  while (std::getline(rewards, line)) written += line.substr(line.rfind(',') + 1) + '\n';
  EXPECT_EQ(totals({}), written);
  EXPECT_EQ(totals({"--metre", "6/8", "--key", "A minor"}), written);
  EXPECT_NE(totals({"--metre", "4/4"}), written);
  EXPECT_NE(totals({"--key", "C"}), written);
}

TEST_F(GenerateCommandTest, ScoresNameTheModeThatWasGiven) {
  ASSERT_EQ(Generate("out", {"--count", "1", "--mode", "dorian", "--notation", "all"}).code, kDone);
  EXPECT_THAT(Text("out/melody_001.abc"), HasSubstr("K:Ddor\n"));
  EXPECT_THAT(Text("out/melody_001.musicxml"),
              HasSubstr("<key><fifths>0</fifths><mode>dorian</mode></key>"));
}

TEST_F(GenerateCommandTest, TheRulesAreThoseOfTheTuning) {
  WriteFileAtomically(folder_ / "mine.toml", std::string_view("[rules.metre]\nweight = 2.0\n"));
  const Outcome tuned =
      RunWith({"tune", "--output", (folder_ / "tuned").string(), "--rules",
               (folder_ / "mine.toml").string(), "--iterations", "100", "--compositions", "2"});
  ASSERT_EQ(tuned.code, kDone) << tuned.err;
  const auto columns = [&](const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {
        "generate", (folder_ / "tuned/model.safetensors").string(),
        "--count",  "1",
        "--output", (folder_ / "out").string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    EXPECT_EQ(RunWith(arguments).code, kDone);
    return Text("out/rewards.csv").substr(0, Text("out/rewards.csv").find('\n'));
  };
  EXPECT_THAT(columns({}), HasSubstr("metre"));
  EXPECT_THAT(columns({"--rules", "paper"}), testing::Not(HasSubstr("metre")));
}

TEST_F(GenerateCommandTest, TheBestOfManyEarnsMoreThanOne) {
  const auto total = [&](const std::string& name) {
    const Outcome score =
        RunWith({"score", (folder_ / name / "melodies.jsonl").string(), "--json", "-", "--quiet"});
    const json totals = json::parse(score.out)["rewards"]["total"];
    double sum = 0;
    for (const json& reward : totals) sum += double(reward);
    return sum;
  };
  ASSERT_EQ(Generate("one", {"--count", "1"}).code, kDone);
  ASSERT_EQ(Generate("best", {"--count", "1", "--decoding", "best-of=200"}).code, kDone);
  EXPECT_GT(total("best"), total("one"));
}

}  // namespace
}  // namespace rltuner::cli
