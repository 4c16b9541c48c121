// SPDX-License-Identifier: Apache-2.0
// One HTML page that shows what tuning did.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "rltuner/evaluation/comparison.h"
#include "rltuner/evaluation/page_parts.h"

namespace rltuner {

struct Report {
  Comparison comparison;
  std::string progress_chart;   // Figure 2 as SVG; may be empty
  std::string recipe;           // TOML; may be empty
  std::string commands;         // what made it, a command a line; may be empty
  std::int64_t iterations = 0;  // events learnt from; 0: not known
  std::vector<ReportMelody> before, after;
};

// The page as HTML: figures beside the paper's, the chart, and the melodies with their pictures, a
// play button and a MIDI file each. It needs no other file and no network. SVG is put in as it
// stands, so it must come from a trusted place; all other text is escaped.
std::string ReportPage(const Report& report);

}  // namespace rltuner
