// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "rltuner/core/markup.h"
#include "rltuner/study/results.h"

namespace rltuner {
namespace {

constexpr int kHeight = 320, kTop = 40, kBottom = 60, kLeft = 60, kBar = 80, kGap = 40;

}  // namespace

std::string DrawWins(const StudyResults& results) {
  const int models = static_cast<int>(results.models.size());
  const int width = kLeft + models * (kBar + kGap) + kGap;
  double highest = 1;
  for (const ModelResult& model : results.models) {
    highest = std::max(highest, model.wins + model.wins_deviation);
  }
  const double base = kHeight - kBottom;
  const auto y = [&](double wins) { return base - wins / highest * (base - kTop); };

  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" "
      "height=\"{1}\" font-family=\"sans-serif\" font-size=\"13\" role=\"img\" "
      "aria-label=\"Wins of each model in the listening study\">"
      "<rect width=\"{0}\" height=\"{1}\" fill=\"#fff\"/>"
      "<text x=\"{2}\" y=\"22\" font-size=\"14\">Times preferred, with binomial standard "
      "deviation</text>",
      width, kHeight, kLeft - 40);
  for (int m = 0; m < models; ++m) {
    const ModelResult& model = results.models[m];
    const int left = kLeft + kGap + m * (kBar + kGap), middle = left + kBar / 2;
    svg +=
        fmt::format("<rect x=\"{}\" y=\"{:.1f}\" width=\"{}\" height=\"{:.1f}\" fill=\"#4c78a8\"/>",
                    left, y(model.wins), kBar, base - y(model.wins));
    const double top = y(model.wins + model.wins_deviation);
    const double bottom = y(std::max(0.0, model.wins - model.wins_deviation));
    svg += fmt::format(
        "<path d=\"M{0} {1:.1f}V{2:.1f}M{3} {1:.1f}h12M{3} {2:.1f}h12\" stroke=\"#222\" "
        "stroke-width=\"1.5\" fill=\"none\"/>",
        middle, top, bottom, middle - 6);
    svg += fmt::format("<text x=\"{}\" y=\"{:.1f}\">{}</text>", middle + 10, y(model.wins) - 5,
                       model.wins);
    svg += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>", middle,
                       kHeight - kBottom + 20, EscapeXml(model.name));
    svg += fmt::format(
        "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\" fill=\"#555\" font-size=\"11\">of "
        "{}</text>",
        middle, kHeight - kBottom + 38, model.comparisons);
  }
  return svg + fmt::format("<path d=\"M{} {}H{}\" stroke=\"#222\"/></svg>\n", kLeft, base,
                           width - kGap / 2);
}

}  // namespace rltuner
