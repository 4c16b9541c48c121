// SPDX-License-Identifier: Apache-2.0
// Melodies as sound files, by FluidSynth with a General MIDI sound font.
#pragma once

#include <memory>
#include <string>

#include "rltuner/midi/writer.h"

namespace rltuner {

// FluidSynth is looked for when this is made, not when the program starts: it brings many libraries
// that no other part needs. Thread-safe.
class WavRenderer {
 public:
  // A sound font to use instead of the system's TimGM6mb; "" for that one.
  explicit WavRenderer(std::string sound_font = "");
  ~WavRenderer();
  WavRenderer(const WavRenderer&) = delete;
  WavRenderer& operator=(const WavRenderer&) = delete;

  // "" if it can render, else one line that says what is missing.
  const std::string& Problem() const { return problem_; }

  // The piece and a second for its sound to die away: 44,100 Hz, stereo, 16 bits. Error if it
  // cannot render.
  std::string Render(const SimplePiece& piece) const;

 private:
  struct Library;

  std::string sound_font_, problem_;
  std::unique_ptr<Library> library_;
};

}  // namespace rltuner
