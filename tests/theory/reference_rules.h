// SPDX-License-Identifier: Apache-2.0
// The nine rules written down plainly: each looks back over the whole composition. What the fast
// rules are compared with.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <set>
#include <span>
#include <vector>

#include "rltuner/melody/autocorrelation.h"

namespace rltuner::reference {

using Events = std::vector<int>;

// The options in which the rule set `theory` differs from `paper`.
struct Mends {
  bool count_holds = true;
  bool over_pitch = false;
  bool in_key_needs_both = false;
  bool pitches_only = false;
};
inline constexpr Mends kPaper{};
inline constexpr Mends kTheory{false, true, true, true};

inline int PitchClass(int event) { return (event + 46) % 12; }

// The latest note before position t; 0 = none.
inline int PreviousNote(const Events& x, int t) {
  for (int i = t - 1; i >= 0; --i) {
    if (x[i] > 1) return x[i];
  }
  return 0;
}

inline double Key(const Events& x, int t) {
  const std::set<int> major = {0, 2, 4, 5, 7, 9, 11};
  return x[t] < 2 || major.contains(PitchClass(x[t])) ? 0 : -1;
}

inline double Tonic(const Events& x, int t) {
  const int length = static_cast<int>(x.size());
  double reward = 0;
  if ((t == 0 || t == length - 4) && x[t] == 14) reward += 3;
  if (t == length - 3 && x[t] == 1) reward += 3;
  if (t > length - 3 && x[t] < 2) reward += 3;
  return reward;
}

inline double Repeat(const Events& x, int t, const Mends& mends) {
  if (!mends.count_holds && x[t] < 2) return 0;
  int count = 0;
  bool skipped = false;
  for (int i = t - 1; i >= 0; --i) {
    if (x[i] == x[t]) {
      ++count;
    } else if (x[i] < 2) {
      skipped = true;
    } else {
      break;
    }
  }
  return (x[t] == 0 && count > 1) || count > (skipped ? 6 : 4) ? -100 : 0;
}

// One coefficient of the events 0 .. t; NaN without variance.
inline double Coefficient(const Events& x, int t, int lag, const Mends& mends) {
  std::vector<double> value(t + 1);
  std::vector<bool> sounds(t + 1, true);
  int pitch = 0;
  double n = 0;
  double sum = 0;
  for (int i = 0; i <= t; ++i) {
    if (x[i] != 1) pitch = x[i];
    value[i] = mends.over_pitch ? pitch : x[i];
    sounds[i] = !mends.over_pitch || pitch > 1;
    if (!sounds[i]) continue;
    n += 1;
    sum += value[i];
  }
  const double mean = sum / n;
  double variance = 0;
  double covariance = 0;
  bool differ = false;
  int first = -1;
  for (int i = 0; i <= t; ++i) {
    if (!sounds[i]) continue;
    if (first < 0) first = i;
    differ |= value[i] != value[first];
    variance += (value[i] - mean) * (value[i] - mean) / n;
    if (i + lag <= t && sounds[i + lag]) covariance += (value[i] - mean) * (value[i + lag] - mean);
  }
  return differ ? covariance / n / variance : std::numeric_limits<double>::quiet_NaN();
}

// NaN where a coefficient equals the threshold but for rounding: either answer is right.
inline double Autocorrelation(const Events& x, int t, const Mends& mends) {
  double reward = 0;
  for (int lag = 1; lag <= 3; ++lag) {
    const double size = std::abs(Coefficient(x, t, lag, mends));
    if (std::abs(size - 0.15) < 1e-9) return std::numeric_limits<double>::quiet_NaN();
    if (size > 0.15) reward -= 3 * size;
  }
  return reward;
}

inline int MotifPitches(const Events& x, int t) {
  if (t < 7) return 0;
  std::set<int> pitches(x.begin() + t - 7, x.begin() + t + 1);
  pitches.erase(0);
  pitches.erase(1);
  return static_cast<int>(pitches.size());
}

inline double Motif(const Events& x, int t) {
  const int pitches = MotifPitches(x, t);
  return pitches >= 3 ? 3 + 0.3 * (pitches - 3) : 0;
}

inline double RepeatedMotif(const Events& x, int t) {
  const int pitches = MotifPitches(x, t);
  if (pitches < 3) return 0;
  const auto motif = x.begin() + t - 7;
  for (int start = 0; start + 7 < t - 7; ++start) {
    if (std::equal(motif, motif + 8, x.begin() + start)) return 4 + (pitches - 3);
  }
  return 0;
}

inline double PreferredIntervals(const Events& x, int t, const Mends& mends) {
  const int previous = PreviousNote(x, t);
  if (previous == 0) return 0;
  const auto is_c_or = [](int event, int other) {
    return PitchClass(event) == 0 || PitchClass(event) == other;
  };
  if (x[t] == 1) return is_c_or(previous, 7) ? 0.3 * 5 : 0.075 * 5;
  if (x[t] == 0) return is_c_or(previous, 7) ? 0.15 * 5 : 0.05 * 5;
  const auto in_key = [&](int other) {
    return is_c_or(previous, other) && (!mends.in_key_needs_both || is_c_or(x[t], other));
  };
  const int interval = std::abs(x[t] - previous);
  if (interval == 7 && in_key(7)) return 0.1 * 5;
  if (interval == 4 && in_key(4)) return 0.15 * 5;
  if (interval > 12) return -1 * 5;
  switch (interval) {
    case 11:
      return -0.3 * 5;
    case 4:
      return 0.09 * 5;
    case 2:
      return 0.08 * 5;
    case 5:
      return 0.07 * 5;
    case 9:
      return 0.05 * 5;
    case 7:
      return 0.02 * 5;
    default:
      return 0;
  }
}

// Needs the whole past, so it plays all of it again.
inline double Leap(const Events& x, int t) {
  int direction = 0;
  int leapt_from = 0;
  int steps = 0;
  double reward = 0;
  for (int i = 1; i <= t; ++i) {
    reward = 0;
    if (x[i] < 2) {
      ++steps;
      continue;
    }
    const int previous = PreviousNote(x, i);
    const int change = previous == 0 ? 0 : x[i] - previous;
    if (std::abs(change) >= 7) {
      const int now = change > 0 ? 1 : -1;
      if (direction == 0) {
        direction = now;
        leapt_from = previous;
      } else if (now == direction) {
        reward = -5;
      } else {
        if (steps > 6) reward = 5;
        direction = 0;
      }
      steps = 0;
    } else {
      ++steps;
      if ((direction > 0 && x[i] <= leapt_from) || (direction < 0 && x[i] >= leapt_from)) {
        reward = 5;
        direction = 0;
      }
    }
  }
  return reward;
}

inline double HighLowUnique(const Events& x, int t, const Mends& mends) {
  if (t + 1 != static_cast<int>(x.size())) return 0;
  Events notes;
  std::copy_if(x.begin(), x.end(), std::back_inserter(notes), [](int event) { return event > 1; });
  double reward = 0;
  const Events& candidates = mends.pitches_only ? notes : x;
  if (!candidates.empty() &&
      std::count(candidates.begin(), candidates.end(),
                 *std::max_element(candidates.begin(), candidates.end())) == 1) {
    reward += 3;
  }
  if (!notes.empty() &&
      std::count(notes.begin(), notes.end(), *std::min_element(notes.begin(), notes.end())) == 1) {
    reward += 3;
  }
  return reward;
}

// The rewards of event t in the order of the registry.
inline std::vector<double> Rewards(const Events& x, int t, const Mends& mends) {
  return {Key(x, t),
          Tonic(x, t),
          Repeat(x, t, mends),
          Autocorrelation(x, t, mends),
          Motif(x, t),
          RepeatedMotif(x, t),
          PreferredIntervals(x, t, mends),
          Leap(x, t),
          HighLowUnique(x, t, mends)};
}

}  // namespace rltuner::reference
