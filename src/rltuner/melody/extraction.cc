// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <optional>

#include "rltuner/core/error.h"
#include "rltuner/melody/extractor.h"
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

// Gives the notes of a voice section by section.
class PassageReader {
 public:
  PassageReader(const midi::Score& score, const Timeline& timeline, const Voice& voice,
                int steps_per_quarter, bool joins_keys)
      : score_(score),
        timeline_(timeline),
        voice_(voice),
        grid_{*score.TicksPerQuarter(), steps_per_quarter},
        early_(grid_.division / (2 * steps_per_quarter)),
        joins_keys_(joins_keys) {}

  bool done() const { return next_ == voice_.notes.size(); }

  // The notes of the next section, and of those after it as long as joins(first, next).
  template <typename Joins>
  Passage Next(const Joins& joins) {
    Passage passage;
    std::int64_t zero = 0;
    do {
      zero = Append(passage);
    } while (!done() && joins(passage.sections.front(), NextSection()));
    const std::int64_t end = passage.sections.back().end - zero;
    for (TickNote& note : passage.notes) {
      note.end = std::clamp(note.end, note.onset, std::max(note.onset, end));
    }
    return passage;
  }

 private:
  Section NextSection() const {
    return timeline_.At(voice_.track, voice_.notes[next_]->onset + early_);
  }

  // Returns the tick that the section's notes count from.
  std::int64_t Append(Passage& passage) {
    passage.sections.push_back(NextSection());
    const Section& section = passage.sections.back();
    // Each metre begins on a step.
    const std::int64_t begin = section.metre_begin - passage.sections.front().metre_begin;
    const std::int64_t step = grid_.Step(begin);
    passage.stretches.push_back(
        {step, {section.numerator, section.denominator}, section.first_bar});
    const std::int64_t zero = section.metre_begin - step * grid_.division / grid_.steps_per_quarter;
    for (; !done() && voice_.notes[next_]->onset + early_ < section.end; ++next_) {
      const midi::Note& note = *voice_.notes[next_];
      const std::int64_t onset = std::max(note.onset, section.begin);
      const std::optional<int> sharps =
          joins_keys_ ? timeline_.At(voice_.track, note.onset + early_).sharps : section.sharps;
      passage.notes.push_back({onset - zero, std::max(onset, EndOf(note)) - zero, note.pitch,
                               sharps.value_or(kNoSignature)});
    }
    return zero;
  }

  std::int64_t EndOf(const midi::Note& note) {
    if (note.duration >= 0) return note.onset + note.duration;
    // A hanging note sounds until the next one of its voice, the last until the track ends.
    while (later_ < voice_.notes.size() && voice_.notes[later_]->onset <= note.onset) ++later_;
    return later_ < voice_.notes.size() ? voice_.notes[later_]->onset
                                        : score_.tracks[note.track].end_tick;
  }

  const midi::Score& score_;
  const Timeline& timeline_;
  const Voice& voice_;
  Grid grid_;
  std::int64_t early_;  // a note that rounds to a change's step belongs to what follows
  bool joins_keys_;
  std::size_t next_ = 0;
  std::size_t later_ = 0;  // the first note with a later onset than the one that hangs
};

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
  std::size_t notes = score.independent_tracks ? 0 : score.notes.size();  // of a piece
  for (int track = 0; score.independent_tracks && track < std::ssize(score.tracks); ++track) {
    notes = std::max(notes, score.NotesOfTrack(track).size());
  }
  if (notes > kMostNotes) {
    Reject(extraction, {Refusal::kTooLarge,
                        {},
                        fmt::format("{} notes; at most {} are looked at", notes, kMostNotes)});
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
  const auto accepted = [&](const Section& section) {
    const std::pair<int, int> metre{section.numerator, section.denominator};
    return metres_.empty() ? 4 * options_.steps_per_quarter * metre.first % metre.second == 0
                           : std::ranges::find(metres_, metre) != metres_.end();
  };
  // With any metre, a change of metre alone ends no melody.
  const auto joins = [&](const Section& first, const Section& next) {
    return metres_.empty() && accepted(first) && accepted(next) && first.tempo == next.tempo &&
           (!split_at_keys || first.sharps == next.sharps);
  };
  for (const Voice& voice : voices) {
    PassageReader reader(score, timeline, voice, options_.steps_per_quarter,
                         by_signature && !split_at_keys);
    while (!reader.done()) {
      const Passage passage = reader.Next(joins);
      const Section& first = passage.sections.front();
      if (accepted(first)) {
        ExtractPassage(options_, timeline, passage, voice, score, extraction);
        continue;
      }
      const std::int64_t onset = passage.notes.front().onset + first.metre_begin;
      Reject(extraction, {Refusal::kMetre,
                          {voice.track, first.BarOf(onset, *division)},
                          fmt::format("{}/{}; {}", first.numerator, first.denominator,
                                      metres_.empty() ? "a bar is no whole number of steps"
                                                      : "accepted: " + options_.metres)});
    }
  }
  return extraction;
}

}  // namespace rltuner
