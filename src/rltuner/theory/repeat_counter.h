// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rltuner/core/settings.h"
#include "rltuner/melody/encoding.h"

namespace rltuner {

// How often an event may be repeated: the parameters of rule `repeat` except its reward.
struct RepeatLimits {
  bool count_holds = true;
  int limit = 4;
  int limit_with_gaps = 6;
  int limit_offs = 1;

  void Describe(Settings& settings) {
    settings
        .Add("count_holds", &count_holds,
             "Whether repeated holds and note offs count, as in the paper. Turn it off for "
             "melodies with long notes or rests.")
        .Add("limit", &limit, 0, 10000,
             "How many equal events in a row may precede another one. Raise it for styles that "
             "repeat notes.")
        .Add("limit_with_gaps", &limit_with_gaps, 0, 10000,
             "The same with a hold or a note off in between. Keep it above `limit`, since slow "
             "repetitions disturb less.")
        .Add("limit_offs", &limit_offs, 0, 10000,
             "How many note offs since the last note may precede another one. Raise it where rests "
             "are written as many note offs.");
  }
};

// Tells whether an event would be repeated too often if it came next.
//
// The rule is defined by counting back: equal events count, other holds and note offs are skipped,
// and any other note ends the count. Counting forward needs only two counts:
// - of one pitch: the latest note, how often it was played since the last different one, and
//   whether a hold or a note off lies anywhere since that one;
// - of silence: the holds and note offs since the latest note.
// A note that is not the latest one always counts zero.
class RepeatCounter {
 public:
  void Start() { *this = RepeatCounter(); }

  bool TooOften(int event, const RepeatLimits& limits) const {
    const auto exceeds = [&limits](int count, bool gaps) {
      return count > (gaps ? limits.limit_with_gaps : limits.limit);
    };
    if (event == kNoteOff) {
      return limits.count_holds && (offs_ > limits.limit_offs || exceeds(offs_, holds_ > 0));
    }
    if (event == kNoEvent) return limits.count_holds && exceeds(holds_, offs_ > 0);
    return event == note_ && exceeds(struck_, gaps_in_run_ || holds_ + offs_ > 0);
  }

  void Add(int event) {
    if (event == kNoteOff) {
      ++offs_;
      return;
    }
    if (event == kNoEvent) {
      ++holds_;
      return;
    }
    const bool gap = holds_ + offs_ > 0;
    const bool again = event == note_;
    gaps_in_run_ = gap || (again && gaps_in_run_);
    struck_ = again ? struck_ + 1 : 1;
    note_ = event;
    holds_ = offs_ = 0;
  }

 private:
  int note_ = 0;    // the latest note's class; 0 = none
  int struck_ = 0;  // how often `note_` was played since the last different note
  bool gaps_in_run_ = false;
  int holds_ = 0;  // since the latest note
  int offs_ = 0;
};

}  // namespace rltuner
