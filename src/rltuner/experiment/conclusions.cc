// SPDX-License-Identifier: Apache-2.0
#include "rltuner/experiment/conclusions.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rltuner/core/text.h"
#include "rltuner/evaluation/metric_text.h"

namespace rltuner::experiment {
namespace {

using Kind = MetricInfo::Kind;

// The first whose method fits, or null.
template <typename Fits>
const Condition* Find(const std::vector<Condition>& table, const Fits& fits) {
  const auto found =
      std::ranges::find_if(table, [&](const Condition& at) { return fits(*at.method); });
  return found == table.end() ? nullptr : &*found;
}

// True if both intervals exist and that of `a` lies wholly below that of `b`.
bool ClearlyBelow(const Estimate& a, const Estimate& b) {
  return a.has_interval() && b.has_interval() && a.high < b.low;
}

// 1 if the second is clearly above the first, -1 if it is clearly below, 0 if neither.
int ClearChange(const Estimate& from, const Estimate& to) {
  return ClearlyBelow(from, to) - ClearlyBelow(to, from);
}

std::string SeedsText(const Condition& condition) {
  const int seeds = condition.seeds();
  return Counted(seeds, "seed") +
         (seeds > 1 && seeds < kFewestSeeds ? ", too few for an interval" : "");
}

std::string Listed(const std::vector<std::string>& labels) {
  return fmt::format("{}", fmt::join(labels, ", "));
}

Conclusion ChangesConclusion(const Condition& note_rnn, const Condition& method) {
  const ChangesFound found = CompareChanges(note_rnn, method);
  const std::size_t all =
      found.same_way.size() + found.other_way.size() + found.not_told_apart.size();
  std::string text = fmt::format(
      "{} ({}): of the {} changes against the Note RNN in the paper's Table 1, {} are found here",
      method.title, SeedsText(method), all, found.same_way.size());
  if (!found.other_way.empty()) {
    text += fmt::format("; in the other direction: {}", Listed(found.other_way));
  }
  if (!found.not_told_apart.empty()) {
    text += fmt::format("; not decided by the intervals: {}", Listed(found.not_told_apart));
  }
  return {!found.other_way.empty()       ? Reproduces::kNo
          : found.not_told_apart.empty() ? Reproduces::kYes
                                         : Reproduces::kOpen,
          text + "."};
}

// Whether the paper's values lie in our intervals. An interval wider than the differences between
// the paper's columns would contain nearly any value, so it confirms nothing.
Conclusion ValuesConclusion(const Conditions& all) {
  int within = 0;
  int outside = 0;
  int untold = 0;
  const auto count = [&](const Condition& method) {
    for (const MetricInfo& metric : MetricInfos()) {
      const std::optional<double> paper = PaperValue(method, metric);
      if (!paper) continue;
      const Estimate& estimate = method.Of(metric.key);
      const auto [least, most] = std::ranges::minmax(*metric.paper);
      const bool tells = estimate.has_interval() && estimate.high - estimate.low < most - least;
      if (OutsideInterval(estimate, *paper)) {
        ++outside;
      } else {
        ++(tells ? within : untold);
      }
    }
  };
  count(all.note_rnn);
  for (const Condition& method : all.table) count(method);
  std::string text = fmt::format(
      "Values: of the {} values that the paper prints for the Note RNN, Q, Psi and G, {} lie "
      "within the 95 % intervals found here and {} outside.",
      within + outside + untold, within, outside);
  if (untold > 0) {
    text += fmt::format(
        " {} cannot be decided: there is no interval, or it is wider than the differences between "
        "the paper's own columns. More seeds would decide.",
        untold);
  }
  return {
      outside > 0  ? Reproduces::kNo
      : untold > 0 ? Reproduces::kOpen
                   : Reproduces::kYes,
      text + " Those of the Note RNN show how much the training melodies differ from the paper's."};
}

Conclusion RlOnlyConclusion(const Condition& rl_only, const std::vector<Condition>& table) {
  constexpr double kPaperLogProb = -3.65;
  bool below = true;
  bool apart = true;
  std::string others;
  for (const Condition& method : table) {
    if (PaperColumn(method) < 0) continue;
    const int change = ClearChange(rl_only.Of("mean_log_prob"), method.Of("mean_log_prob"));
    below = below && change > 0;
    apart = apart && change != 0;
    others += fmt::format(", {} {}", method.title, WithInterval(method, "mean_log_prob"));
  }
  return {below   ? Reproduces::kYes
          : apart ? Reproduces::kNo
                  : Reproduces::kOpen,
          fmt::format("RL only ({}) forgets the data: log p per event {} here, {} in the paper; "
                      "here{}.",
                      SeedsText(rl_only), WithInterval(rl_only, "mean_log_prob"), kPaperLogProb,
                      others.empty() ? " nothing to compare with" : others.substr(1))};
}

std::string BesideThePaper(const Condition& pg) {
  std::vector<std::string> short_of;
  int rows = 0;
  for (const MetricInfo& metric : MetricInfos()) {
    if (!metric.paper) continue;
    const auto badness = [&](double value) {
      return metric.preference == Preference::kHigher  ? -value
             : metric.preference == Preference::kLower ? value
                                                       : std::abs(value);
    };
    const auto tuned = std::span(*metric.paper).subspan(1);  // without the Note RNN
    const double best = *std::ranges::min_element(tuned, {}, badness);
    ++rows;
    if (badness(pg.Of(metric.key).value) <= badness(best)) continue;
    short_of.push_back(fmt::format("{}, {} against {}", metric.label, WithInterval(pg, metric.key),
                                   MetricText(best, metric.kind)));
  }
  std::string text = fmt::format(
      "Compared row by row with the best of the paper's Q, Psi and G columns, the mean of the "
      "policy gradient here ({}) is at least as good in {} of {} rows",
      SeedsText(pg), rows - static_cast<int>(short_of.size()), rows);
  if (!short_of.empty()) text += fmt::format("; it is worse in: {}", fmt::join(short_of, "; "));
  return text + '.';
}

std::string BesideMethod(const Condition& pg, const Condition& method) {
  std::vector<std::string> parts;
  for (const auto& [key, name] :
       {std::pair{"mean_theory_reward", "r_MT"}, std::pair{"mean_log_prob", "log p"},
        std::pair{"distinct_compositions", "distinct compositions"}}) {
    const int change = ClearChange(method.Of(key), pg.Of(key));
    parts.push_back(fmt::format("{} {}: {} against {}", name,
                                change > 0   ? "higher"
                                : change < 0 ? "lower"
                                             : "not told apart",
                                WithInterval(pg, key), WithInterval(method, key)));
  }
  return fmt::format("Against {} here ({}): {}.", method.title, SeedsText(method),
                     fmt::join(parts, "; "));
}

std::string DiversityText(const Condition& at) {
  return fmt::format(
      "r_MT {}, distinct {}, entropy of four events {}", WithInterval(at, "mean_theory_reward"),
      WithInterval(at, "distinct_compositions"), WithInterval(at, "four_gram_entropy"));
}

// `where` names a point of the series ("c 0.5").
template <typename Where>
std::string TurningText(std::string_view title, const std::vector<Condition>& series,
                        const Where& where) {
  const std::optional<std::size_t> turn = TurningPoint(series);
  if (!turn) {
    const Condition& last = series.back();
    return fmt::format("{}: no such point up to {} ({}): {}.", title, where(last), SeedsText(last),
                       DiversityText(last));
  }
  const Condition& before = series[*turn - 1];
  const Condition& at = series[*turn];
  return fmt::format("{}: at {} ({}): {}. Before, at {} ({}): {}.", title, where(at), SeedsText(at),
                     DiversityText(at), where(before), SeedsText(before), DiversityText(before));
}

// The KL of a baseline that chooses is an upper bound.
std::string KlText(const Condition& condition) {
  const std::optional<Baseline>& baseline = condition.baseline;
  return fmt::format("{}{:.3f}", baseline && baseline->candidates > 0 ? "at most " : "",
                     condition.Of("kl_to_prior").value);
}

double RewardOf(const Condition& condition) { return condition.Of("mean_theory_reward").value; }

std::string TitleAtC(const Condition& condition) {
  if (!condition.method->uses_prior()) return condition.title;  // c only scales its values
  return fmt::format("{}, c {}", condition.name, condition.c);
}

// Every tuned policy of the experiment, once.
std::vector<const Condition*> TunedPolicies(const Conditions& all) {
  std::vector<const Condition*> policies;
  for (const auto* conditions : {&all.table, &all.exploration}) {
    for (const Condition& policy : *conditions) policies.push_back(&policy);
  }
  for (const auto& sweep : all.sweeps) {
    for (const Condition& point : sweep.points) {
      const bool of_table = std::ranges::any_of(
          all.table, [&](const Condition& policy) { return policy.title == point.title; });
      if (!of_table) policies.push_back(&point);
    }
  }
  return policies;
}

std::string BeatenText(const Condition& baseline, const std::vector<const Condition*>& policies) {
  const double kl = baseline.Of("kl_to_prior").value;
  std::vector<const Condition*> beaten;
  const Condition* nearest = nullptr;  // the best policy with no more KL
  for (const Condition* policy : policies) {
    if (BeatsAtNoMoreKl(baseline, *policy)) beaten.push_back(policy);
    const bool as_near = policy->Of("kl_to_prior").value <= kl;
    if (as_near && (nearest == nullptr || RewardOf(*nearest) < RewardOf(*policy))) nearest = policy;
  }
  const bool ahead_of_nearest =
      nearest != nullptr &&
      ClearlyBelow(nearest->Of("mean_theory_reward"), baseline.Of("mean_theory_reward"));
  if (beaten.empty() && !ahead_of_nearest) return "";
  std::string text = fmt::format("{}: r_MT {} at a KL of {}", baseline.title,
                                 WithInterval(baseline, "mean_theory_reward"), KlText(baseline));
  if (!beaten.empty()) {
    const Condition& best = **std::ranges::max_element(
        beaten, {}, [](const Condition* policy) { return RewardOf(*policy); });
    text += fmt::format(
        ". It has more reward at no more KL than {} of {} tuned policies. The best of these: {}, "
        "r_MT {} at {}",
        beaten.size(), policies.size(), TitleAtC(best), WithInterval(best, "mean_theory_reward"),
        KlText(best));
  }
  if (ahead_of_nearest) {
    text += fmt::format(". The best tuned policy with as little KL: {}, r_MT {} at {}",
                        TitleAtC(*nearest), WithInterval(*nearest, "mean_theory_reward"),
                        KlText(*nearest));
  }
  return text + '.';
}

}  // namespace

std::string WithInterval(const Condition& condition, std::string_view key) {
  const Kind kind = MetricInfos()[MetricIndex(key)].kind;
  const Estimate& estimate = condition.Of(key);
  const std::string interval = IntervalText(estimate, kind);
  return MetricText(estimate.value, kind) +
         (interval.empty() ? " (no interval)" : fmt::format(" ({})", interval));
}

bool OutsideInterval(const Estimate& estimate, double paper) {
  return estimate.has_interval() && (paper < estimate.low || paper > estimate.high);
}

ChangesFound CompareChanges(const Condition& note_rnn, const Condition& method) {
  ChangesFound found;
  for (const MetricInfo& metric : MetricInfos()) {
    const std::optional<double> paper = PaperValue(method, metric);
    if (!paper || *paper == metric.paper->front()) continue;
    const int change = ClearChange(note_rnn.Of(metric.key), method.Of(metric.key));
    auto& list = change == 0                                        ? found.not_told_apart
                 : (change > 0) == (*paper > metric.paper->front()) ? found.same_way
                                                                    : found.other_way;
    list.emplace_back(metric.label);
  }
  return found;
}

std::optional<std::size_t> TurningPoint(std::span<const Condition> rising_pressure) {
  for (std::size_t i = 1; i < rising_pressure.size(); ++i) {
    const Condition& before = rising_pressure[i - 1];
    const Condition& at = rising_pressure[i];
    const Estimate& distinct = at.Of("distinct_compositions");
    if (distinct.has_interval() && distinct.high < kFewDistinct &&
        ClearlyBelow(before.Of("mean_theory_reward"), at.Of("mean_theory_reward"))) {
      return i;
    }
  }
  return std::nullopt;
}

std::vector<Conclusion> PaperConclusions(const Conditions& all) {
  std::vector<Conclusion> conclusions;
  for (const Condition& method : all.table) {
    if (PaperColumn(method) > 0) {
      conclusions.push_back(ChangesConclusion(all.note_rnn, method));
    }
  }
  conclusions.push_back(ValuesConclusion(all));
  if (const Condition* rl_only =
          Find(all.table, [](const MethodInfo& method) { return !method.uses_prior(); })) {
    conclusions.push_back(RlOnlyConclusion(*rl_only, all.table));
  }
  return conclusions;
}

std::vector<std::string> PolicyGradientConclusions(const Conditions& all) {
  const Condition* pg = Find(all.table, [](const MethodInfo& method) { return method.on_policy; });
  if (pg == nullptr) return {};
  std::vector<std::string> conclusions = {BesideThePaper(*pg)};
  for (const Condition& method : all.table) {
    if (PaperColumn(method) > 0) conclusions.push_back(BesideMethod(*pg, method));
  }
  return conclusions;
}

std::vector<std::string> TurningConclusions(const Conditions& all) {
  std::vector<std::string> conclusions;
  for (const auto& sweep : all.sweeps) {
    const std::vector<Condition> falling_c(sweep.points.rbegin(), sweep.points.rend());
    conclusions.push_back(TurningText(sweep.method->label, falling_c, [](const Condition& at) {
      return fmt::format("c {}", at.c);
    }));
  }
  std::vector<std::vector<Condition>> families;  // of baselines that choose
  const auto family_of = [](const Condition& at) { return at.baseline.value().family; };
  for (const Condition& baseline : all.baselines) {
    if (baseline.baseline.value().candidates == 0) continue;
    auto family = std::ranges::find_if(families, [&](const std::vector<Condition>& members) {
      return family_of(members.front()) == family_of(baseline);
    });
    if (family == families.end()) family = families.insert(family, std::vector<Condition>());
    family->push_back(baseline);
  }
  for (const std::vector<Condition>& members : families) {
    conclusions.push_back(TurningText(family_of(members.front()), members,
                                      [](const Condition& at) { return at.title; }));
  }
  return conclusions;
}

bool BeatsAtNoMoreKl(const Condition& a, const Condition& b) {
  return a.Of("kl_to_prior").value <= b.Of("kl_to_prior").value &&
         ClearlyBelow(b.Of("mean_theory_reward"), a.Of("mean_theory_reward"));
}

std::vector<std::string> BaselineConclusions(const Conditions& all) {
  std::vector<std::string> conclusions;
  const std::vector<const Condition*> policies = TunedPolicies(all);
  for (const Condition& baseline : all.baselines) {
    std::string text = BeatenText(baseline, policies);
    if (!text.empty()) conclusions.push_back(std::move(text));
  }
  if (conclusions.empty() && !all.baselines.empty() && !policies.empty()) {
    conclusions.emplace_back(
        "No baseline clearly has more reward than a tuned policy at no more KL.");
  }
  return conclusions;
}

}  // namespace rltuner::experiment
