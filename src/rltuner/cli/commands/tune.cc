// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <memory>

#include "rltuner/cli/command.h"
#include "rltuner/cli/interrupt.h"
#include "rltuner/cli/options.h"
#include "rltuner/cli/progress_bar.h"
#include "rltuner/core/error.h"
#include "rltuner/core/files.h"
#include "rltuner/core/parallel.h"
#include "rltuner/evaluation/chart.h"
#include "rltuner/recipes/bundled.h"
#include "rltuner/recipes/tuning_recipe.h"
#include "rltuner/theory/rule_set.h"
#include "rltuner/tuning/methods.h"
#include "rltuner/tuning/tuning_run.h"

namespace rltuner::cli {
namespace {

// Figure 2 of the paper: log p and the reward against the events played.
std::string ProgressChart(std::span<const ProgressRow> rows) {
  PlottedSeries log_prob{.name = "log p of the Note RNN, nats"};
  PlottedSeries reward{.name = "reward with this run's weights", .colour = 1};
  for (const ProgressRow& row : rows) {
    for (PlottedSeries* series : {&log_prob, &reward}) {
      series->x.push_back(static_cast<double>(row.iteration));
    }
    log_prob.y.push_back(row.mean_log_prob);
    reward.y.push_back(row.mean_reward);
  }
  // Early on, repeated events can cost 100 each; that would flatten all the rest.
  return DrawChart({.title = "log p and reward against events played",
                    .x_label = "events played",
                    .y_label = "mean per event",
                    .thousands = true,
                    .y_low = -8,
                    .series = {std::move(log_prob), std::move(reward)}});
}

class TuneCommand final : public Command {
 public:
  void AddOptions(CLI::App& app) override {
    app.add_option("--output", output_, "Folder for the tuned model and its progress.")
        ->required()
        ->type_name("DIR");
    app.add_option("--model", model_,
                   "Note RNN to tune: a model file, or 'default' for the bundled one.")
        ->type_name("MODEL");
    app.add_option("--rules", rules_,
                   OptionHelp("The rules: a built-in set or a TOML file.", "paper|theory|FILE",
                              "the recipe's, else paper"))
        ->type_name("NAME|FILE");
    app.add_flag("--resume", resume_,
                 "Resume from the last checkpoint in DIR/checkpoint/; start from the beginning if "
                 "there is none.");
    app.add_option("--checkpoint-every", checkpoint_every_,
                   OptionHelp("Events between two checkpoints; 0: every half minute, or so seldom "
                              "that saving takes less than 1 % of the run.",
                              "0 or more", "0"))
        ->type_name("N")
        ->check(CLI::NonNegativeNumber);
    AddThreadsOption(app, &threads_);
    app.add_option(
           "--recipe", recipe_,
           fmt::format("Values for the options below: a bundled recipe or a TOML file; "
                       "options given here win. Bundled: {}. Without --recipe and --method it is "
                       "'default'; --method alone takes the paper's settings and rules, unless it "
                       "is the method of 'default'.",
                       fmt::join(RecipeNames("tune"), ", ")))
        ->type_name("NAME|FILE");
    const RecipeText recipe = FindRecipe("tune", "default");
    ReadOwnTables(recipe.text, recipe.source, std::array{Describe(options_)});
    TuningOptions others;
    others.method = options_.method;
    const Settings without_recipe = Describe(others);
    settings_.Add(
        app, Describe(options_), "Tuning",
        {.otherwise = &without_recipe,
         .when = "with --method " + Names([](const MethodInfo*) { return true; }, options_.method),
         .apart = OnlyFor});
    options_ = {};
  }

  int Run(const CommandContext& context) override {
    RuleSet rules = ResolveTuning(
        recipe_, rules_, [&] { settings_.Apply(); }, &options_, &set_aside_);
    Check(options_);
    const Model note_rnn = LoadModel(model_);
    if (note_rnn.tuned()) {
      context.Warn(fmt::format("{} is a tuned model ({}); starting from its Note RNN", model_,
                               note_rnn.method));
    }
    const std::string recipe = TuningRecipe(options_, rules);

    MakeFolder(output_);
    RemoveTemporaryFiles(output_);  // of a run that was killed
    const std::unique_ptr<Tuning> tuning =
        StartTuning(note_rnn.note_rnn(), rules, options_, threads_);
    TuningRun run(tuning.get(), rules, options_,
                  {.threads = threads_, .checkpoint_every = checkpoint_every_, .recipe = recipe},
                  CheckpointFolder(output_ / "checkpoint", "tuning"));
    if (resume_) {
      std::vector<std::string> warnings;
      const bool saved = run.Resume(&warnings);
      for (const std::string& warning : warnings) context.Warn(warning);
      if (run.finished()) return ReportFinished(context);
      context.Say(saved ? fmt::format("resuming from event {}", tuning->iteration())
                        : NothingSaved(output_ / "checkpoint"));
    }
    WriteFileAtomically(output_ / "recipe.toml", recipe);
    SayWhatIsOdd(context);

    const TuningEnd end = Loop(context, tuning->iteration(), &run);
    WriteFileAtomically(output_ / "progress.csv", ProgressCsv(run.rows()));
    if (end == TuningEnd::kStopped) {
      context.Say(
          fmt::format("stopped at event {}, saved in {}; resume with the same command and "
                      "--resume",
                      tuning->iteration(), (output_ / "checkpoint").string()));
      return kInterrupted;
    }
    Model tuned = ModelOf(tuning->Networks(), options_.method, recipe);
    tuned.encoding = note_rnn.encoding;
    WriteModel(output_ / "model.safetensors", tuned);
    WriteFileAtomically(output_ / "progress.svg", ProgressChart(run.rows()));
    run.MarkFinished();
    PrintResult(context, run.rows());
    return kDone;
  }

