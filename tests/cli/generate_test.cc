// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/run_command.h"
#include "rltuner/core/files.h"
#include "test_support.h"

namespace rltuner {
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

TEST_F(GenerateCommandTest, AClassBeyondTheLastIsNoPrimer) {
  const Outcome outcome = Generate("out", {"--primer", "38"});
  EXPECT_EQ(outcome.code, kWrongInput);
  EXPECT_THAT(outcome.err, HasSubstr("38"));
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
}  // namespace rltuner
