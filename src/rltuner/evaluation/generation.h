// SPDX-License-Identifier: Apache-2.0
// Melodies that a model plays, with their sound, metre, key, primer, probabilities and rewards.
//
//   const RuleSet rules = RuleSet::Named("theory");
//   const GenerationOptions options{.count = 4};
//   WriteMelodies("folder", Generate(model, rules, options, {}), rules, options, "my model");
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rltuner/core/settings.h"
#include "rltuner/melody/context.h"
#include "rltuner/melody/encoding.h"
#include "rltuner/nn/model.h"
#include "rltuner/theory/rule_set.h"

namespace rltuner {

struct EvaluationOptions;
namespace midi {
struct Score;
}

// How events become music: tempo, metre, key and instrument. The defaults are those of melodies
// without a primer.
struct Playback {
  double quarters_per_minute = 80;           // 4 .. 1000
  int steps_per_quarter = kStepsPerQuarter;  // events in a quarter note, 1 .. 96
  int lowest_pitch = kLowestPitch;           // MIDI, of the classes
  int classes = kVocabulary;
  MelodyContext music = {};        // bars of the music, and the signature's mode
  int transposition = 0;           // semitones added to a class's pitch
  int program = 0;                 // General MIDI, 0 .. 127
  int velocity = 80;               // 1 .. 127
  std::optional<int> sharps = {};  // key signature, -7 .. 7; nothing: none is written
  int lowest = 0, highest = 127;   // MIDI pitches, at least an octave

  // If the music includes a primer from a file, the file's MIDI pitch at each onset, and 0
  // elsewhere. `changes_of_key` has the primer's keys; the last of them has `sharps`.
  std::vector<int> pitches = {};
  struct Signature {
    int step = 0;  // where it begins
    int sharps = 0;
    Mode mode = Mode::kMajor;

    // Notes are spelled by twelve neighbours on the line of fifths (F -1, C 0, G 1); this is the
    // flattest of them. In C major they are A flat to C sharp. In A minor they are B flat to D
    // sharp, because G sharp leads to the tonic.
    int flattest() const {
      return sharps - (mode == Mode::kMinor || mode == Mode::kPhrygian ? 2 : 4);
    }
  };
  std::vector<Signature> changes_of_key = {};

  void ForgetPrimer() {
    pitches.clear();
    changes_of_key.clear();
  }
  std::vector<Signature> Signatures() const {
    return changes_of_key.empty() ? std::vector{Signature{0, sharps.value_or(0), music.mode}}
                                  : changes_of_key;
  }

  // The MIDI pitch at which a note-on class is played, moved by octaves into lowest .. highest.
  int Pitch(int event, std::size_t step = SIZE_MAX) const {
    if (step < pitches.size()) return pitches[step];
    return FoldedPitch(event - kFirstNoteOn + lowest_pitch + transposition, lowest, highest);
  }

