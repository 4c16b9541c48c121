// SPDX-License-Identifier: Apache-2.0
#include "rltuner/evaluation/chart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace rltuner {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(DrawChart, NoNumberInItIsInfiniteOrMissing) {
  const double nan = std::nan("");
  const Chart chart{.title = "a & b",
                    .x_label = "x",
                    .y_label = "y",
                    .series = {{.name = "gap", .x = {0, 1, 2}, .y = {1, nan, 3}},
                               {.name = "point", .x = {1}, .y = {1}, .line = false, .points = true},
                               {.name = "none"}}};
  const std::string svg = DrawChart(chart);
  EXPECT_THAT(svg, HasSubstr("a &amp; b"));
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
  EXPECT_THAT(svg, Not(HasSubstr("inf")));
  EXPECT_THAT(DrawChart({}), Not(HasSubstr("nan")));
}

TEST(DrawChart, AGapBreaksTheLine) {
  const std::string svg =
      DrawChart({.series = {{.x = {0, 1, 2, 3, 4}, .y = {1, 2, std::nan(""), 3, 4}}}});
  const std::size_t line = svg.find("stroke-linejoin");
  const std::size_t path = svg.rfind("d=\"", line);
  const std::string data = svg.substr(path, line - path);
  EXPECT_EQ(std::count(data.begin(), data.end(), 'M'), 2);
}

TEST(DrawChart, APointOutsideStandsAtTheEdgeWithItsValue) {
  const std::string svg =
      DrawChart({.y_low = 0,
                 .y_high = 1,
                 .series = {{.x = {0, 1}, .y = {-64, 1}, .line = false, .points = true}}});
  EXPECT_THAT(svg, HasSubstr("(\u221264.0)"));
}

TEST(DrawChart, InACrowdPointsKeepTheirLabelsAsTitles) {
  const std::size_t crowd = 40;
  const std::string svg = DrawChart({.series = {{.name = "crowd",
                                                 .x = std::vector<double>(crowd, 1),
                                                 .y = std::vector<double>(crowd, 1),
                                                 .labels = std::vector<std::string>(crowd, "here"),
                                                 .line = false,
                                                 .points = true}}});
  const auto count = [&](std::string_view part) {
    std::size_t found = 0;
    for (std::size_t at = svg.find(part); at != std::string::npos; at = svg.find(part, at + 1)) {
      ++found;
    }
    return found;
  };
  EXPECT_EQ(count("<title>crowd, here</title>"), crowd);
  EXPECT_GE(count(">here</text>"), 4U);
  EXPECT_LE(count(">here</text>"), 24U);
}

TEST(RobustRange, LeavesOutWhatLiesFarOff) {
  const AxisRange range = RobustRange({1, 2, 3, 4, 5, -64, std::nan("")});
  EXPECT_EQ(range.low, 1);
  EXPECT_EQ(range.high, 5);
}

TEST(RobustRange, OfNothingDoesNotExist) { EXPECT_TRUE(std::isnan(RobustRange({}).low)); }

TEST(DrawChart, BarsStandOnZeroUnderTheNamesOfTheirPlaces) {
  const std::string svg = DrawChart({.x_names = {"one", "two & three"},
                                     .series = {{.x = {0, 1},
                                                 .y = {3, 7},
                                                 .labels = {"3", "7"},
                                                 .line = false,
                                                 .points = true,
                                                 .bars = true}}});
  EXPECT_THAT(svg, HasSubstr(">one</text>"));
  EXPECT_THAT(svg, HasSubstr(">two &amp; three</text>"));
  EXPECT_THAT(svg, HasSubstr("fill-opacity=\".55\""));
}

TEST(DrawChart, ALongNoteIsBrokenAtSpaces) {
  std::string note;
  for (int i = 0; i < 60; ++i) note += "word ";
  const std::string svg = DrawChart({.notes = {note + "end"}});
  EXPECT_THAT(svg, HasSubstr(" end</text>"));
  EXPECT_THAT(svg, Not(HasSubstr(note)));
}

}  // namespace
}  // namespace rltuner
