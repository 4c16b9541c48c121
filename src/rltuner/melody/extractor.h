// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <utility>
#include <vector>

#include "rltuner/melody/extraction.h"
#include "rltuner/melody/voices.h"
#include "rltuner/midi/score.h"

namespace rltuner {

// The rules, checked once and then applied to any number of scores. Safe to use from many threads.
class Extractor {
 public:
  // Throws Error on options that no score can satisfy, e.g. metres that are not fractions.
  explicit Extractor(const ExtractionOptions& options);

  Extraction Extract(const midi::Score& score) const;

 private:
  ExtractionOptions options_;
  std::vector<std::pair<int, int>> metres_;  // empty: any
  VoiceFilter voices_;
};

}  // namespace rltuner
