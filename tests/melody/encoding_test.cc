// SPDX-License-Identifier: Apache-2.0
#include "rltuner/melody/encoding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test_support.h"

namespace rltuner {
namespace {

TEST(Encoding, OfThePapersGridIsEmpty) {
  EXPECT_EQ(EncodingJson(4), "");
  EXPECT_EQ(StepsPerQuarter("", "model"), 4);
}

TEST(Encoding, OfAnotherGridIsReadBack) {
  EXPECT_EQ(EncodingJson(12),
            R"({"lowest_pitch":48,"highest_pitch":83,"steps_per_quarter":12,"inputs":["event"]})");
  EXPECT_EQ(StepsPerQuarter(EncodingJson(12), "model"), 12);
}

TEST(Encoding, InAnotherOrderIsTheSame) {
  EXPECT_EQ(StepsPerQuarter(R"({"inputs":["event"],"steps_per_quarter":6,"highest_pitch":83,)"
                            R"("lowest_pitch":48})",
                            "model"),
            6);
}

TEST(Encoding, OfOtherKindsIsRefused) {
  for (const char* encoding :
       {"{", "[]", "{}", R"({"steps_per_quarter":0})",
        R"({"lowest_pitch":48,"highest_pitch":83,"steps_per_quarter":"12","inputs":["event"]})",
        R"({"lowest_pitch":36,"highest_pitch":83,"steps_per_quarter":12,"inputs":["event"]})",
        R"({"lowest_pitch":48,"highest_pitch":83,"steps_per_quarter":12,)"
        R"("inputs":["event","metre"]})"}) {
    EXPECT_THAT(ErrorOf([&] { StepsPerQuarter(encoding, "my model"); }),
                testing::StartsWith("my model: metadata encoding"))
        << encoding;
  }
}

TEST(Encoding, GridComesFromTheSettingsOfADataset) {
  EXPECT_EQ(StepsPerQuarterOfSettings("[extraction]\nsteps_per_quarter = 12\n"), 12);
  EXPECT_EQ(StepsPerQuarterOfSettings(""), 4);
  EXPECT_EQ(StepsPerQuarterOfSettings("[extraction]\nsteps_per_quarter = 0\n"), 4);
}

}  // namespace
}  // namespace rltuner
