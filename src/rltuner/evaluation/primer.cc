// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include "rltuner/core/error.h"
#include "rltuner/core/files.h"
#include "rltuner/core/text.h"
#include "rltuner/evaluation/generation.h"
#include "rltuner/melody/bars.h"
#include "rltuner/melody/context.h"
#include "rltuner/melody/extraction.h"
#include "rltuner/melody/extractor.h"
#include "rltuner/melody/quantize.h"
#include "rltuner/melody/score_format.h"
#include "rltuner/melody/sources.h"
#include "rltuner/melody/timeline.h"

namespace rltuner {
namespace {

constexpr std::uint64_t kLargestFile = 64 << 20;
constexpr std::size_t kMostPrimerNotes = 250'000;
constexpr int kSemitones = 12;

bool HasAny(const std::string& name, std::initializer_list<const char*> parts) {
  return std::ranges::any_of(
      parts, [&](const char* part) { return name.find(part) != std::string::npos; });
}

bool NamesMelody(const std::string& lower) {
  return HasAny(lower, {"melod", "lead", "vocal", "voice", "vox", "sing", "sang", "solo", "tune",
                        "soprano", "cantus", "canto"}) &&
         !HasAny(lower, {"back", "harmon", "second", "bass"});
}

// Positions in a score on the grid of a model. Each metre begins on a step.
class ScoreGrid {
 public:
  ScoreGrid(const midi::Score& score, int steps_per_quarter)
      : timeline_(score, false, true),
        division_(score.division),
        steps_(steps_per_quarter),
        grid_{score.division, steps_per_quarter} {}

  // The ticks by which a section is moved so that its metre begins on a step.
  std::int64_t Shift(const Section& section) const {
    return Begin(section) * division_ / steps_ - section.metre_begin;
  }

  // The section at a tick, or at a step.
  Section AtTick(int track, std::int64_t tick) const {
    return timeline_.At(track, tick + division_ / (2 * steps_));
  }
  Section AtStep(int track, std::int64_t step) const {
    return AtTick(track, step * division_ / steps_);
  }

  // The bars under the notes of a voice, in order. A metre that the grid does not hold is 4/4.
  Bars Lines(int track, std::span<const GridNote> notes) const {
    std::vector<Bars::Stretch> stretches;
    for (const GridNote& note : notes) {
      const Section section = AtStep(track, note.start);
      Metre metre = section.metre;
      if (!metre.FitsGrid(grid_.steps_per_quarter)) metre = {};
      const Bars::Stretch stretch{Begin(section), metre};
      if (stretches.empty() || stretch.begin > stretches.back().begin) stretches.push_back(stretch);
    }
    return {std::move(stretches), grid_.steps_per_quarter};
  }

  const Grid& grid() const { return grid_; }

 private:
  std::int64_t Begin(const Section& section) const { return grid_.Step(section.metre_begin); }

