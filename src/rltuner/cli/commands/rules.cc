// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "rltuner/cli/command.h"
#include "rltuner/cli/options.h"
#include "rltuner/core/error.h"
#include "rltuner/core/settings.h"
#include "rltuner/core/text_table.h"
#include "rltuner/evaluation/evaluate.h"
#include "rltuner/evaluation/rule_check.h"
#include "rltuner/melody/dataset.h"
#include "rltuner/recipes/recipes.h"

namespace rltuner::cli {
namespace {

class RulesCommand final : public Command {
 public:
  void AddOptions(CLI::App& app) override {
    AddOption(
        app, "--check DATASET", &dataset_,
        "Measures the rules on the held-out tunes of this dataset (all tunes if none is held "
        "out), on the same tunes damaged, and on the models. Use it before you trust a rule.");
    AddOption(app, "MODEL", &models_,
              "Models to measure besides the tunes: files, or the bundled 'default' and 'folk'.");
    AddOption(app, "--explain RULE", &explain_,
              "The parameters of this rule: values, ranges, and when to change them.");
    AddRulesOption(app, &rules_, "The parameters of the rules. Try a file of your own.");
    settings_.Add(app, Describe(options_), "With --check");
    AddThreadsOption(app, &threads_);
  }

  int Run(const CommandContext& context) override {
    settings_.Apply();
    const RuleSet rules = RuleSet::FromNameFileOrRecipe(rules_);
    if (dataset_.empty()) {
      if (!models_.empty()) Fail("{}: models are measured with --check DATASET", models_.front());
      settings_.Refuse("has no effect without --check DATASET");
      context.out() << (explain_.empty() ? List(rules) : Explain(rules));
      return kDone;
    }
    if (!explain_.empty()) Fail("--explain {}: has no effect with --check", explain_);
    const Dataset dataset(dataset_);
    const bool has_held_out = !dataset.HeldOutMelodies().empty();
    std::vector<Model> models;
    for (const std::string& path : models_) {
      models.push_back(LoadModel(path));
      dataset.ExpectEventsOf(MelodyEncodingOf(models.back(), path), path);
    }
    if (HearMode(models)) options_.mode = Mode::kMajor;
    options_.pickups = PlayPickups(models, ParseMetre(options_.metre, "--metre"));
    const Excerpts tunes = ExcerptsOf(
        dataset, has_held_out ? dataset.HeldOutMelodies() : dataset.TrainingMelodies(), options_);
    const std::vector<RuleCheck> checks =
        CheckRules(RuleSet(rules), tunes, models, options_, threads_);
    context.out() << fmt::format("{} {}tunes{}, {} bars of {}{}\n\n", tunes.first.events.size(),
                                 has_held_out ? "held-out " : "",
                                 options_.mode ? " in a major mode" : "", options_.bars,
                                 options_.metre, options_.pickups ? ", with their pickups" : "")
                  << CheckTable(checks);
    return kDone;
  }

 private:
  static std::string List(const RuleSet& rules) {
    TextTable table({"rule", "weight", "reward"});
    for (const RuleInfo& info : Rules()) {
      table.AddRow({std::string(info.name), fmt::format("{:g}", rules.WeightOf(info.name)),
                    std::string(info.summary)});
    }
    return table.ToText();
  }

  std::string Explain(RuleSet rules) const {
    const std::vector<Settings> tables = rules.Describe();
    const auto found = std::ranges::find(tables, "rules." + explain_, &Settings::table);
    if (found == tables.end()) Fail("rule {} is unknown; rltuner rules lists them", explain_);
    std::string text = fmt::format("[{}]\n", found->table());
    for (const Setting& setting : found->entries()) {
      const std::string range = setting.Range();
      text += fmt::format("{} = {}\n    {}{}\n", setting.name, setting.Value(), setting.help,
                          range.empty() ? "" : fmt::format(" [{}]", range));
    }
    return text;
  }

  static std::string WithInterval(const Estimate& estimate, double scale, int digits) {
    return fmt::format("{:.{}f} [{:.{}f}, {:.{}f}]", scale * estimate.value, digits,
                       scale * estimate.low, digits, scale * estimate.high, digits);
  }

  std::string CheckTable(const std::vector<RuleCheck>& checks) const {
    std::vector<std::string> header{"rule",  "tunes",          "bars shuffled",
                                    "AUC %", "notes shuffled", "AUC %"};
    for (const std::string& model : models_) {
      header.push_back(model);
      header.emplace_back("AUC %");
    }
    header.insert(header.end(), {"its damage", "damaged", "AUC %"});
    TextTable table(std::move(header));
    for (const RuleCheck& check : checks) {
      std::vector<std::string> row{std::string(check.rule->name), WithInterval(check.tunes, 1, 2)};
      const auto add = [&](const RuleSample& sample) {
        row.push_back(WithInterval(sample.mean, 1, 2));
        row.push_back(WithInterval(sample.ordered, 100, 0));
      };
      add(check.bars_shuffled);
      add(check.notes_shuffled);
      for (const RuleSample& model : check.models) add(model);
      row.emplace_back(check.rule->damage);
      add(check.damaged);
      table.AddRow(std::move(row));
    }
    return table.ToText();
  }

  std::string dataset_, explain_, rules_ = "song";
  std::vector<std::string> models_;
  CheckOptions options_;
  int threads_ = 0;
  SettingOptions settings_;
};

}  // namespace

CommandInfo RulesCommandInfo() {
  return {
      .name = "rules",
      .group = "Model",
      .summary = "lists the rules, or checks that they tell tunes from damaged tunes",
      .description =
          "Without --check, lists every rule with its weight in the set and what it rewards. "
          "--explain lists the parameters of one rule.\n\nWith --check, measures the mean reward "
          "(unweighted) that each rule gives a melody: for tunes, for the same tunes damaged, and "
          "for models, with 95 % intervals. AUC is the share of pairs of a tune and a melody of "
          "the other kind in which the rule rates the tune higher; 50 % is chance. A rule should "
          "at least distinguish tunes from tunes with its own kind of damage.",
      .examples = {"rltuner rules", "rltuner rules --explain cadence",
                   "rltuner rules --check folk.safetensors",
                   "rltuner rules --check folk.safetensors default tuned/model.safetensors"},
      .make = MakeCommand<RulesCommand>};
}

}  // namespace rltuner::cli
