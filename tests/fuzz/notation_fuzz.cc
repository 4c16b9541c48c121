// SPDX-License-Identifier: Apache-2.0
// Any bytes are MusicXML, or ABC up to where abc2midi would read it, or are refused; a score that
// was read is in order, has a MIDI file and gives melodies of classes or none.
#include "fuzz/fuzz_target.h"
#include "midi/check_score.h"
#include "rltuner/melody/encoding.h"
#include "rltuner/melody/extraction.h"
#include "rltuner/melody/extractor.h"
#include "rltuner/melody/score_format.h"
#include "rltuner/midi/writer.h"

namespace rltuner {
namespace {

void FuzzNotation(std::span<const std::uint8_t> input) {
  for (const std::string& tune : AbcTunes(AsText(input))) {
    Require(tune.starts_with("X:") && tune.find("\n\n") == std::string::npos);
  }
  midi::Score score;
  MusicXmlFormat().read(input, "fuzz", score);
  for (const midi::Note& note : score.notes) {
    Require(note.onset >= 0 && note.duration >= 0 && note.channel < 16 && note.pitch < 128);
    Require(static_cast<std::size_t>(note.track) < score.tracks.size());
  }
  midi::Write(score);
  ExtractionOptions options;
  options.minimum_bars = 0;
  options.minimum_unique_pitches = 1;
  for (const Melody& melody : Extractor(options).Extract(score).melodies) {
    Require(!melody.events.empty());
    for (const int event : melody.events) Require(Encoding().IsEvent(event));
  }
}

const FuzzTarget kNotationTarget("notation", FuzzNotation);

}  // namespace
}  // namespace rltuner
