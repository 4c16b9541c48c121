// SPDX-License-Identifier: Apache-2.0
// Progress and interrupts: what a person sees while a command runs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <limits>
#include <sstream>

#include "rltuner/cli/interrupt.h"
#include "rltuner/cli/progress_bar.h"
#include "rltuner/cluster/cluster.h"
#include "rltuner/core/files.h"
#include "test_support.h"

namespace rltuner::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

// 100 steps, one each tenth of a second.
std::string ProgressOf(bool terminal, bool quiet) {
  std::ostringstream out;
  std::ostringstream err;
  Console console{out, err, terminal};
  const std::unique_ptr<Cluster> cluster = SingleProcess();
  const CommandContext context{console, *cluster, quiet};
  double now = 0;
  ProgressBar progress(context, "train", 100, "steps", 0, [&now] { return now; });
  for (int i = 1; i <= 100; ++i) {
    now = 0.1 * i;
    progress.Update(i, "loss 1.5");
  }
  progress.Finish();
  EXPECT_THAT(out.str(), IsEmpty());
  return err.str();
}

TEST(ProgressBar, IsAFewPlainLinesWithoutATerminal) {
  EXPECT_EQ(ProgressOf(false, false),
            "train  50 % 50/100 steps, 10.0/s, 5 s left, loss 1.5\n"
            "train 100 % 100/100 steps, 10.0/s, loss 1.5\n"
            "train: 100 steps in 10 s, 10.0/s\n");
}

TEST(ProgressBar, RedrawsOneLineOnATerminal) {
  const std::string text = ProgressOf(true, false);
  EXPECT_THAT(text, HasSubstr("\rtrain [############............]  50 % 50/100 steps"));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

TEST(ProgressBar, IsSilentWhenQuiet) { EXPECT_THAT(ProgressOf(true, true), IsEmpty()); }

TEST(InterruptGuard, TurnsTheFirstSignalIntoAFlag) {
  const InterruptGuard guard;
  EXPECT_FALSE(guard.Requested());
  std::raise(SIGINT);
  EXPECT_TRUE(guard.Requested());
}

TEST(InterruptGuard, BeginsAnewEachTime) {
  {
    const InterruptGuard guard;
    std::raise(SIGTERM);
  }
  EXPECT_FALSE(InterruptGuard().Requested());
}

TEST(InterruptGuardDeathTest, TheSecondSignalEndsTheProgram) {
  const auto interrupt_twice = [] {
    const InterruptGuard guard;
    std::raise(SIGINT);
    std::raise(SIGINT);
  };
  EXPECT_EXIT(interrupt_twice(), ::testing::ExitedWithCode(130), "");
}

}  // namespace
}  // namespace rltuner::cli
