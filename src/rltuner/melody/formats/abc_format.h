// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rltuner {

// The tunes of an ABC file, each as a text that holds only what decides pitches, lengths, bars and
// repeats. They are numbered from 1. The metre follows the first bar line once more, which shows a
// pickup.
std::vector<std::string> AbcTunes(std::string_view text);

}  // namespace rltuner
