// SPDX-License-Identifier: Apache-2.0
#include "rltuner/experiment/run_spec.h"

#include <fmt/format.h>

#include <optional>
#include <utility>
#include <vector>

namespace rltuner::experiment {

RuleText ReadRules(const std::string& name_or_file) {
  RuleSet rules = RuleSet::FromNameOrFile(name_or_file);
  return {name_or_file, WriteRecipe(rules.Describe())};
}

std::string RunRecipe(const RunSpec& spec) {
  EvaluationOptions evaluation = spec.evaluation;
  std::string commands = "# By hand, from this folder:\n";
  std::string model = "../../note_rnn.safetensors";
  std::vector<Settings> tables;
  TuningOptions tuning = spec.tuning;
  std::optional<RuleSet> rules;
  if (spec.tunes) {
    model = "again/model.safetensors";
    commands +=
        "#   rltuner tune --model ../../note_rnn.safetensors --recipe recipe.toml --output again\n";
    rules.emplace(spec.tuning_rules.Make());
    tables.push_back(Describe(tuning));
    for (Settings& table : rules->Describe()) tables.push_back(std::move(table));
  }
  tables.push_back(Describe(evaluation));
  commands += fmt::format(
      "#   rltuner evaluate {} --rules ../../rules.toml --compositions {} --seed {} --decoding "
      "{}\n",
      model, evaluation.compositions, evaluation.seed, evaluation.decoding);
  if (spec.tunes) commands += "# In progress.csv here, ../../rules.toml counts the reward.\n";
  if (!spec.training_melodies.empty()) {
    commands +=
        fmt::format("# Copied runs are looked for in melodies {}.\n", spec.training_melodies);
  }
  return commands + '\n' + WriteRecipe(tables);
}

}  // namespace rltuner::experiment
