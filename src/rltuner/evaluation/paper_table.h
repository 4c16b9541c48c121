// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <span>
#include <string_view>

namespace rltuner {

// The models of Table 1 of Jaques et al. (2017), in its order.
inline constexpr std::array<std::string_view, 4> kPaperModels = {"Note RNN", "Q", "Psi", "G"};

// A row of Table 1 as printed there, in fractions. `metric` is MetricInfo::Name() of
// evaluation/metrics.h. The paper's Note RNN cells of "not in key" and "starting with tonic" are
// exchanged: the authors' own model gives .9 % and .1 %.
struct PaperRow {
  std::string_view metric;
  std::array<double, kPaperModels.size()> values;
};
std::span<const PaperRow> PaperTable();

// The row of one metric; nullptr if the paper has none.
const PaperRow* PaperRowOf(std::string_view metric);

}  // namespace rltuner
