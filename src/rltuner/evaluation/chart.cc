// SPDX-License-Identifier: Apache-2.0
#include "rltuner/evaluation/chart.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <utility>

#include "rltuner/core/markup.h"
#include "rltuner/core/text.h"
#include "rltuner/evaluation/label_placement.h"
#include "rltuner/evaluation/metric_text.h"

namespace rltuner {
namespace {

constexpr std::size_t kNoteCharacters = 125;  // about as many as fit
// Distinct for colour-blind people too (after Okabe and Ito, 2008) and dark enough for lines.
constexpr std::array<const char*, 8> kColours = {"#555b63", "#0072b2", "#d55e00", "#008a63",
                                                 "#b0559a", "#8a6d00", "#3aa0d8", "#222222"};

const char* ColourOf(const PlottedSeries& series) {
  return kColours[static_cast<std::size_t>(series.colour) % kColours.size()];
}

// A round number that divides `width` into about `parts` parts.
double StepFor(double width, int parts) {
  const double raw = width / parts;
  const double power = std::pow(10, std::floor(std::log10(raw)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= raw) return factor * power;
  }
  return 10 * power;
}

std::string NumberText(double value, double step) {
  const int digits = std::max(0, -static_cast<int>(std::floor(std::log10(step) + 1e-9)));
  return Typographic(fmt::format("{:.{}f}", std::abs(value) < step / 2 ? 0.0 : value, digits));
}

std::string CountText(double value) {
  if (value >= 1e6) return fmt::format("{:g}M", value / 1e6);
  return value >= 1e3 ? fmt::format("{:g}k", value / 1e3) : fmt::format("{:g}", value);
}

// Sentences as lines that fit, broken at spaces.
std::vector<std::string> Wrapped(const std::vector<std::string>& sentences) {
  std::vector<std::string> lines;
  for (std::string rest : sentences) {
    while (rest.size() > kNoteCharacters) {
      const std::size_t space = rest.rfind(' ', kNoteCharacters);
      const std::size_t end = space == std::string::npos ? rest.find(' ') : space;
      if (end == std::string::npos) break;
      lines.push_back(rest.substr(0, end));
      rest.erase(0, end + 1);
    }
    lines.push_back(std::move(rest));
  }
  return lines;
}

struct Axis {
  double low = 0, high = 1;

  void Cover(double value) {
    if (!std::isfinite(value)) return;
    low = std::min(low, value);
    high = std::max(high, value);
  }
};

class ChartDrawing : private MarkupWriter {
 public:
  explicit ChartDrawing(const Chart& chart) : chart_(chart), notes_(Wrapped(chart.notes)) {
    x_ = {INFINITY, -INFINITY};
    y_ = {INFINITY, -INFINITY};
    for (const PlottedSeries& series : chart.series) {
      assert(series.x.size() == series.y.size() && series.low.size() == series.high.size());
      for (const double x : series.x) x_.Cover(x);
      for (const auto* values : {&series.y, &series.low, &series.high}) {
        for (const double y : *values) y_.Cover(y);
      }
      if (series.bars) y_.Cover(0);
    }
    if (!std::isnan(chart.y_low)) y_.low = chart.y_low;
    if (!std::isnan(chart.y_high)) y_.high = chart.y_high;
    if (!(x_.high > x_.low)) x_ = {x_.low - 1, x_.low + 1};
    if (!(y_.high > y_.low)) y_ = {y_.low - 1, y_.low + 1};
    if (!std::isfinite(x_.low) || !std::isfinite(y_.low)) x_ = y_ = Axis();
    const double margin = 0.04 * (y_.high - y_.low);
    const bool bars = std::ranges::any_of(chart.series, &PlottedSeries::bars);
    y_ = {bars ? y_.low : y_.low - margin, y_.high + margin};
    if (!chart.x_names.empty()) {
      x_ = {-0.5, static_cast<double>(chart.x_names.size()) - 0.5};
    } else if (!chart.thousands) {
      const double beside = 0.03 * (x_.high - x_.low);
      x_ = {x_.low - beside, x_.high + beside};
    }
  }

