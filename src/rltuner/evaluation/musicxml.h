// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace rltuner {

// A melody as a MusicXML 4.0 partwise score for notation programs: 4/4, one staff in treble clef,
// no key signature. The first event is at the start of the first bar; a note rings until a note off
// or the next note; what crosses a bar line is tied, and so is a length that no single note value
// (plain or dotted) has. The last bar is filled with rests. `title` may be "".
std::string WriteMusicXml(std::span<const std::uint8_t> events, double quarters_per_minute,
                          std::string_view title);

}  // namespace rltuner
