// SPDX-License-Identifier: Apache-2.0
#include "rltuner/studio/progress.h"

#include <algorithm>
#include <cassert>

#include "rltuner/evaluation/evaluate.h"

namespace rltuner {
namespace {

constexpr int kCompositions = 128;

Json Advice(std::string_view kind, std::string text, std::string_view control,
            std::string_view direction) {
  return {
      {"kind", kind}, {"text", std::move(text)}, {"control", control}, {"direction", direction}};
}

}  // namespace

Metrics MeasurePolicy(const Model& model, const TuningControls& controls, std::uint64_t seed) {
  const EvaluationOptions options{.compositions = kCompositions,
                                  .length = controls.length,
                                  .seed = static_cast<std::int64_t>(seed)};
  return Evaluate(model, controls.rules, options, 1);
}

double Figure(const Metrics& metrics, std::string_view key) {
  const auto infos = MetricInfos();
  const auto found =
      std::find_if(infos.begin(), infos.end(), [&](const auto& info) { return info.key == key; });
  assert(found != infos.end());
  return metrics.values[static_cast<std::size_t>(found - infos.begin())].value;
}

Json ProgressJson(const Metrics& metrics, const TuningControls& controls, std::int64_t iteration,
                  const Tuning::Learning& learning) {
  Json row = {{"iteration", iteration}};
  for (const char* key : {"mean_log_prob", "mean_theory_reward", "kl_to_prior", "entropy"}) {
    row[key] = NumberOrNull(Rounded(Figure(metrics, key)));
  }
  row["distinct_compositions"] = Rounded(metrics.distinct_compositions.value);
  Json& by_rule = row["reward_by_rule"];
  for (int rule = 0; rule < controls.rules.size(); ++rule) {
    by_rule[std::string(controls.rules.info(rule).name)] =
        NumberOrNull(Rounded(metrics.reward_by_rule[static_cast<std::size_t>(rule)].value));
  }
  row["notes_in_repeated_motif"] = Rounded(Figure(metrics, "notes_in_repeated_motif"));
  row["loss"] = NumberOrNull(Rounded(learning.loss));
  row["c"] = controls.c;
  row["reset"] = false;
  return row;
}

Json WarningsJson(const Metrics& metrics, const Metrics& untuned) {
  Json warnings = Json::array();
  const double distinct = metrics.distinct_compositions.value;
  if (distinct < 0.7 || Figure(metrics, "entropy") < 0.1) {
    warnings.push_back(Advice(
        "collapse",
        fmt::format("The model plays few different melodies now: of 100 only {:.0f} differ. It has "
                    "found a trick that the rules pay for. Turn c up, or reset and start with a "
                    "larger c.",
                    100 * distinct),
        "c", "up"));
  }
  const double motif = Figure(metrics, "notes_in_repeated_motif");
  if (motif > 0.2 && motif > 2 * Figure(untuned, "notes_in_repeated_motif")) {
    warnings.push_back(
        Advice("motif",
               fmt::format("The same idea comes back all the time: {:.0f} % of the events end a "
                           "motif that was played before. Turn the rule that pays for coming back "
                           "down.",
                           100 * motif),
               "repeated_motif", "down"));
  }
  // A note in all but each tenth event, or in less than each tenth.
  const double struck = Figure(metrics, "note_ons");
  if (struck > 0.9 && struck > Figure(untuned, "note_ons") + 0.2) {
    warnings.push_back(Advice("no-holds",
                              "The melodies have lost their long notes: nearly every event strikes "
                              "a new one. Turn the rule for pleasant intervals, which pays for "
                              "long notes, up.",
                              "preferred_intervals", "up"));
  }
  if (struck < 0.1 && struck < Figure(untuned, "note_ons") / 2) {
    warnings.push_back(Advice("no-notes",
                              "The melodies have nearly no notes left: they hold or rest. Turn the "
                              "rule for pleasant intervals, which pays for long notes, down.",
                              "preferred_intervals", "down"));
  }
  if (Figure(metrics, "mean_log_prob") < Figure(untuned, "mean_log_prob") - 2) {
    warnings.push_back(
        Advice("far",
               "The model has forgotten much of the tunes it learnt from: they would "
               "hardly have gone this way. Turn c up.",
               "c", "up"));
  }
  return warnings;
}

}  // namespace rltuner
