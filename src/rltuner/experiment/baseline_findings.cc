// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "rltuner/experiment/findings.h"

namespace rltuner::experiment {
namespace {

// The KL of a baseline that chooses is an upper bound.
std::string KlText(const Summary& summary) {
  const std::optional<Baseline>& baseline = summary.condition.baseline;
  return fmt::format("{}{:.3f}", baseline && baseline->chooses ? "at most " : "",
                     summary.Of("kl_to_prior").value);
}

double RewardOf(const Summary& summary) { return summary.Of("mean_theory_reward").value; }

std::string TitleAtC(const Summary& summary) {
  const Condition& condition = summary.condition;
  if (!condition.method->uses_prior()) return condition.title;  // c only scales its values
  return fmt::format("{}, c {}", condition.title.substr(0, condition.title.find(", c ")),
                     condition.c);
}

// Every tuned policy of the experiment, once.
std::vector<const Summary*> TunedPolicies(const ExperimentSummary& summary) {
  std::vector<const Summary*> policies;
  for (const auto* conditions : {&summary.table, &summary.exploration}) {
    for (const Summary& policy : *conditions) policies.push_back(&policy);
  }
  for (const auto& sweep : summary.sweeps) {
    for (const Summary& point : sweep.points) {
      const bool of_table = std::ranges::any_of(summary.table, [&](const Summary& policy) {
        return policy.condition.title == point.condition.title;
      });
      if (!of_table) policies.push_back(&point);
    }
  }
  return policies;
}

std::string BeatenText(const Summary& baseline, const std::vector<const Summary*>& policies) {
  const double kl = baseline.Of("kl_to_prior").value;
  std::vector<const Summary*> beaten;
  const Summary* rival = nullptr;  // the best policy that goes no farther from the Note RNN
  for (const Summary* policy : policies) {
    if (BeatsAtNoMoreKl(baseline, *policy)) beaten.push_back(policy);
    const bool as_near = policy->Of("kl_to_prior").value <= kl;
    if (as_near && (rival == nullptr || RewardOf(*rival) < RewardOf(*policy))) rival = policy;
  }
  const bool ahead_of_rival = rival != nullptr && ClearlyBelow(rival->Of("mean_theory_reward"),
                                                               baseline.Of("mean_theory_reward"));
  if (beaten.empty() && !ahead_of_rival) return "";
  std::string text = fmt::format("{}: r_MT {} at a KL of {}", baseline.condition.title,
                                 WithInterval(baseline, "mean_theory_reward"), KlText(baseline));
  if (!beaten.empty()) {
    const Summary& best = **std::ranges::max_element(
        beaten, {}, [](const Summary* policy) { return RewardOf(*policy); });
    text += fmt::format(
        ". It has more reward at no more KL than {} of {} tuned policies. The best of these: {}, "
        "r_MT {} at {}",
        beaten.size(), policies.size(), TitleAtC(best), WithInterval(best, "mean_theory_reward"),
        KlText(best));
  }
  if (ahead_of_rival) {
    text +=
        fmt::format(". The best tuned policy with as little KL: {}, r_MT {} at {}",
                    TitleAtC(*rival), WithInterval(*rival, "mean_theory_reward"), KlText(*rival));
  }
  return text + '.';
}

}  // namespace

bool BeatsAtNoMoreKl(const Summary& a, const Summary& b) {
  return a.Of("kl_to_prior").value <= b.Of("kl_to_prior").value &&
         ClearlyBelow(b.Of("mean_theory_reward"), a.Of("mean_theory_reward"));
}

std::vector<std::string> BaselineFindings(const ExperimentSummary& summary) {
  std::vector<std::string> findings;
  const std::vector<const Summary*> policies = TunedPolicies(summary);
  for (const Summary& baseline : summary.baselines) {
    std::string text = BeatenText(baseline, policies);
    if (!text.empty()) findings.push_back(std::move(text));
  }
  if (findings.empty() && !summary.baselines.empty() && !policies.empty()) {
    findings.emplace_back("No baseline clearly has more reward than a tuned policy at no more KL.");
  }
  return findings;
}

}  // namespace rltuner::experiment