  void SetClasses(const Encoding& encoding) {
    steps_per_quarter = encoding.steps_per_quarter;
    lowest_pitch = encoding.lowest_pitch;
    classes = encoding.classes();
  }
};

// "flute, violin, ...", for help.
std::string InstrumentNames();
std::vector<std::string> InstrumentList();

// Plays on an instrument, with its sound, in the octave that suits its range; notes beyond the
// range are moved by octaves. Error, which names `option`, for an unknown one.
void PlayOn(std::string_view instrument, std::string_view option, Playback& playback);

// Makes `playback` transpose melodies from the white keys to a key of the same mode.
void PlayIn(const Key& key, Playback& playback);

// The music to play: options --bars, --metre, --key and --mode of the commands.
struct MusicOptions {
  int bars = 0;            // bars in a composition; 0 = by --length, else two
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

// The rules that a model was tuned by, or `paper` for a model that was not tuned. `source` names
// the model in errors.
RuleSet RulesOfTuning(const Model& model, std::string_view source);

// A warning to print if the model plays `length` events but was tuned for fewer; "" if not.
std::string WarningBeyond(const TunedMusic& tuned, std::string_view model, int length);

// Sets the options that were not given to the music that a model was tuned in.
void Complete(MusicOptions& options, const MusicOptions& tuned);

// The context that the options state. Error if a text is not valid or if key and mode contradict
// each other; it names a setting with `where` before it: "--key", "FILE: key".
MelodyContext ParseMusic(const MusicOptions& options, std::string_view where);

// The context of the music that a model plays under `options`: on the white keys, whatever the
// tonic of the key. Errors of ParseMusic for the command line, and if the grid does not fit the
// metre.
MelodyContext ContextOf(const MusicOptions& options, const Encoding& encoding);

// Sets the setting `length`, the events of a composition, from the first of these that is given:
// --bars, --length, the recipe. Otherwise it is two bars. Error if both options are given or the
// length is out of range.
void SetLength(const MusicOptions& options, const Encoding& encoding, const Metre& metre,
               bool length_given, const Settings& of);

// Sets context and length of an evaluation from `music`, completed by the music that the model was
// tuned in. Errors are those of ContextOf and SetLength.
void SetMusic(const Model& model, MusicOptions music, bool length_given,
              EvaluationOptions* options);

// The same for models that are measured side by side: all in the music of the first tuned one,
// because a Note RNN was not tuned in any. Returns a line for each model that was tuned in other
// music. Error, with the names, unless all have the same events.
std::vector<std::string> SetMusic(std::span<const Model> models, std::span<const std::string> names,
                                  const MusicOptions& music, bool length_given,
                                  EvaluationOptions* options);

inline constexpr int kMaximumPrimer = 512;  // sixteenths; on other grids equally long in time

struct Primer {
  std::vector<int> events;  // [P] classes of the model; empty: no primer

  // Of a primer from a file:
  Playback playback = {};           // as at the end of the primer, with its pitches
  int track = -1;                   // from 0 as in `rltuner midi`; -1: not from a file
  std::string track_name = {};      // UTF-8
  int channel = 0;                  // 0 .. 15
  std::int64_t dropped_events = 0;  // at its start, if it is too long

  // "track 2 "Lead", channel 0: 8 bars of 4/4, ...": one line to print.
  std::string Text() const;
};

struct PrimerOptions {
  std::string track =
      {};  // a track's number or part of its name, any case; "" = the most likely one
  Encoding encoding = {};  // the model's range and grid
};

// Parses the argument of --primer: a class, "0", "1", ..., or the path of a file with music.
Primer ParsePrimer(const std::string& class_or_file, const PrimerOptions& options = {});

// The melody of a file with music; `name` shows the format if the bytes do not, and names the file
// in errors. Error if there is no melody in it.
//
// The melody is one voice (a channel of a track, never percussion). A track named melody, lead or
// vocals comes first. Otherwise it is the voice whose notes are in the model's range, over a long
// part of the music, one at a time, and high. The highest notes are put on the grid across changes
// of metre, tempo and key. Each key is moved to C major / A minor and to the octave that suits the
// range. The primer begins at the bar line before its first note; a pickup gets the rest that its
// bar lacks. It ends at the bar line after its last note. If it is longer than kMaximumPrimer, its
// last whole bars are kept.
Primer ReadPrimer(std::span<const std::uint8_t> bytes, const std::string& name,
                  const PrimerOptions& options = {});

struct GenerationOptions {
  int count = 10;
  int length = 32;  // events a melody, without the primer
  double temperature = 1;
  std::int64_t seed = 1;
  std::string decoding = "sample";  // as in decoding/decodings.h
  double c = 0.5;                   // for decoding smc: the rules' weight is 1 / c
  bool include_primer = false;
  std::string notation = "none";  // scores to write: musicxml, abc or all
  MelodyContext context = {};     // counted from the primer's start, unless it is a single event
  Playback playback = {};
  std::function<void()> poll = {};  // called many times a second; an exception ends the work
};
Settings Describe(GenerationOptions& options);

// The music to generate, in addition to GenerationOptions.
struct MusicRequest {
  MusicOptions music = {};
  bool tempo_given = false, length_given = false;  // in GenerationOptions
  bool as_trained = false;  // use only the events of a primer's file, not its key, metre and sound
};

// Sets playback, context and length of `options` from the request. Values that were not given come
// from the primer's file, if there is one, else from the music that the model was tuned in. Returns
// the music that the model was tuned in. Errors are those of ContextOf and SetLength.
TunedMusic SetMusic(const Model& model, const MusicRequest& request, const Primer& primer,
                    GenerationOptions* options);

// One melody of L events after a primer of P. A melody from a dataset, which no model played, has a
// title but neither log_prior nor probabilities.
struct GeneratedMelody {
  std::string title;                          // above its picture; "" = number and model
  std::vector<std::uint8_t> primer;           // [P] what the model heard first
  std::vector<std::uint8_t> events;           // [L] classes of the model
  std::vector<float> log_prior;               // [L] log p of the Note RNN, nats
  std::vector<float> probabilities;           // [L, V] of every class at every draw
  Score score;                                // the rules' rewards of `events`
  std::optional<MelodyContext> context = {};  // if it differs from that of the options

