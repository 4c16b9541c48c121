// SPDX-License-Identifier: Apache-2.0
#include "rltuner/melody/section_extractor.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <limits>

#include "rltuner/core/error.h"
#include "rltuner/melody/events.h"
#include "rltuner/melody/key.h"
#include "rltuner/melody/sources.h"

namespace rltuner {
namespace {

constexpr int kOctave = 12;

std::int64_t FloorTo(std::int64_t step, std::int64_t unit) {
  return step - (step % unit + unit) % unit;
}

std::string KeyName(int tonic) {
  constexpr std::array<const char*, kOctave> kNames = {"C",  "Db", "D",  "Eb", "E",  "F",
                                                       "F#", "G",  "Ab", "A",  "Bb", "B"};
  return kNames[static_cast<std::size_t>(tonic)];
}

std::string KeyName(std::optional<int> sharps) {
  return sharps ? KeyName(MajorTonic(*sharps)) : "no signature";
}

std::string Bars(double bars) { return fmt::format("{:.3g} bar{}", bars, bars == 1 ? "" : "s"); }

// One section's worth of a voice on its way to melodies.
class SectionExtractor {
 public:
  SectionExtractor(const ExtractionOptions& options, const Timeline& timeline,
                   const Section& section, const Voice& voice, const midi::Score& score,
                   Extraction& extraction)
      : options_(options),
        timeline_(timeline),
        section_(section),
        from_(voice),
        score_(score),
        encoding_(EncodingOf(options)),
        grid_{score.division, options.steps_per_quarter},
        steps_per_bar_(4 * options.steps_per_quarter * section.numerator / section.denominator),
        extraction_(extraction) {}

  void Extract(std::span<const TickNote> notes) {
    voice_ = QuantizeVoice(notes, grid_);
    const std::int64_t gap = std::int64_t{options_.gap_bars} * steps_per_bar_;
    std::size_t begin = 0;
    for (std::size_t i = 1; i <= voice_.size(); ++i) {
      if (i < voice_.size() && (gap == 0 || voice_[i].start - voice_[i - 1].end < gap)) continue;
      AddPiece(begin, i);
      begin = i;
    }
  }

 private:
  // What ended a piece, or began it, for people.
  struct Ending {
    Boundary boundary = Boundary::kVoice;
    std::string text;  // ", ended by ..."
  };

  using Notes = std::span<GridNote>;

  std::int64_t BarOf(std::int64_t step) const {
    return section_.first_bar + FloorTo(step, steps_per_bar_) / steps_per_bar_;
  }
  Place PlaceOf(const GridNote& note) const { return {from_.track, BarOf(note.start)}; }

  void Refuse(Refusal refusal, const GridNote& note, std::string detail) {
    Reject(extraction_, {refusal, PlaceOf(note), std::move(detail)});
  }

  std::int64_t MinimumSteps() const { return std::int64_t{options_.minimum_bars} * steps_per_bar_; }

  // The bar line before a step, but not before the change that the section begins with.
  std::int64_t Origin(std::int64_t step) const {
    if (options_.start != "bar") return step;
    const std::int64_t line = FloorTo(step, steps_per_bar_);
    const std::int64_t change = grid_.Step(section_.begin - section_.metre_begin);
    return std::min(step, change < 0 ? line : std::max(line, change));
  }

