// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <array>
#include <optional>
#include <vector>

#include "rltuner/cli/command.h"
#include "rltuner/cli/interrupt.h"
#include "rltuner/cli/options.h"
#include "rltuner/cli/progress_bar.h"
#include "rltuner/core/text.h"
#include "rltuner/evaluation/evaluate.h"
#include "rltuner/experiment/experiment.h"
#include "rltuner/recipes/recipes.h"

namespace rltuner::cli {
namespace {

class ReproduceCommand final : public Command {
 public:
  void AddOptions(CLI::App& app) override {
    AddOption(app, "--output DIR", &output_,
              "Folder for the report and all runs. The same command with the same folder resumes.")
        ->required();
    AddOption(app, "--model MODEL", &model_,
              "Note RNN to tune: a file, or a bundled one, 'default' or 'folk'. [default "
              "'default', unless --corpus is given]");
    AddOption(app, "--corpus DATASET", &corpus_,
              "Melodies, as 'rltuner dataset' writes them. The Note RNN is trained on them unless "
              "--model is given too, and they are searched for copied runs.");
    AddOption(app, "--recipe NAME|FILE", &recipe_,
              "How the Note RNN is trained on --corpus, as in 'rltuner train'. [default default]");
    AddRulesOption(app, &rules_, "The rules that judge, and that q, psi, g and rl-only learn.");
    AddListOption(app, "--methods LIST", &methods_, "Methods to tune with. Fewer take less time.",
                  fmt::format("{}", fmt::join(experiment::TakenMethods(), "|")));
    AddListOption(app, "--c LIST", &options_.plan.c,
                  "The values of c in the sweep. With more, the frontier has more points.",
                  "above 0")
        ->check(InRange(1e-6, 1e6));
    AddOption(app, "--baselines LIST", &options_.plan.decodings,
              OptionHelp("Other ways to play the Note RNN, separated by spaces: what 'rltuner "
                         "evaluate --decoding' takes. Omit the large numbers to save time.",
                         "", fmt::format("{}", fmt::join(options_.plan.decodings, " "))))
        ->delimiter(' ');
    app.add_flag("--quick", quick_, "A smaller experiment, in minutes. Try this first.");
    app.add_flag("--resume", resume_, "No effect: this command always resumes.");
    app.add_flag("--plan", plan_only_, "Print the runs and how long they would take, then exit.");
    AddThreadsOption(app, &options_.threads);
    experiment::ExperimentOptions quick;
    experiment::MakeQuick(&quick);
    const Settings quick_scale = experiment::Describe(quick.plan);
    scale_.Add(app, experiment::Describe(options_.plan), "Scale",
               {.otherwise = &quick_scale, .when = "with --quick"});
  }

  int Run(const CommandContext& context) override {
    ReadRecipes();
    const bool trains = !corpus_.empty() && model_.empty();
    if (!trains && !recipe_.empty()) {
      context.Warn("--recipe has no effect: without --corpus, or with --model, nothing is trained");
    }
    std::optional<Dataset> dataset;
    if (!corpus_.empty()) options_.dataset = &dataset.emplace(corpus_);
    std::optional<Model> model;
    if (!trains) {
      model = LoadModelToTune(context, model_.empty() ? kDefaultModel : model_);
      options_.note_rnn = &*model;
    }
    options_.note_rnn_name = trains ? "a Note RNN trained on " + corpus_
                             : model_.empty() || model_ == kDefaultModel ? "the bundled Note RNN"
                                                                         : "the Note RNN " + model_;
    std::optional<TasksProgress> runs;
    ProgressBar training(context, "train", options_.training.iterations, "iterations");
    const InterruptGuard interrupt;
    const auto report = experiment::RunExperiment(
        options_, output_, &context.cluster,
        {.planned =
             [&](const experiment::Plan& plan, const std::string& text) {
               plan_only_ ? void(context.out() << text << '\n') : context.Say(text);
               runs.emplace(context, "reproduce", experiment::EstimatedSeconds(plan),
                            experiment::FinishedRuns(plan, output_));
               return !plan_only_;
             },
         .trained = [&](const TrainingProgress& now) { training.Update(now.iteration); },
         .progress = [&](int run, double share) { runs->Update(run, share); },
         .estimating =
             [&] { runs->Finish(), context.Say("estimating log Z and writing the report"); },
         .should_stop = [&] { return interrupt.Requested(); },
         .warn = [&](const std::string& line) { context.Warn(line); },
         .clock = SteadySeconds});
    if (plan_only_) return kDone;
    if (!report) {
      context.Say(
          fmt::format("stopped, all saved in {}; the same command resumes", output_.string()));
      return kInterrupted;
    }
    if (context.cluster.rank() > 0) return kDone;
    context.out() << experiment::Table1Text(report->conditions);
    context.Say(fmt::format("the report is {}", (output_ / "report.html").string()));
    return kDone;
  }

 private:
  void ReadRecipes() {
    ReadOwnTables(FindRecipe("train", recipe_.empty() ? "default" : recipe_),
                  std::array{Describe(options_.network), Describe(options_.training)});
    if (quick_ && recipe_.empty()) options_.training.iterations = 3000;
    if (quick_) experiment::MakeQuick(&options_);
    scale_.Apply();
    experiment::SetMethods(methods_, experiment::ReadRules(rules_), &options_.plan);
    for (const auto& [option, value] :
         {std::pair{" --model ", &model_}, {" --corpus ", &corpus_}, {" --recipe ", &recipe_}}) {
      if (!value->empty()) options_.command += option + ShellWord(*value);
    }
    if (quick_) options_.command += " --quick";
  }

  std::filesystem::path output_;
  std::string model_, corpus_, recipe_, rules_ = "paper";
  std::vector<std::string> methods_ = {"q", "psi", "g", "rl-only", "pg"};
  bool quick_ = false, plan_only_ = false, resume_ = false;
  experiment::ExperimentOptions options_;
  SettingOptions scale_;
};

}  // namespace

CommandInfo ReproduceCommandInfo() {
  return {
      "reproduce",
      "Model",
      "runs the paper's whole experiment and writes one report",
      "Tunes a Note RNN by every method with several seeds, as Jaques et al. (2017) did, judges "
      "each result, and compares it with the paper: Table 1 and Figure 2 with 95 % intervals "
      "over seeds, both explorations, the sweep over c as a frontier of reward against KL, and "
      "baselines without tuning. It also shows how near each comes to log Z, the highest "
      "possible value.\n"
      "\n"
      "DIR/report.html is one page that needs no other file. Its tables are beside it as CSV, "
      "its charts as SVG. DIR/runs/ has a folder for each run, with everything that is needed to "
      "repeat it. Ctrl-C saves, and the same command resumes. The report is then the same as "
      "without the interruption.",
      {"rltuner reproduce --quick --output quick", "rltuner reproduce --output paper",
       "rltuner reproduce --corpus folk.safetensors --seeds 3 --output folk"},
      &MakeCommand<ReproduceCommand>,
      true};
}

}  // namespace rltuner::cli
