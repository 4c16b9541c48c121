// SPDX-License-Identifier: Apache-2.0
#include "rltuner/melody/encoding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "test_support.h"

namespace rltuner {
namespace {

TEST(Encoding, OfThePaperIsEmptyText) {
  EXPECT_EQ(Encoding().ToJson(), "");
  EXPECT_EQ(Encoding::FromJson("", "model"), Encoding());
  EXPECT_EQ(Encoding().classes(), kVocabulary);
  EXPECT_EQ(Encoding().width(), kVocabulary);
}

TEST(Encoding, OfThePaperInFullIsTheSame) {
  EXPECT_EQ(Encoding::FromJson(R"({"lowest_pitch":48,"highest_pitch":83,"steps_per_quarter":4,)"
                               R"("inputs":["event"]})",
                               "model"),
            Encoding());
}

TEST(Encoding, IsReadBack) {
  const Encoding encoding{40, 88, 12, {Input::kEvent, Input::kMetre, Input::kLookback4}};
  EXPECT_EQ(encoding.ToJson(), R"({"lowest_pitch":40,"highest_pitch":88,"steps_per_quarter":12,)"
                               R"("inputs":["event","metre","lookback_4"]})");
  EXPECT_EQ(Encoding::FromJson(encoding.ToJson(), "model"), encoding);
}

TEST(Encoding, HasThePickupsOfTheTunes) {
  Encoding encoding{.inputs = {Input::kEvent, Input::kPosition}};
  encoding.pickups = {{{4, 4}, 0, 0.4}, {{4, 4}, 4, 0.6}, {{6, 8}, 2, 1}};
  EXPECT_EQ(encoding.ToJson(), R"({"lowest_pitch":48,"highest_pitch":83,"steps_per_quarter":4,)"
                               R"("inputs":["event","position"],)"
                               R"("pickups":{"4/4":{"0":0.4,"4":0.6},"6/8":{"2":1.0}}})");
  const Encoding again = Encoding::FromJson(encoding.ToJson(), "model");
  EXPECT_EQ(again.pickups, encoding.pickups);
  EXPECT_EQ(again.PickupsIn({2, 2}).size(), 2) << "bars and beats as in 4/4";
  EXPECT_TRUE(again.PickupsIn({3, 4}).empty()) << "bars as in 6/8, but not the beats";
  EXPECT_EQ(encoding.FullJson().find("pickups"), std::string::npos);
  EXPECT_THAT(ErrorOf([] { Encoding::FromJson(R"({"pickups":{"4/4":{"16":1}}})", "my model"); }),
              testing::HasSubstr("pickups"));
}

TEST(Encoding, HasAClassForEveryPitchOfItsRange) {
  const Encoding encoding{.lowest_pitch = 0, .highest_pitch = 127};
  EXPECT_EQ(encoding.classes(), kMostClasses);
  EXPECT_EQ(encoding.PitchOf(2), 0);
  EXPECT_EQ(encoding.ClassOf(127), 129);
  EXPECT_FALSE(encoding.IsEvent(130));
}

TEST(Encoding, WidthIsThatOfAllBlocks) {
  Encoding encoding;
  encoding.inputs = ParseInputs("all", "--inputs");
  EXPECT_EQ(encoding.width(), 38 + 32 + 16 + 17 + 2 + 4 * 39 + 4 * 6);
}

TEST(Encoding, OfOtherKindsIsRefused) {
  for (const char* encoding :
       {"{", "[]", R"({"steps_per_quarter":0})", R"({"steps_per_quarter":"12"})",
        R"({"lowest_pitch":84})", R"({"highest_pitch":128})", R"({"inputs":[]})",
        R"({"inputs":["metre","event"]})", R"({"inputs":["event","mood"]})",
        R"({"inputs":["event","metre","metre"]})", R"({"tokens":["a","b"]})", R"({"pickups":[]})",
        R"({"pickups":{"4/4":1}})", R"({"pickups":{"4/5":{"0":1}}})",
        R"({"pickups":{"4/4":{"0":2}}})", R"({"pickups":{"4/4":{"16":1}}})",
        R"({"pickups":{"4/4":{"some":1}}})"}) {
    EXPECT_THAT(ErrorOf([&] { Encoding::FromJson(encoding, "my model"); }),
                testing::StartsWith("my model: metadata encoding"))
        << encoding;
  }
}

TEST(ParseInputs, NamesTheNearestInput) {
  EXPECT_THAT(ErrorOf([] { ParseInputs("position,lookback_3", "--inputs"); }),
              testing::HasSubstr("'lookback_3' is no input, did you mean lookback_"));
}

TEST(ParseInputs, TakesFurtherNamesBesideThoseOfSeveral) {
  const auto all = ParseInputs("all", "--inputs");
  EXPECT_EQ(ParseInputs("leap,all", "--inputs").size(), all.size() + 1);
  EXPECT_EQ(ParseInputs("rules,mode", "--inputs").size(),
            ParseInputs("rules", "--inputs").size() + 1);
  EXPECT_THAT(ErrorOf([] { ParseInputs("all,sun", "--inputs"); }), testing::HasSubstr("'sun'"));
}

TEST(ParseInputs, PutsTheEventFirst) {
  EXPECT_THAT(ParseInputs("mode, event", "--inputs"),
              testing::ElementsAre(Input::kEvent, Input::kMode));
}

}  // namespace
}  // namespace rltuner