  std::string Draw() {
    const double height = Below() + kLegendRow * LegendRows() +
                          kNoteRow * static_cast<double>(notes_.size()) + (notes_.empty() ? 0 : 12);
    Put("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {} {}\" width=\"{}\" "
        "height=\"{}\" role=\"img\" font-family=\"system-ui, sans-serif\" font-size=\"13\">\n"
        "<title>{}</title>\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n",
        kWidth, height, kWidth, height, EscapeXml(chart_.title));
    Axes();
    // An <svg> in the <svg> shows nothing outside its frame: lines end at the plot's edge.
    Put("<svg x=\"{0}\" y=\"{1}\" width=\"{2}\" height=\"{3}\" viewBox=\"{0} {1} {2} {3}\">\n",
        kLeft, kTop, kWidth - kLeft - kRight, kPlotHeight);
    for (const PlottedSeries& series : chart_.series) Band(series);
    for (const PlottedSeries& series : chart_.series) Line(series);
    for (const PlottedSeries& series : chart_.series) Bars(series);
    text_ += "</svg>\n";
    for (const PlottedSeries& series : chart_.series) Points(series);
    Labels();
    Legend();
    Notes();
    text_ += "</svg>\n";
    return std::move(text_);
  }

 private:
  static constexpr double kWidth = 900, kLeft = 64, kRight = 24, kTop = 14, kPlotHeight = 390,
                          kAxisHeight = 52, kLegendRow = 22, kNoteRow = 18, kWidestBar = 80,
                          kPoint = 3.6;  // radius
  static constexpr int kLegendColumns = 5;

  double X(double x) const {
    return kLeft + (x - x_.low) / (x_.high - x_.low) * (kWidth - kLeft - kRight);
  }
  double Y(double y) const { return kTop + (y_.high - y) / (y_.high - y_.low) * kPlotHeight; }

  // Where the legend begins.
  static double Below() { return kTop + kPlotHeight + kAxisHeight; }

  void Axes() {
    const double y_step = StepFor(y_.high - y_.low, 7);
    for (double y = std::ceil(y_.low / y_step) * y_step; y <= y_.high; y += y_step) {
      Put("<path d=\"M{:.1f} {:.1f}H{:.1f}\" stroke=\"{}\"/><text x=\"{:.1f}\" y=\"{:.1f}\" "
          "text-anchor=\"end\" fill=\"#555b63\">{}</text>\n",
          kLeft, Y(y), kWidth - kRight, std::abs(y) < y_step / 2 ? "#b9bec4" : "#e8eaec", kLeft - 8,
          Y(y) + 4.5, NumberText(y, y_step));
    }
    const double bottom = kTop + kPlotHeight;
    const bool named = !chart_.x_names.empty();
    const double x_step = named ? 1 : StepFor(x_.high - x_.low, 8);
    for (double x = std::ceil(x_.low / x_step) * x_step; x <= x_.high; x += x_step) {
      Put("<path d=\"M{0:.1f} {1:.1f}v5\" stroke=\"#888\"/><text x=\"{0:.1f}\" y=\"{2:.1f}\" "
          "text-anchor=\"middle\" fill=\"#555b63\">{3}</text>\n",
          X(x), bottom, bottom + 19,
          named              ? EscapeXml(chart_.x_names[static_cast<std::size_t>(x)])
          : chart_.thousands ? CountText(x)
                             : NumberText(x, x_step));
    }
    Put("<path d=\"M{:.1f} {:.1f}H{:.1f}\" stroke=\"#888\"/>\n", kLeft, bottom, kWidth - kRight);
    Put("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n",
        (kLeft + kWidth - kRight) / 2, bottom + 40, EscapeXml(chart_.x_label));
    Put("<text transform=\"translate(16 {:.1f}) rotate(-90)\" text-anchor=\"middle\">{}</text>\n",
        kTop + kPlotHeight / 2, EscapeXml(chart_.y_label));
  }

  // A point outside is moved to the plot's edge.
  double Clamped(double y) const { return Y(std::clamp(y, y_.low, y_.high)); }

  void Band(const PlottedSeries& series) {
    if (series.low.empty() || !series.line || series.bars) return;
    std::string outline;  // first along the upper edge, then back along the lower
    const auto add = [&](std::size_t i, const std::vector<double>& edge) {
      if (std::isnan(series.low[i]) || std::isnan(series.x[i])) return;
      outline +=
          fmt::format("{}{:.1f} {:.1f}", outline.empty() ? "M" : "L", X(series.x[i]), Y(edge[i]));
    };
    for (std::size_t i = 0; i < series.x.size(); ++i) add(i, series.high);
    for (std::size_t i = series.x.size(); i-- > 0;) add(i, series.low);
    if (outline.empty()) return;
    Put("<path d=\"{}Z\" fill=\"{}\" fill-opacity=\".16\"/>\n", outline, ColourOf(series));
  }

