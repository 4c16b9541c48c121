// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <filesystem>
#include <system_error>

#include "rltuner/cli/command.h"
#include "rltuner/cli/options.h"
#include "rltuner/core/error.h"
#include "rltuner/core/files.h"
#include "rltuner/evaluation/evaluate.h"
#include "rltuner/evaluation/generation.h"
#include "rltuner/melody/encoding.h"
#include "rltuner/recipes/recipes.h"

namespace rltuner::cli {
namespace {

class GenerateCommand final : public Command {
 public:
  void AddOptions(CLI::App& app) override {
    AddOption(app, "MODEL", &model_, "Model file, or a bundled Note RNN: 'default' or 'folk'.")
        ->required();
    AddOption(app, "-o,--output DIR", &folder_,
              "Folder for the melodies; made if it does not exist.")
        ->required();
    settings_.Add(app, Describe(options_), "Melodies");
    settings_.Add(app, Describe(music_), "Music");
    AddOption(
        app, "--primer FILE|CLASS", &primer_,
        "What the model hears first: a class of the model, such as 14, or a file with music. It "
        "hears the file's melody, at most the last 128 quarter notes, moved to C major / A minor, "
        "and continues in the file's key, octave, tempo, metre and instrument. Default: one random "
        "event for each melody.");
    primer_track_option_ =
        AddOption(app, "--primer-track NAME|N", &primer_options_.track,
                  "The track of the primer's file that has the melody: its number, from 0 as in "
                  "'rltuner midi', or a part of its name. Give it if the wrong track was used. "
                  "Default: the one named melody, lead or vocals, or else the most likely one.");
    app.add_flag("--as-trained", as_trained_,
                 "Play in C major / A minor, 4/4, on a piano and at --quarters-per-minute even "
                 "after a primer file. Use it to compare melodies with those of other primers.");
    program_option_ = AddOption(app, "--program N", &program_,
                                "Instrument of the MIDI files, a General MIDI program, 0 .. 127. "
                                "Default: the primer file's, else 0, a piano.")
                          ->check(InRange(0, 127));
    AddOption(
        app, "--instrument NAME", &instrument_,
        "The instrument that plays: sets the sound and moves the melodies by octaves into its "
        "range. One of " +
            InstrumentNames() + ". Default: the primer file's sound, any range.");
    AddRulesOption(app, &rules_, "Rules for the rewards shown and for --decoding.",
                   "those of the model's tuning, else paper");
  }

  int Run(const CommandContext& context) override {
    settings_.Apply();
    RefuseUnusedC(settings_.Given("c"), options_.decoding);
    const Model model = LoadModel(model_);
    const RuleSet rules =
        rules_.empty() ? RulesOfTuning(model, model_) : RuleSet::FromNameFileOrRecipe(rules_);
    const Encoding encoding = MelodyEncodingOf(model, model_);
    const Primer primer = HearPrimer(context, encoding);
    ChooseMusic(context, model, primer);
    CheckOutput(folder_ / "index.html");
    std::error_code none;
    if (std::filesystem::equivalent(folder_ / std::filesystem::path(primer_).filename(), primer_,
                                    none) &&
        primer.track >= 0) {
      Fail("--primer {}: lies in --output {}, whose melodies are replaced; expected another folder",
           primer_, folder_.string());
    }
    const std::vector<GeneratedMelody> melodies = Generate(model, rules, options_, primer.events);
    WriteMelodies(folder_, melodies, rules, options_,
                  model_ == kDefaultModel ? "the bundled Note RNN" : model_);
    context.Say(fmt::format(
        "{} melod{} in {}; open {} to see {}", melodies.size(), melodies.size() == 1 ? "y" : "ies",
        folder_.string(), (folder_ / "index.html").string(), melodies.size() == 1 ? "it" : "them"));
    return kDone;
  }

 private:
  Primer HearPrimer(const CommandContext& context, const Encoding& encoding) {
    primer_options_.encoding = encoding;
    Primer primer = primer_.empty() ? Primer() : ParsePrimer(primer_, primer_options_);
    if (primer.track < 0 && primer_track_option_->count() > 0) {
      Fail("--primer-track {}: there are no tracks to choose from; expected --primer FILE.mid",
           primer_options_.track);
    }
    if (primer.track >= 0) context.Say("primer: " + primer.Text());
    return primer;
  }

  void ChooseMusic(const CommandContext& context, const Model& model, const Primer& primer) {
    const TunedMusic tuned = SetMusic(model,
                                      {.music = music_,
                                       .tempo_given = settings_.Given("quarters_per_minute"),
                                       .length_given = settings_.Given("length"),
                                       .as_trained = as_trained_},
                                      primer, &options_);
    if (!instrument_.empty()) PlayOn(instrument_, "--instrument", options_.playback);
    if (program_option_->count() > 0) options_.playback.program = program_;
    const std::string warning = WarningBeyond(tuned, model_, options_.length);
    if (!warning.empty()) context.Warn(warning);
  }

  std::string model_, primer_, instrument_, rules_;
  std::filesystem::path folder_;
  GenerationOptions options_;
  MusicOptions music_;
  SettingOptions settings_;
  PrimerOptions primer_options_;
  int program_ = 0;
  bool as_trained_ = false;
  const CLI::Option* primer_track_option_ = nullptr;
  const CLI::Option* program_option_ = nullptr;
};

}  // namespace

CommandInfo GenerateCommandInfo() {
  return {"generate",
          "Listen",
          "melodies as MIDI files, with pictures and rewards",
          "Plays the model and writes for every melody a MIDI file and a piano roll (SVG) with the "
          "probability of every event at every step. Three files cover all melodies: index.html "
          "has the pictures on one page, rewards.csv the reward of every event by every rule, and "
          "melodies.jsonl the events, as 'rltuner score' reads them. The same seed gives the same "
          "melodies.\n\n--decoding smc=64 comes nearest to the best trade-off between rules and "
          "Note RNN, especially with a tuned model. best-of=N keeps the most variety. Plain "
          "sampling is fastest.",
          {"rltuner generate default --count 5 --output melodies",
           "rltuner generate tuned/model.safetensors --count 20 --temperature 0.8 -o melodies",
           "rltuner generate default --count 1 --decoding best-of=1000 -o melodies",
           "rltuner generate default --primer tune.mid --include-primer --length 64 -o melodies",
           "rltuner generate default --primer song.mid --primer-track vocals -o melodies",
           "rltuner generate default --key 'E minor' --instrument flute --notation all -o scores"},
          &MakeCommand<GenerateCommand>};
}

}  // namespace rltuner::cli
