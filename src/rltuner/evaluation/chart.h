// SPDX-License-Identifier: Apache-2.0
// Charts of lines, bands, points and bars as SVG.
#pragma once

#include <limits>
#include <span>
#include <string>
#include <vector>

#include "rltuner/tuning/tune.h"

namespace rltuner {

struct PlottedSeries {
  std::string name = {};  // in the legend; "": not in the legend
  // Index into a fixed list, modulo its length. Give the same thing the same colour in all charts.
  int colour = 0;
  std::vector<double> x = {}, y = {};  // equally long; NaN leaves a gap
  // A band around y (lines) or a bar at each point; empty = none.
  std::vector<double> low = {}, high = {};
  std::vector<std::string> labels = {};  // a label beside each point; empty = none
  bool line = true;
  bool points = false;
  bool dashed = false;
  bool bars = false;  // bars from 0 up to each point instead of a line
};

struct Chart {
  std::string title = {};  // for screen readers, not shown: pages have a heading or caption
  std::string x_label = {}, y_label = {};
  bool thousands = false;                 // the x axis counts in thousands and millions (k, M)
  std::vector<std::string> x_names = {};  // shown at x = 0, 1, 2 ... instead of numbers
  // The ends of the axis; NaN: the ends of the data. Lines are cut off there; points beyond are
  // drawn at the edge, with their value beside them.
  double y_low = std::numeric_limits<double>::quiet_NaN();
  double y_high = std::numeric_limits<double>::quiet_NaN();
  std::vector<PlottedSeries> series = {};
  std::vector<std::string> notes = {};  // sentences below the chart
};

// The chart as one <svg> element, dark on white, 900 x 460, with the legend and the notes below.
// The same chart gives the same bytes.
std::string DrawChart(const Chart& chart);

// Figure 2 of the paper for one run of tuning: log p and the reward against the events played.
std::string ProgressChart(std::span<const ProgressRow> rows);

// An axis for values with a few outliers. It ends at the lowest and highest value whose distance
// from the middle half is at most three times the width of that half. {NaN, NaN} without values.
struct AxisRange {
  double low, high;
};
AxisRange RobustRange(std::vector<double> values);

}  // namespace rltuner
