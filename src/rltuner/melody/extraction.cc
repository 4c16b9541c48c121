// SPDX-License-Identifier: Apache-2.0
#include "rltuner/melody/extraction.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <map>
#include <optional>
#include <tuple>

#include "rltuner/core/error.h"
#include "rltuner/melody/events.h"
#include "rltuner/melody/key.h"
#include "rltuner/melody/timeline.h"

namespace rltuner {
namespace {

constexpr int kDrumChannel = 9;
constexpr int kOctave = 12;

// A symphony has some ten thousand notes. More than this is a picture drawn with notes.
constexpr std::size_t kMostNotes = 250'000;

int ParseNumber(std::string_view text, const std::string& metres) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 1 || value > 64) {
    Fail("metres: '{}' is not a list of metres such as 4/4,2/4,2/2", metres);
  }
  return value;
}

std::vector<std::pair<int, int>> ParseMetres(const std::string& metres) {
  std::vector<std::pair<int, int>> result;
  std::string_view rest = metres;
  while (true) {
    const std::size_t comma = rest.find(',');
    const std::string_view metre = rest.substr(0, comma);
    const std::size_t slash = metre.find('/');
    if (slash == std::string_view::npos) ParseNumber("", metres);
    result.emplace_back(ParseNumber(metre.substr(0, slash), metres),
                        ParseNumber(metre.substr(slash + 1), metres));
    if (comma == std::string_view::npos) return result;
    rest.remove_prefix(comma + 1);
  }
}

// The notes of one voice in order of onset, of equal onsets the highest first.
struct Voice {
  int track = 0;
  std::vector<const Note*> notes;
};

std::vector<Voice> Voices(const MidiScore& score) {
  std::map<std::pair<int, int>, std::vector<const Note*>> by_channel;
  for (const Note& note : score.notes) {
    if (note.channel != kDrumChannel) by_channel[{note.track, note.channel}].push_back(&note);
  }
  std::vector<Voice> voices;
  for (auto& [key, notes] : by_channel) {
    std::sort(notes.begin(), notes.end(), [](const Note* a, const Note* b) {
      return std::tie(a->onset, b->pitch, a->duration) < std::tie(b->onset, a->pitch, b->duration);
    });
    voices.push_back({key.first, std::move(notes)});
  }
  return voices;
}

// One section's worth of a voice on its way to melodies.
class SectionExtractor {
 public:
  SectionExtractor(const ExtractionOptions& options, const Section& section, int track,
                   std::int64_t division, Extraction& extraction)
      : options_(options),
        section_(section),
        track_(track),
        grid_{division, options.steps_per_quarter},
        steps_per_bar_(4 * options.steps_per_quarter * section.numerator / section.denominator),
        extraction_(extraction) {}

  void Extract(std::span<const TickNote> notes) {
    const std::vector<GridNote> voice = QuantizeVoice(notes, grid_, extraction_.quantization);
    const std::int64_t gap = std::int64_t{options_.gap_bars} * steps_per_bar_;
    std::size_t begin = 0;
    for (std::size_t i = 1; i <= voice.size(); ++i) {
      if (i < voice.size() && (gap == 0 || voice[i].start - voice[i - 1].end < gap)) continue;
      AddPiece(std::span(voice).subspan(begin, i - begin));
      begin = i;
    }
  }

 private:
  Place PlaceOf(const GridNote& note) const {
    return {track_, section_.first_bar + note.start / steps_per_bar_};
  }

  void Refuse(Refusal refusal, const GridNote& note, std::string detail) {
    Reject(extraction_, {refusal, PlaceOf(note), std::move(detail)});
  }

