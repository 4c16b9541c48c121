// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "bench/workloads/workloads.h"
#include "rltuner/cli/command_line.h"
#include "test_support.h"

namespace rltuner::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

std::string OutputOf(const std::vector<std::string>& arguments, int expected_code = 0) {
  std::ostringstream out;
  std::ostringstream err;
  Console console{out, err};
  EXPECT_EQ(RunCommandLine(arguments, console), expected_code) << err.str();
  return expected_code == 0 ? out.str() : err.str();
}

TEST(Signature, IsTheSameForEveryNumberOfThreads) {
  EXPECT_EQ(bench::Signature(2), bench::Signature(1));
}

TEST(Signature, IsAllThatTheOptionPrints) {
  EXPECT_THAT(OutputOf({"bench", "--signature"}), MatchesRegex("[0-9a-f]{16}\n"));
}

TEST(Signature, IsNoneOfTheMeasurements) {
  EXPECT_THAT(OutputOf({"bench", "--signature", "--json", "-"}, 2),
              HasSubstr("--signature excludes --json"));
}

TEST(Bench, MeasuresWhatIsNamed) {
  const std::string out = OutputOf({"bench", "--only", "rules-32", "--only", "event-step-1",
                                    "--seconds", "0.01", "--json", "-", "--quiet"});
  const nlohmann::json json = nlohmann::json::parse(out);
  ASSERT_EQ(json["workloads"].size(), 2U);
  const nlohmann::json& step = json["workloads"][0];
  EXPECT_EQ(step["name"], "event-step-1");
  EXPECT_EQ(step["unit"], "us/event");
  EXPECT_GT(step["median"], 0.0);
  EXPECT_EQ(step["limit"], "L2 bandwidth");
  EXPECT_GT(step["share"], 0.0);
  EXPECT_TRUE(json["workloads"][1]["share"].is_null());
}

TEST(Bench, NamesTheWorkloadsWhenOneIsUnknown) {
  EXPECT_THAT(OutputOf({"bench", "--only", "tune-k"}, 2),
              HasSubstr("--only tune-k: there is no such workload; did you mean tune-"));
}

TEST(Bench, WorkloadsOfAMomentRun) {
  for (const bench::Workload& workload : bench::Workloads()) {
    const std::string name(workload.name);
    if (!name.starts_with("event") && !name.starts_with("rules") && name != "generate") continue;
    SCOPED_TRACE(name);
    EXPECT_THAT(OutputOf({"bench", "--only", name, "--seconds", "0.01"}), HasSubstr(name));
  }
}

}  // namespace
}  // namespace rltuner::cli
