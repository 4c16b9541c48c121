// SPDX-License-Identifier: Apache-2.0
// How melodies are coded, and what a network hears of them. Datasets and models hold it in their
// metadata as `encoding`, JSON such as
//   {"lowest_pitch":48,"highest_pitch":83,"steps_per_quarter":12,"inputs":["event","position"]}
// Without it, the encoding is the paper's: {48, 83, 4, ["event"]}. A model that hears its place in
// the bar also has the shares of pickups, in steps, among its training melodies, such as
// "pickups":{"4/4":{"0":0.4,"4":0.6}}.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "rltuner/melody/context.h"
#include "rltuner/melody/events.h"

namespace rltuner {

// The one-hot blocks that a network can be fed. All except the first describe the event that is
// about to be played (model_inputs.h has their rows).
enum class Input {
  kEvent,     // the last event
  kPosition,  // the step in the bar
  kMetre,     // the time signature
  kBarsLeft,  // the bars after this one until the melody ends
  kMode,      // major or minor
  kLookback1,
  kLookback2,
  kLookback4,
  kLookback8,  // the event 1, 2, 4 or 8 bars before
  kAgreement1,
  kAgreement2,
  kAgreement4,
  kAgreement8,  // how many events in a row equalled those 1, 2, 4 or 8 bars before
  // What rules remember of the melody so far:
  kHighest,
  kLowest,  // the highest and the lowest note, and whether it was played once
  kLeap,    // the note that an open leap left, and its direction
  kAutocorrelation1,
  kAutocorrelation2,
  kAutocorrelation3  // of the classes at lag 1, 2 or 3
};
inline constexpr int kInputs = 19;

// Rows of the blocks whose width does not depend on the classes. The block of kPosition has a row
// for each step of kPositionQuarters quarters.
inline constexpr int kPositionQuarters = 8;
inline constexpr int kMetreWidth = 16;
inline constexpr int kBarsLeftWidth = 17;
inline constexpr int kModeWidth = 2;
inline constexpr int kAgreementWidth = 6;
inline constexpr int kAutocorrelationWidth = 13;

// "event", "position", "bars_left", "lookback_4": as in JSON.
std::string_view InputName(Input input);

// How many bars a lookback or an agreement looks back: 1, 2, 4 or 8. 0 for other inputs.
int BarsBack(Input input);

struct Encoding {
  int lowest_pitch = kLowestPitch;  // MIDI, 0 .. 127; so is the next
  int highest_pitch = kHighestPitch;
  int steps_per_quarter = kStepsPerQuarter;     // 1 .. 96
  std::vector<Input> inputs = {Input::kEvent};  // `event` first, none twice
  std::vector<PickupShare> pickups = {};        // by metre; none in metres that are not listed

  // Whether events mean the same and networks hear the same.
  bool operator==(const Encoding& other) const {
    return HasEventsOf(other) && inputs == other.inputs;
  }

  // The pickups of a metre; if it has none listed, those of metres with bars and beats of its
  // length.
  std::vector<PickupShare> PickupsIn(const Metre& metre) const;

  // Classes: 0 note off, 1 no event, 2 .. the pitches from the lowest to the highest.
  int classes() const { return kFirstNoteOn + highest_pitch - lowest_pitch + 1; }
  bool IsEvent(int event) const { return event >= 0 && event < classes(); }
  bool IsNoteOn(int event) const { return event >= kFirstNoteOn && event < classes(); }
  int PitchOf(int event) const { return event - kFirstNoteOn + lowest_pitch; }
  int ClassOf(int pitch) const { return pitch - lowest_pitch + kFirstNoteOn; }

  // Whether events mean the same in both, whatever networks hear.
  bool HasEventsOf(const Encoding& other) const {
    return lowest_pitch == other.lowest_pitch && highest_pitch == other.highest_pitch &&
           steps_per_quarter == other.steps_per_quarter;
  }

  int pitches() const { return classes() - kFirstNoteOn; }

  bool Hears(Input input) const { return std::ranges::find(inputs, input) != inputs.end(); }

  // Rows of the block of an input, and of all inputs together: the width of the network's input.
  int Width(Input input) const;
  int width() const;

  // The JSON without the pickups. ToJson includes them and gives "" for the paper's encoding.
  std::string FullJson() const;
  std::string ToJson() const;

  // A missing key, or an empty `json`, has the paper's value. Error, naming `source`, if the JSON
  // is not an encoding.
  static Encoding FromJson(const std::string& json, std::string_view source);
};

// The encoding of a network with `classes` outputs and `width` input rows. Error as FromJson, or if
// the encoding has another number of either.
Encoding EncodingOfNetwork(const std::string& json, int classes, int width,
                           std::string_view source);

// "event", "all" (those up to kAgreement8), "rules" (inputs that help a policy to follow the rules:
// kPosition, kBarsLeft, kLookback1, kAgreement1, and those from kHighest on), or names separated by
// commas; `event` may be omitted. Error, naming `option`, for an unknown name.
std::vector<Input> ParseInputs(std::string_view names, std::string_view option);

}  // namespace rltuner
