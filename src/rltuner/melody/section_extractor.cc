// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <utility>

#include "rltuner/core/error.h"
#include "rltuner/core/text.h"
#include "rltuner/melody/bars.h"
#include "rltuner/melody/context.h"
#include "rltuner/melody/encoding.h"
#include "rltuner/melody/extractor.h"
#include "rltuner/melody/pickup.h"
#include "rltuner/melody/sources.h"

namespace rltuner {
namespace {

constexpr int kOctave = 12;
constexpr double kRounding = 1e-6;  // of sums of parts of bars

std::string_view SignatureName(std::optional<int> sharps) {
  return sharps ? Key{MajorTonic(*sharps)}.TonicName() : "no signature";
}

std::string BarsText(double n) { return fmt::format("{:.3g} bar{}", n, n == 1 ? "" : "s"); }

// A passage on its way to melodies.
class PassageExtractor {
 public:
  PassageExtractor(const ExtractionOptions& options, const Timeline& timeline,
                   const Passage& passage, const Voice& voice, const midi::Score& score,
                   Extraction& extraction)
      : options_(options),
        timeline_(timeline),
        passage_(passage),
        from_(voice),
        score_(score),
        encoding_(EncodingOf(options)),
        grid_{score.division, options.steps_per_quarter},
        bars_(passage.stretches, options.steps_per_quarter),
        extraction_(extraction) {}

  void Extract() {
    Quantize();
    FindPickup();
    std::size_t begin = 0;
    for (std::size_t i = 1; i <= voice_.size(); ++i) {
      if (i < voice_.size()) {
        const std::int64_t end = voice_[i - 1].end;
        const std::int64_t gap = options_.gap_bars * bars_.At(end).bar_steps;
        if (gap == 0 || voice_[i].start - end < gap) continue;
      }
      AddPiece(begin, i);
      begin = i;
    }
  }

 private:
  // What bounds a piece at its end or beginning, for people.
  struct Ending {
    Boundary boundary = Boundary::kVoice;
    std::string text;  // ", ended by ..."
  };

  using Notes = std::span<GridNote>;

  bool OffGrid(const QuantizationCounts& counts) const {
    return counts.GridError() > options_.maximum_grid_error && !counts.FitFinerGrid();
  }

  // Moves a performance that is late or early as a whole onto the grid.
  void Quantize() {
    const auto off_grid = [&] {
      QuantizationCounts counts;
      for (const GridNote& note : voice_) counts.Add(note.counts);
      return OffGrid(counts);
    };
    voice_ = QuantizeVoice(passage_.notes, grid_);
    if (!off_grid()) return;
    std::vector<GridNote> as_written = std::move(voice_);
    voice_ = QuantizeVoice(WithoutCommonOffset(passage_.notes, grid_), grid_);
    if (off_grid()) voice_ = std::move(as_written);
  }

  // A file of one voice that begins with a note may count its bars from there.
  void FindPickup() {
    const Section& first = passage_.sections.front();
    const std::span<const midi::Note> all =
        score_.independent_tracks ? score_.NotesOfTrack(from_.track) : score_.notes;
    const bool from_start = first.begin == 0 && first.metre_begin == 0 && voice_[0].start == 0;
    const bool known = score_.tracks[static_cast<std::size_t>(from_.track)].bars_known;
    if (!KeepsPickups() || known || !from_start || from_.notes.size() != all.size()) return;
    std::vector<Bars::Stretch> stretches = passage_.stretches;
    // A change of metre is at a bar line.
    const std::int64_t pickup = stretches.size() > 1 ? stretches[1].begin % bars_.At(0).bar_steps
                                                     : EstimatePickup(voice_, stretches[0].metre,
                                                                      options_.steps_per_quarter);
    if (pickup == 0) return;
    stretches[0].begin = pickup;
    stretches[0].first_bar = 2;
    bars_ = Bars(std::move(stretches), options_.steps_per_quarter);
  }

  bool KeepsPickups() const { return options_.metres == "any" || options_.bars_are_heard; }

  ScoreLocation LocationOf(const GridNote& note) const {
    return {from_.track, bars_.At(note.start).bar};
  }

  void Refuse(Refusal refusal, const GridNote& note, std::string detail) {
    Reject(extraction_, {refusal, std::move(detail), LocationOf(note)});
  }

  bool LongEnough(std::int64_t from, std::int64_t to) const {
    return bars_.Between(from, to) > options_.minimum_bars - kRounding;
  }

