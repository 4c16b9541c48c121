// SPDX-License-Identifier: Apache-2.0
// How melodies are coded as events, and what inputs a network has.
//
// The paper's encoding has one event per sixteenth note and 38 classes (Jaques et al. 2017, section
// 5). Example: 16, 1, 0, 1 is an eighth-note D4, then an eighth rest. Other encodings have other
// pitches and grids. Datasets and models have theirs in their metadata as `encoding`, JSON such as
//   {"lowest_pitch":48,"highest_pitch":83,"steps_per_quarter":12,"inputs":["event","position"]}
// Without it, the encoding is the paper's: {48, 83, 4, ["event"]}. A model that hears its place in
// the bar also has the shares of pickups, in steps, among its training melodies, such as
// "pickups":{"4/4":{"0":0.4,"4":0.6}}.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rltuner/melody/context.h"

namespace rltuner {

// In any encoding:
inline constexpr int kNoteOff = 0;      // ends the sounding note; a rest until the next note
inline constexpr int kNoEvent = 1;      // the sounding note, or the rest, continues
inline constexpr int kFirstNoteOn = 2;  // this class and all above start a note
inline constexpr int kMostClasses = kFirstNoteOn + 128;
constexpr bool IsNoteOn(int event) { return event >= kFirstNoteOn; }

// The pitch, moved by octaves into lowest .. highest, which is at least an octave.
constexpr int FoldedPitch(int pitch, int lowest, int highest) {
  while (pitch < lowest) pitch += 12;
  while (pitch > highest) pitch -= 12;
  return pitch;
}

// In the paper's encoding:
inline constexpr int kVocabulary = 38;    // classes; 2 .. 37 start a note
inline constexpr int kLowestPitch = 48;   // MIDI; C3, class 2
inline constexpr int kHighestPitch = 83;  // MIDI; B5, class 37
inline constexpr int kTonic = 14;         // the class of C4, MIDI 60

inline constexpr int kStepsPerQuarter = 4;
inline constexpr int kCompositionLength = 32;  // events: two bars of 4/4

// Whether a class exists; the MIDI pitch of a note-on class; the class of a pitch.
constexpr bool IsEvent(int event) { return event >= 0 && event < kVocabulary; }
constexpr int PitchOf(int event) { return event + (kLowestPitch - kFirstNoteOn); }
constexpr int ClassOf(int pitch) { return pitch - (kLowestPitch - kFirstNoteOn); }

static_assert(PitchOf(kTonic) == 60 && ClassOf(kHighestPitch) == kVocabulary - 1);

// The inputs that a network can have, each a one-hot vector (a block of rows). All except the first
// describe the event that is about to be played (see model_inputs.h).
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
  // What rules depend on in the melody so far:
  kHighest,
  kLowest,  // the highest and the lowest note, and whether it was played once
  kLeap,    // the note that an open leap left, and its direction
  kAutocorrelation1,
  kAutocorrelation2,
  kAutocorrelation3  // of the classes at lag 1, 2 or 3
};
inline constexpr int kInputs = 19;

// The number of rows of each block whose width does not depend on the classes. The block of
// kPosition has a row for each step of kPositionQuarters quarters.
inline constexpr int kPositionQuarters = 8;
inline constexpr int kMetreWidth = 16;
inline constexpr int kBarsLeftWidth = 17;
inline constexpr int kModeWidth = 2;
inline constexpr int kAgreementWidth = 6;
inline constexpr int kAutocorrelationWidth = 13;

struct Encoding {
  // MIDI pitches, 0 .. 127.
  int lowest_pitch = kLowestPitch;
  int highest_pitch = kHighestPitch;
  int steps_per_quarter = kStepsPerQuarter;     // 1 .. 96
  std::vector<Input> inputs = {Input::kEvent};  // `event` first, none twice
  std::vector<PickupShare> pickups = {};        // by metre; metres that are not listed have none

  // Whether events and network inputs mean the same in both.
  bool operator==(const Encoding& other) const {
    return HasEventsOf(other) && inputs == other.inputs;
  }

  // The pickups listed for a metre or, if there are none, for metres with equally long bars and
  // beats.
  std::vector<PickupShare> PickupsIn(const Metre& metre) const;

  // The number of classes: 0 note off, 1 no event, and from 2 on the pitches from lowest to
  // highest.
  int classes() const { return kFirstNoteOn + highest_pitch - lowest_pitch + 1; }
  bool IsEvent(int event) const { return event >= 0 && event < classes(); }
  bool IsNoteOn(int event) const { return event >= kFirstNoteOn && event < classes(); }
  int PitchOf(int event) const { return event - kFirstNoteOn + lowest_pitch; }
  int ClassOf(int pitch) const { return pitch - lowest_pitch + kFirstNoteOn; }

  // Whether events mean the same in both; inputs may differ.
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

  // Keys that `json` omits have the paper's values; it may be empty. Error, naming `source`, if the
  // JSON is not an encoding.
  static Encoding FromJson(const std::string& json, std::string_view source);
};

// What the events of a melody stand for. The default is the paper's: sixteenths in 4/4, C major, C3
// the lowest note.
struct MusicContext {
  MelodyContext melody = {};
  int steps_per_quarter = kStepsPerQuarter;
  int lowest_pitch = kLowestPitch;  // MIDI; that of the first note-on class
  int highest_pitch = kHighestPitch;

  MusicContext() = default;
  explicit MusicContext(MelodyContext of_melody, const Encoding& encoding = {})
      : melody(std::move(of_melody)),
        steps_per_quarter(encoding.steps_per_quarter),
        lowest_pitch(encoding.lowest_pitch),
        highest_pitch(encoding.highest_pitch) {}

  // Steps in a bar of the metre at the beginning.
  int BarSteps() const { return melody.metre.BarSteps(steps_per_quarter); }
  int BeatSteps() const { return melody.metre.BeatSteps(steps_per_quarter); }

  // Semitones of a note-on class above the tonic, 0 .. 11.
  int DegreeOf(int event) const {
    return (event - kFirstNoteOn + lowest_pitch - melody.tonic + 12) % 12;
  }
};

// The encoding of a network with `classes` outputs and `width` input rows. Errors are those of
// FromJson; also an Error if the encoding has other numbers of classes or rows.
Encoding EncodingOfNetwork(const std::string& json, int classes, int width,
                           std::string_view source);

// Parses names of inputs, separated by commas; `event` may be omitted. "all" stands for the inputs
// up to kAgreement8. "rules" stands for the inputs that help a policy to follow the rules:
// kPosition, kBarsLeft, kLookback1, kAgreement1, and the inputs from kHighest on. Error that names
// `option` for an unknown name.
std::vector<Input> ParseInputs(std::string_view names, std::string_view option);

}  // namespace rltuner
