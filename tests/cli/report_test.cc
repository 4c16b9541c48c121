// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "cli/run_command.h"
#include "rltuner/core/files.h"
#include "test_support.h"

namespace rltuner::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

class ReportCommandTest : public testing::Test {
 protected:
  ReportCommandTest() {
    RunWith(
        {"evaluate", "default", "default", "--compositions", "50", "--json", table_, "--quiet"});
  }

  TemporaryFolder folder_;
  std::string table_ = (folder_ / "table1.json").string();
  std::string page_ = (folder_ / "report.html").string();
};

TEST_F(ReportCommandTest, WritesOnePageThatNeedsNoOtherFile) {
  const std::string melodies = (folder_ / "melodies").string();
  ASSERT_EQ(RunWith({"generate", "default", "--count", "1", "--output", melodies, "-q"}).code,
            kDone);
  const Outcome outcome =
      RunWith({"report", table_, "--before", melodies, "--after", melodies, "--output", page_});
  ASSERT_EQ(outcome.code, kDone) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("Notes in motif"));
  const std::string page = ReadTextFile(page_);
  EXPECT_THAT(page, HasSubstr("<svg"));
  EXPECT_THAT(page, Not(HasSubstr("src=\"http")));
  EXPECT_THAT(page, Not(HasSubstr("<link")));
}

TEST_F(ReportCommandTest, WhatIsNoMetricsIsToldWithoutTheWordsOfALibrary) {
  const auto error_of = [&](std::string_view text) {
    WriteFileAtomically(folder_ / "table1.json", text);
    return RunWith({"report", (folder_ / "table1.json").string(), "--output", "unused"}).err;
  };
  EXPECT_THAT(error_of("[1,"),
              HasSubstr("table1.json: not JSON at byte 4; expected what `rltuner"));
  EXPECT_THAT(error_of("[{},{}]"), HasSubstr("table1.json: key 'model' not found; expected what"));
}

TEST_F(ReportCommandTest, FiguresOfOneModelAreNoComparison) {
  RunWith({"evaluate", "default", "--compositions", "50", "--json", table_, "--quiet"});
  const Outcome outcome = RunWith({"report", table_, "--output", page_});
  EXPECT_EQ(outcome.code, kWrongInput);
  EXPECT_THAT(outcome.err, HasSubstr("table1.json"));
  EXPECT_FALSE(std::filesystem::exists(page_));
}

}  // namespace
}  // namespace rltuner::cli