  void AddPiece(std::span<const GridNote> piece) {
    std::int64_t origin = piece.front().start;
    if (options_.start == "bar") {
      origin = std::max(origin - origin % steps_per_bar_,
                        grid_.Step(section_.begin - section_.metre_begin));
      origin = std::min(origin, piece.front().start);
    }
    if (options_.polyphony == "skip") {
      const auto note =
          std::find_if(piece.begin(), piece.end(), [](const GridNote& n) { return n.polyphonic; });
      if (note != piece.end()) {
        return Refuse(Refusal::kPolyphony, *note, "notes sound together");
      }
    }
    std::int64_t length = piece.back().end - origin;
    if (length < std::int64_t{options_.minimum_bars} * steps_per_bar_) {
      return Refuse(
          Refusal::kTooShort, piece.front(),
          fmt::format("{} steps = {:.3g} bars; at least {} bars are needed", length,
                      static_cast<double>(length) / steps_per_bar_, options_.minimum_bars));
    }
    const bool cut = length > options_.maximum_steps;
    if (cut) {
      length = options_.maximum_steps;
      while (piece.back().start - origin >= length) piece = piece.first(piece.size() - 1);
    }
    PitchClassWeights weights{};
    for (const GridNote& note : piece) {
      weights[note.pitch % kOctave] +=
          static_cast<double>(std::min(note.end, origin + length) - note.start);
    }
    const auto pitches = 12 - std::count(weights.begin(), weights.end(), 0.0);
    if (pitches < options_.minimum_unique_pitches) {
      return Refuse(Refusal::kTooFewPitches, piece.front(),
                    fmt::format("{} different pitches (octaves count as one); at least {} are "
                                "needed",
                                pitches, options_.minimum_unique_pitches));
    }
    extraction_.cut_melodies += cut;
    extraction_.melody_notes += static_cast<std::int64_t>(piece.size());
    extraction_.melodies.push_back(
        {Encode(piece, origin, length, Transposition(piece, weights)), PlaceOf(piece.front())});
  }

  // The semitones to C major / A minor and, with centre_octave, to the octave that folds the fewest
  // notes; of equally good ones the nearest to the middle of the range, then the lower.
  int Transposition(std::span<const GridNote> piece, const PitchClassWeights& weights) {
    int semitones = 0;
    if (options_.key == "signature" && section_.sharps) {
      semitones = SemitonesToC(MajorTonic(*section_.sharps));
    } else if (options_.key != "none") {
      ++extraction_.estimated_keys;
      semitones = SemitonesToC(EstimateMajorTonic(weights).value_or(0));
    }
    if (!options_.centre_octave) return semitones;
    const auto [low, high] =
        std::minmax_element(piece.begin(), piece.end(),
                            [](const GridNote& a, const GridNote& b) { return a.pitch < b.pitch; });
    const int middle = options_.lowest_pitch + options_.highest_pitch;
    int best = 0;
    std::pair<std::int64_t, int> best_cost;
    for (int octave = -10; octave <= 10; ++octave) {
      const int shift = semitones + kOctave * octave;
      const auto folded = std::count_if(piece.begin(), piece.end(), [&](const GridNote& note) {
        return note.pitch + shift < options_.lowest_pitch ||
               note.pitch + shift > options_.highest_pitch;
      });
      const std::pair<std::int64_t, int> cost{
          folded, std::abs(low->pitch + high->pitch + 2 * shift - middle)};
      if (octave == -10 || cost < best_cost) {
        best = shift;
        best_cost = cost;
      }
    }
    return best;
  }

  int Fold(int pitch) {
    if (pitch >= options_.lowest_pitch && pitch <= options_.highest_pitch) return pitch;
    ++extraction_.folded_notes;
    while (pitch < options_.lowest_pitch) pitch += kOctave;
    while (pitch > options_.highest_pitch) pitch -= kOctave;
    return pitch;
  }

  std::vector<std::uint8_t> Encode(std::span<const GridNote> piece, std::int64_t origin,
                                   std::int64_t length, int semitones) {
    std::vector<std::uint8_t> events(static_cast<std::size_t>(length), kNoEvent);
    for (std::size_t i = 0; i < piece.size(); ++i) {
      const std::int64_t start = piece[i].start - origin;
      const std::int64_t end = piece[i].end - origin;
      events[start] = static_cast<std::uint8_t>(ClassOf(Fold(piece[i].pitch + semitones)));
      const bool rest_follows = i + 1 < piece.size() && piece[i + 1].start > piece[i].end;
      if (rest_follows && end < length) events[end] = kNoteOff;
    }
    return events;
  }

  const ExtractionOptions& options_;
  const Section& section_;
  int track_;
  Grid grid_;
  std::int64_t steps_per_bar_;
  Extraction& extraction_;
};

}  // namespace

