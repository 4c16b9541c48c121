// SPDX-License-Identifier: Apache-2.0
// The compositions in a file given to `score`, each with the context in which the rules judge it.
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
  // "D dorian", or a choice of extraction.key. If empty, a line's own key applies, else C major.
  std::string key;
  std::string metre;  // "6/8". If empty, the metre of the file or line applies, else 4/4.
};

class Compositions {
 public:
  // Reads a file of JSON Lines or music. Error if it is neither, or contains no melody.
  Compositions(const std::string& file, CompositionOptions options);

  using Take = std::function<void(const std::vector<std::uint8_t>& events, const MusicContext&)>;

  // Calls `take` for every composition. Error that names the line if a composition is malformed.
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
