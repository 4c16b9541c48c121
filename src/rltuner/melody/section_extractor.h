// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rltuner/melody/extraction.h"
#include "rltuner/melody/timeline.h"

namespace rltuner {

// Adds the melodies of a passage, and what was refused, to `extraction`.
void ExtractPassage(const ExtractionOptions& options, const Timeline& timeline,
                    const Passage& passage, const Voice& voice, const midi::Score& score,
                    Extraction& extraction);

}  // namespace rltuner
