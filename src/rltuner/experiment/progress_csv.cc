// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <charconv>
#include <cmath>
#include <sstream>

#include "rltuner/core/error.h"
#include "rltuner/experiment/run.h"

namespace rltuner::experiment {
namespace {

constexpr std::size_t kColumns = 9;

// Empty cells are NaN. False if the line has other cells than numbers, or not nine.
bool ReadCells(std::string_view line, std::array<double, kColumns>* cells) {
  for (std::size_t i = 0; i < kColumns; ++i) {
    const std::size_t end = std::min(line.find(','), line.size());
    const std::string_view cell = line.substr(0, end);
    const bool last = i + 1 == kColumns;
    if (last != (end == line.size())) return false;
    line.remove_prefix(last ? end : end + 1);
    (*cells)[i] = std::nan("");
    if (cell.empty()) continue;
    const auto [stop, error] = std::from_chars(cell.data(), cell.data() + cell.size(), (*cells)[i]);
    if (error != std::errc() || stop != cell.data() + cell.size()) return false;
  }
  return true;
}

}  // namespace

std::vector<ProgressRow> ReadProgressCsv(std::string_view text, std::string_view source) {
  std::istringstream lines{std::string(text)};
  std::string line;
  std::getline(lines, line);
  if (line + '\n' != ProgressCsv({})) Fail("{}:1: not the header of a progress.csv", source);
  std::vector<ProgressRow> rows;
  for (int number = 2; std::getline(lines, line); ++number) {
    std::array<double, kColumns> cells{};
    if (!ReadCells(line, &cells)) Fail("{}:{}: expected {} numbers", source, number, kColumns);
    rows.push_back({.iteration = std::llround(cells[0]),
                    .mean_log_prob = cells[1],
                    .mean_reward = cells[2],
                    .kl_to_prior = cells[3],
                    .entropy = cells[4],
                    .distinct = cells[5],
                    .epsilon = cells[6],
                    .loss = cells[7],
                    .gradient_norm = cells[8]});
  }
  if (rows.empty()) Fail("{}: no rows", source);
  return rows;
}

}  // namespace rltuner::experiment
