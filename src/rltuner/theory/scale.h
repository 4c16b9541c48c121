// SPDX-License-Identifier: Apache-2.0
// Pitch classes and scales by name.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace rltuner {

// "C", "C#", "D", "Eb", ... "B": index = pitch class.
const std::vector<std::string>& PitchClassNames();

// 0 .. 11; the name must be one of PitchClassNames (asserted).
int PitchClassOf(std::string_view name);

const std::vector<std::string>& ScaleNames();

// The scale's notes above the tonic as bits: bit i is set if the note i semitones above belongs to
// it. The name must be one of ScaleNames (asserted).
std::uint32_t ScaleOf(std::string_view name);

}  // namespace rltuner