  void AddPiece(std::size_t begin, std::size_t end) {
    Notes piece = Notes(voice_).subspan(begin, end - begin);
    if (options_.polyphony == "skip") {
      const auto note =
          std::find_if(piece.begin(), piece.end(), [](const GridNote& n) { return n.polyphonic; });
      if (note != piece.end()) {
        return Refuse(Refusal::kPolyphony, *note, "notes sound together");
      }
    }
    std::int64_t origin = Origin(piece.front().start);
    if (piece.back().end - origin < MinimumSteps()) {
      const Ending ending = WhatEnded(begin, end);
      return RefuseTooShort(piece, origin, ending.boundary, ending.text);
    }
    Melody melody;
    TransposeToC(piece, melody);
    while (true) {
      const std::int64_t end_step = std::min(piece.back().end, CutAt(piece, origin));
      const Notes head = Before(piece, end_step);
      const Notes rest = piece.subspan(head.size());
      if (head.empty()) {  // the maximum is shorter than the rest before the first note
        origin = piece.front().start;
        continue;
      }
      if (rest.empty() || !options_.continue_long_melodies) {
        melody.cut_notes = static_cast<std::int64_t>(rest.size());
        return AddMelody(head, origin, end_step - origin, melody);
      }
      melody.part = std::max(melody.part, 1);
      AddMelody(head, origin, end_step - origin, melody);
      ++melody.part;
      piece = rest;
      origin = std::max(end_step, Origin(rest.front().start));
      if (piece.back().end - origin < MinimumSteps()) {
        return RefuseTooShort(
            piece, origin, Boundary::kMaximum,
            fmt::format(", left of a melody longer than {} steps", options_.maximum_steps));
      }
    }
  }

  static Notes Before(Notes piece, std::int64_t step) {
    const auto end = std::partition_point(piece.begin(), piece.end(),
                                          [&](const GridNote& note) { return note.start < step; });
    return piece.first(static_cast<std::size_t>(end - piece.begin()));
  }

  // Where a piece that is too long is cut: at the last bar line that the maximum allows, or an
  // earlier one, if what is left would be too short to be kept.
  std::int64_t CutAt(Notes piece, std::int64_t origin) const {
    const std::int64_t limit = origin + options_.maximum_steps;
    if (!options_.continue_long_melodies || piece.back().end <= limit) return limit;
    const std::int64_t latest = FloorTo(limit, steps_per_bar_);
    if (latest <= origin) return limit;
    const std::int64_t earliest = origin + std::max(MinimumSteps(), steps_per_bar_);
    for (std::int64_t cut = latest; cut >= earliest; cut -= steps_per_bar_) {
      const std::size_t head = Before(piece, cut).size();
      if (head == piece.size()) return cut;
      if (head == 0) break;
      const std::int64_t next = std::max(cut, Origin(piece[head].start));
      if (piece.back().end - next >= MinimumSteps()) return cut;
    }
    return latest;
  }

  void RefuseTooShort(Notes piece, std::int64_t origin, Boundary boundary,
                      const std::string& ending) {
    const std::int64_t length = piece.back().end - origin;
    ++extraction_.too_short[static_cast<std::size_t>(boundary)];
    Refuse(Refusal::kTooShort, piece.front(),
           fmt::format(
               "{} step{} = {}{}; at least {} needed", length, length == 1 ? "" : "s",
               Bars(static_cast<double>(length) / static_cast<double>(steps_per_bar_)), ending,
               options_.minimum_bars == 1 ? "1 bar is"
                                          : fmt::format("{} bars are", options_.minimum_bars)));
  }

  // A change before a rest, as it is the less expected one, and an end before a beginning.
  Ending WhatEnded(std::size_t begin, std::size_t end) const {
    Ending ending;
    if (end == voice_.size() && section_.end != Section().end) {
      ending = Changed(section_, timeline_.At(from_.track, section_.end), "ended by");
    }
    if (ending.text.empty() && begin == 0 && section_.begin > 0) {
      ending = Changed(timeline_.At(from_.track, section_.begin - 1), section_, "begun by");
    }
    if (ending.text.empty() && end < voice_.size()) ending = Rest(end, "ended by");
    if (ending.text.empty() && begin > 0) ending = Rest(begin, "begun after");
    return ending;
  }