  void Bars(const PlottedSeries& series) {
    const double width = std::min(kWidestBar, 0.6 * (X(1) - X(0)));
    for (std::size_t i = 0; series.bars && i < series.x.size(); ++i) {
      if (!IsShown(series, i)) continue;
      Put("<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" height=\"{:.1f}\" fill=\"{}\" "
          "fill-opacity=\".55\"/>\n",
          X(series.x[i]) - width / 2, Y(series.y[i]), width, Y(0) - Y(series.y[i]),
          ColourOf(series));
    }
  }

  void Line(const PlottedSeries& series) {
    if (!series.line || series.bars) return;
    std::string path;
    bool gap = true;
    for (std::size_t i = 0; i < series.x.size(); ++i) {
      const bool missing = std::isnan(series.x[i]) || std::isnan(series.y[i]);
      if (!missing) {
        path += fmt::format("{}{:.1f} {:.1f}", gap ? "M" : "L", X(series.x[i]), Y(series.y[i]));
      }
      gap = missing;
    }
    Put("<path d=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"{}\" "
        "stroke-linejoin=\"round\"{}/>\n",
        path, ColourOf(series), series.dashed ? "1.3" : "2",
        series.dashed ? " stroke-dasharray=\"6 4\"" : "");
  }

  void Points(const PlottedSeries& series) {
    if (!series.points) return;
    for (std::size_t i = 0; i < series.x.size(); ++i) {
      if (!IsShown(series, i)) continue;
      const double x = X(series.x[i]);
      const double y = Clamped(series.y[i]);
      const bool outside = IsOutside(series.y[i]);
      const std::string label = LabelOf(series, i);
      text_ += "<g>";
      if (!label.empty()) {
        Put("<title>{}{}{}</title>", EscapeXml(series.name), series.name.empty() ? "" : ", ",
            EscapeXml(label));
      }
      if (!series.low.empty() && !std::isnan(series.low[i]) && !outside) {
        Put("<path d=\"M{:.1f} {:.1f}V{:.1f}\" stroke=\"{}\" stroke-width=\"1.4\"/>", x,
            Clamped(series.low[i]), Clamped(series.high[i]), ColourOf(series));
      }
      if (outside) {  // an arrow to where it is
        const double towards = series.y[i] < y_.low ? 6 : -6;
        Put("<path d=\"M{:.1f} {:.1f}h10l-5 {}z\" fill=\"{}\"/>", x - 5, y - towards, towards,
            ColourOf(series));
      } else if (series.line || series.bars) {
        Put("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{}\" fill=\"{}\"/>", x, y, kPoint,
            ColourOf(series));
      } else {
        Put("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{}\" fill=\"#fff\" stroke=\"{}\" "
            "stroke-width=\"1.8\"/>",
            x, y, kPoint, ColourOf(series));
      }
      text_ += "</g>\n";
    }
  }

  bool IsShown(const PlottedSeries& series, std::size_t i) const {
    return !std::isnan(series.x[i]) && !std::isnan(series.y[i]);
  }
  bool IsOutside(double y) const { return y < y_.low || y > y_.high; }

  // The label of a point, with its value if it stands at the edge; "" if it has none.
  std::string LabelOf(const PlottedSeries& series, std::size_t i) const {
    std::string label = series.labels.empty() ? "" : series.labels[i];
    if (!IsOutside(series.y[i])) return label;
    return fmt::format("{}{}({})", label, label.empty() ? "" : " ", NumberText(series.y[i], .1));
  }

  void Labels() {
    LabelPlacement placement({kLeft, kTop - 10, kWidth - kLeft - 4, kPlotHeight + 10});
    for (const PlottedSeries& series : chart_.series) {
      for (std::size_t i = 0; i < series.x.size(); ++i) {
        if (!IsShown(series, i)) continue;
        const double x = X(series.x[i]);
        const double y = Clamped(series.y[i]);
        if (series.points) placement.Occupy({x - kPoint, y - kPoint, 2 * kPoint, 2 * kPoint});
        if (series.line && i > 0 && IsShown(series, i - 1)) {
          placement.Avoid({X(series.x[i - 1]), Y(series.y[i - 1]), x, Y(series.y[i])});
        }
      }
    }
    for (const PlottedSeries& series : chart_.series) {
      if (!series.points) continue;
      for (std::size_t i = 0; i < series.x.size(); ++i) {
        if (!IsShown(series, i)) continue;
        const std::string label = LabelOf(series, i);
        if (!label.empty()) Label(label, X(series.x[i]), Clamped(series.y[i]), series, &placement);
      }
    }
  }

