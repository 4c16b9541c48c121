// SPDX-License-Identifier: Apache-2.0
// Models of several encodings through all commands.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <ostream>
#include <random>

#include "cli/run_command.h"
#include "melody/write_melodies.h"
#include "rltuner/core/files.h"
#include "rltuner/nn/model.h"
#include "test_support.h"

namespace rltuner::cli {
namespace {

using testing::HasSubstr;
using testing::Not;
using Arguments = std::vector<std::string>;

struct Case {
  std::string name;
  Encoding encoding;
  std::string inputs;
};

void PrintTo(const Case& value, std::ostream* out) { *out << value.name; }

class EveryEncoding : public testing::TestWithParam<Case> {
 protected:
  EveryEncoding() {
    std::mt19937 random(3);
    const Encoding& encoding = GetParam().encoding;
    std::vector<TestMelody> melodies(30);
    for (TestMelody& melody : melodies) {
      melody.context = {.metre = {6, 8}, .pickup = 2, .tonic = 9, .mode = Mode::kMinor};
      for (int t = 0; t < 60; ++t) {
        melody.events.push_back(static_cast<std::uint8_t>(random() % encoding.classes()));
      }
    }
    WriteMelodies(folder_ / "data", melodies,
                  {.settings = "", .held_out = .2, .encoding = encoding, .contexts = true});
  }

  std::string Path(const std::string& name) const { return (folder_ / name).string(); }

  // What was printed on standard error.
  std::string Done(Arguments arguments) {
    const Outcome result = RunWith(arguments);
    EXPECT_EQ(result.code, 0) << arguments[0] << ": " << result.err;
    return result.err;
  }

