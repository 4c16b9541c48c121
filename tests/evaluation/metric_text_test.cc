// SPDX-License-Identifier: Apache-2.0
#include "rltuner/evaluation/metric_text.h"

#include <gtest/gtest.h>

#include <cmath>

namespace rltuner {
namespace {

TEST(MetricText, HasNoMoreDigitsThanTellModelsApart) {
  EXPECT_EQ(MetricText(0.6342, MetricInfo::Kind::kShare), "63.42 %");
  EXPECT_EQ(MetricText(0.00006, MetricInfo::Kind::kShare), "0.0060 %");
  EXPECT_EQ(MetricText(-0.1581, MetricInfo::Kind::kMean), "-0.158");
  EXPECT_EQ(MetricText(-0.00001, MetricInfo::Kind::kMean), "0.000");
  EXPECT_EQ(MetricText(std::nan(""), MetricInfo::Kind::kMean), "none");
}

TEST(DurationText, ChoosesItsUnit) {
  EXPECT_EQ(DurationText(0.4), "0 s");
  EXPECT_EQ(DurationText(185), "3:05 min");
  EXPECT_EQ(DurationText(7800), "2:10 h");
}

}  // namespace
}  // namespace rltuner
