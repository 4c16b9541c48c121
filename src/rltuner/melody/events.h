// SPDX-License-Identifier: Apache-2.0
// The events of a melody, and the paper's classes of them: one event per sixteenth note, 38 classes
// (Jaques et al. 2017, section 5). Example: 16, 1, 0, 1 is an eighth-note D4, then an eighth rest.
// Other encodings (encoding.h) have other pitches and grids; the first four constants hold for all.
#pragma once

namespace rltuner {

inline constexpr int kNoteOff = 0;      // ends the sounding note; a rest until the next note
inline constexpr int kNoEvent = 1;      // the sounding note, or the rest, continues
inline constexpr int kFirstNoteOn = 2;  // this class and all above start a note
inline constexpr int kMostClasses = kFirstNoteOn + 128;  // in any encoding

inline constexpr int kVocabulary = 38;    // the paper's classes; 2 .. 37 start a note
inline constexpr int kLowestPitch = 48;   // MIDI; C3, class 2
inline constexpr int kHighestPitch = 83;  // MIDI; B5, class 37
inline constexpr int kTonic = 14;         // the class of C4, MIDI 60

inline constexpr int kStepsPerQuarter = 4;
inline constexpr int kCompositionLength = 32;  // events: two bars of 4/4

// Whether a class starts a note, in any encoding.
constexpr bool IsNoteOn(int event) { return event >= kFirstNoteOn; }

// In the paper's encoding: whether a class exists, and the pitch of a note-on class and back.
constexpr bool IsEvent(int event) { return event >= 0 && event < kVocabulary; }
constexpr int PitchOf(int event) { return event + (kLowestPitch - kFirstNoteOn); }
constexpr int ClassOf(int pitch) { return pitch - (kLowestPitch - kFirstNoteOn); }

static_assert(PitchOf(kTonic) == 60 && ClassOf(kHighestPitch) == kVocabulary - 1);

}  // namespace rltuner
