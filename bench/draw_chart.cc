// SPDX-License-Identifier: Apache-2.0
// Draws the chart that standard input describes as JSON, for the scripts in bench/:
//   {"title": "", "x_label": "", "y_label": "", "x_names": ["1", "2"],
//    "series": [{"name": "", "x": [0, 1], "y": [3, 4.5], "labels": ["3", "4.5"], "bars": true}],
//    "notes": []}
// The SVG goes to standard output.
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "rltuner/evaluation/chart.h"

int main() {
  try {
    const nlohmann::json json = nlohmann::json::parse(std::cin);
    rltuner::Chart chart{.title = json.at("title"),
                         .x_label = json.at("x_label"),
                         .y_label = json.at("y_label"),
                         .x_names = json.at("x_names"),
                         .y_low = 0,
                         .notes = json.value("notes", std::vector<std::string>())};
    for (const nlohmann::json& from : json.at("series")) {
      const bool bars = from.value("bars", false);
      rltuner::PlottedSeries& series = chart.series.emplace_back();
      series.name = from.at("name");
      series.colour = static_cast<int>(chart.series.size());
      series.x = from.at("x").get<std::vector<double>>();
      series.y = from.at("y").get<std::vector<double>>();
      series.labels = from.value("labels", std::vector<std::string>());
      series.line = !bars;
      series.bars = bars;
      series.points = true;
    }
    std::cout << rltuner::DrawChart(chart);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "draw_chart: %s\n", error.what());
    return 2;
  }
}
