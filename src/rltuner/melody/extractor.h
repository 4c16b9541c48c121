// SPDX-License-Identifier: Apache-2.0
// Extracts the melodies of a score. VoiceFilter chooses the notes, and Extractor makes melodies of
// their passages.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rltuner/melody/extraction.h"
#include "rltuner/melody/timeline.h"
#include "rltuner/midi/score.h"

namespace rltuner {

// True if a track has a name for percussion in one of several languages, such as "Drums 1", "Latin
// Percussion" or "Schlagzeug". A name of more than three words counts as a title.
bool IsPercussionName(std::string_view name);

// Comma-separated lists, with or without spaces; "" means all:
//   tracks     numbers from 0, ranges, names: "2, 4-6, lead, *melody?". A name without * or ?
//              matches within the track's name; one with them matches all of it. Case is ignored.
//   programs   numbers from 0 to 127 and ranges; 0 where a channel has no program yet
//   channels   numbers from 0 to 15 and ranges
// Channel 9 counts only if `channels` names it, a track with a percussion name only if `tracks`
// gives its number. Immutable, so safe to use from many threads.
class VoiceFilter {
 public:
  // Throws Error on lists that cannot be read.
  explicit VoiceFilter(const ExtractionOptions& options);

  // By track, then channel; only voices with notes.
  std::vector<Voice> Voices(const midi::Score& score) const;

  // Why a score with notes has no voice: "nothing but percussion", or a text that none of its notes
  // was selected, with the tracks to choose from.
  std::string WhyNone(const midi::Score& score) const;
  bool selects() const { return selects_; }  // whether any list or pitch range is given

 private:
  using Ranges = std::vector<std::pair<int, int>>;

  bool TakesTrack(int track, std::string_view name) const;

  Ranges tracks_, programs_, channels_;
  std::vector<std::string> names_;  // in lower case
  int lowest_, highest_;
  bool selects_;
};

// Adds the melodies of a passage, and what was refused, to `extraction`
// (section_extractor.cc).
void ExtractPassage(const ExtractionOptions& options, const Timeline& timeline,
                    const Passage& passage, const Voice& voice, const midi::Score& score,
                    Extraction& extraction);

// The extraction options, checked once and then applied to any number of scores. Safe to use from
// many threads.
class Extractor {
 public:
  // Throws Error on options that no score can satisfy, e.g. metres that are not fractions.
  explicit Extractor(const ExtractionOptions& options);

  Extraction Extract(const midi::Score& score) const;

 private:
  ExtractionOptions options_;
  std::vector<Metre> metres_;  // empty: any
  VoiceFilter voices_;
};

}  // namespace rltuner