  Ending Changed(const Section& from, const Section& to, std::string_view verb) const {
    const std::int64_t bar = to.BarOf(std::max(to.begin, from.begin), grid_.division);
    if (from.numerator != to.numerator || from.denominator != to.denominator) {
      return {Boundary::kMetre,
              fmt::format(", {} a change of metre from {}/{} to {}/{} at bar {}", verb,
                          from.numerator, from.denominator, to.numerator, to.denominator, bar)};
    }
    Ending ending;
    const bool new_key = options_.split_at_key_changes && from.sharps != to.sharps;
    if (new_key) {
      ending = {Boundary::kKey, fmt::format(", {} a change of key from {} to {} at bar {} "
                                            "(--no-split-at-key-changes joins them)",
                                            verb, KeyName(from.sharps), KeyName(to.sharps), bar)};
    }
    if (from.tempo != to.tempo) {
      ending.boundary = Boundary::kTempo;
      ending.text += fmt::format(
          ", {} a change of tempo from {:.4g} to {:.4g} quarters a minute at bar {} "
          "(--no-split-at-tempo-changes joins them)",
          verb, 60e6 / from.tempo, 60e6 / to.tempo, bar);
    }
    return ending;
  }

  Ending Rest(std::size_t next, std::string_view verb) const {
    const std::int64_t steps = voice_[next].start - voice_[next - 1].end;
    return {Boundary::kRest,
            fmt::format(", {} a rest of {} before bar {} (--gap-bars {} joins them)", verb,
                        Bars(static_cast<double>(steps) / static_cast<double>(steps_per_bar_)),
                        BarOf(voice_[next].start), steps / steps_per_bar_ + 1)};
  }

  // Moves each run of notes under one signature to C major / A minor: the first by -6 .. 5
  // semitones, a later one by as nearly as many as it can.
  void TransposeToC(Notes piece, Melody& melody) const {
    if (options_.key == "none") return;
    std::optional<int> first;
    for (std::size_t begin = 0, end = 0; begin < piece.size(); begin = end) {
      while (end < piece.size() && piece[end].key == piece[begin].key) ++end;
      const Notes run = piece.subspan(begin, end - begin);
      PitchClassWeights weights{};
      for (const GridNote& note : run) {
        weights[static_cast<std::size_t>(note.pitch % kOctave)] += static_cast<double>(
            std::min<std::int64_t>(note.end - note.start, options_.maximum_steps));
      }
      KeySource source = KeySource::kEstimate;
      const int tonic = TonicOf(weights, run.front().key, source);
      const int near = first.value_or(0);
      const int semitones = near + SemitonesToC((tonic + near + kOctave) % kOctave);
      for (GridNote& note : run) note.pitch += semitones;
      melody.key += (first ? ", " : "") + KeyName(tonic);
      melody.key_source = std::max(melody.key_source, source);
      if (!first) first = melody.transposition = semitones;
    }
  }

  int TonicOf(const PitchClassWeights& weights, int sharps, KeySource& source) const {
    if (options_.key == "estimate" || sharps == kNoSignature) {
      return EstimateMajorTonic(weights).value_or(0);
    }
    const int tonic = MajorTonic(sharps);
    source = KeySource::kSignature;
    if (options_.key != "signature") return tonic;
    const std::optional<int> other = ContradictingTonic(weights, tonic);
    if (other) source = KeySource::kContradicted;
    return other.value_or(tonic);
  }

  void AddMelody(Notes piece, std::int64_t origin, std::int64_t length, Melody melody) {
    PitchClassWeights weights{};
    for (const GridNote& note : piece) {
      weights[static_cast<std::size_t>((note.pitch + kOctave) % kOctave)] = 1;
      melody.quantization.Add(note.counts);
    }
    const auto pitches = 12 - std::count(weights.begin(), weights.end(), 0.0);
    if (pitches < options_.minimum_unique_pitches) {
      return Refuse(
          Refusal::kTooFewPitches, piece.front(),
          fmt::format("{} different pitch{} (octaves count as one); at least {} are "
                      "needed",
                      pitches, pitches == 1 ? "" : "es", options_.minimum_unique_pitches));
    }
    const double error = melody.quantization.GridError();
    if (error > options_.maximum_grid_error && !melody.quantization.FitFinerGrid()) {
      return Refuse(Refusal::kOffGrid, piece.front(),
                    fmt::format("onsets are {:.2f} steps from the grid on average; at most {:.2f}",
                                error, options_.maximum_grid_error));
    }
    melody.place = PlaceOf(piece.front());
    melody.channel = from_.channel;
    melody.track_name = DisplayName(score_.tracks[static_cast<std::size_t>(from_.track)].name);
    melody.context.metre = {section_.numerator, section_.denominator};
    melody.bars = static_cast<int>((length + steps_per_bar_ - 1) / steps_per_bar_);
    const int octaves = options_.centre_octave ? OctavesToCentre(piece) : 0;
    melody.transposition += octaves;
    Encode(piece, origin, length, octaves, melody);
    extraction_.melodies.push_back(std::move(melody));
  }

