// SPDX-License-Identifier: Apache-2.0
// Figures as a table or a page shows them.
#pragma once

#include <string>

#include "rltuner/evaluation/metrics.h"

namespace rltuner {

// "63.42 %", "0.0060 %", "-0.158": enough digits to tell models apart, no more; "none" for NaN.
std::string FigureText(double value, MetricInfo::Kind kind);

// "63.21 .. 63.63" without the unit; "" where there is no interval.
std::string IntervalText(const Estimate& estimate, MetricInfo::Kind kind);

}  // namespace rltuner
