// SPDX-License-Identifier: Apache-2.0
#include "rltuner/studio/run_report.h"

#include "rltuner/evaluation/evaluate.h"

namespace rltuner::studio {
namespace {

constexpr int kCompositions = 128;

}  // namespace

Metrics MeasurePolicy(const Model& model, const TuningControls& controls, std::uint64_t seed) {
  const EvaluationOptions options{.compositions = kCompositions,
                                  .length = controls.length,
                                  .seed = static_cast<std::int64_t>(seed),
                                  .context = controls.Context()};
  return Evaluate(model, controls.rules, options, 1);
}

Json ProgressJson(const Metrics& metrics, double c, std::int64_t iteration,
                  const Tuning::Learning& learning) {
  Json row = {{"iteration", iteration}};
  for (const char* key : {"mean_log_prob", "mean_theory_reward", "kl_to_prior", "entropy"}) {
    row[key] = Rounded(metrics.Of(key).value);
  }
  row["distinct_compositions"] = Rounded(metrics.Of("distinct_compositions").value);
  Json& by_rule = row["reward_by_rule"];
  for (const auto& [rule, reward] : metrics.reward_by_rule) {
    by_rule[rule] = Rounded(reward.value);
  }
  row["notes_in_repeated_motif"] = Rounded(metrics.Of("notes_in_repeated_motif").value);
  row["loss"] = Rounded(learning.loss);
  row["c"] = Rounded(c);
  row["reset"] = false;
  return row;
}

Json WarningsJson(const Metrics& metrics, const Metrics& untuned, const TuningControls& controls) {
  Json warnings = Json::array();
  // The control that keeps the model nearer to the tunes.
  struct Remedy {
    std::string text;
    std::string_view control, direction;
  };
  const Remedy nearer = controls.finds_weights() ? Remedy{"Reset and start again.", "reset", ""}
                        : controls.holds_kl()
                            ? Remedy{"Turn the KL budget down.", "kl_budget", "down"}
                            : Remedy{"Turn c up.", "c", "up"};
  const auto advise = [&](std::string_view kind, const std::string& text, const Remedy& remedy) {
    warnings.push_back({{"kind", kind},
                        {"text", text + ' ' + remedy.text},
                        {"control", remedy.control},
                        {"direction", remedy.direction}});
  };
  const auto is_paid = [&](std::string_view rule) { return controls.rules.WeightOf(rule) != 0; };
  const double distinct = metrics.Of("distinct_compositions").value;
  if (distinct < 0.7 || metrics.Of("entropy").value < 0.1) {
    advise("collapse",
           fmt::format("The model now plays few different melodies: of 100 only {:.0f} differ. It "
                       "has found a trick that the rules reward.",
                       100 * distinct),
           nearer);
  }
  const double motif = metrics.Of("notes_in_repeated_motif").value;
  if (is_paid("repeated_motif") && motif > 0.2 &&
      motif > 2 * untuned.Of("notes_in_repeated_motif").value) {
    advise("motif",
           fmt::format("The same idea comes back all the time: {:.0f} % of the events end a motif "
                       "that was played before.",
                       100 * motif),
           {"Turn down the rule that rewards returning ideas.", "repeated_motif", "down"});
  }
  // Note-ons in more than nine tenths of the events, or in fewer than one tenth.
  const double note_ons = metrics.Of("note_ons").value;
  if (is_paid("preferred_intervals") && note_ons > 0.9 &&
      note_ons > untuned.Of("note_ons").value + 0.2) {
    advise("no-holds",
           "The melodies have lost their long notes: nearly every event starts a new one.",
           {"Turn up the rule for pleasant intervals, which rewards long notes.",
            "preferred_intervals", "up"});
  }
  if (is_paid("preferred_intervals") && note_ons < 0.1 &&
      note_ons < untuned.Of("note_ons").value / 2) {
    advise("no-notes", "The melodies have almost no notes left: they hold or rest.",
           {"Turn down the rule for pleasant intervals, which rewards long notes.",
            "preferred_intervals", "down"});
  }
  if (metrics.Of("mean_log_prob").value < untuned.Of("mean_log_prob").value - 2) {
    advise("far",
           "The model has forgotten much of the tunes it learnt from: its melodies have become "
           "unlike them.",
           nearer);
  }
  return warnings;
}

}  // namespace rltuner::studio
