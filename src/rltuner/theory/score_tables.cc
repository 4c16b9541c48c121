// SPDX-License-Identifier: Apache-2.0
#include "rltuner/theory/score_tables.h"

#include <fmt/format.h>

#include <cmath>
#include <numeric>

#include "rltuner/core/text_table.h"

namespace rltuner {

std::string EventTable(const RuleSet& rules, std::span<const std::uint8_t> events,
                       const Score& score) {
  std::vector<std::string> header{"step", "event"};
  for (int rule = 0; rule < rules.size(); ++rule) header.emplace_back(rules.info(rule).name);
  header.emplace_back("total");
  TextTable table(std::move(header));
  for (std::size_t t = 0; t < events.size(); ++t) {
    std::vector<std::string> row{fmt::format("{}", t), fmt::format("{}", events[t])};
    for (const std::vector<float>& rewards : score.rewards) {
      row.push_back(rewards[t] == 0 ? "" : fmt::format("{:.2f}", rewards[t]));
    }
    row.push_back(fmt::format("{:.2f}", score.total[t]));
    table.AddRow(std::move(row));
  }
  return table.ToText();
}

void ScoreSums::Add(const Score& score) {
  ++compositions_;
  events_ += score.total.size();
  rewards_.resize(score.rewards.size());
  const auto sum = [](const std::vector<float>& values, double before) {
    return std::accumulate(values.begin(), values.end(), before);
  };
  for (std::size_t rule = 0; rule < rewards_.size(); ++rule) {
    rewards_[rule] = sum(score.rewards[rule], rewards_[rule]);
  }
  total_ = sum(score.total, total_);
  for (const TheoryCountInfo& info : TheoryCountInfos()) {
    counts_.*info.field += score.counts.*info.field;
  }
  for (std::size_t lag = 0; lag < autocorrelation_.size(); ++lag) {
    if (std::isnan(score.autocorrelation[lag])) continue;
    autocorrelation_[lag] += score.autocorrelation[lag];
    ++defined_[lag];
  }
}

std::string ScoreSums::ToText(const RuleSet& rules) const {
  TextTable means({"rule", "mean reward per event"});
  const auto add = [&](std::string_view name, double sum) {
    const double mean = events_ > 0 ? sum / static_cast<double>(events_) : 0;
    means.AddRow({std::string(name), fmt::format("{:.4f}", mean)});
  };
  for (int rule = 0; rule < rules.size(); ++rule) {
    add(rules.info(rule).name, rewards_[static_cast<std::size_t>(rule)]);
  }
  add("total", total_);
  TextTable counts(
      {fmt::format("counts of {} compositions, {} events", compositions_, events_), ""});
  for (const TheoryCountInfo& info : TheoryCountInfos()) {
    counts.AddRow({std::string(info.name), fmt::format("{}", counts_.*info.field)});
  }
  for (std::size_t lag = 0; lag < autocorrelation_.size(); ++lag) {
    const int defined = defined_[lag];
    counts.AddRow({fmt::format("mean autocorrelation, lag {}", lag + 1),
                   defined > 0 ? fmt::format("{:.4f}", autocorrelation_[lag] / defined) : "none"});
  }
  return means.ToText() + '\n' + counts.ToText();
}

}  // namespace rltuner
