// SPDX-License-Identifier: Apache-2.0
#include "rltuner/evaluation/metric_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace rltuner {
namespace {

using Kind = MetricInfo::Kind;

// The number with `digits` decimals, and no minus before a zero.
std::string Fixed(double value, int digits) {
  std::string text = fmt::format("{:.{}f}", value, digits);
  if (text.find_first_not_of("-0.") == std::string::npos && text[0] == '-') text.erase(0, 1);
  return text;
}

}  // namespace

std::string MetricText(double value, Kind kind) {
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

std::string PaperText(double value, Kind kind) {
  return kind == Kind::kMean ? fmt::format("{:.2f}", value) : fmt::format("{:.4g} %", 100 * value);
}

std::string Grouped(std::int64_t number) {
  std::string text = std::to_string(number);
  for (std::ptrdiff_t at = std::ssize(text) - 3; at > 0; at -= 3) {
    text.insert(static_cast<std::size_t>(at), ",");
  }
  return text;
}

std::string DurationText(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::llround(std::max(0.0, seconds)));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{}:{:02} min", whole / 60, whole % 60);
  return fmt::format("{}:{:02} h", whole / 3600, whole / 60 % 60);
}

std::string Typographic(std::string number) {
  for (std::size_t at = 0; (at = number.find('-', at)) != std::string::npos; ++at) {
    number.replace(at, 1, "\u2212");
  }
  return number;
}

}  // namespace rltuner