 private:
  // After all that can be refused: an error is one line by itself.
  void SayWhatIsOdd(const CommandContext& context) const {
    for (const std::string& line : set_aside_) context.Say(line);
    TuningOptions copy = options_;
    const Settings settings = Describe(copy);
    for (const Setting& setting : settings.entries()) {
      if (settings_.Given(setting.name) && !MethodNamed(options_.method).Takes(setting.name)) {
        context.Warn(fmt::format("{} has no effect with --method {}", OptionName(setting.name),
                                 options_.method));
      }
    }
    if (const std::string warning = WhyNothingIsLearnt(options_); !warning.empty()) {
      context.Warn(warning);
    }
    if (checkpoint_every_ > options_.iterations) {
      context.Warn(
          fmt::format("--checkpoint-every {} is more than the run's {} iterations: nothing "
                      "is saved before its end",
                      checkpoint_every_, options_.iterations));
    }
  }

  // The methods for which `is` holds, without one of them.
  template <typename Condition>
  static std::string Names(const Condition& is, std::string_view without = "") {
    std::vector<std::string_view> names;
    for (const MethodInfo* method : Methods()) {
      if (is(method) && method->name != without) names.push_back(method->name);
    }
    return fmt::format("{}", fmt::join(names, ", "));
  }

  // " by q, psi" of a setting that not all methods take.
  static std::string OnlyFor(std::string_view setting) {
    const auto takes = [&](const MethodInfo* method) { return method->Takes(setting); };
    return std::ranges::all_of(Methods(), takes) ? "" : fmt::format(" by {}", Names(takes));
  }

  TuningEnd Loop(const CommandContext& context, std::int64_t done, TuningRun* run) const {
    const InterruptGuard interrupt;
    CheckpointPace pace;
    ProgressBar progress(context, "tune " + options_.method, options_.iterations, "events", done);
    bool warned = false;
    const TuningCallbacks callbacks{
        .progress =
            [&](std::int64_t iteration, const ProgressRow& row) {
              progress.Update(
                  iteration,
                  fmt::format("log p {:.2f}, rules {:.2f}, KL {:.2f}, epsilon {:.2f}",
                              row.mean_log_prob, row.mean_reward, row.kl_to_prior, row.epsilon));
            },
        .measured =
            [&](const ProgressRow& row) {
              const std::string warning = CollapseWarning(row);
              if (!warning.empty() && !warned) context.Warn(warning);
              warned = warned || !warning.empty();
            },
        .should_stop = [&] { return interrupt.Requested(); },
        .should_save = [&] { return checkpoint_every_ == 0 && pace.Due(); }};
    const TuningEnd end = run->Run(callbacks);
    if (end == TuningEnd::kFinished) progress.Finish();
    return end;
  }

  int ReportFinished(const CommandContext& context) const {
    if (!std::filesystem::exists(output_ / "model.safetensors")) {
      Fail("{}: the run is finished but its model.safetensors is gone; run again without --resume",
           output_.string());
    }
    context.Say(
        fmt::format("the run in {} is finished; there is nothing to resume", output_.string()));
    return kDone;
  }

  void PrintResult(const CommandContext& context, std::span<const ProgressRow> rows) const {
    const ProgressRow& before = rows.front();
    const ProgressRow& after = rows.back();
    std::ostream& out = context.out();
    out << fmt::format("model                {}\n", (output_ / "model.safetensors").string());
    out << fmt::format("log p per event      {:.3f} (before {:.3f})\n", after.mean_log_prob,
                       before.mean_log_prob);
    out << fmt::format("rules per event      {:.3f} (before {:.3f}), this run's weights\n",
                       after.mean_reward, before.mean_reward);
    out << fmt::format("KL to the Note RNN   {:.3f} nats per event\n", after.kl_to_prior);
    out << fmt::format("distinct melodies    {:.0f} %\n", 100 * after.distinct);
  }

  std::filesystem::path output_;
  std::string model_ = kDefaultModel, rules_, recipe_;
  std::vector<std::string> set_aside_;  // lines
  bool resume_ = false;
  std::int64_t checkpoint_every_ = 0;
  int threads_ = HardwareThreads();
  TuningOptions options_;
  SettingOptions settings_;
};

}  // namespace

CommandInfo TuneCommandInfo() {
  return {.name = "tune",
          .group = "Model",
          .summary = "tunes a Note RNN with rules, close to what it learnt from data",
          .description =
              "Plays melodies with the Note RNN, rewards each event by the rules and by how likely "
              "the Note RNN finds it, and learns from that by Q-, Psi- or G-learning (Jaques et "
              "al. 2017).\n"
              "\n"
              "DIR gets model.safetensors (what evaluate and generate take), recipe.toml (every "
              "setting that was used), progress.csv and progress.svg (Figure 2 of the paper) and "
              "checkpoint/. Ctrl-C saves; the same command with --resume continues, bit for bit as "
              "without the stop. A smaller --c makes the rules count more.",
          .examples = {"rltuner tune --output tuned",
                       "rltuner tune --method q --c 0.5 --output tuned-q",
                       "rltuner tune --model my.safetensors --rules my_rules.toml --output mine"},
          .make = MakeCommand<TuneCommand>};
}

}  // namespace rltuner::cli
