// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>

#include "rltuner/core/error.h"
#include "rltuner/evaluation/evaluate.h"
#include "rltuner/evaluation/generation.h"
#include "rltuner/melody/context.h"
#include "rltuner/tuning/tune.h"

namespace rltuner {
namespace {

constexpr int kBarsOfThePaper = 2;

TunedMusic MusicOf(const Model& model) {
  TunedMusic music;
  if (!model.tuned() || model.recipe.empty()) return music;
  TuningOptions tuning;
  ReadOwnTables(model.recipe, "the model's recipe",
                std::array{Describe(music.options), Describe(tuning)});
  music.length = tuning.length;
  return music;
}

}  // namespace

Settings Describe(MusicOptions& options) {
  Settings settings("music");
  settings
      .Add("bars", &options.bars, 0, 4096,
           "Length in bars, instead of --length. With 0, --length decides, or else the recipe of "
           "'tune', or else it is two bars. A tuned model plays best at the length of its tuning.")
      .Add("metre", &options.metre, {},
           "Time signature, e.g. 3/4 or 6/8. Bars, rules, notation and models that hear the metre "
           "follow it. If not given, the metre is that of the primer, of the recipe or of the "
           "model's tuning, or 4/4.")
      .Add("key", &options.key, {},
           "A tonic and a mode, such as 'D dorian', 'E minor' or 'Bb'. Melodies are played in it; "
           "rules that follow a key and models that hear the mode use it. If not given, it is that "
           "of the primer, of the recipe or of the model's tuning, or the key of --mode without "
           "sharps and flats.")
      .Add("mode", &options.mode, {},
           "Plays in the key of this mode without sharps and flats, in place of --key: major, "
           "minor, dorian, phrygian, lydian, mixolydian or locrian. If neither is given, the "
           "primer, the recipe or the model's tuning decides, or else it is major.");
  return settings;
}

RuleSet RulesOfTuning(const Model& model, std::string_view source) {
  return model.tuned() ? RuleSet::FromRecipe(model.recipe, source) : RuleSet::Named("paper");
}

std::string WarningBeyond(const TunedMusic& tuned, std::string_view model, int length) {
  if (tuned.length == 0 || length <= tuned.length) return "";
  return fmt::format(
      "{} was tuned for melodies of {} events and has to play {}; it has not learnt the rules "
      "beyond its length. tune --length {} tunes for that length",
      model, tuned.length, length, length);
}

void Complete(MusicOptions& options, const MusicOptions& tuned) {
  if (options.metre.empty()) options.metre = tuned.metre;
  if (!options.key.empty() || !options.mode.empty()) return;
  options.key = tuned.key;
  options.mode = tuned.mode;
}

MelodyContext ParseMusic(const MusicOptions& options, std::string_view where) {
  const auto named = [&](const char* setting) { return fmt::format("{}{}", where, setting); };
  MelodyContext context;
  if (!options.metre.empty()) context.metre = ParseMetre(options.metre, named("metre"));
  if (!options.mode.empty()) context.mode = ParseMode(options.mode, named("mode"));
  if (!options.key.empty()) {
    const Mode mode = ParseKey(options.key, named("key")).mode;
    if (!options.mode.empty() && mode != context.mode) {
      Fail("{} {} and {} {} contradict each other; give one of them", named("key"), options.key,
           where.starts_with("--") ? "--mode" : "mode", options.mode);
    }
    context.mode = mode;
  }
  context.tonic = WhiteKey(context.mode).tonic;
  return context;
}

MelodyContext ContextOf(const MusicOptions& options, const Encoding& encoding) {
  MelodyContext context = ParseMusic(options, "--");
  if (!context.metre.FitsGrid(encoding.steps_per_quarter)) {
    Fail(
        "metre {}: a beat is no whole number of the model's steps, {} a quarter note; choose "
        "another metre, or a model of a dataset with --steps-per-quarter {}",
        context.metre.Text(), encoding.steps_per_quarter,
        std::lcm(encoding.steps_per_quarter, context.metre.denominator / 4));
  }
  return context;
}

void SetLength(const MusicOptions& options, const Encoding& encoding, const Metre& metre,
               bool length_given, const Settings& of) {
  const Setting& length = *of.Find("length");
  if (options.bars > 0 && length_given) {
    Fail("--bars {} and --length {} contradict each other; give one of them", options.bars,
         length.Value());
  }
  const bool stays = length_given || length.Value() != fmt::to_string(kCompositionLength);
  if (options.bars == 0 && stays) return;
  const int bars = options.bars == 0 ? kBarsOfThePaper : options.bars;
  length.Assign(fmt::to_string(bars * metre.BarSteps(encoding.steps_per_quarter)),
                fmt::format("--bars {} of {}", bars, metre.Text()));
}

void SetMusic(const Model& model, MusicOptions music, bool length_given,
              EvaluationOptions* options) {
  const Encoding encoding = MelodyEncodingOf(model);
  Complete(music, MusicOf(model).options);
  options->context = ContextOf(music, encoding);
  SetLength(music, encoding, options->context.metre, length_given, Describe(*options));
}

std::vector<std::string> SetMusic(std::span<const Model> models, std::span<const std::string> names,
                                  const MusicOptions& music, bool length_given,
                                  EvaluationOptions* options) {
  const Encoding encoding = MelodyEncodingOf(models.front(), names.front());
  for (std::size_t i = 1; i < models.size(); ++i) {
    if (MelodyEncodingOf(models[i], names[i]).HasEventsOf(encoding)) continue;
    Fail("{} and {}: models of different range or grid; expected the same, or one at a time",
         names.front(), names[i]);
  }
  const auto tuned = std::ranges::find_if(models, &Model::tuned);
  const std::size_t leader =
      tuned == models.end() ? 0 : static_cast<std::size_t>(tuned - models.begin());
  SetMusic(models[leader], music, length_given, options);
  const auto text = [](const MelodyContext& context) {
    return fmt::format("{} {}", context.metre.Text(), ModeName(context.mode));
  };
  const std::string common = text(options->context);
  std::vector<std::string> warnings;
  for (std::size_t i = leader + 1; i < models.size(); ++i) {
    MusicOptions own = music;
    Complete(own, MusicOf(models[i]).options);
    const std::string tuned_in = text(ContextOf(own, MelodyEncodingOf(models[i], names[i])));
    if (!models[i].tuned() || tuned_in == common) continue;
    warnings.push_back(fmt::format("{} was tuned in {} and is measured in {}, as {} is", names[i],
                                   tuned_in, common, names[leader]));
  }
  return warnings;
}

TunedMusic SetMusic(const Model& model, const MusicRequest& request, const Primer& primer,
                    GenerationOptions* options) {
  const Encoding encoding = MelodyEncodingOf(model);
  const MelodyContext& heard = primer.playback.music;
  const bool from_file = primer.track >= 0 && !request.as_trained;
  const bool own_metre = !request.music.metre.empty();
  const bool in_key = !request.music.key.empty();
  MusicOptions music = request.music;
  Playback& playback = options->playback;
  if (from_file) {
    const double tempo = playback.quarters_per_minute;
    const int velocity = playback.velocity;
    playback = primer.playback;
    playback.velocity = velocity;
    if (request.tempo_given) playback.quarters_per_minute = tempo;
    if (!own_metre) music.metre = heard.metre.Text();
    if (!in_key && music.mode.empty()) music.mode = ModeName(heard.mode);
  }
  playback.SetClasses(encoding);
  TunedMusic tuned = MusicOf(model);
  Complete(music, tuned.options);
  if (in_key || (!from_file && !music.key.empty())) {
    PlayIn(ParseKey(music.key, "--key"), playback);
  } else if (from_file && !request.music.mode.empty()) {
    PlayIn(WhiteKey(ParseMode(music.mode, "--mode")), playback);
  }
  MelodyContext& context = options->context = ContextOf(music, encoding);
  if (!from_file) playback.music.mode = context.mode;
  const int events = static_cast<int>(primer.events.size());
  if (from_file && !own_metre) {
    context.changes = heard.changes;
  } else if (events > 1) {  // it ends with a bar
    context.pickup = events % context.metre.BarSteps(encoding.steps_per_quarter);
  }
  SetLength(music, encoding, AfterPrimer(events, context, encoding).metre, request.length_given,
            Describe(*options));
  return tuned;
}

}  // namespace rltuner
