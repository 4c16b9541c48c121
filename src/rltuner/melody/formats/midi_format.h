// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rltuner/melody/score_format.h"

namespace rltuner {

// Standard MIDI files, bare or wrapped in RIFF.
ScoreFormat MidiFormat();

}  // namespace rltuner
