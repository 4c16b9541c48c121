// SPDX-License-Identifier: Apache-2.0
// Line charts as SVG, drawn by the program gnuplot.
#pragma once

#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

namespace rltuner {

struct ChartSeries {
  std::string name;
  std::vector<double> x, y;       // of one length; NaN leaves a gap
  std::vector<double> low, high;  // a band around y, as long as y; empty = none
};

struct LineChart {
  std::string title, x_label, y_label;
  bool log_x = false, log_y = false;
  double y_low = NAN;             // the y axis begins here; lines below it are cut off
  int width = 800, height = 480;  // pixels
  std::vector<ChartSeries> series;
};

// What gnuplot is given to draw the chart to the file `output`.
std::string GnuplotScript(const LineChart& chart, const std::string& output);

// Draws to `path`. "" if that worked, else one line that says why there is no picture (gnuplot is
// not installed, no series): a missing picture is never worth an Error. A `path` that cannot be
// written is one.
std::string DrawLineChart(const LineChart& chart, const std::filesystem::path& path);

}  // namespace rltuner
