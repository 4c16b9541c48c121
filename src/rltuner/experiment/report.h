// SPDX-License-Identifier: Apache-2.0
// The report of an experiment: one HTML page, its tables as CSV, its pictures as SVG.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "rltuner/evaluation/html_page.h"
#include "rltuner/experiment/conclusions.h"
#include "rltuner/experiment/exact_comparison.h"
#include "rltuner/experiment/figures.h"

namespace rltuner::experiment {

struct ExperimentReport {
  std::string note_rnn;  // in words: "the bundled Note RNN"
  std::string command;   // made the report; omits options that do not affect results
  std::string scale;     // "5 seeds of 1,000,000 events, ..."; "" is the paper's
  std::string rules;     // name
  int length = 32;       // events a composition
  Conditions conditions;
  std::vector<LogZAt> log_z;  // c rising
  ExactComparison exact;
  std::vector<std::pair<std::string, std::vector<PageMelody>>> melodies;  // by model, its title
};

// Writes, each whole or not at all:
//   report.html, which needs no other file and no network
//   table1.csv, explorations.csv, baselines.csv, frontier.csv, log_z.csv, gap.csv, figure2.csv,
//   exact.csv
//   figure2_logp.svg, figure2_reward.svg, frontier.svg, diversity.svg
void WriteExperimentReport(const ExperimentReport& report, const std::filesystem::path& folder);

}  // namespace rltuner::experiment
