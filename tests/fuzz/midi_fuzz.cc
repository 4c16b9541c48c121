// SPDX-License-Identifier: Apache-2.0
// Any bytes are read or refused; a score that was read is in order, can be described, comes back
// equal after being written, and gives melodies of classes or none.
#include "fuzz/fuzz_target.h"
#include "midi/check_score.h"
#include "rltuner/melody/encoding.h"
#include "rltuner/melody/extractor.h"
#include "rltuner/midi/describe.h"
#include "rltuner/midi/reader.h"
#include "rltuner/midi/writer.h"

namespace rltuner {
namespace {

void ExtractFrom(const midi::Score& score) {
  ExtractionOptions anything;
  anything.minimum_bars = 0;
  anything.minimum_unique_pitches = 1;
  anything.metres = "4/4,3/4,2/4,2/2,6/8";
  for (const ExtractionOptions& options : {ExtractionOptions(), anything}) {
    const Extraction extraction = Extractor(options).Extract(score);
    for (const Melody& melody : extraction.melodies) {
      Require(!melody.events.empty() &&
              melody.events.size() <= static_cast<std::size_t>(options.maximum_steps));
      for (const int event : melody.events) Require(IsEvent(event));
    }
  }
}

void FuzzMidi(std::span<const std::uint8_t> input) {
  midi::Score score = midi::Read(input, "fuzz");
  Require(FaultIn(score, input.size()).empty());
  ExtractFrom(score);
  {
    const midi::Score again = midi::Read(midi::Write(score), "written");
    Require(WithoutWarnings(again) == WithoutWarnings(score));
  }
  std::size_t written = 0;
  const auto count = [&](std::string_view piece) { written += piece.size(); };
  Describe(score, count);
  WriteJson(std::move(score), count);
  Require(written > 0);
}

const FuzzTarget kMidiTarget("midi", FuzzMidi);

}  // namespace
}  // namespace rltuner
