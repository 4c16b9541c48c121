// SPDX-License-Identifier: Apache-2.0
#include "rltuner/evaluation/figure_text.h"

#include <fmt/format.h>

#include <cmath>

namespace rltuner {
namespace {

using Kind = MetricInfo::Kind;

// With so many decimals, and no minus before a zero.
std::string Fixed(double value, int digits) {
  std::string text = fmt::format("{:.{}f}", value, digits);
  if (text.find_first_not_of("-0.") == std::string::npos && text[0] == '-') text.erase(0, 1);
  return text;
}

}  // namespace

std::string FigureText(double value, Kind kind) {
  if (std::isnan(value)) return "none";
  if (kind == Kind::kMean) return Fixed(value, 3);
  const double percent = 100 * value;
  return Fixed(percent, percent != 0 && percent < 0.1 ? 4 : 2) + " %";
}

std::string IntervalText(const Estimate& estimate, Kind kind) {
  if (std::isnan(estimate.low)) return "";
  const double scale = kind == Kind::kShare ? 100 : 1;
  const double low = scale * estimate.low;
  const double high = scale * estimate.high;
  const int digits = kind == Kind::kMean ? 3 : low < 0.1 ? 4 : 2;
  return fmt::format("{} .. {}", Fixed(low, digits), Fixed(high, digits));
}

}  // namespace rltuner
