// SPDX-License-Identifier: Apache-2.0
// The metre and key in which rules hear a melody, and a clock that counts its bars.
#pragma once

#include <cstdint>
#include <vector>

#include "rltuner/melody/encoding.h"
#include "rltuner/melody/metre.h"

namespace rltuner {

// What the events of a melody stand for. The default is the paper's: sixteenths in 4/4, C major, C3
// the lowest note.
struct MusicContext {
  MelodyContext melody = {};
  int steps_per_quarter = kStepsPerQuarter;
  int lowest_pitch = kLowestPitch;  // MIDI; that of the first note-on class

  MusicContext() = default;
  explicit MusicContext(MelodyContext of_melody, const Encoding& encoding = {})
      : melody(std::move(of_melody)),
        steps_per_quarter(encoding.steps_per_quarter),
        lowest_pitch(encoding.lowest_pitch) {}

  // Of the metre at the beginning.
  int BarSteps() const { return melody.metre.BarSteps(steps_per_quarter); }
  int BeatSteps() const { return melody.metre.BeatSteps(steps_per_quarter); }

  // Semitones of a note-on class above the tonic, 0 .. 11.
  int DegreeOf(int event) const {
    return (event - kFirstNoteOn + lowest_pitch - melody.tonic + 12) % 12;
  }
};

// The place of the next event in a composition, its bars and its beats, event by event. Levels of
// metre are numbered from the bar line (0) down, each a half or a third of the one above: 4/4 has 0
// = the bar, 1 = its half, 2 = beats, 3 = eighths, 4 = sixteenths (Lerdahl and Jackendoff, 1983).
// Bar 0 is the first whole bar, bar -1 the pickup.
class BarClock {
 public:
  void Prepare(const MusicContext& context);
  void Start(int length) {
    length_ = length;
    placed_ = 0;
    stretch_ = 0;
    step_ = pickup_ > 0 ? bar_steps() - pickup_ : 0;
    bar_ = pickup_ > 0 ? -1 : 0;
  }
  void Advance() {
    const bool new_bar = ends_bar();
    ++placed_;
    ++step_;
    if (!new_bar) return;
    if (ChangesAt(placed_)) ++stretch_;
    step_ = 0;
    ++bar_;
  }

  // Of the bar's metre.
  int bar_steps() const { return static_cast<int>(now().levels.size()); }
  int beat_steps() const { return now().beat_steps; }
  int part_steps() const { return now().part_steps; }  // half a beat, a third in 6/8

  int step() const { return step_; }  // within the bar
  int bar() const { return bar_; }
  int level() const { return now().levels[static_cast<std::size_t>(step_)]; }
  bool on_beat() const { return step_ % beat_steps() == 0; }
  bool in_second_half() const { return 2 * step_ >= bar_steps(); }
  int length() const { return length_; }  // of the composition
  int placed() const { return placed_; }  // events so far
  bool first() const { return placed_ == 0; }
  bool last() const { return placed_ + 1 == length_; }
  bool ends_bar() const { return step_ + 1 == bar_steps() || ChangesAt(placed_ + 1); }
  // Whether the bar is the last of a phrase of so many, counted from the first whole bar.
  bool ends_phrase(int bars) const { return ends_bar() && bar_ >= 0 && (bar_ + 1) % bars == 0; }

  // Whole bars of the composition, at most and if the metre does not change.
  int most_bars() const { return length_ / shortest_bar_ + 1; }
  int bars() const { return (length_ - pickup_) / static_cast<int>(stretches_[0].levels.size()); }

 private:
  struct Stretch {  // of one metre
    int first_step = 0;
    std::vector<std::uint8_t> levels = std::vector<std::uint8_t>(1);  // [steps in a bar]
    int beat_steps = 1, part_steps = 1;
  };

  const Stretch& now() const { return stretches_[stretch_]; }
  bool ChangesAt(int step) const {
    return stretch_ + 1 < stretches_.size() && stretches_[stretch_ + 1].first_step == step;
  }

  std::vector<Stretch> stretches_ = std::vector<Stretch>(1);
  int pickup_ = 0, shortest_bar_ = 1;
  int length_ = 0, placed_ = 0, step_ = 0, bar_ = 0;
  std::size_t stretch_ = 0;
};

}  // namespace rltuner
