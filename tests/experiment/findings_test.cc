// SPDX-License-Identifier: Apache-2.0
#include "rltuner/experiment/findings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "experiment/results.h"

namespace rltuner {
namespace {

using testing::Contains;

Summary WithMotif(const std::string& method, Estimate motif) {
  return Summarise(ConditionOf(method, {0}), std::vector{ResultWith("notes_in_motif", motif)});
}

TEST(CompareChanges, AChangeIsFoundOnlyWhereTheIntervalsAreApart) {
  const Summary before = WithMotif("note-rnn", {.10, .09, .11});
  EXPECT_THAT(CompareChanges(before, WithMotif("q", {.30, .29, .31})).same_way,
              Contains("Notes in motif"));
  EXPECT_THAT(CompareChanges(before, WithMotif("q", {.12, .105, .14})).not_told_apart,
              Contains("Notes in motif"));
  EXPECT_THAT(CompareChanges(before, WithMotif("q", {.05, .04, .06})).other_way,
              Contains("Notes in motif"));
}

TEST(CompareChanges, AModelThatThePaperDoesNotHaveChangesNothing) {
  const Summary before = WithMotif("note-rnn", {.10, .09, .11});
  EXPECT_TRUE(CompareChanges(before, WithMotif("pg", {.3, .29, .31})).same_way.empty());
}

TEST(OutsideInterval, IsNeverSaidWithoutAnInterval) {
  EXPECT_TRUE(OutsideInterval({.5, .4, .6}, .7));
  EXPECT_FALSE(OutsideInterval({.5, .4, .6}, .6));
  EXPECT_FALSE(OutsideInterval({.5, std::nan(""), std::nan("")}, .7));
}

TEST(TurningPoint, IsWhereFewAreDistinctAlthoughRewardRose) {
  const Summary varied = SummaryWith("pg", {2, 1.9, 2.1}, {1, .99, 1});
  const Summary hacked = SummaryWith("pg", {5, 4.9, 5.1}, {.1, .09, .11});
  EXPECT_EQ(TurningPoint(std::vector{varied, varied, hacked}), 2U);
}

TEST(TurningPoint, NeedsMoreRewardThanBefore) {
  const Summary varied = SummaryWith("pg", {5, 4.9, 5.1}, {1, .99, 1});
  const Summary poorer = SummaryWith("pg", {4.95, 4.8, 5.1}, {.1, .09, .11});
  EXPECT_EQ(TurningPoint(std::vector{varied, poorer}), std::nullopt);
}

TEST(TurningPoint, NeedsClearlyFewerDistinctCompositions) {
  const Summary varied = SummaryWith("pg", {2, 1.9, 2.1}, {1, .99, 1});
  const Summary nearly = SummaryWith("pg", {5, 4.9, 5.1}, {.94, .93, .96});
  EXPECT_EQ(TurningPoint(std::vector{varied, nearly}), std::nullopt);
}

}  // namespace
}  // namespace rltuner
