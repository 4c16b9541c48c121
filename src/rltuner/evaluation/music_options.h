// SPDX-License-Identifier: Apache-2.0
// The music that a command plays (options --bars, --metre, --key and --mode), and the primer that a
// model hears first.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "rltuner/core/settings.h"
#include "rltuner/evaluation/evaluate.h"
#include "rltuner/evaluation/generation.h"
#include "rltuner/evaluation/playback.h"
#include "rltuner/melody/context.h"
#include "rltuner/melody/encoding.h"
#include "rltuner/nn/model.h"

namespace rltuner {

struct MusicOptions {
  int bars = 0;            // of a composition; 0 = from --length, else 2
  std::string metre = {};  // "6/8"; "" = the primer's, else 4/4
  std::string key = {};    // "E minor"; "" = the mode's white key
  std::string mode = {};   // a name of a Mode; "" = major
};
Settings Describe(MusicOptions& options);

// The music that a model was tuned in, from its recipe; for a Note RNN, the defaults.
struct TunedMusic {
  MusicOptions options = {};
  int length = 0;  // events of a composition; 0: the recipe does not say
};
TunedMusic MusicOf(const Model& model);

// Sets the options that were not given to those that a model was tuned in.
void Complete(MusicOptions& options, const MusicOptions& tuned);

// The context of what a model plays under `options`: always on the white keys, whatever the tonic
// of the key. Throws an Error that names the option if a text is not valid, if key and mode
// contradict, or if the grid does not hold the metre.
MelodyContext ContextOf(const MusicOptions& options, const Encoding& encoding);

// Sets the setting `length`, the events of a composition: by --bars, else --length, else the
// recipe, else two bars. Error if both options are given or the length is out of range.
void SetLength(const MusicOptions& options, const Encoding& encoding, const Metre& metre,
               bool length_given, const Settings& of);

// Sets context and length of an evaluation from `music`, completed by the music that the model was
// tuned in. Error as ContextOf and SetLength.
void SetMusic(const Model& model, MusicOptions music, bool length_given,
              EvaluationOptions* options);

inline constexpr int kMaximumPrimer = 512;  // events, in sixteenths; as long in time on other grids

struct Primer {
  std::vector<int> events;  // [P] classes of the model; empty: no primer

  // Of a primer from a file:
  Playback playback = {};           // as the primer sounds at its end, and its pitches
  int track = -1;                   // from 0 as in `rltuner midi`; -1: not from a file
  std::string track_name = {};      // UTF-8
  int channel = 0;                  // 0 .. 15
  std::int64_t dropped_events = 0;  // before those kept

  // "track 2 "Lead", channel 0: 8 bars of 4/4, ...": one line for people.
  std::string Text() const;
};

struct PrimerOptions {
  std::string track =
      {};  // a track's number or part of its name, any case; "" = what a listener hears
  Encoding encoding = {};  // the model's range and grid
};

// Parses the argument of --primer: a class, "0", "1", ..., or the path of a file with music.
Primer ParsePrimer(const std::string& class_or_file, const PrimerOptions& options = {});

// The melody of a file with music; `name` shows the format if the bytes do not, and names the file
// in errors. Error if there is no melody in it.
//
// The melody is the voice (a channel of a track, never percussion) that a listener would take for
// it. A track named melody, lead or vocals comes first. Otherwise it is the voice whose notes are
// in the model's range, over a long part of the piece, one at a time, and high. The highest notes
// are put on the grid across changes of metre, tempo and key. Each key is moved to C major / A
// minor and to the octave that suits the range. The primer begins at the bar line before its first
// note; a pickup gets the rest that its bar lacks. It ends at the bar line after its last note. If
// it is longer than kMaximumPrimer, its last whole bars are kept.
Primer ReadPrimer(std::span<const std::uint8_t> bytes, const std::string& name,
                  const PrimerOptions& options = {});

// What a generation plays, beside GenerationOptions.
struct MusicRequest {
  MusicOptions music = {};
  bool tempo_given = false, length_given = false;  // in GenerationOptions
  bool as_trained = false;  // of a primer's file only the events count, not its music
};

// Sets playback, context and length of `options` from the request. What was not given comes from
// the primer's file, if there is one, else from the music that the model was tuned in. Returns that
// music. Error as ContextOf and SetLength.
TunedMusic SetMusic(const Model& model, const MusicRequest& request, const Primer& primer,
                    GenerationOptions* options);

}  // namespace rltuner
