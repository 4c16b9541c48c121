// SPDX-License-Identifier: Apache-2.0
// Bars finds the bars of a score or a melody. BarClock follows the place of the next event in the
// bars while a melody is played.
#pragma once

#include <cstdint>
#include <vector>

#include "rltuner/melody/context.h"
#include "rltuner/melody/encoding.h"

namespace rltuner {

// The bars of consecutive metres, each a whole number of steps. A metre may begin before the last
// bar of the previous one is full. Steps before the first bar line belong to the bar before it, so
// a pickup is the end of a bar.
class Bars {
 public:
  struct Stretch {           // of one metre
    std::int64_t begin = 0;  // the step of its first bar line
    Metre metre = {};
    std::int64_t first_bar = 1;  // the number of the bar at `begin`
    int bar_steps = 0;           // steps in a bar; Bars fills it in
  };

  // The bars of a passage of a score: at least one stretch, in order of `begin` (asserted).
  Bars(std::vector<Stretch> stretches, int steps_per_quarter);

  // The bars of a melody: the first whole bar is bar 0, the pickup bar is bar -1.
  Bars(const MelodyContext& context, int steps_per_quarter);

  struct Position {
    std::int64_t bar;
    int position;   // 0 .. bar_steps - 1
    int bar_steps;  // steps in a whole bar of this metre
    Metre metre;

    bool operator==(const Position&) const = default;
  };
  Position At(std::int64_t step) const;

  // The first step of the bar that contains `step`.
  std::int64_t LineAt(std::int64_t step) const { return step - At(step).position; }

  // The step at a position of a bar; -1 if there is no such step, or it would be before step 0.
  std::int64_t StepAt(std::int64_t bar, int position) const;

  // The number of bars from one step to another. Part of a bar counts as a fraction.
  double Between(std::int64_t from, std::int64_t to) const;

  // Sets metre, pickup and changes of metre for the melody between two steps.
  void SetMetres(std::int64_t from, std::int64_t to, MelodyContext& context) const;

  // Whether a melody of this length ends in a bar that lacks exactly the steps of the pickup, as is
  // usual in notation. Such a bar counts as whole.
  bool CompletesPickup(std::int64_t length) const {
    const Position begin = At(0);
    return stretches_.size() == 1 && begin.position > 0 && length % begin.bar_steps == 0;
  }

  const std::vector<Stretch>& stretches() const { return stretches_; }

 private:
  const Stretch& StretchAt(std::int64_t step) const;

  // Where the first stretch after the step begins; `none` if there is none.
  std::int64_t NextBegin(std::int64_t step, std::int64_t none) const;

  std::vector<Stretch> stretches_;
};

// The context of the rest of a melody, from a step on.
MelodyContext ContextFrom(int step, const MelodyContext& context, int steps_per_quarter);

// Follows the place of the next event among the bars and beats of a composition. The levels of a
// metre are numbered from the bar line (0) down, each a half or a third of the one above. 4/4 has 0
// = the bar, 1 = its half, 2 = beats, 3 = eighths, 4 = sixteenths (Lerdahl and Jackendoff, 1983).
class BarClock {
 public:
  void Prepare(const MusicContext& context);

  // Replaces the context's pickup for compositions that start from now on. The context must have no
  // changes of metre (asserted).
  void SetPickup(int steps);

  void Start(int length) {
    length_ = length;
    end_of_last_bar_ = CompletesPickup() ? length : -1;
    bars_ = CountBars();
    placed_ = 0;
    step_ = first_step_;
    bar_ = first_step_ > 0 ? -1 : 0;
    Enter(0);
  }
  void Advance() {
    const bool new_bar = ends_bar();
    ++placed_;
    ++step_;
    if (!new_bar) return;
    if (placed_ == next_begin_ && stretch_ + 1 < stretches_.size()) Enter(stretch_ + 1);
    step_ = 0;
    ++bar_;
  }

  int length() const { return length_; }  // of the composition
  int placed() const { return placed_; }  // events so far
  bool first() const { return placed_ == 0; }
  bool last() const { return placed_ + 1 == length_; }

  // Steps in a bar, a beat and a part of a beat in the present metre.
  int bar_steps() const { return bar_steps_; }
  int beat_steps() const { return now().beat_steps; }
  int part_steps() const { return now().part_steps; }  // half a beat; a third of one in 6/8

  int step() const { return step_; }  // within the bar
  int bar() const { return bar_; }    // numbered as in Bars
  int level() const { return now().levels[static_cast<std::size_t>(step_)]; }
  // Like level(), but a third of a beat has the level of half a beat, because triplets are not
  // syncopations.
  int onset_level() const { return now().onset_levels[static_cast<std::size_t>(step_)]; }
  bool on_beat() const { return step_ % beat_steps() == 0; }
  bool in_second_half() const { return 2 * step_ >= bar_steps(); }
  bool ends_bar() const { return step_ + 1 == bar_steps_ || placed_ + 1 == next_begin_; }
  // Whether the bar is the last of a phrase of `bars` bars, counted from the first whole bar.
  bool ends_phrase(int bars) const { return ends_bar() && bar_ >= 0 && (bar_ + 1) % bars == 0; }

  // The bars that end in the composition, without the pickup bar. A last bar that lacks exactly the
  // steps of the pickup is one of them.
  int bars() const { return bars_; }

 private:
  struct Stretch {  // of one metre
    int begin = 0;
    std::vector<std::uint8_t> levels = std::vector<std::uint8_t>(1);  // [steps in a bar]
    std::vector<std::uint8_t> onset_levels = levels;
    int beat_steps = 1, part_steps = 1;
  };

  int CountBars() const;
  bool CompletesPickup() const {
    return first_step_ > 0 && stretches_.size() == 1 &&
           length_ % static_cast<int>(stretches_[0].levels.size()) == 0;
  }
  const Stretch& now() const { return stretches_[stretch_]; }
  void Enter(std::size_t stretch) {
    stretch_ = stretch;
    bar_steps_ = static_cast<int>(now().levels.size());
    next_begin_ =
        stretch + 1 < stretches_.size() ? stretches_[stretch + 1].begin : end_of_last_bar_;
  }

  std::vector<Stretch> stretches_ = std::vector<Stretch>(1);
  int first_step_ = 0, bars_ = 0;
  int length_ = 0, placed_ = 0, step_ = 0, bar_ = 0;
  std::size_t stretch_ = 0;
  int end_of_last_bar_ = -1;  // where a short last bar ends; -1 if it is not short
  int bar_steps_ = 1;         // of the stretch
  int next_begin_ = -1;       // the end of the next bar that may be short; -1 = there is none
};

}  // namespace rltuner
