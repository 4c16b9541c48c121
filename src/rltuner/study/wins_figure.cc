// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "rltuner/core/markup.h"
#include "rltuner/study/results.h"

namespace rltuner {
namespace {

constexpr int kChart = 320, kLine = 18, kNarrowest = 560, kTop = 40, kBottom = 60, kLeft = 60,
              kBar = 80, kGap = 40;

// Lines of about as many characters as fit, broken at spaces.
std::vector<std::string> Wrapped(const std::vector<std::string>& sentences,
                                 std::size_t characters) {
  std::vector<std::string> lines;
  for (std::string rest : sentences) {
    while (rest.size() > characters) {
      std::size_t end = rest.rfind(' ', characters);
      if (end == std::string::npos) end = std::min(rest.find(' '), rest.size());
      lines.push_back(rest.substr(0, end));
      rest.erase(0, std::min(end + 1, rest.size()));
    }
    lines.push_back(rest);
  }
  return lines;
}

}  // namespace

std::string DrawWins(const StudyResults& results) {
  const int models = static_cast<int>(results.models.size());
  const int width = std::max(kNarrowest, kLeft + models * (kBar + kGap) + kGap);
  const std::vector<std::string> words =
      Wrapped(Conclusions(results), static_cast<std::size_t>((width - 40) / 7));
  const int height = kChart + 8 + kLine * static_cast<int>(words.size());
  double highest = 1;
  for (const ModelResult& model : results.models) {
    highest = std::max(highest, model.wins + model.wins_deviation);
  }
  const double base = kChart - kBottom;
  const auto y = [&](double wins) { return base - wins / highest * (base - kTop); };

  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0} {1}\" width=\"{0}\" "
      "height=\"{1}\" font-family=\"sans-serif\" font-size=\"13\" role=\"img\" "
      "aria-label=\"Wins of each model in the listening study\">"
      "<rect width=\"{0}\" height=\"{1}\" fill=\"#fff\"/>"
      "<text x=\"{2}\" y=\"22\" font-size=\"14\">Times preferred, with binomial standard "
      "deviation</text>",
      width, height, kLeft - 40);
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
                       kChart - kBottom + 20, EscapeXml(model.name));
    svg += fmt::format(
        "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\" fill=\"#555\" font-size=\"11\">of "
        "{}</text>",
        middle, kChart - kBottom + 38, model.comparisons);
  }
  for (std::size_t i = 0; i < words.size(); ++i) {
    svg += fmt::format("<text x=\"{}\" y=\"{}\">{}</text>", kLeft - 40,
                       kChart + 8 + kLine * static_cast<int>(i), EscapeXml(words[i]));
  }
  return svg + fmt::format("<path d=\"M{} {}H{}\" stroke=\"#222\"/></svg>\n", kLeft, base,
                           width - kGap / 2);
}

}  // namespace rltuner