  void Train(const std::string& model, int iterations, const Arguments& more = {}) {
    Arguments arguments = {
        "train",     Path("data"), "--output", Path(model),       "--hidden",
        "8",         "--batch",    "4",        "--iterations",    std::to_string(iterations),
        "--threads", "1",          "--inputs", GetParam().inputs, "--evaluation-interval",
        "3"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    Done(arguments);
  }

  const TemporaryFolder folder_;
};

INSTANTIATE_TEST_SUITE_P(Encodings, EveryEncoding,
                         testing::Values(Case{"PaperAll", {}, "all"},
                                         Case{"WideEvent", {0, 127, 4}, "event"},
                                         Case{"NarrowTriplets", {55, 79, 6}, "position,lookback_1"},
                                         Case{"FineAll", {40, 90, 12}, "all"}),
                         [](const auto& test) { return test.param.name; });

TEST_P(EveryEncoding, IsThatOfTheModel) {
  Train("model", 3);
  const Model model = ReadModel(folder_ / "model");
  Encoding expected = GetParam().encoding;
  expected.inputs = ParseInputs(GetParam().inputs, "");
  EXPECT_EQ(Encoding::FromJson(model.encoding, ""), expected);
  EXPECT_EQ(model.network.shape().inputs(0), expected.width());
}

TEST_P(EveryEncoding, TrainsOnFromACheckpointToTheSameBytes) {
  Train("whole", 6);
  Train("parts", 3);
  Train("parts", 6, {"--resume"});
  EXPECT_EQ(ReadFile(folder_ / "parts", 1 << 24), ReadFile(folder_ / "whole", 1 << 24));
}

TEST_P(EveryEncoding, EveryMethodTunesIt) {
  Train("model", 3);
  for (const std::string method : {"q", "psi", "g", "rl-only", "pg"}) {
    SCOPED_TRACE(method);
    Arguments tune = {"tune",       "--model",      Path("model"), "--method",  method, "--output",
                      Path(method), "--iterations", "300",         "--bars",    "2",    "--metre",
                      "6/8",        "--mode",       "minor",       "--threads", "1"};
    if (method == "pg") tune.insert(tune.end(), {"--compositions", "4"});
    Done(tune);
    const std::string tuned = Path(method + "/model.safetensors");
    EXPECT_THAT(ReadModel(tuned).recipe, HasSubstr("metre = \"6/8\""));
    Done({"evaluate", tuned, "--compositions", "20", "--json", Path("figures")});
    const auto figures = nlohmann::json::parse(ReadTextFile(folder_ / "figures", 1 << 20));
    EXPECT_EQ(figures["length"], 2 * (Metre{6, 8}).BarSteps(GetParam().encoding.steps_per_quarter));
    EXPECT_EQ(figures["metre"], "6/8");
    EXPECT_EQ(figures["mode"], "minor");
    EXPECT_EQ(figures["encoding"]["highest_pitch"], GetParam().encoding.highest_pitch);
    const std::string folder = Path("played");
    EXPECT_THAT(Done({"generate", tuned, "--count", "1", "--bars", "2", "--output", folder}),
                Not(HasSubstr("was tuned for")));
    EXPECT_THAT(Done({"generate", tuned, "--count", "1", "--bars", "4", "--output", folder}),
                HasSubstr("was tuned for"));
    Done({"export", tuned, "--format", "onnx", "--output", Path("onnx")});
  }
}

TEST_P(EveryEncoding, IsPlayedInEveryWay) {
  Train("model", 3);
  for (const std::string decoding :
       {"sample", "temperature=0.5", "mask=key,repeat", "best-of=4", "smc=8"}) {
    Done({"generate", Path("model"), "--count", "2", "--bars", "3", "--metre", "5/4", "--decoding",
          decoding, "--output", Path("played")});
  }
  Done({"score", Path("played/melodies.jsonl"), "--model", Path("model"), "--key", "A minor"});
}

TEST_P(EveryEncoding, WhatItPlaysIsReadAgainFromMidiAndMusicXml) {
  const Encoding& encoding = GetParam().encoding;
  Train("model", 3);
  for (const std::string metre : {"3/4", "5/4", "6/8", "9/8"}) {
    SCOPED_TRACE(metre);
    const std::string played = Path(metre.substr(0, 1));
    Done({"generate", Path("model"), "--count", "3", "--bars", "4", "--metre", metre, "--notation",
          "musicxml", "--output", played});
    Done({"dataset",
          played,
          "--output",
          Path("again"),
          "--held-out",
          "0",
          "--steps-per-quarter",
          std::to_string(encoding.steps_per_quarter),
          "--lowest-pitch",
          std::to_string(encoding.lowest_pitch),
          "--highest-pitch",
          std::to_string(encoding.highest_pitch),
          "--key",
          "none",
          "--no-centre-octave",
          "--minimum-bars",
          "1",
          "--minimum-unique-pitches",
          "1",
          "--maximum-grid-error",
          "0.5",
          "--gap-bars",
          "0"});
    const Dataset again(folder_ / "again");
    EXPECT_EQ(again.size(), 3U);  // a score equals its MIDI file, so one of them is a duplicate
    for (std::size_t i = 0; i < again.size(); ++i) {
      EXPECT_EQ(again.ContextOf(again.Melody(i)).metre.Text(), metre);
      EXPECT_THAT(std::string(again.Name(i)), HasSubstr(".mid"));
    }
  }
}

TEST(Keys, OfTheTuningAreThoseThatRulesHearAndThatIsPlayed) {
  const TemporaryFolder folder;
  const std::string tuned = (folder / "tuned").string();
  ASSERT_EQ(RunWith({"tune", "--output", tuned, "--key", "E minor", "--iterations", "200",
                     "--compositions", "4", "--threads", "1"})
                .code,
            0);
  EXPECT_THAT(ReadModel(tuned + "/model.safetensors").recipe, HasSubstr("key = \"E minor\""));
  const auto abc = [&](const Arguments& more) {
    Arguments generate = {
        "generate", tuned + "/model.safetensors", "--count", "1", "--notation", "abc", "--output",
        tuned};
    generate.insert(generate.end(), more.begin(), more.end());
    const Outcome result = RunWith(generate);
    EXPECT_EQ(result.code, 0) << result.err;
    return ReadTextFile(tuned + "/melody_001.abc", 1 << 20);
  };
  EXPECT_THAT(abc({}), HasSubstr("K:Emin"));
  EXPECT_THAT(abc({"--key", "D dorian"}), HasSubstr("K:Ddor"));
}

TEST(Keys, AndModeMustNotContradict) {
  const TemporaryFolder folder;
  const Outcome result =
      RunWith({"tune", "--output", (folder / "x").string(), "--key", "E minor", "--mode", "major"});
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, HasSubstr("--key E minor and --mode major contradict"));
}

TEST(Encodings, OfDatasetAndModelMustFit) {
  const TemporaryFolder folder;
  const Outcome result = RunWith({"generate", "default", "--count", "1", "--metre", "5/32",
                                  "--output", (folder / "x").string()});
  EXPECT_EQ(result.code, 2);
  EXPECT_THAT(result.err, HasSubstr("metre 5/32"));

  std::vector<TestMelody> melodies(9);
  for (std::size_t i = 0; i < melodies.size(); ++i) {
    melodies[i].events.assign(400, kNoEvent);
    melodies[i].events[i] = 14;
  }
  const std::string data = (folder / "data").string();
  for (const Encoding& encoding : {Encoding{48, 83, 12}, Encoding{50, 83, 4}}) {
    WriteMelodies(data, melodies,
                  {.settings = "", .held_out = .5, .encoding = encoding, .contexts = true});
    for (const Arguments& command :
         {Arguments{"evaluate", "default", "--compositions", "4", "--corpus", data},
          Arguments{"evaluate", "default", "--compositions", "4", "--training", data},
          Arguments{"rules", "default", "--check", data, "--bars", "2"},
          Arguments{"tune", "--match", data, "--output", (folder / "x").string(), "--iterations",
                    "100"}}) {
      const Outcome refused = RunWith(command);
      EXPECT_EQ(refused.code, 2) << command[0];
      EXPECT_THAT(refused.err, HasSubstr("data: pitches " + std::to_string(encoding.lowest_pitch)));
      EXPECT_THAT(refused.err, HasSubstr("pitches 48 .. 83 at 4 steps a quarter note"));
    }
  }
}

}  // namespace
}  // namespace rltuner::cli
