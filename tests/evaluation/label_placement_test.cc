// SPDX-License-Identifier: Apache-2.0
#include "rltuner/evaluation/label_placement.h"

#include <gtest/gtest.h>

#include <vector>

namespace rltuner {
namespace {

constexpr Box kArea{0, 0, 200, 100};

bool Covers(const Box& a, const Box& b) {
  return a.left < b.left + b.width && b.left < a.left + a.width && a.top < b.top + b.height &&
         b.top < a.top + a.height;
}

TEST(LabelPlacement, AloneALabelStandsToTheRightOfItsPoint) {
  const auto label = LabelPlacement(kArea).PlaceLabel(50, 50, 30, 12);
  ASSERT_TRUE(label);
  EXPECT_TRUE(label->beside);
  EXPECT_GT(label->box.left, 50);
}

TEST(LabelPlacement, AtTheRightEdgeItStandsToTheLeft) {
  const auto label = LabelPlacement(kArea).PlaceLabel(195, 50, 30, 12);
  ASSERT_TRUE(label);
  EXPECT_LT(label->box.left + label->box.width, 195);
}

TEST(LabelPlacement, LabelsOfOnePointDoNotCoverEachOtherOrLeaveTheArea) {
  LabelPlacement placement(kArea);
  placement.Occupy({97, 47, 6, 6});
  std::vector<Box> placed;
  while (const auto label = placement.PlaceLabel(100, 50, 30, 12)) {
    for (const Box& other : placed) EXPECT_FALSE(Covers(label->box, other));
    EXPECT_FALSE(Covers(label->box, {97, 47, 6, 6}));
    EXPECT_GE(label->box.left, 0);
    EXPECT_GE(label->box.top, 0);
    EXPECT_LE(label->box.left + label->box.width, 200);
    EXPECT_LE(label->box.top + label->box.height, 100);
    placed.push_back(label->box);
  }
  EXPECT_GE(placed.size(), 6U);
}

TEST(LabelPlacement, FartherOffIsSaid) {
  LabelPlacement placement(kArea);
  placement.Occupy({40, 10, 120, 80});
  EXPECT_FALSE(placement.PlaceLabel(100, 50, 30, 12));
  LabelPlacement narrow(kArea);
  narrow.Occupy({90, 40, 20, 20});
  const auto label = narrow.PlaceLabel(100, 50, 30, 12);
  ASSERT_TRUE(label);
  EXPECT_FALSE(label->beside);
}

TEST(LabelPlacement, ALineIsCrossedOnlyIfItMustBe) {
  LabelPlacement placement(kArea);
  placement.Avoid({100, 50, 200, 50});
  placement.Avoid({100, 50, 200, 0});
  placement.Avoid({100, 50, 200, 100});
  const auto label = placement.PlaceLabel(100, 50, 30, 12);
  ASSERT_TRUE(label);
  EXPECT_LT(label->box.left, 100);
  // Everywhere but to the right is taken.
  LabelPlacement crowded(kArea);
  crowded.Avoid({100, 50, 200, 50});
  crowded.Occupy({0, 0, 100, 100});
  crowded.Occupy({100, 0, 100, 43});
  crowded.Occupy({100, 57, 100, 43});
  const auto across = crowded.PlaceLabel(100, 50, 30, 12);
  ASSERT_TRUE(across);
  EXPECT_GT(across->box.left, 100);
}

}  // namespace
}  // namespace rltuner
