// SPDX-License-Identifier: Apache-2.0
#include "rltuner/experiment/gap.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "rltuner/core/text.h"

namespace rltuner::experiment {
namespace {

// The network steps that an event may cost if melodies are played while somebody listens.
constexpr int kQuick = 64;

int StepsOf(const Condition& condition) {
  return condition.baseline ? std::max(1, condition.baseline->candidates) : 1;
}

std::string Named(const Gap& gap) { return fmt::format("{} ({} nats)", gap.title, GapText(gap)); }

}  // namespace

std::string GapText(const Gap& gap) {
  return fmt::format("{}{:.2f}", gap.at_least ? "at least " : "", gap.nats());
}

double ValueOfAnEvent(const Condition& of, double c) {
  return of.Of("mean_theory_reward").value / c - of.Of("kl_to_prior").value;
}

std::vector<Gap> Gaps(const Conditions& all, std::span<const LogZAt> log_z, int length) {
  std::vector<Gap> gaps;
  for (const LogZAt& at : log_z) {
    const bool known = at.log_z.Converged();
    const std::size_t first = gaps.size();
    for (const Condition& of : FrontierConditions(all)) {
      if (of.c != 0 && of.c != at.c) continue;
      gaps.push_back({.title = of.title,
                      .c = at.c,
                      .log_z = known ? at.log_z.value : at.log_z.at_least,
                      .value = length * ValueOfAnEvent(of, at.c),
                      .at_least = !known,
                      .steps = StepsOf(of)});
    }
    const std::span<Gap> here = std::span(gaps).subspan(first);
    std::ranges::stable_sort(here, std::greater(), &Gap::value);
    for (Gap& gap : here) {
      if (!known) gap.log_z = std::max(gap.log_z, here.front().value);
    }
  }
  return gaps;
}

std::vector<std::string> GapFindings(std::span<const Gap> gaps) {
  std::vector<std::string> findings;
  for (std::size_t first = 0, end = 0; first < gaps.size(); first = end) {
    while (end < gaps.size() && gaps[end].c == gaps[first].c) ++end;
    const std::span<const Gap> at = gaps.subspan(first, end - first);
    const auto nearest_within = [&](int steps) {
      return std::ranges::find_if(at, [steps](const Gap& gap) { return gap.steps <= steps; });
    };
    std::string text = fmt::format("At c = {}, nearest to log Z, {}{:.2f}, is {}, at {} an event",
                                   at[0].c, at[0].at_least ? "at least " : "", at[0].log_z,
                                   Named(at[0]), Counted(at[0].steps, "network step"));
    if (at[0].steps > kQuick && nearest_within(kQuick) != at.end()) {
      text += fmt::format("; with at most {}, {}", kQuick, Named(*nearest_within(kQuick)));
    }
    if (at[0].steps > 1 && nearest_within(1) != at.end()) {
      text += fmt::format("; with one, {}", Named(*nearest_within(1)));
    }
    findings.push_back(text + ".");
  }
  return findings;
}

std::string GapCsv(std::span<const Gap> gaps) {
  std::string csv = "c,title,network_steps,value,log_z,gap,at_least\n";
  for (const Gap& gap : gaps) {
    csv += fmt::format("{},\"{}\",{},{:.6g},{:.6g},{:.6g},{}\n", gap.c, gap.title, gap.steps,
                       gap.value, gap.log_z, gap.nats(), gap.at_least ? "yes" : "no");
  }
  return csv;
}

}  // namespace rltuner::experiment
