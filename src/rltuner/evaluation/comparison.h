// SPDX-License-Identifier: Apache-2.0
// Two models' metrics side by side, one before and one after tuning, and the page that shows them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rltuner/evaluation/evaluate.h"
#include "rltuner/evaluation/html_page.h"
#include "rltuner/evaluation/matching.h"

namespace rltuner {

// How a metric changed. kSame: the intervals overlap. kNone: neither higher nor lower is better, or
// an interval is missing.
enum class Change { kNone, kBetter, kSame, kWorse };

struct ComparedMetric {
  std::string label;
  MetricInfo::Kind kind = MetricInfo::Kind::kMean;
  Estimate before, after;
  Change change = Change::kNone;
  std::optional<PaperRow> paper = {};
};

struct Comparison {
  EvaluationReport before, after;
  std::vector<ComparedMetric> table1 = {}, further = {}, by_rule = {};  // by_rule: reward per event
};

// Reads what `evaluate BEFORE AFTER --json` writes. `source` names it in errors. Metrics that
// neither model has are skipped.
Comparison ReadComparison(std::string_view json, std::string_view source);

// The metrics as a table that fits a terminal, without intervals and without the paper's Psi and G.
std::string ComparisonText(const Comparison& comparison);

struct ComparisonReport {
  Comparison comparison;
  std::string progress_chart;           // Figure 2 as SVG; may be empty
  std::string recipe;                   // TOML; may be empty
  std::string commands;                 // by which the page was made, one a line; may be empty
  std::int64_t iterations = 0;          // of tuning; 0: not known
  bool is_bundled = false;              // the Note RNN
  std::vector<MatchedFeature> matched;  // the targets set by tunes; may be empty
  std::vector<PageMelody> before, after;
};

// The page as HTML: the metrics next to the paper's, the chart, and the melodies. SVG is inserted
// as it is, so it must come from a trusted source.
std::string ComparisonPage(const ComparisonReport& report);

}  // namespace rltuner