  // The semitones to the octave that folds the fewest notes; of equally good ones the nearest to
  // the middle of the range, then the lower.
  int OctavesToCentre(Notes piece) const {
    const auto [low, high] =
        std::minmax_element(piece.begin(), piece.end(),
                            [](const GridNote& a, const GridNote& b) { return a.pitch < b.pitch; });
    const int middle = options_.lowest_pitch + options_.highest_pitch;
    int best = 0;
    std::pair<std::int64_t, int> best_cost{std::numeric_limits<std::int64_t>::max(), 0};
    for (int octave = -10; octave <= 10; ++octave) {
      const int shift = kOctave * octave;
      // Where every note would be folded; another octave is better.
      if (high->pitch + shift < options_.lowest_pitch) continue;
      if (low->pitch + shift > options_.highest_pitch) break;
      const auto folded = std::count_if(piece.begin(), piece.end(), [&](const GridNote& note) {
        return note.pitch + shift < options_.lowest_pitch ||
               note.pitch + shift > options_.highest_pitch;
      });
      const std::pair<std::int64_t, int> cost{
          folded, std::abs(low->pitch + high->pitch + 2 * shift - middle)};
      if (cost < best_cost) {
        best = shift;
        best_cost = cost;
      }
    }
    return best;
  }

  int Fold(int pitch, Melody& melody) const {
    if (pitch >= options_.lowest_pitch && pitch <= options_.highest_pitch) return pitch;
    ++melody.folded_notes;
    while (pitch < options_.lowest_pitch) pitch += kOctave;
    while (pitch > options_.highest_pitch) pitch -= kOctave;
    return pitch;
  }

  void Encode(Notes piece, std::int64_t origin, std::int64_t length, int semitones,
              Melody& melody) const {
    std::vector<std::uint8_t>& events = melody.events;
    events.assign(static_cast<std::size_t>(length), kNoEvent);
    for (std::size_t i = 0; i < piece.size(); ++i) {
      const std::int64_t start = piece[i].start - origin;
      const std::int64_t end = piece[i].end - origin;
      events[static_cast<std::size_t>(start)] =
          static_cast<std::uint8_t>(encoding_.ClassOf(Fold(piece[i].pitch + semitones, melody)));
      const bool rest_follows = i + 1 < piece.size() ? piece[i + 1].start > piece[i].end
                                                     : options_.continue_long_melodies;
      if (rest_follows && end < length) events[static_cast<std::size_t>(end)] = kNoteOff;
    }
  }

  const ExtractionOptions& options_;
  const Timeline& timeline_;
  const Section& section_;
  const Voice& from_;
  const midi::Score& score_;
  Encoding encoding_;
  Grid grid_;
  std::int64_t steps_per_bar_;
  Extraction& extraction_;
  std::vector<GridNote> voice_;
};

}  // namespace

void ExtractSection(const ExtractionOptions& options, const Timeline& timeline,
                    const Section& section, const Voice& voice, std::span<const TickNote> notes,
                    const midi::Score& score, Extraction& extraction) {
  SectionExtractor(options, timeline, section, voice, score, extraction).Extract(notes);
}

}  // namespace rltuner
