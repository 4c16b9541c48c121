// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "rltuner/cli/command.h"
#include "rltuner/cli/options.h"
#include "rltuner/core/error.h"
#include "rltuner/evaluation/evaluate.h"
#include "rltuner/evaluation/generation.h"
#include "rltuner/evaluation/instruments.h"
#include "rltuner/evaluation/music_options.h"
#include "rltuner/evaluation/primer.h"
#include "rltuner/melody/encoding.h"
#include "rltuner/recipes/bundled.h"

namespace rltuner::cli {
namespace {

class GenerateCommand final : public Command {
 public:
  void AddOptions(CLI::App& app) override {
    AddOption(app, "MODEL", &model_, "Model file, or 'default' for the bundled Note RNN.")
        ->required();
    AddOption(app, "-o,--output DIR", &folder_,
              "Folder for the melodies; made if it does not exist.")
        ->required();
    settings_.Add(app, Describe(options_), "Melodies");
    settings_.Add(app, Describe(music_), "Music");
    AddOption(
        app, "--primer FILE.mid|CLASS", &primer_,
        "What the model hears first: a class of the model, such as 14, or a file with music. It "
        "hears the "
        "file's melody, at most the last 128 quarter notes, moved to C major / A minor, and plays "
        "on "
        "in the file's key, octave, tempo, metre and instrument. Default: one random event for "
        "each melody.");
    primer_track_option_ =
        AddOption(app, "--primer-track NAME|N", &primer_options_.track,
                  "The track of the primer's file that has the melody: its number, from 0 as in "
                  "'rltuner midi', or a part of its name. Give it if the wrong track was heard. "
                  "Default: the one named melody, lead or vocals, or else the most likely one.");
    app.add_flag("--as-trained", as_trained_,
                 "Play in C major / A minor, 4/4, on a piano and at --quarters-per-minute even "
                 "after a primer file. Use it to compare melodies with those of other primers.");
    program_option_ = AddOption(app, "--program N", &program_,
                                "Instrument of the MIDI files, a General MIDI program, 0 .. 127. "
                                "Default: the primer file's, else 0, a piano.")
                          ->check(CLI::Range(0, 127));
    AddOption(
        app, "--instrument NAME", &instrument_,
        "Who is to play it: sets the sound and moves the melodies into the range, by octaves. "
        "One of " +
            InstrumentNames() + ". Default: the primer file's sound, any range.");
    AddRulesOption(app, &rules_, "Rules for the rewards shown and for --decoding.");
  }

  int Run(const CommandContext& context) override {
    settings_.Apply();
    const RuleSet rules = RuleSet::FromNameOrFile(rules_);
    const Model model = LoadModel(model_);
    const Encoding encoding = MelodyEncodingOf(model, model_);
    const Primer primer = HearPrimer(context, encoding);
    SetMusic(context, model, encoding, primer);
    const std::vector<GeneratedMelody> melodies = Generate(model, rules, options_, primer.events);
    WriteMelodies(
        folder_, melodies, rules, options_,
        model_ == kDefaultModel ? "the bundled Note RNN" : model_,
        as_trained_ || in_key_ || !instrument_.empty() ? std::span<const int>() : primer.pitches);
    context.Say(fmt::format(
        "{} melod{} in {}; open {} to see {}", melodies.size(), melodies.size() == 1 ? "y" : "ies",
        folder_.string(), (folder_ / "index.html").string(), melodies.size() == 1 ? "it" : "them"));
    return kDone;
  }

 private:
  // Sets how the melodies are played, too.
  Primer HearPrimer(const CommandContext& context, const Encoding& encoding) {
    primer_options_.encoding = encoding;
    Primer primer = primer_.empty() ? Primer() : ParsePrimer(primer_, primer_options_);
    if (primer.track < 0 && primer_track_option_->count() > 0) {
      Fail("--primer-track {}: there are no tracks to choose from; expected --primer FILE.mid",
           primer_options_.track);
    }
    if (primer.track >= 0) context.Say("primer: " + primer.Text());
    Playback& playback = options_.playback;
    if (primer.track >= 0 && !as_trained_) {
      const double tempo = playback.quarters_per_minute;
      const int velocity = playback.velocity;
      playback = primer.playback;
      playback.velocity = velocity;
      if (settings_.Given("quarters_per_minute")) playback.quarters_per_minute = tempo;
    }
    playback.SetClasses(encoding);
    return primer;
  }

