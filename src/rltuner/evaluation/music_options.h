// SPDX-License-Identifier: Apache-2.0
// What music a command plays: the options --bars, --metre, --key and --mode.
#pragma once

#include <string>

#include "rltuner/core/settings.h"
#include "rltuner/evaluation/evaluate.h"
#include "rltuner/evaluation/generation.h"
#include "rltuner/evaluation/primer.h"
#include "rltuner/melody/encoding.h"
#include "rltuner/melody/metre.h"
#include "rltuner/nn/model_file.h"

namespace rltuner {

struct MusicOptions {
  int bars = 0;            // of a composition; 0 = by --length, or 2
  std::string metre = {};  // "6/8"; "" = 4/4, or what a primer is in
  std::string key = {};    // "E minor"; "" = by the mode
  std::string mode = {};   // a name of metre.h; "" = major
};
Settings Describe(MusicOptions& options);

// What a model was tuned in, by its recipe. A Note RNN has the defaults.
struct TunedMusic {
  MusicOptions options = {};
  int length = 0;  // events of a composition; 0: the recipe does not say
};
TunedMusic MusicOf(const Model& model);

// Fills in what the options leave open from what a model was tuned in.
void Complete(MusicOptions& options, const MusicOptions& tuned);

// What a model plays under `options`: on the white keys, whatever the tonic of the key. Error,
// which names the option, if a text is not valid, if key and mode contradict, or if the grid does
// not hold the metre.
MelodyContext ContextOf(const MusicOptions& options, const Encoding& encoding);

// The events of a composition: what --bars says, else --length if it was given, else that of the
// recipe, or two bars. Error if both are given.
int LengthOf(const MusicOptions& options, const Encoding& encoding, const Metre& metre, int length,
             bool length_given);

// Sets context and length of an evaluation from `music`, and what that leaves open from what the
// model was tuned in. Error as ContextOf and LengthOf.
void SetMusic(const Model& model, MusicOptions music, bool length_given,
              EvaluationOptions* options);

// What a generation plays, beside GenerationOptions.
struct MusicRequest {
  MusicOptions music = {};
  bool tempo_given = false, length_given = false;  // in GenerationOptions
  bool as_trained = false;  // of a primer's file only the events count, not its music
};

// Sets playback, context and length of `options` from the request. What it leaves open comes from a
// primer that is from a file, and the rest from what the model was tuned in, which is returned.
// Error as ContextOf and LengthOf.
TunedMusic SetMusic(const Model& model, const MusicRequest& request, const Primer& primer,
                    GenerationOptions* options);

}  // namespace rltuner
