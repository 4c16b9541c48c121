// SPDX-License-Identifier: Apache-2.0
// Writes standard MIDI files.
#pragma once

#include <cstdint>
#include <vector>

#include "rltuner/midi/score.h"

namespace rltuner::midi {

// The score as a MIDI file. Reading the bytes gives an equal score (without warnings) if the score
// came from Read or is like one that did. Its lists are then in the order that score.h states, and
// names have at most 128 bytes. Notes of one track, channel and pitch end in the order in which
// they begin, hanging notes last. Events that a score does not contain (controllers, lyrics) are
// not written. At equal ticks note-offs come before note-ons, except the note-off of a note of zero
// length. Throws Error for values out of the ranges in score.h.
std::vector<std::uint8_t> Write(const Score& score);

}  // namespace rltuner::midi
