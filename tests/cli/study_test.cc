// SPDX-License-Identifier: Apache-2.0
// The actions create and report; serve is tested with the page, by a browser.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/run_command.h"
#include "evaluation/random_model.h"
#include "rltuner/core/files.h"
#include "test_support.h"

namespace rltuner::cli {
namespace {

using testing::HasSubstr;

class StudyCommandTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto& commands = Commands();
    if (std::ranges::none_of(commands, [](const auto& info) { return info.name == "study"; })) {
      GTEST_SKIP() << "built without SQLite";
    }
  }

  Outcome Create(const std::vector<std::string>& models) {
    std::vector<std::string> arguments = {
        "study", "create", file_, "--comparisons", "2", "--melodies", "2", "--length", "8"};
    for (const std::string& model : models) {
      arguments.insert(arguments.end(), {"--model", model});
    }
    return RunWith(arguments);
  }

  TemporaryFolder folder_;
  std::string file_ = (folder_ / "study.db").string();
};

TEST_F(StudyCommandTest, AStudyNobodyHasTakenHasAReport) {
  ASSERT_EQ(Create({"before=default", "after=default"}).code, kDone);
  const Outcome outcome =
      RunWith({"study", "report", file_, "--output", (folder_ / "results").string()});
  ASSERT_EQ(outcome.code, kDone) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("0 answers of 0 participants"));
  const auto results = nlohmann::json::parse(ReadTextFile(folder_ / "results" / "results.json"));
  EXPECT_EQ(results["models"][0]["name"], "before");
  EXPECT_EQ(results["answers"], 0);
  EXPECT_THAT(ReadTextFile(folder_ / "results" / "figure3.svg"), HasSubstr("after"));
}

TEST_F(StudyCommandTest, AHostThatNoRequestCanNameIsRefused) {
  for (const char* host : {"studio.example:8443", "https://studio.example", "stüdio.example"}) {
    const Outcome outcome = RunWith({"study", "serve", file_, "--allow-host", host});
    EXPECT_EQ(outcome.code, kWrongInput);
    EXPECT_THAT(outcome.err, HasSubstr("expected letters a .. z, digits, . and - (no port)"));
  }
}

TEST_F(StudyCommandTest, AStudyIsNeverWrittenOver) {
  ASSERT_EQ(Create({"a=default", "b=default"}).code, kDone);
  const Outcome again = Create({"a=default", "b=default"});
  EXPECT_EQ(again.code, kWrongInput);
  EXPECT_THAT(again.err, HasSubstr("study.db: exists"));
}

TEST_F(StudyCommandTest, AFileThatCannotBeWrittenIsToldFirst) {
  WriteFileAtomically(folder_ / "file", "text");
  file_ = (folder_ / "file" / "study.db").string();
  EXPECT_THAT(Create({"a=no/such", "b=default"}).err, HasSubstr("file: Not a directory"));
}

TEST_F(StudyCommandTest, APageThatIsNotAStudysIsWrongInput) {
  ASSERT_EQ(Create({"a=default", "b=default"}).code, kDone);
  WriteFileAtomically(folder_ / "page" / "index.html", "<p>another");
  const Outcome outcome = RunWith({"study", "serve", file_, "--page", (folder_ / "page").string()});
  EXPECT_EQ(outcome.code, kWrongInput);
  EXPECT_THAT(outcome.err, HasSubstr("has no study.html"));
}

TEST_F(StudyCommandTest, OneModelIsNoComparison) {
  EXPECT_EQ(Create({"a=default"}).code, kWrongInput);
  EXPECT_FALSE(std::filesystem::exists(file_));
}

TEST_F(StudyCommandTest, AStudyAsksAQuestion) {
  const Outcome outcome =
      RunWith({"study", "create", file_, "--model", "default", "--model", "folk", "--title", " "});
  EXPECT_EQ(outcome.code, kWrongInput);
  EXPECT_THAT(outcome.err, HasSubstr("--title is empty"));
}

TEST_F(StudyCommandTest, ModelsHaveNamesOfTheirOwn) {
  EXPECT_THAT(Create({"default", "default"}).err, HasSubstr("another model has this name"));
  EXPECT_THAT(Create({"a=default", "=folk"}).err, HasSubstr("--model =folk: no name"));
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(StudyCommandTest, AModelThatPlaysLongerThanItWasTunedIsWarnedAbout) {
  const std::string tuned = (folder_ / "tuned.safetensors").string();
  WriteModel(tuned, {.network = RandomNetwork(1),
                     .prior = RandomNetwork(2),
                     .method = "pg",
                     .recipe = "[tuning]\nmethod = \"pg\"\nlength = 4\n"});
  const Outcome outcome = Create({"a=" + tuned, "b=default"});
  EXPECT_EQ(outcome.code, kDone);
  EXPECT_THAT(outcome.err, HasSubstr("a was tuned for melodies of 4 events and has to play 8"));
  EXPECT_THAT(outcome.err, testing::Not(HasSubstr("b was tuned")));
}

TEST_F(StudyCommandTest, AnOptionOfAnotherActionIsRefused) {
  ASSERT_EQ(Create({"a=default", "b=default"}).code, kDone);
  const Outcome outcome = RunWith({"study", "report", file_, "--comparisons", "3"});
  EXPECT_EQ(outcome.code, kWrongInput);
  EXPECT_THAT(outcome.err,
              HasSubstr("study report: --comparisons has no effect; it belongs to study create"));
}

TEST_F(StudyCommandTest, AStudyThatIsNotThereIsWrongInput) {
  const Outcome outcome = RunWith({"study", "report", file_, "--output", "unused"});
  EXPECT_EQ(outcome.code, kWrongInput);
  EXPECT_THAT(outcome.err, HasSubstr("study.db: no such study; `rltuner study create` makes one"));
}

}  // namespace
}  // namespace rltuner::cli
