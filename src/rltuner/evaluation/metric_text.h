// SPDX-License-Identifier: Apache-2.0
// Formats metrics and numbers for tables and pages.
#pragma once

#include <cstdint>
#include <string>

#include "rltuner/evaluation/evaluate.h"

namespace rltuner {

// "63.42 %", "0.0060 %", "-0.158": enough digits to tell models apart, no more; "none" for NaN.
std::string MetricText(double value, MetricInfo::Kind kind);

// "63.21 .. 63.63" without the unit; "" where there is no interval.
std::string IntervalText(const Estimate& estimate, MetricInfo::Kind kind);

// A value of the paper, as printed there: "63.3 %", "-0.16".
std::string PaperText(double value, MetricInfo::Kind kind);

// "1,000,000".
std::string Grouped(std::int64_t number);

// "12 s", "3:05 min", "2:10 h".
std::string DurationText(double seconds);

// A true minus for '-': as wide as a plus, so that columns align.
std::string Typographic(std::string number);

}  // namespace rltuner
