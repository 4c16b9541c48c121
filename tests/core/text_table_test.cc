// SPDX-License-Identifier: Apache-2.0
#include "rltuner/core/text_table.h"

#include <gtest/gtest.h>

namespace rltuner {
namespace {

TEST(TextTable, AlignsTheFirstColumnLeftAndTheOthersRight) {
  TextTable table({"metric", "value"});
  table.AddRow({"a", "1.25"});
  table.AddRow({"longer name", "100 ± 5"});
  table.AddRow({"nothing"});
  EXPECT_EQ(table.ToText(),
            "metric         value\n"
            "-----------  -------\n"
            "a               1.25\n"
            "longer name  100 ± 5\n"
            "nothing\n");
}

}  // namespace
}  // namespace rltuner
