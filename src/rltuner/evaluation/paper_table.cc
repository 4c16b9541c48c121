// SPDX-License-Identifier: Apache-2.0
#include "rltuner/evaluation/paper_table.h"

#include <algorithm>

namespace rltuner {
namespace {

constexpr PaperRow kRows[] = {
    {"notes_excessively_repeated", {.633, .0, .0002, .0003}},
    {"autocorrelation_1", {-.16, -.11, -.10, .55}},
    {"autocorrelation_2", {.14, .03, -.01, .31}},
    {"autocorrelation_3", {-.13, .03, .01, .17}},
    {"notes_not_in_key", {.001, .0100, .0060, .287}},
    {"starting_with_tonic", {.009, .288, .287, .0}},
    {"leaps_resolved", {.772, .911, .900, .522}},
    {"unique_max_note", {.647, .564, .594, .371}},
    {"unique_min_note", {.494, .519, .583, .565}},
    {"notes_in_motif", {.059, .757, .738, .693}},
    {"notes_in_repeated_motif", {.00007, .0011, .0009, .0001}},
};

}  // namespace

std::span<const PaperRow> PaperTable() { return kRows; }

const PaperRow* PaperRowOf(std::string_view metric) {
  const auto* const row = std::find_if(std::begin(kRows), std::end(kRows),
                                       [&](const PaperRow& r) { return r.metric == metric; });
  return row == std::end(kRows) ? nullptr : row;
}

}  // namespace rltuner
