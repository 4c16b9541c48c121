// SPDX-License-Identifier: Apache-2.0
// How melodies are coded: the `encoding` in the metadata of datasets and models, JSON such as
// {"lowest_pitch":48,"highest_pitch":83,"steps_per_quarter":12,"inputs":["event"]}. Without it, the
// paper's: the same with steps_per_quarter 4.
#pragma once

#include <string>
#include <string_view>

namespace rltuner {

// "" for the paper's grid.
std::string EncodingJson(int steps_per_quarter);

// The steps per quarter note, 1 .. 96. `encoding` may be "". Error, which names `source`, if it is
// no such JSON or has other pitches or inputs than the paper's.
int StepsPerQuarter(const std::string& encoding, std::string_view source);

// What the `settings` of a dataset say about steps_per_quarter; the paper's if they say nothing.
int StepsPerQuarterOfSettings(std::string_view settings);

}  // namespace rltuner
