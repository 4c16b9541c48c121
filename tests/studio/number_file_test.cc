// SPDX-License-Identifier: Apache-2.0
#include "rltuner/studio/number_file.h"

#include <gtest/gtest.h>

#include "rltuner/core/files.h"
#include "test_support.h"

namespace rltuner::studio {
namespace {

TEST(NumberFileTest, CountsFromOne) {
  const TemporaryFolder folder;
  NumberFile numbers(folder / "last", 10);
  EXPECT_EQ(numbers.Next(), 1);
  EXPECT_EQ(numbers.Next(), 2);
}

TEST(NumberFileTest, GivesNoNumberAgainAfterARestart) {
  const TemporaryFolder folder;
  std::int64_t last = 0;
  for (int restart = 0; restart < 3; ++restart) {
    NumberFile numbers(folder / "last", 2);
    for (int i = 0; i < 3; ++i) {
      const std::int64_t number = numbers.Next();
      EXPECT_GT(number, last);
      last = number;
    }
  }
}

TEST(NumberFileTest, BeginsAfterTheLeastWhereTheFileIsDamaged) {
  const TemporaryFolder folder;
  WriteFileAtomically(folder / "last", std::string_view("damaged"));
  EXPECT_EQ(NumberFile(folder / "last", 1, 7).Next(), 8);
}

TEST(NumberFileTest, CountsOnWhereNothingCanBeWritten) {
  const TemporaryFolder folder;
  WriteFileAtomically(folder / "file", std::string_view("in the way"));
  NumberFile numbers(folder / "file" / "last", 1);
  EXPECT_EQ(numbers.Next(), 1);
  EXPECT_EQ(numbers.Next(), 2);
}

}  // namespace
}  // namespace rltuner::studio
