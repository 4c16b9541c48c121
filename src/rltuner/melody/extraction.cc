// SPDX-License-Identifier: Apache-2.0
#include "rltuner/melody/extraction.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "rltuner/core/error.h"
#include "rltuner/melody/section_extractor.h"
#include "rltuner/melody/timeline.h"

namespace rltuner {
namespace {

// A symphony has some ten thousand notes. More than this is a picture drawn with notes.
constexpr std::size_t kMostNotes = 250'000;

int ParseNumber(std::string_view text, const std::string& metres) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 1 || value > 64) {
    Fail("metres: '{}' is neither 'any' nor a list of metres such as 4/4, 2/4, 2/2", metres);
  }
  return value;
}

std::vector<std::pair<int, int>> ParseMetres(const std::string& metres) {
  std::vector<std::pair<int, int>> result;
  if (metres == "any") return result;
  for (const std::string_view metre : ListItems(metres)) {
    const std::size_t slash = metre.find('/');
    if (slash == std::string_view::npos) ParseNumber("", metres);
    result.emplace_back(ParseNumber(metre.substr(0, slash), metres),
                        ParseNumber(metre.substr(slash + 1), metres));
  }
  return result;
}

}  // namespace

Extractor::Extractor(const ExtractionOptions& options)
    : options_(options), metres_(ParseMetres(options.metres)), voices_(options) {
  if (options_.highest_pitch - options_.lowest_pitch < 11) {
    Fail("lowest_pitch {} and highest_pitch {}: the range must hold an octave (12 pitches)",
         options_.lowest_pitch, options_.highest_pitch);
  }
  for (const auto& [numerator, denominator] : metres_) {
    if (4 * options_.steps_per_quarter * numerator % denominator != 0) {
      Fail("metres: a bar of {}/{} is no whole number of steps at steps_per_quarter {}", numerator,
           denominator, options_.steps_per_quarter);
    }
  }
}

Extraction Extractor::Extract(const midi::Score& score) const {
  Extraction extraction;
  const std::optional<int> division = score.TicksPerQuarter();
  if (!division) {
    Reject(extraction,
           {Refusal::kTimeCode,
            {},
            score.division == 0 ? "division 0: the file has no ticks per quarter note"
                                : "time is counted in film frames (SMPTE), not in quarter notes"});
    return extraction;
  }
  if (score.notes.size() > kMostNotes) {
    Reject(extraction,
           {Refusal::kTooLarge,
            {},
            fmt::format("{} notes; at most {} are looked at", score.notes.size(), kMostNotes)});
    return extraction;
  }
  const std::vector<Voice> voices = voices_.Voices(score);
  if (voices.empty()) {
    const bool any = !score.notes.empty();
    Reject(extraction, {any && voices_.selects() ? Refusal::kNotSelected : Refusal::kNoNotes,
                        {},
                        any ? voices_.WhyNone(score) : "no notes"});
    return extraction;
  }
  const bool by_signature = options_.key == "signature" || options_.key == "as_written";
  const bool split_at_keys = by_signature && options_.split_at_key_changes;
  const Timeline timeline(score, options_.split_at_tempo_changes, split_at_keys);
  // A note just before a change that rounds to the change's step belongs to what follows.
  const std::int64_t early = *division / (2 * options_.steps_per_quarter);
  std::vector<TickNote> notes;
  for (const Voice& voice : voices) {
    std::size_t next = 0;  // the first note with a later onset than note i
    for (std::size_t i = 0; i < voice.notes.size();) {
      const Section section = timeline.At(voice.track, voice.notes[i]->onset + early);
      notes.clear();
      for (; i < voice.notes.size() && voice.notes[i]->onset + early < section.end; ++i) {
        const midi::Note& note = *voice.notes[i];
        const std::int64_t onset = std::max(note.onset, section.begin);
        std::int64_t end = note.onset + note.duration;
        if (note.duration < 0) {
          // A hanging note sounds until the next one of its voice, the last until the track ends.
          while (next < voice.notes.size() && voice.notes[next]->onset <= note.onset) ++next;
          end = next < voice.notes.size() ? voice.notes[next]->onset
                                          : score.tracks[note.track].end_tick;
        }
        end = std::clamp(end, onset, std::max(onset, section.end));
        const std::optional<int> sharps = split_at_keys || !by_signature
                                              ? section.sharps
                                              : timeline.At(voice.track, note.onset + early).sharps;
        notes.push_back({onset - section.metre_begin, end - section.metre_begin, note.pitch,
                         sharps.value_or(kNoSignature)});
      }
      const std::pair<int, int> metre{section.numerator, section.denominator};
      const bool whole_steps = 4 * options_.steps_per_quarter * metre.first % metre.second == 0;
      const bool accepted = metres_.empty()
                                ? whole_steps
                                : std::find(metres_.begin(), metres_.end(), metre) != metres_.end();
      if (!accepted) {
        Reject(extraction,
               {Refusal::kMetre,
                {voice.track, section.BarOf(voice.notes[i - notes.size()]->onset, *division)},
                fmt::format("{}/{}; {}", metre.first, metre.second,
                            metres_.empty() ? "a bar is no whole number of steps"
                                            : "accepted: " + options_.metres)});
        continue;
      }
      ExtractSection(options_, timeline, section, voice, notes, score, extraction);
    }
  }
  return extraction;
}

}  // namespace rltuner
