// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rltuner/melody/score_format.h"

namespace rltuner {

// ABC text with one tune or many, read with the program abc2midi; an Error where it is not
// installed. Each tune is a piece of its own. Grace notes, ornaments and words are skipped, of
// chords the highest note counts; repeats are played.
ScoreFormat AbcFormat();

// The tunes of an ABC file, each as a text that holds only what decides pitches, lengths, bars and
// repeats. They are numbered from 1. An incomplete first bar is marked as a pickup: the metre
// follows it once more.
std::vector<std::string> AbcTunes(std::string_view text);

}  // namespace rltuner
