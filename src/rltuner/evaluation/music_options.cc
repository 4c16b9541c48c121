// SPDX-License-Identifier: Apache-2.0
#include "rltuner/evaluation/music_options.h"

#include <array>

#include "rltuner/core/error.h"
#include "rltuner/melody/key.h"
#include "rltuner/tuning/tuning_options.h"

namespace rltuner {
namespace {

constexpr int kBarsOfThePaper = 2;

}  // namespace

Settings Describe(MusicOptions& options) {
  Settings settings("music");
  settings
      .Add("bars", &options.bars, 0, 4096,
           "bars of a composition, instead of --length; 0: by --length, or 2. Models are best at "
           "the length that they are tuned at")
      .Add("metre", &options.metre, {},
           "time signature, e.g. 3/4 or 6/8: for the length, for rules and notation, and for "
           "models that hear it (default: a primer's, or 4/4)")
      .Add("mode", &options.mode, {},
           "major, minor, dorian, phrygian, lydian, mixolydian or locrian, for models that hear it "
           "(default: major)");
  return settings;
}

MusicOptions MusicOf(const Model& model) {
  MusicOptions options;
  if (model.tuned())
    ReadOwnTables(model.recipe, "the model's recipe", std::array{Describe(options)});
  return options;
}

MelodyContext ContextOf(const MusicOptions& options, const Encoding& encoding) {
  MelodyContext context;
  if (!options.metre.empty()) context.metre = ParseMetre(options.metre, "--metre");
  if (!options.mode.empty()) context.mode = ParseMode(options.mode, "--mode");
  context.tonic = WhiteKey(context.mode).tonic;
  if (!context.metre.FitsGrid(encoding.steps_per_quarter)) {
    Fail("--metre {}: a bar is no whole number of the model's steps, {} a quarter note",
         context.metre.Text(), encoding.steps_per_quarter);
  }
  return context;
}

int LengthOf(const MusicOptions& options, const Encoding& encoding, const Metre& metre, int length,
             bool length_given) {
  if (options.bars > 0 && length_given) {
    Fail("--bars {} and --length {} contradict; give one of them", options.bars, length);
  }
  if (options.bars == 0 && (length_given || length != kCompositionLength)) return length;
  return (options.bars == 0 ? kBarsOfThePaper : options.bars) *
         metre.BarSteps(encoding.steps_per_quarter);
}

int TunedLength(const Model& model) {
  if (!model.tuned() || model.recipe.empty()) return 0;
  TuningOptions options;
  ReadOwnTables(model.recipe, "the model's recipe", std::array{Describe(options)});
  return options.length;
}

}  // namespace rltuner