  // Steps of the melody's own pickup; 0 without one.
  int pickup() const { return context ? context->pickup : 0; }
};

// The context of the music after a primer of `primer` events. A single primer event is not part of
// the melody.
MelodyContext AfterPrimer(int primer, const MelodyContext& context, const Encoding& encoding);

// Plays `count` melodies as options.decoding says, each from zero states. The decoding and the
// rewards use `rules`. An empty primer stands for one random event for each melody, uniform over
// all classes. The melodies depend only on model, rules, primer and options, and the first ones do
// not depend on `count`. Error if the model is not one of melodies.
std::vector<GeneratedMelody> Generate(const Model& model, const RuleSet& rules,
                                      const GenerationOptions& options,
                                      const std::vector<int>& primer);

// A note sounds until a note off, the next note or the end. The first of `events` is at the start
// of the first bar.
midi::Score ToMidiScore(const std::vector<std::uint8_t>& events, const Playback& playback,
                        std::string_view name);
// The bytes of a MIDI file with this score.
std::vector<std::uint8_t> ToMidi(const std::vector<std::uint8_t>& events, const Playback& playback,
                                 std::string_view name);

// How WriteMelodies names the files of melody `number`, 1 .. `count`: "melody_001", or
// "melody_0001" with 1,000 or more melodies.
std::string MelodyName(std::size_t number, std::size_t count);

// "C4", "F#3" for a note-on class at the pitch played; "off" and "hold" for the other classes.
std::string EventName(int event, const Playback& playback = {});

// Writes, each whole or not at all:
//   FOLDER/melody_001.mid ...    music (with the primer in front if options.include_primer)
//   FOLDER/melody_001.svg ...    piano rolls, in the same key
//   FOLDER/melody_001.musicxml, .abc ...   scores, as options.notation says
//   FOLDER/melodies.jsonl        one {"melody":1,"primer":[...],"events":[...]} per line. After the
//                                primer, "pickup":4 if the first bar line is 4 steps later, and
//                                "metre":"6/8" and "key":"A minor" unless 4/4 and C major
//   FOLDER/rewards.csv           a line for each event: rewards by rule, log p, probability played
//   FOLDER/index.html            all pictures on one page that needs no other file
// Melodies that an earlier call wrote to the folder are removed. `model_name` is for titles.
void WriteMelodies(const std::filesystem::path& folder,
                   const std::vector<GeneratedMelody>& melodies, const RuleSet& rules,
                   const GenerationOptions& options, std::string_view model_name);

}  // namespace rltuner