  // The bar line before a step, but not before the change that the section begins with.
  std::int64_t Origin(std::int64_t step) const {
    if (options_.start != "bar") return step;
    const std::int64_t line = bars_.LineAt(step);
    const Section& first = passage_.sections.front();
    const std::int64_t change = grid_.Step(first.begin - first.metre_begin);
    // A pickup gets the rest that its bar lacks, unless its length is kept.
    return std::min(step, change < 0 && !KeepsPickups() ? line : std::max(line, change));
  }

  void AddPiece(std::size_t begin, std::size_t end) {
    Notes piece = Notes(voice_).subspan(begin, end - begin);
    if (options_.polyphony == "skip") {
      const auto note = std::ranges::find_if(piece, [](const GridNote& n) { return n.polyphonic; });
      if (note != piece.end()) {
        return Refuse(Refusal::kPolyphony, *note, "notes sound together");
      }
    }
    std::int64_t origin = Origin(piece.front().start);
    if (!LongEnough(origin, piece.back().end)) {
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
      if (!LongEnough(origin, piece.back().end)) {
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

  // The step at which a piece that is too long is cut: the last bar line that the maximum allows,
  // or an earlier one if the rest would be too short to keep.
  std::int64_t CutAt(Notes piece, std::int64_t origin) const {
    const std::int64_t limit = origin + options_.maximum_steps;
    if (!options_.continue_long_melodies || piece.back().end <= limit) return limit;
    const std::int64_t latest = bars_.LineAt(limit);
    if (latest <= origin) return limit;
    const double fewest = std::max(options_.minimum_bars, 1) - kRounding;
    for (std::int64_t cut = latest; bars_.Between(origin, cut) > fewest;
         cut = bars_.LineAt(cut - 1)) {
      const std::size_t head = Before(piece, cut).size();
      if (head == piece.size()) return cut;
      if (head == 0) break;
      const std::int64_t next = std::max(cut, Origin(piece[head].start));
      if (LongEnough(next, piece.back().end)) return cut;
    }
    return latest;
  }

  void RefuseTooShort(Notes piece, std::int64_t origin, Boundary boundary,
                      const std::string& ending) {
    const std::int64_t length = piece.back().end - origin;
    const int least = options_.minimum_bars;
    ++extraction_.too_short[static_cast<std::size_t>(boundary)];
    Refuse(Refusal::kTooShort, piece.front(),
           fmt::format("{} = {}{}; at least {} {} needed", Counted(length, "step"),
                       BarsText(bars_.Between(origin, piece.back().end)), ending, BarsText(least),
                       least == 1 ? "is" : "are"));
  }

  // Prefers a change to a rest, because it is less expected, and an end to a beginning.
  Ending WhatEnded(std::size_t begin, std::size_t end) const {
    Ending ending;
    const Section& first = passage_.sections.front();
    const Section& last = passage_.sections.back();
    if (end == voice_.size() && last.end != Section().end) {
      ending = Changed(last, timeline_.At(from_.track, last.end), "ended by");
    }
    if (ending.text.empty() && begin == 0 && first.begin > 0) {
      ending = Changed(timeline_.At(from_.track, first.begin - 1), first, "begun by");
    }
    if (ending.text.empty() && end < voice_.size()) ending = Rest(end, "ended by");
    if (ending.text.empty() && begin > 0) ending = Rest(begin, "begun after");
    return ending;
  }

  Ending Changed(const Section& from, const Section& to, std::string_view verb) const {
    const std::int64_t bar = to.BarOf(std::max(to.begin, from.begin), grid_.division);
    if (from.metre != to.metre) {
      return {Boundary::kMetre, fmt::format(", {} a change of metre from {} to {} at bar {}", verb,
                                            from.metre.Text(), to.metre.Text(), bar)};
    }
    Ending ending;
    const bool new_key = options_.split_at_key_changes && from.sharps != to.sharps;
    if (new_key) {
      ending = {Boundary::kKey,
                fmt::format(", {} a change of key from {} to {} at bar {} "
                            "(--no-split-at-key-changes joins them)",
                            verb, SignatureName(from.sharps), SignatureName(to.sharps), bar)};
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
    const std::int64_t start = voice_[next].start, end = voice_[next - 1].end;
    return {Boundary::kRest,
            fmt::format(", {} a rest of {} before bar {} (--gap-bars {} joins them)", verb,
                        BarsText(bars_.Between(end, start)), bars_.At(start).bar,
                        (start - end) / bars_.At(end).bar_steps + 1)};
  }

  // Moves each run of notes under one signature to the white keys: the first run by -6 .. 5
  // semitones, each later run by a number as near as possible to that of the first.
  void TransposeToC(Notes piece, Melody& melody) const {
    std::optional<int> first;
    for (std::size_t begin = 0, end = 0; options_.key != "none" && begin < piece.size();
         begin = end) {
      while (end < piece.size() && piece[end].key == piece[begin].key) ++end;
      const Notes run = piece.subspan(begin, end - begin);
      KeySource source = KeySource::kEstimate;
      const int tonic = TonicOf(WeightsOf(run, options_.maximum_steps), run.front().key, source);
      const int near = first.value_or(0);
      const int semitones = near + SemitonesToC((tonic + near + kOctave) % kOctave);
      for (GridNote& note : run) note.pitch += semitones;
      melody.key += fmt::format("{}{}", first ? ", " : "", Key{tonic}.TonicName());
      melody.key_source = std::max(melody.key_source, source);
      if (!first) first = melody.transposition = semitones;
    }
    const bool by_signature = melody.key_source == KeySource::kSignature;
    const std::optional<Mode> said = by_signature ? passage_.sections[0].mode : std::nullopt;
    const int last = (piece.back().pitch + kOctave) % kOctave;
    const Mode mode = said ? *said : EstimateMode(WeightsOf(piece, options_.maximum_steps), last);
    melody.context.mode = mode;
    melody.context.tonic = WhiteKey(mode).tonic;
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
    for (const GridNote& note : piece) melody.quantization.Add(note.counts);
    const PitchClassWeights weights = WeightsOf(piece, options_.maximum_steps);
    const auto pitches = 12 - std::ranges::count(weights, 0.0);
    if (pitches < options_.minimum_unique_pitches) {
      return Refuse(
          Refusal::kTooFewPitches, piece.front(),
          fmt::format("{} different pitch{} (octaves count as one); at least {} are needed",
                      pitches, pitches == 1 ? "" : "es", options_.minimum_unique_pitches));
    }
    if (OffGrid(melody.quantization)) {
      return Refuse(Refusal::kOffGrid, piece.front(),
                    fmt::format("onsets are {:.2f} steps from the grid on average; at most {:.2f}",
                                melody.quantization.GridError(), options_.maximum_grid_error));
    }
    melody.place = LocationOf(piece.front());
    melody.channel = from_.channel;
    melody.track_name = DisplayName(score_.tracks[static_cast<std::size_t>(from_.track)].name);
    melody.bars = static_cast<int>(std::ceil(bars_.Between(origin, origin + length) - kRounding));
    bars_.SetMetres(origin, origin + length, melody.context);
    const int octaves = options_.centre_octave ? OctavesToCentre(piece) : 0;
    melody.transposition += octaves;
    Encode(piece, origin, length, octaves, melody);
    extraction_.melodies.push_back(std::move(melody));
  }

  // The semitones to the octave that folds the fewest notes; of equally good octaves the nearest to
  // the middle of the range, then the lower.
  int OctavesToCentre(Notes piece) const {
    const auto [low, high] = std::ranges::minmax_element(
        piece, [](const GridNote& a, const GridNote& b) { return a.pitch < b.pitch; });
    const int middle = options_.lowest_pitch + options_.highest_pitch;
    int best = 0;
    std::pair<std::int64_t, int> best_cost{std::numeric_limits<std::int64_t>::max(), 0};
    for (int octave = -10; octave <= 10; ++octave) {
      const int shift = kOctave * octave;
      // Every note would be folded; another octave is better.
      if (high->pitch + shift < options_.lowest_pitch) continue;
      if (low->pitch + shift > options_.highest_pitch) break;
      const auto folded = std::ranges::count_if(piece, [&](const GridNote& note) {
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
    return FoldedPitch(pitch, options_.lowest_pitch, options_.highest_pitch);
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
  const Passage& passage_;
  const Voice& from_;
  const midi::Score& score_;
  Encoding encoding_;
  Grid grid_;
  Bars bars_;
  Extraction& extraction_;
  std::vector<GridNote> voice_;
};

}  // namespace

void ExtractPassage(const ExtractionOptions& options, const Timeline& timeline,
                    const Passage& passage, const Voice& voice, const midi::Score& score,
                    Extraction& extraction) {
  PassageExtractor(options, timeline, passage, voice, score, extraction).Extract();
}

}  // namespace rltuner
