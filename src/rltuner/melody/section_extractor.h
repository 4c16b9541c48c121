// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "rltuner/melody/extraction.h"
#include "rltuner/melody/quantize.h"
#include "rltuner/melody/timeline.h"
#include "rltuner/melody/voices.h"

namespace rltuner {

inline constexpr int kNoSignature = 99;  // TickNote::key where there is no key signature

// Adds the melodies of one section's worth of a voice, and what was refused, to `extraction`. The
// ticks of `notes`, which are not empty, count from section.metre_begin.
void ExtractSection(const ExtractionOptions& options, const Timeline& timeline,
                    const Section& section, const Voice& voice, std::span<const TickNote> notes,
                    const midi::Score& score, Extraction& extraction);

}  // namespace rltuner
