// SPDX-License-Identifier: Apache-2.0
// The compositions of a file that `score` judges, each with the context in which the rules hear it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "rltuner/melody/encoding.h"
#include "rltuner/melody/extraction.h"

namespace rltuner::cli {

struct CompositionOptions {
  // By default a score stays whole, in its key and octave, however short it is.
  ExtractionOptions extraction = {.minimum_bars = 0,
                                  .minimum_unique_pitches = 1,
                                  .maximum_steps = 1 << 20,
                                  .maximum_grid_error = .5,
                                  .gap_bars = 0,
                                  .key = "none",
                                  .split_at_tempo_changes = false,
                                  .centre_octave = false};
  std::string key;    // "D dorian", or a choice of extraction.key; "": a line's own, or C major
  std::string metre;  // "6/8"; "": that of the file or of the line, or 4/4
};

class Compositions {
 public:
  // Reads the file, JSON Lines or music. Error if it is neither, or has no melody.
  Compositions(const std::string& file, CompositionOptions options);

  using Take = std::function<void(const std::vector<std::uint8_t>& events, const MusicContext&)>;

  // Calls `take` for every composition. Error, which names the line, if one is malformed.
  void ForEach(const Take& take) const;

  // The melodies of a file with music; empty for JSON Lines.
  const std::vector<Melody>& melodies() const { return melodies_; }

 private:
  MelodyContext ContextOf(const Melody& melody) const;

  std::string file_;
  CompositionOptions options_;
  Encoding encoding_;
  MelodyContext music_;
  std::vector<std::uint8_t> bytes_;
  std::vector<Melody> melodies_;
};

}  // namespace rltuner::cli
