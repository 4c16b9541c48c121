// SPDX-License-Identifier: Apache-2.0
// The coding of a melody: one event per sixteenth note, 38 classes (Jaques et al. 2017, section 5).
// Example: 16, 1, 0, 1 is an eighth-note D4, then an eighth rest.
#pragma once

namespace rltuner {

inline constexpr int kNoteOff = 0;      // ends the sounding note; a rest until the next note
inline constexpr int kNoEvent = 1;      // the sounding note, or the rest, goes on
inline constexpr int kFirstNoteOn = 2;  // classes 2 .. 37 start a note
inline constexpr int kVocabulary = 38;

inline constexpr int kLowestPitch = 48;   // MIDI; C3, class 2
inline constexpr int kHighestPitch = 83;  // MIDI; B5, class 37
inline constexpr int kTonic = 14;         // the class of C4, MIDI 60

inline constexpr int kStepsPerQuarter = 4;
inline constexpr int kCompositionLength = 32;  // events: two bars of 4/4

constexpr bool IsEvent(int event) { return event >= 0 && event < kVocabulary; }
constexpr bool IsNoteOn(int event) { return event >= kFirstNoteOn && event < kVocabulary; }

// The MIDI pitch, 48 .. 83, of a note-on class, 2 .. 37.
constexpr int PitchOf(int event) { return event + (kLowestPitch - kFirstNoteOn); }

// The note-on class, 2 .. 37, of a MIDI pitch, 48 .. 83.
constexpr int ClassOf(int pitch) { return pitch - (kLowestPitch - kFirstNoteOn); }

static_assert(PitchOf(kTonic) == 60 && ClassOf(kHighestPitch) == kVocabulary - 1);

}  // namespace rltuner
