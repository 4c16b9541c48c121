// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rltuner/cli/interrupt.h"
#include "rltuner/cli/options.h"
#include "rltuner/cli/progress_bar.h"
#include "rltuner/core/parallel.h"
#include "rltuner/recipes/recipes.h"
#include "rltuner/recipes/tune_folder.h"
#include "rltuner/tuning/methods.h"

namespace rltuner::cli {
namespace {

class TuneCommand final : public Command {
 public:
  void AddOptions(CLI::App& app) override {
    AddOption(app, "--output DIR", &output_, "Folder for the tuned model and its progress.")
        ->required();
    AddOption(app, "--model MODEL", &model_,
              "Note RNN to tune: a file, or a bundled one, 'default' or 'folk'. Give one trained "
              "on your own melodies.");
    AddRulesOption(app, &request_.rules,
                   "The rules that give rewards. Give a file to change weights.",
                   "the recipe's, else paper");
    AddOption(
        app, "--match DATASET", &request_.match,
        "Find the rules' weights from the training tunes of this dataset, by the method 'match', "
        "with recipe 'song' unless another is named. [wishes] of the recipe override the tunes.");
    AddOption(app, "--inputs LIST", &tuning_.inputs,
              "Inputs of the policy in addition to those of the Note RNN: 'rules' for what the "
              "rules depend on, or names from docs/formats.md. The policy then follows the rules "
              "better at the same KL.");
    app.add_flag("--resume", resume_,
                 "Resume from the last checkpoint in DIR/checkpoint/, or start if there is none.");
    AddOption(app, "--checkpoint-every N", &checkpoint_every_,
              OptionHelp("Events between two checkpoints; 0: every half minute, or less often if "
                         "saving would take 0.5 % of the run.",
                         "0 or more", "0"))
        ->check(InRange<std::int64_t>(0, INT64_MAX));
    AddThreadsOption(app, &threads_, "q, psi, g and rl-only learn on one. ");
    AddOption(app, "--recipe NAME|FILE", &request_.recipe,
              fmt::format("Values for the options below: a bundled recipe or a TOML file; "
                          "options given here win. Settings that a file omits are as in 'paper', "
                          "including the method, q. Bundled: {}. Without --recipe and --method "
                          "it is 'default'; --method alone takes the paper's settings and rules, "
                          "unless it is the method of 'default'.",
                          fmt::join(RecipeNames("tune"), ", ")));
    tuning_.options = ReadTuningRecipe(FindRecipe("tune", "default")).options;
    TuningOptions others{.method = tuning_.options.method};
    const Settings without_recipe = Describe(others);
    std::vector<std::string> names = MethodNames();
    std::erase(names, others.method);
    settings_.Add(app, Describe(tuning_.options), "Tuning",
                  {.otherwise = &without_recipe,
                   .when = fmt::format("with --method {}", fmt::join(names, ", ")),
                   .apart = [](std::string_view setting) {
                     const std::string methods = MethodsTaking(setting);
                     return methods.empty() ? "" : " by " + methods;
                   }});
    settings_.Add(app, Describe(tuning_.music), "Music");
  }

  int Run(const CommandContext& context) override {
    request_.assign = [&] { settings_.Apply(); };
    request_.given = [&](std::string_view setting) { return settings_.Given(setting); };
    TuningNotes notes = ResolveTuning(request_, &tuning_);
    const TuningOptions& options = tuning_.options;
    const Model model = LoadModelToTune(context, model_);
    const TuningSetup setup = SetUpTuning(model, request_, &tuning_);
    const std::string of_inputs = InputsWithoutEffect(model, setup, tuning_, model_);
    if (!of_inputs.empty()) notes.of_given.push_back(of_inputs);
    CheckKept(request_.rules, output_, setup);
    const InterruptGuard interrupt;
    CheckpointPace pace;
    std::optional<ProgressBar> progress;
    const TunedFolder tuned = TuneInFolder(
        output_, setup, tuning_,
        {.threads = threads_, .checkpoint_every = checkpoint_every_, .resume = resume_},
        {.begun =
             [&](std::int64_t at) {
               const std::string resuming = fmt::format("resuming from event {}", at);
               if (resume_) context.Say(at > 0 ? resuming : NothingSaved(output_ / "checkpoint"));
               // Notes come after all checks, so that an error is a single line.
               for (const std::string& line : notes.of_recipe) context.Say(line);
               for (const std::string& line : notes.of_given) context.Warn(line);
               progress.emplace(context, "tune " + options.method, options.iterations, "events",
                                at);
             },
         .run = {
             .progress = [&](std::int64_t at,
                             const ProgressRow& row) { progress->Update(at, ProgressText(row)); },
             .warn = [&](const std::string& line) { context.Warn(line); },
             .should_stop = [&] { return interrupt.Requested(); },
             .should_save = [&] { return checkpoint_every_ == 0 && pace.Due(); }}});
    if (tuned.end == TuneFolderEnd::kFinished) {
      progress->Finish();
      context.out() << tuned.text;
      return kDone;
    }
    context.Say(tuned.text);
    return tuned.end == TuneFolderEnd::kStopped ? kInterrupted : kDone;
  }

 private:
  std::filesystem::path output_;
  std::string model_ = kDefaultModel;
  TuningRequest request_;
  TuningRecipe tuning_;
  bool resume_ = false;
  std::int64_t checkpoint_every_ = 0;
  int threads_ = HardwareThreads();
  SettingOptions settings_;
};

}  // namespace

CommandInfo TuneCommandInfo() {
  return {
      "tune",
      "Model",
      "tunes a Note RNN with rules and keeps it close to its data",
      "Plays melodies with a policy that starts as the Note RNN. Each event is rewarded by the "
      "rules and by its log p under the Note RNN. The policy learns from these rewards by policy "
      "gradient, or by Q-, Psi- or G-learning (Jaques et al. 2017). With --match it also finds the "
      "weights under which melodies earn, on average, the rewards of real tunes.\n"
      "\n"
      "Writes to DIR: model.safetensors, for evaluate and generate; recipe.toml, every setting "
      "used; progress.csv and progress.svg, Figure 2 of the paper; checkpoint/; and with --match "
      "rules.toml, the weights found. Ctrl-C saves; the same command with --resume continues, bit "
      "for bit as if it had never stopped. --kl-budget sets how far the rules take the policy from "
      "the Note RNN.",
      {"rltuner tune --output tuned", "rltuner tune --kl-budget 0.2 --output near",
       "rltuner tune --method q --c 0.5 --output tuned-q",
       "rltuner tune --match my_tunes.safetensors --output like-tunes",
       "rltuner tune --model my.safetensors --rules my_rules.toml --output mine"},
      &MakeCommand<TuneCommand>};
}

}  // namespace rltuner::cli
