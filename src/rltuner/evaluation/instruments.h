// SPDX-License-Identifier: Apache-2.0
// How melodies are played in a key and on an instrument.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rltuner/evaluation/playback.h"
#include "rltuner/melody/key.h"

namespace rltuner {

// "flute, violin, ...", for help.
std::string InstrumentNames();
std::vector<std::string> InstrumentList();

// Plays on an instrument, with its sound, in the octave that suits its range; notes beyond the
// range are moved by octaves. Error, which names `option`, for an unknown one.
void PlayOn(std::string_view instrument, std::string_view option, Playback& playback);

// Plays what was tuned on the white keys in a key of the same mode.
void PlayIn(const Key& key, Playback& playback);

}  // namespace rltuner
