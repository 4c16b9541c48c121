// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "rltuner/melody/bars.h"
#include "rltuner/melody/extraction.h"
#include "rltuner/melody/quantize.h"
#include "rltuner/melody/timeline.h"
#include "rltuner/melody/voices.h"

namespace rltuner {

inline constexpr int kNoSignature = 99;  // TickNote::key where there is no key signature

// Notes of a voice that may be one melody: sections that follow one another and differ in metre
// alone.
struct Passage {
  std::vector<Section> sections;         // at least one
  std::vector<Bars::Stretch> stretches;  // one for each section
  std::vector<TickNote> notes;  // at least one; ticks count from the first metre's bar line
};

// Adds the melodies of a passage, and what was refused, to `extraction`.
void ExtractPassage(const ExtractionOptions& options, const Timeline& timeline,
                    const Passage& passage, const Voice& voice, const midi::Score& score,
                    Extraction& extraction);

}  // namespace rltuner