  // The metre and mode that the model hears and plays in, and the length.
  void SetMusic(const CommandContext& context, const Model& model, const Encoding& encoding,
                const Primer& primer) {
    const TunedMusic tuned = MusicOf(model);
    const bool from_file = primer.track >= 0 && !as_trained_;
    Playback& playback = options_.playback;
    const MelodyContext& heard = primer.playback.music;
    in_key_ = !music_.key.empty();
    const bool own_metre = !music_.metre.empty();
    if (from_file && !own_metre) music_.metre = heard.metre.Text();
    if (from_file && !in_key_ && music_.mode.empty()) music_.mode = ModeName(heard.mode);
    Complete(music_, tuned.options);
    if (in_key_ || (!from_file && !music_.key.empty())) {
      PlayIn(ParseKey(music_.key, "--key"), playback);
    }
    if (!instrument_.empty()) PlayOn(instrument_, "--instrument", playback);
    if (program_option_->count() > 0) playback.program = program_;
    MelodyContext& music = options_.context = ContextOf(music_, encoding);
    if (from_file && !own_metre) {
      music.changes = heard.changes;
    } else if (primer.events.size() > 1) {  // it ends with a bar
      music.pickup =
          static_cast<int>(primer.events.size()) % music.metre.BarSteps(encoding.steps_per_quarter);
    }
    options_.length =
        LengthOf(music_, encoding,
                 AfterPrimer(static_cast<int>(primer.events.size()), music, encoding).metre,
                 options_.length, settings_.Given("length"));
    if (tuned.length > 0 && options_.length > tuned.length) {
      context.Warn(fmt::format(
          "{} was tuned for melodies of {} events and is to play {}; what it learnt of the rules "
          "ends there. tune --length {} tunes for that length",
          model_, tuned.length, options_.length, options_.length));
    }
  }

  std::string model_, primer_, instrument_, rules_ = "paper";
  std::filesystem::path folder_;
  GenerationOptions options_;
  MusicOptions music_;
  SettingOptions settings_;
  PrimerOptions primer_options_;
  int program_ = 0;
  bool as_trained_ = false, in_key_ = false;
  const CLI::Option* primer_track_option_ = nullptr;
  const CLI::Option* program_option_ = nullptr;
};

}  // namespace

CommandInfo GenerateCommandInfo() {
  return {"generate",
          "Listen",
          "melodies as MIDI files, with pictures and rewards",
          "Plays the model and writes for every melody a MIDI file and a piano roll (SVG) with the "
          "probability of every event at every step. Three files are about all melodies: "
          "index.html has the pictures on one page, rewards.csv the reward of every event by every "
          "rule, and melodies.jsonl the events, as 'rltuner score' reads them. The same seed gives "
          "the same melodies.\n"
          "\n"
          "--decoding smc=64 comes nearest to the best bargain between rules and Note RNN. "
          "best-of=N keeps the most variety. Plain sampling costs least.",
          {"rltuner generate default --count 5 --output melodies",
           "rltuner generate tuned/model.safetensors --count 20 --temperature 0.8 -o melodies",
           "rltuner generate default --count 1 --decoding best-of=1000 -o melodies",
           "rltuner generate default --primer tune.mid --include-primer --length 64 -o melodies",
           "rltuner generate default --primer song.mid --primer-track vocals -o melodies",
           "rltuner generate default --key 'E minor' --instrument flute --notation all -o scores"},
          &MakeCommand<GenerateCommand>};
}

}  // namespace rltuner::cli
