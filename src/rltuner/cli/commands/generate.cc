// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "rltuner/cli/command.h"
#include "rltuner/cli/model_argument.h"
#include "rltuner/cli/options.h"
#include "rltuner/evaluation/generation.h"

namespace rltuner {
namespace {

class GenerateCommand final : public Command {
 public:
  void AddOptions(CLI::App& app) override {
    app.add_option("MODEL", model_, "Model file, or 'default' for the bundled Note RNN.")
        ->required();
    app.add_option("-o,--output", folder_, "Folder for the melodies; made if it does not exist.")
        ->required()
        ->type_name("DIR");
    settings_.Add(app, Describe(options_), "Melodies");
    app.add_option("--primer", primer_,
                   "What the model hears first: a class, 0 .. 37, or a file with music, of which "
                   "the first melody counts, moved to C major / A minor. Default: one random event "
                   "for each melody.")
        ->type_name("FILE.mid|CLASS");
    app.add_option(
           "--rules", rules_,
           OptionHelp(
               "Rules for the rewards shown and for --decoding: a built-in set or a TOML file.",
               "paper|theory|FILE", rules_))
        ->type_name("NAME|FILE");
  }

  int Run(const CommandContext& context) override {
    settings_.Apply();
    const RuleSet rules = RuleSet::FromNameOrFile(rules_);
    const Model model = LoadModel(model_);
    const std::vector<int> primer = primer_.empty() ? std::vector<int>() : ParsePrimer(primer_);
    const std::vector<GeneratedMelody> melodies = Generate(model, rules, options_, primer);
    WriteMelodies(folder_, melodies, rules, options_,
                  model_ == kDefaultModel ? "the bundled Note RNN" : model_);
    context.Say(fmt::format(
        "{} melod{} in {}; open {} to see {}", melodies.size(), melodies.size() == 1 ? "y" : "ies",
        folder_.string(), (folder_ / "index.html").string(), melodies.size() == 1 ? "it" : "them"));
    return kDone;
  }

 private:
  std::string model_, primer_, rules_ = "paper";
  std::filesystem::path folder_;
  GenerationOptions options_;
  SettingOptions settings_;
};

}  // namespace

CommandInfo GenerateCommandInfo() {
  return {"generate",
          "Listen",
          "melodies as MIDI files, with pictures and rewards",
          "Plays the model and writes for every melody a MIDI file and a piano roll (SVG) with the "
          "probability of every event at every step, and for all of them index.html (the pictures "
          "on one page), rewards.csv (the reward of every event by every rule) and melodies.jsonl "
          "(the events, as 'rltuner score' reads them). The same seed gives the same melodies.",
          {"rltuner generate default --count 5 --output melodies",
           "rltuner generate tuned/model.safetensors --count 20 --temperature 0.8 -o melodies",
           "rltuner generate default --count 1 --decoding best-of=1000 -o melodies",
           "rltuner generate default --primer tune.mid --include-primer --length 64 -o melodies"},
          &MakeCommand<GenerateCommand>};
}

}  // namespace rltuner