  Timeline timeline_;
  std::int64_t division_, steps_;
  Grid grid_;
};

bool IsInRange(int pitch, const Encoding& encoding) {
  return pitch >= encoding.lowest_pitch && pitch <= encoding.highest_pitch;
}

struct HeardVoice {
  int track = 0, channel = 0;
  std::vector<GridNote> notes = {};
  double value = 0;  // the listener takes the voice of the highest value
};

HeardVoice Hear(const midi::Score& score, const ScoreGrid& grid, const Voice& source,
                const Encoding& encoding) {
  const auto& [track, channel, notes] = source;
  std::vector<TickNote> ticks;
  std::int64_t next = score.tracks[static_cast<std::size_t>(track)].end_tick;  // a later onset
  for (auto note = notes.rbegin(); note != notes.rend(); ++note) {
    const auto& [onset, duration] = std::pair((*note)->onset, (*note)->duration);
    const std::int64_t shift = grid.Shift(grid.AtTick(track, onset));
    const std::int64_t end = duration < 0 ? std::max(next, onset) : onset + duration;
    ticks.push_back({onset + shift, end + shift, (*note)->pitch, 0});
    if (note + 1 != notes.rend() && (*(note + 1))->onset < onset) next = onset;
  }
  std::ranges::reverse(ticks);
  HeardVoice voice{track, channel, QuantizeVoice(ticks, grid.grid())};
  double in_range = 0, pitches = 0;
  for (const GridNote& note : voice.notes) {
    in_range += IsInRange(note.pitch, encoding) ? 1 : 0;
    pitches += note.pitch;
  }
  const auto kept = static_cast<double>(voice.notes.size());
  const double height = std::clamp((pitches / kept - 36) / 36, .1, 1.5);
  const auto length = static_cast<double>(voice.notes.back().end - voice.notes.front().start);
  const double named =
      NamesMelody(Lower(score.tracks[static_cast<std::size_t>(track)].name)) ? 16 : 1;
  voice.value =
      (in_range + .01) * (kept / static_cast<double>(notes.size())) * height * length * named;
  return voice;
}

// As for melodies of a dataset: the key by its signature, unless the notes contradict it.
int TonicOf(std::span<const GridNote> notes, std::optional<int> sharps) {
  const PitchClassWeights weights = WeightsOf(notes, kMaximumPrimer);
  if (!sharps) return EstimateMajorTonic(weights).value_or(0);
  const int tonic = MajorTonic(*sharps);
  return ContradictingTonic(weights, tonic).value_or(tonic);
}

// The semitones that move a key to C major, in the octave that folds the fewest notes into the
// range; of equally good octaves, the one nearest to the middle of the range.
int TranspositionOf(std::span<const GridNote> notes, int tonic, const Encoding& encoding) {
  const auto cost = [&](int shift) {
    std::int64_t folded = 0, distance = 0;
    for (const GridNote& note : notes) {
      const int pitch = note.pitch + shift;
      folded += IsInRange(pitch, encoding) ? 0 : 1;
      distance += 2 * pitch - encoding.lowest_pitch - encoding.highest_pitch;
    }
    return std::pair(folded, std::abs(distance));
  };
  int best = SemitonesToC(tonic);
  for (int shift = best - 10 * kSemitones; shift <= 10 * kSemitones; shift += kSemitones) {
    if (cost(shift) < cost(best)) best = shift;
  }
  return best;
}

// Tempo and program at the end of a voice.
Playback PlaybackOf(const midi::Score& score, const HeardVoice& voice, std::int64_t tick) {
  Playback playback{.quarters_per_minute = 120};  // MIDI's default
  const auto holds = [&](const auto& change) {
    return change.tick <= tick && (!score.independent_tracks || change.track == voice.track);
  };
  for (const midi::TempoChange& tempo : score.tempos) {
    if (!holds(tempo) || tempo.microseconds_per_quarter == 0) continue;
    playback.quarters_per_minute = std::clamp(60e6 / tempo.microseconds_per_quarter, 4.0, 1000.0);
  }
  for (const midi::ProgramChange& change : score.programs) {
    if (holds(change) && change.channel == voice.channel) playback.program = change.program;
  }
  return playback;
}

Primer PrimerOf(const midi::Score& score, const ScoreGrid& grid, HeardVoice voice,
                const Encoding& encoding) {
  const int steps = encoding.steps_per_quarter;
  std::vector<GridNote>& notes = voice.notes;
  const auto section_of = [&](const GridNote& note) {
    return grid.AtStep(voice.track, note.start);
  };
  const std::int64_t maximum = std::int64_t{kMaximumPrimer} * steps / kStepsPerQuarter;
  notes.back().end = std::min(notes.back().end, notes.back().start + maximum / 2);
  const Bars lines = grid.Lines(voice.track, notes);
  const std::int64_t whole = lines.LineAt(notes.front().start);
  const std::int64_t last = notes.back().end - 1;
  const std::int64_t end = lines.LineAt(last) + lines.At(last).bar_steps;
  std::int64_t begin = std::max(whole, end - maximum);
  if (const std::int64_t line = lines.LineAt(begin - 1) + lines.At(begin - 1).bar_steps;
      begin > whole && line < end) {
    begin = line;  // what is left begins with a bar, too
  }
  Primer primer;
  primer.dropped_events = begin - whole;
  primer.events.assign(static_cast<std::size_t>(end - begin), kNoEvent);
  std::vector<int> pitches(primer.events.size());
  std::vector<Playback::Signature> keys;
  int tonic = 0;
  int shift = 0;
  Mode mode = Mode::kMajor;
  for (std::size_t i = 0, run_end = 0; i < notes.size(); ++i) {
    if (i == run_end) {
      const Section section = section_of(notes[i]);
      const std::optional<int> sharps = section.sharps;
      while (run_end < notes.size() && section_of(notes[run_end]).sharps == sharps) ++run_end;
      const auto run = std::span(notes).subspan(i, run_end - i);
      tonic = TonicOf(run, sharps);
      shift = TranspositionOf(run, tonic, encoding);
      const bool by_signature = sharps && tonic == MajorTonic(*sharps);
      const int last_pitch = (run.back().pitch + shift + 10 * kSemitones) % kSemitones;
      mode = by_signature && section.mode
                 ? *section.mode
                 : EstimateMode(WeightsOf(run, kMaximumPrimer, shift), last_pitch);
      const auto from = static_cast<int>(std::max(begin, lines.LineAt(notes[i].start)) - begin);
      if (!keys.empty() && keys.back().step == from) keys.pop_back();
      const Key key = {(tonic + WhiteKey(mode).tonic) % kSemitones, mode};
      const int signature = by_signature ? *sharps : key.Sharps();
      if (keys.empty() || keys.back().sharps != signature || keys.back().mode != mode) {
        keys.push_back({from, signature, mode});
      }
    }
    const auto at = static_cast<std::size_t>(notes[i].start - begin);
    const auto off = static_cast<std::size_t>(notes[i].end - begin);
    const bool rest = i + 1 == notes.size() || notes[i + 1].start > notes[i].end;
    if (rest && notes[i].end >= begin && off < primer.events.size()) primer.events[off] = kNoteOff;
    if (notes[i].start < begin) continue;
    primer.events[at] = encoding.ClassOf(
        FoldedPitch(notes[i].pitch + shift, encoding.lowest_pitch, encoding.highest_pitch));
    pitches[at] = notes[i].pitch;
  }
  primer.track = voice.track;
  primer.track_name = DisplayName(score.tracks[static_cast<std::size_t>(voice.track)].name);
  primer.channel = voice.channel;
  primer.playback = PlaybackOf(score, voice, notes.back().start * score.division / steps);
  lines.SetMetres(begin, end, primer.playback.music);
  primer.playback.music.mode = mode;
  primer.playback.music.tonic = WhiteKey(mode).tonic;
  primer.playback.SetClasses(encoding);
  primer.playback.transposition = -shift;
  primer.playback.sharps = keys.back().sharps;
  primer.playback.pitches = std::move(pitches);
  primer.playback.changes_of_key = std::move(keys);
  return primer;
}

}  // namespace

std::string Primer::Text() const {
  const MelodyContext& music = playback.music;
  const Metre metre = music.metre;
  const std::int64_t bars = Bars(music, playback.steps_per_quarter).At(std::ssize(events)).bar;
  return fmt::format("track {}{}, channel {}: {} of {}{}, {}, transposed by {:+} semitones{}",
                     track, track_name.empty() ? "" : fmt::format(" \"{}\"", track_name), channel,
                     Counted(bars, "bar"), metre.Text(),
                     music.changes.empty() ? "" : " and other metres",
                     Counted(std::ssize(events), "event"), -playback.transposition,
                     dropped_events == 0
                         ? ""
                         : fmt::format("; {} before it dropped", Counted(dropped_events, "event")));
}

Primer ReadPrimer(std::span<const std::uint8_t> bytes, const std::string& name,
                  const PrimerOptions& options) {
  const ScoreFormat* format = FindScoreFormat(name, bytes);
  if (format == nullptr) Fail("{}: not a file with music; expected {}", name, ScoreFormatNames());
  midi::Score score;
  format->read(bytes, name, score);
  if (!score.TicksPerQuarter()) {
    Fail("{}: no melody in it: its ticks are not parts of quarter notes", name);
  }
  if (score.notes.size() > kMostPrimerNotes) {
    Fail("{}: {} notes; expected at most {}", name, score.notes.size(), kMostPrimerNotes);
  }
  const ScoreGrid grid(score, options.encoding.steps_per_quarter);
  ExtractionOptions extraction;
  extraction.tracks = options.track;
  const VoiceFilter filter(extraction);
  std::vector<HeardVoice> voices;
  for (const Voice& voice : filter.Voices(score))
    voices.push_back(Hear(score, grid, voice, options.encoding));
  if (voices.empty()) {
    Fail("{}: no melody in it: {}", name, score.notes.empty() ? "no notes" : filter.WhyNone(score));
  }
  const auto best = std::ranges::max_element(
      voices, [](const auto& a, const auto& b) { return a.value < b.value; });
  return PrimerOf(score, grid, std::move(*best), options.encoding);
}

Primer ParsePrimer(const std::string& class_or_file, const PrimerOptions& options) {
  int event = 0;
  const char* const end = class_or_file.data() + class_or_file.size();
  const auto [parsed, error] = std::from_chars(class_or_file.data(), end, event);
  const bool whole_number = parsed == end && !class_or_file.empty() &&
                            (error == std::errc() || error == std::errc::result_out_of_range);
  if (whole_number && (error != std::errc() || !options.encoding.IsEvent(event))) {
    Fail("--primer {}: expected a class, 0 .. {}, or a file with music", class_or_file,
         options.encoding.classes() - 1);
  }
  if (whole_number) return {.events = {event}};
  std::error_code ignored;
  if (!std::filesystem::exists(class_or_file, ignored)) {
    Fail("--primer {}: no such file; expected one with music or a class, 0 .. {}", class_or_file,
         options.encoding.classes() - 1);
  }
  try {
    return ReadPrimer(ReadFile(class_or_file, kLargestFile), class_or_file, options);
  } catch (const Error& problem) {
    Fail("--primer: {}", problem.what());
  }
}

}  // namespace rltuner