Settings Describe(ExtractionOptions& options) {
  Settings settings("extraction");
  settings
      .Add("steps_per_quarter", &options.steps_per_quarter, 1, 96, "grid steps per quarter note")
      .Add("minimum_bars", &options.minimum_bars, 0, 10000, "shortest melody kept, in bars")
      .Add("minimum_unique_pitches", &options.minimum_unique_pitches, 1, 12,
           "fewest different pitches of a melody; octaves of a pitch count once")
      .Add("maximum_steps", &options.maximum_steps, 1, 1 << 20,
           "longest melody in steps; what goes beyond is cut off")
      .Add("gap_bars", &options.gap_bars, 0, 10000,
           "a rest of so many bars ends a melody; 0 = no rest does")
      .Add("polyphony", &options.polyphony, {"highest", "skip"},
           "where notes sound together: keep the highest, or skip the melody")
      .Add("metres", &options.metres, {},
           "metres accepted, e.g. 4/4,2/4,2/2; a file without a metre is in 4/4")
      .Add("key", &options.key, {"signature", "estimate", "none"},
           "transpose to C major / A minor by the key signature (estimated where there is none), "
           "by estimate always, or not at all")
      .Add("split_at_tempo_changes", &options.split_at_tempo_changes,
           "a change of tempo ends a melody and begins a new one")
      .Add("start", &options.start, {"bar", "note"},
           "a melody begins at the bar line before its first note, or with that note")
      .Add("lowest_pitch", &options.lowest_pitch, kLowestPitch, kHighestPitch,
           "MIDI pitch; lower notes are moved up by octaves")
      .Add("highest_pitch", &options.highest_pitch, kLowestPitch, kHighestPitch,
           "MIDI pitch; higher notes are moved down by octaves")
      .Add("centre_octave", &options.centre_octave,
           "first move each melody as a whole to the octave that suits the range");
  return settings;
}

std::string_view RefusalName(Refusal refusal) {
  constexpr std::array<std::string_view, kRefusals> kNames = {
      "unreadable", "too_large", "not_a_score", "damaged",         "time_code", "no_notes",
      "metre",      "polyphony", "too_short",   "too_few_pitches", "duplicate"};
  return kNames[static_cast<std::size_t>(refusal)];
}

std::string Place::Text() const {
  if (track < 0) return "";
  return bar == 0 ? fmt::format("track {}", track) : fmt::format("track {}, bar {}", track, bar);
}

void Reject(Extraction& extraction, Rejection rejection) {
  if (extraction.refused[static_cast<std::size_t>(rejection.refusal)]++ == 0) {
    extraction.first_rejections.push_back(std::move(rejection));
  }
}

Extractor::Extractor(const ExtractionOptions& options)
    : options_(options), metres_(ParseMetres(options.metres)) {
  if (options_.highest_pitch - options_.lowest_pitch < kOctave - 1) {
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

Extraction Extractor::Extract(const MidiScore& score) const {
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
  const std::vector<Voice> voices = Voices(score);
  if (voices.empty()) {
    Reject(extraction,
           {Refusal::kNoNotes, {}, score.notes.empty() ? "no notes" : "nothing but drums"});
    return extraction;
  }
  const bool by_signature = options_.key == "signature";
  const Timeline timeline(score, options_.split_at_tempo_changes, by_signature);
  // A note just before a change that rounds to the change's step belongs to what follows.
  const std::int64_t early = *division / (2 * options_.steps_per_quarter);
  std::vector<TickNote> notes;
  for (const Voice& voice : voices) {
    std::size_t next = 0;  // the first note with a later onset than note i
    for (std::size_t i = 0; i < voice.notes.size();) {
      const Section section = timeline.At(voice.track, voice.notes[i]->onset + early);
      notes.clear();
      for (; i < voice.notes.size() && voice.notes[i]->onset + early < section.end; ++i) {
        const Note& note = *voice.notes[i];
        const std::int64_t onset = std::max(note.onset, section.begin);
        std::int64_t end = note.onset + note.duration;
        if (note.duration < 0) {
          // A hanging note sounds until the next one of its voice, the last until the track ends.
          while (next < voice.notes.size() && voice.notes[next]->onset <= note.onset) ++next;
          end = next < voice.notes.size() ? voice.notes[next]->onset
                                          : score.tracks[note.track].end_tick;
        }
        end = std::clamp(end, onset, std::max(onset, section.end));
        notes.push_back({onset - section.metre_begin, end - section.metre_begin, note.pitch});
      }
      const std::pair<int, int> metre{section.numerator, section.denominator};
      if (std::find(metres_.begin(), metres_.end(), metre) == metres_.end()) {
        Reject(extraction,
               {Refusal::kMetre,
                {voice.track, section.BarOf(voice.notes[i - notes.size()]->onset, *division)},
                fmt::format("{}/{}; accepted: {}", metre.first, metre.second, options_.metres)});
        continue;
      }
      SectionExtractor(options_, section, voice.track, *division, extraction).Extract(notes);
    }
  }
  return extraction;
}

}  // namespace rltuner
