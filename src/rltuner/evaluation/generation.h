// SPDX-License-Identifier: Apache-2.0
// Melodies that a model plays, with everything needed to show how it came to play them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "rltuner/core/settings.h"
#include "rltuner/evaluation/playback.h"
#include "rltuner/melody/context.h"
#include "rltuner/nn/model.h"
#include "rltuner/theory/rule_set.h"

namespace rltuner {

namespace midi {
struct Score;
}

struct GenerationOptions {
  int count = 10;
  int length = 32;  // events a melody, without the primer
  double temperature = 1;
  std::int64_t seed = 1;
  std::string decoding = "sample";  // as in decoding/decodings.h
  double c = 0.5;                   // for decoding smc: the rules' weight is 1 / c
  bool include_primer = false;
  std::string notation = "none";  // scores to write: musicxml, abc or all
  MelodyContext context = {};     // from the primer's start, unless it is a single event
  Playback playback = {};
  std::function<void()> poll = {};  // called many times a second; an exception ends the work
};
Settings Describe(GenerationOptions& options);

// One melody of L events after a primer of P. A melody from a dataset, which no model played, has a
// title but neither log_prior nor probabilities.
struct GeneratedMelody {
  std::string title;                          // of its picture; "" = its number and the model
  std::vector<std::uint8_t> primer;           // [P] what the model heard first
  std::vector<std::uint8_t> events;           // [L] classes of the model
  std::vector<float> log_prior;               // [L] log p of the Note RNN, nats
  std::vector<float> probabilities;           // [L, V] of every class before it was drawn
  Score score;                                // the rules' rewards of `events`
  std::optional<MelodyContext> context = {};  // if it differs from the options'

  // Steps of a pickup of its own; 0 without one.
  int pickup() const { return context ? context->pickup : 0; }
};

// The context in which rules hear what follows a primer of `primer` events. A single primer event
// is not part of the melody.
MelodyContext AfterPrimer(int primer, const MelodyContext& context, const Encoding& encoding);

// Plays `count` melodies as options.decoding says, each from zero states; `rules` are those of the
// decoding and of the scores. An empty primer is one event for each melody, uniform over all
// classes. The melodies depend only on model, rules, primer and options, and the first ones do not
// depend on `count`. Error if the model is not one of melodies.
std::vector<GeneratedMelody> Generate(const Model& model, const RuleSet& rules,
                                      const GenerationOptions& options,
                                      const std::vector<int>& primer);

// A note rings until a note off or the next note; one that is held to the end ends there. The first
// of `events` is at the start of the first bar.
midi::Score ToMidiScore(const std::vector<std::uint8_t>& events, const Playback& playback,
                        std::string_view name);
// The same as the bytes of a MIDI file.
std::vector<std::uint8_t> ToMidi(const std::vector<std::uint8_t>& events, const Playback& playback,
                                 std::string_view name);

// How WriteMelodies names the files of melody `number`, 1 .. `count`: "melody_001", or
// "melody_0001" with 1,000 or more melodies.
std::string MelodyName(std::size_t number, std::size_t count);

// "C4", "F#3" for a note-on class as it is played, "off" and "hold" for the others.
std::string EventName(int event, const Playback& playback = {});

// Writes, each whole or not at all:
//   FOLDER/melody_001.mid ...    music (with the primer in front if options.include_primer)
//   FOLDER/melody_001.svg ...    piano rolls, in the same key
//   FOLDER/melody_001.musicxml, .abc ...   scores, as options.notation says
//   FOLDER/melodies.jsonl        {"melody":1,"primer":[...],"events":[...]} a line; after the
//                                primer "pickup":4 if the first bar line is so many steps later,
//                                and "metre":"6/8" and "key":"A minor" but for 4/4 and C major
//   FOLDER/rewards.csv           a line for each event: rewards by rule, log p, probability played
//   FOLDER/index.html            all pictures on one page that needs no other file
// Melodies that an earlier call wrote to the folder are removed. `model_name` is for titles.
void WriteMelodies(const std::filesystem::path& folder,
                   const std::vector<GeneratedMelody>& melodies, const RuleSet& rules,
                   const GenerationOptions& options, std::string_view model_name);

}  // namespace rltuner
