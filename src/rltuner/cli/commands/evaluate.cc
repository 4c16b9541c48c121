// SPDX-License-Identifier: Apache-2.0
#include "rltuner/evaluation/evaluate.h"

#include <fmt/format.h>

#include <cmath>
#include <optional>

#include "rltuner/cli/bundled.h"
#include "rltuner/cli/command.h"
#include "rltuner/cli/interrupt.h"
#include "rltuner/cli/options.h"
#include "rltuner/cli/progress.h"
#include "rltuner/cli/table.h"
#include "rltuner/evaluation/metric_text.h"
#include "rltuner/melody/dataset.h"

namespace rltuner::cli {
namespace {

class EvaluateCommand final : public Command {
 public:
  void AddOptions(CLI::App& app) override {
    app.add_option("MODEL", models_,
                   "Model file, or 'default' for the bundled Note RNN. Several stand side by side.")
        ->required();
    settings_.Add(app, Describe(options_), "Sample");
    app.add_option(
           "--rules", rules_,
           OptionHelp("The rules: a built-in set or a TOML file.", "paper|theory|FILE", rules_))
        ->type_name("NAME|FILE");
    app.add_option("--training", training_,
                   "The dataset that the model learnt from: also measures the longest run of "
                   "events that each composition copies from its training melodies.")
        ->type_name("DATASET");
    AddThreadsOption(app, &threads_);
    app.add_flag("--paper", paper_, "Show Table 1 of the paper (Jaques et al. 2017) beside.");
    app.add_option("--json", json_,
                   "Write the figures as JSON, a list if there are several models, to this file, "
                   "or - for standard output.")
        ->type_name("FILE|-");
  }

  int Run(const CommandContext& context) override {
    settings_.Apply();
    const RuleSet rules = RuleSet::FromNameOrFile(rules_);
    std::vector<Model> models;
    for (const std::string& path : models_) models.push_back(LoadModel(path));
    std::vector<EvaluationReport> reports;
    std::optional<CopiedRuns> training;
    if (!training_.empty()) {
      training.emplace(Dataset(training_).TrainingMelodies(), options_.length);
    }
    for (std::size_t i = 0; i < models.size(); ++i) {
      try {
        reports.push_back({.model = models_[i],
                           .rules = rules_,
                           .method = models[i].method,
                           .options = options_,
                           .metrics = Measure(context, models[i], rules, models_[i],
                                              training ? &*training : nullptr)});
      } catch (const Interrupted&) {
        context.err() << "interrupted; nothing was written" << std::endl;
        return kInterrupted;
      }
    }
    if (json_ != "-") context.out() << TextTable(reports);
    if (!json_.empty()) WriteResult(context, json_, Json(reports));
    return kDone;
  }

 private:
  Metrics Measure(const CommandContext& context, const Model& model, const RuleSet& rules,
                  const std::string& name, const CopiedRuns* training) const {
    const InterruptGuard interrupt;
    Progress progress(context, "evaluate " + name, options_.compositions, "compositions");
    const auto update = [&](int finished) {
      if (interrupt.Requested()) throw Interrupted();
      progress.Update(finished);
    };
    Metrics metrics = Evaluate(model, rules, options_, threads_, update, training);
    progress.Finish();
    return metrics;
  }

  static std::string Json(const std::vector<EvaluationReport>& reports) {
    if (reports.size() == 1) return EvaluationJson(reports.front()) + '\n';
    std::string list;
    for (const EvaluationReport& report : reports) {
      list += (list.empty() ? "[\n" : ",\n") + EvaluationJson(report);
    }
    return list + "\n]\n";
  }

  std::string TextTable(const std::vector<EvaluationReport>& reports) const {
    std::vector<std::string> header{
        fmt::format("{} compositions of {} events", options_.compositions, options_.length)};
    for (const EvaluationReport& report : reports) {
      header.push_back(report.model);
      header.emplace_back("95 % interval");
    }
    if (paper_) {
      for (const std::string_view model : kPaperModels) {
        header.push_back("paper " + std::string(model));
      }
    }
    Table table(std::move(header));
    const auto add = [&](std::string label, const MetricInfo& info, const auto& estimate_of) {
      std::vector<std::string> row{std::move(label)};
      for (const EvaluationReport& report : reports) {
        const Estimate& estimate = estimate_of(report.metrics);
        row.push_back(MetricText(estimate.value, info.kind));
        row.push_back(IntervalText(estimate, info.kind));
      }
      if (paper_ && info.paper) {
        for (const double value : *info.paper) row.push_back(PaperText(value, info.kind));
      }
      table.AddRow(std::move(row));
    };
    for (const MetricInfo& info : MetricInfos()) {
      if (info.key == "longest_copied_run" && training_.empty()) continue;
      add(std::string(info.label), info,
          [&](const Metrics& metrics) -> const Estimate& { return metrics.Of(info.key); });
    }
    const std::vector<Metrics::RuleReward>& rewards = reports.front().metrics.reward_by_rule;
    for (std::size_t i = 0; i < rewards.size(); ++i) {
      add("Reward of rule " + rewards[i].rule, {.key = {}, .label = {}},
          [i](const Metrics& metrics) -> const Estimate& {
            return metrics.reward_by_rule[i].reward;
          });
    }
    return table.ToText();
  }

  std::vector<std::string> models_;
  std::string json_, rules_ = "paper", training_;
  bool paper_ = false;
  int threads_ = 0;
  EvaluationOptions options_;
  SettingOptions settings_;
};

}  // namespace

CommandInfo EvaluateCommandInfo() {
  return {
      "evaluate",
      "Model",
      "measures models by the paper's Table 1, with confidence intervals",
      "Plays the model, each composition after one random event, and counts what Table 1 of "
      "Jaques et al. (2017) counts. --decoding plays it in another way than by sampling: at a "
      "temperature, with hard masks, the best of N, or by sequential Monte Carlo; KL is then an "
      "upper bound for the last two, and entropy that of the model that proposes. Means are per "
      "event and logarithms in nats; log p and KL are those of the model's Note RNN. The figures "
      "depend on the seed, not on the number of threads. 95 % intervals are over compositions: "
      "Student's for means, Wilson's at the effective sample size for shares.",
      {"rltuner evaluate default", "rltuner evaluate default tuned/model.safetensors --paper",
       "rltuner evaluate tuned/model.safetensors --rules theory --json table1.json",
       "rltuner evaluate default --decoding best-of=64 --compositions 5000",
       "rltuner evaluate default --training folk.safetensors"},
      &MakeCommand<EvaluateCommand>};
}

}  // namespace rltuner::cli