  // A label without room is skipped; hovering over the point still shows it.
  void Label(const std::string& label, double x, double y, const PlottedSeries& series,
             LabelPlacement* placement) {
    constexpr double kCharacter = 6.1;
    constexpr double kHeight = 12;
    const double width = kCharacter * static_cast<double>(CodePoints(label));
    const auto place = placement->PlaceLabel(x, y, width, kHeight);
    if (!place) return;
    const Box& box = place->box;
    if (!place->beside) {
      Put("<path d=\"M{:.1f} {:.1f}L{:.1f} {:.1f}\" stroke=\"{}\" stroke-width=\".7\"/>", x, y,
          std::clamp(x, box.left, box.left + width), std::clamp(y, box.top, box.top + kHeight),
          ColourOf(series));
    }
    const bool left = box.left + width < x;  // its end stands by the point, however wide the font
    Put("<text x=\"{:.1f}\" y=\"{:.1f}\" font-size=\"11\" text-anchor=\"{}\" fill=\"{}\">"
        "{}</text>\n",
        left ? box.left + width : box.left, box.top + kHeight - 2.5, left ? "end" : "start",
        ColourOf(series), EscapeXml(label));
  }

  int LegendRows() const {
    const auto named = std::ranges::count_if(
        chart_.series, [](const PlottedSeries& series) { return !series.name.empty(); });
    return static_cast<int>(named + kLegendColumns - 1) / kLegendColumns;
  }

  void Legend() {
    int entry = 0;
    for (const PlottedSeries& series : chart_.series) {
      if (series.name.empty()) continue;
      const int row = entry / kLegendColumns;
      const double x = kLeft + (entry % kLegendColumns) * (kWidth - kLeft) / kLegendColumns;
      const double y = Below() + kLegendRow * row + 8;
      if (series.line) {
        Put("<path d=\"M{:.1f} {:.1f}h22\" stroke=\"{}\" stroke-width=\"2\"{}/>", x, y,
            ColourOf(series), series.dashed ? " stroke-dasharray=\"6 4\"" : "");
      } else {
        Put("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"{}\" fill=\"#fff\" stroke=\"{}\" "
            "stroke-width=\"1.8\"/>",
            x + 11, y, kPoint, ColourOf(series));
      }
      Put("<text x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n", x + 29, y + 4.5, EscapeXml(series.name));
      ++entry;
    }
  }

  void Notes() {
    double y = Below() + kLegendRow * LegendRows() + 16;
    for (const std::string& line : notes_) {
      Put("<text x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n", kLeft, y, EscapeXml(line));
      y += kNoteRow;
    }
  }

  const Chart& chart_;
  const std::vector<std::string> notes_;
  Axis x_, y_;
};

}  // namespace

std::string DrawChart(const Chart& chart) { return ChartDrawing(chart).Draw(); }

std::string ProgressChart(std::span<const ProgressRow> rows) {
  PlottedSeries log_prob{.name = "log p of the Note RNN, nats"};
  PlottedSeries reward{.name = "reward with this run's weights", .colour = 1};
  for (const ProgressRow& row : rows) {
    for (PlottedSeries* series : {&log_prob, &reward}) {
      series->x.push_back(static_cast<double>(row.iteration));
    }
    log_prob.y.push_back(row.mean_log_prob);
    reward.y.push_back(row.mean_reward);
  }
  // Early in a run, repeated events can cost 100 each, which would flatten the rest of the chart.
  return DrawChart({.title = "log p and reward against events played",
                    .x_label = "events played",
                    .y_label = "mean per event",
                    .thousands = true,
                    .y_low = -8,
                    .series = {std::move(log_prob), std::move(reward)}});
}

AxisRange RobustRange(std::vector<double> values) {
  values.erase(std::remove_if(values.begin(), values.end(),
                              [](double value) { return !std::isfinite(value); }),
               values.end());
  if (values.empty()) return {NAN, NAN};
  std::ranges::sort(values);
  const double lower = values[values.size() / 4];
  const double upper = values[values.size() * 3 / 4];
  const double reach = 3 * (upper - lower);
  AxisRange range{upper, lower};
  for (const double value : values) {
    if (value < lower - reach || value > upper + reach) continue;
    range.low = std::min(range.low, value);
    range.high = std::max(range.high, value);
  }
  return range;
}

}  // namespace rltuner
