// SPDX-License-Identifier: Apache-2.0
// The options --bars, --metre and --mode of the commands that play a model.
#pragma once

#include <string>

#include "rltuner/core/settings.h"
#include "rltuner/melody/encoding.h"
#include "rltuner/melody/metre.h"
#include "rltuner/nn/model_file.h"

namespace rltuner {

struct MusicOptions {
  int bars = 0;       // of a composition; 0 = by --length, or 2
  std::string metre;  // "6/8"; "" = 4/4, or what a primer is in
  std::string mode;   // a name of metre.h; "" = major
};
Settings Describe(MusicOptions& options);

// The same from the recipe of a tuned model: what it was tuned in.
MusicOptions MusicOf(const Model& model);

// What is played under `options`, on the white keys. Error, which names the option, if a text is
// none or the grid does not hold the metre.
MelodyContext ContextOf(const MusicOptions& options, const Encoding& encoding);

// The events of a composition: what --bars says, else --length if it was given, else that of the
// recipe, or two bars. Error if both are given.
int LengthOf(const MusicOptions& options, const Encoding& encoding, const Metre& metre, int length,
             bool length_given);

// The length that a model was tuned at, in events; 0 if it is not tuned or does not say.
int TunedLength(const Model& model);

}  // namespace rltuner
