// SPDX-License-Identifier: Apache-2.0
#include "rltuner/evaluation/evaluate.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "rltuner/cli/command.h"
#include "rltuner/cli/interrupt.h"
#include "rltuner/cli/options.h"
#include "rltuner/cli/progress_bar.h"
#include "rltuner/core/error.h"
#include "rltuner/evaluation/copied_runs.h"
#include "rltuner/evaluation/corpus_distance.h"
#include "rltuner/evaluation/generation.h"
#include "rltuner/melody/dataset.h"
#include "rltuner/recipes/recipes.h"

namespace rltuner::cli {
namespace {

class EvaluateCommand final : public Command {
 public:
  void AddOptions(CLI::App& app) override {
    AddOption(
        app, "MODEL", &models_,
        "Model file, or a bundled Note RNN: 'default' or 'folk'. Several are shown side by side.")
        ->required();
    settings_.Add(app, Describe(options_), "Sample");
    settings_.Add(app, Describe(music_), "Music");
    AddRulesOption(app, &rules_,
                   "The rules that judge. Give the recipe.toml of a tuning to see what it did.");
    AddOption(app, "--training DATASET", &training_,
              "The dataset that the model learnt from. Give it to measure the longest run of "
              "events that each composition copies from the training melodies.");
    AddOption(app, "--corpus DATASET", &corpus_,
              "Also measure how far 2,000 melodies of each model, played in the same way, are from "
              "the held-out tunes of this dataset, at --length. Use it to see whether tuning made "
              "the music worse.");
    AddThreadsOption(app, &threads_);
    app.add_flag("--paper", paper_, "Show Table 1 of the paper (Jaques et al. 2017) as well.");
    AddOption(
        app, "--json FILE|-", &json_,
        "Write the metrics as JSON to this file, or - for standard output; a list if there are "
        "several models. 'rltuner report' reads it.");
  }

  int Run(const CommandContext& context) override {
    settings_.Apply();
    RefuseUnusedC(settings_.Given("c"), options_.decoding);
    const RuleSet rules = RuleSet::FromNameFileOrRecipe(rules_);
    std::vector<Model> models;
    for (const std::string& path : models_) models.push_back(LoadModel(path));
    for (const std::string& line :
         SetMusic(models, models_, music_, settings_.Given("length"), &options_)) {
      context.Warn(line);
    }
    std::vector<std::filesystem::path> read = {rules_, training_, corpus_};
    read.insert(read.end(), models_.begin(), models_.end());
    CheckResult(json_, read);
    std::vector<EvaluationReport> reports;
    std::optional<CopiedRuns> training;
    if (!training_.empty()) {
      training.emplace(Alike(training_, models.front()).TrainingMelodies(), options_.length);
    }
    std::optional<CorpusComparison> corpus;
    if (!corpus_.empty()) {
      corpus.emplace(Alike(corpus_, models.front()), options_, rules, models);
    }
    for (std::size_t i = 0; i < models.size(); ++i) {
      reports.push_back({.model = models_[i],
                         .rules = rules_,
                         .method = models[i].method,
                         .options = options_,
                         .encoding = MelodyEncodingOf(models[i], models_[i])});
      Measure(context, models[i], rules, training ? &*training : nullptr,
              corpus ? &*corpus : nullptr, reports.back());
    }
    if (json_ != "-") {
      context.out() << EvaluationText(reports, paper_);
      if (corpus) context.out() << '\n' << corpus->Text(reports);
    }
    if (!json_.empty()) WriteResult(context, json_, EvaluationJson(reports));
    return kDone;
  }

 private:
  Dataset Alike(const std::string& path, const Model& model) const {
    Dataset dataset(path);
    dataset.ExpectEventsOf(MelodyEncodingOf(model), models_.front());
    return dataset;
  }

  void Measure(const CommandContext& context, const Model& model, const RuleSet& rules,
               const CopiedRuns* training, const CorpusComparison* corpus,
               EvaluationReport& report) const {
    const InterruptGuard interrupt;
    const int all = options_.compositions + (corpus != nullptr ? CheckOptions().compositions : 0);
    ProgressBar progress(context, "evaluate " + report.model, all, "compositions");
    const auto update = [&](int finished) {
      if (interrupt.Requested()) throw Interrupted();
      progress.Update(finished);
    };
    report.metrics = Evaluate(model, rules, options_, threads_, update, training);
    if (corpus != nullptr) {
      report.corpus = corpus->Measure(
          model, threads_, [&](int finished) { update(options_.compositions + finished); });
    }
    progress.Finish();
  }

  std::vector<std::string> models_;
  std::string json_, rules_ = "paper", training_, corpus_;
  bool paper_ = false;
  int threads_ = 0;
  EvaluationOptions options_;
  MusicOptions music_;
  SettingOptions settings_;
};

}  // namespace

CommandInfo EvaluateCommandInfo() {
  return {"evaluate",
          "Model",
          "measures models by the paper's Table 1, with confidence intervals",
          "Plays compositions with the model, each after one random event, and computes the "
          "metrics of Table 1 of Jaques et al. (2017). --decoding chooses another way to play: a "
          "temperature, hard masks, the best of N, or sequential Monte Carlo. For the last two, "
          "KL is an upper bound and entropy is that of the model that proposes compositions. "
          "Means are per event and logarithms in nats; log p and KL refer to the model's Note "
          "RNN. The metrics depend on the seed, not on the number of threads. 95 % intervals are "
          "over compositions: Student's t for means, Wilson's at the effective sample size for "
          "shares. All models play in the metre and key in which the first tuned one was tuned, "
          "unless --metre or --key says otherwise.",
          {"rltuner evaluate default", "rltuner evaluate default tuned/model.safetensors --paper",
           "rltuner evaluate tuned/model.safetensors --rules theory --json table1.json",
           "rltuner evaluate default --decoding best-of=64 --compositions 5000",
           "rltuner evaluate default --training folk.safetensors"},
          &MakeCommand<EvaluateCommand>};
}

}  // namespace rltuner::cli
