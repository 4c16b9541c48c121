// SPDX-License-Identifier: Apache-2.0
// Melodies as scores for notation programs.
//
// Bars, pickup, metre, key, tempo, program and velocity come from the playback. A note sounds until
// a note off or the next note; a note across a bar line is tied. The last bar is filled with a rest
// unless it lacks the steps of the pickup. The key decides how pitches are spelled. `title` may be
// "".
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "rltuner/evaluation/generation.h"

namespace rltuner {

// A MusicXML 4.0 partwise score of one staff. A note becomes several tied notes if its length is
// not that of a plain, dotted or triplet note.
std::string WriteMusicXml(std::span<const std::uint8_t> events, const Playback& playback,
                          std::string_view title);

// A tune in ABC, four bars a line, with abc2midi's directives for program and velocity.
std::string WriteAbc(std::span<const std::uint8_t> events, const Playback& playback,
                     std::string_view title);

}  // namespace rltuner
