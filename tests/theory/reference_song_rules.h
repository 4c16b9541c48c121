// SPDX-License-Identifier: Apache-2.0
// The rules of the set `song` and chord_tones written down plainly, with their default parameters:
// each looks back over the whole composition.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <set>
#include <string_view>
#include <vector>

#include "rltuner/melody/bars.h"

namespace rltuner::reference {

// A composition with its bars, written down step by step; bar -1 is the pickup.
struct BarView {
  struct Place {
    int bar, step, bar_steps, beat_steps, parts;  // parts of a beat: 2, or 3
    bool ends_bar = false;
  };

  BarView(const std::vector<int>& events, const MusicContext& music) : x(events), context(music) {
    const MelodyContext& melody = music.melody;
    Metre metre = melody.metre;
    const int first = Steps(metre.numerator, metre.denominator);
    int bar = melody.pickup > 0 ? -1 : 0;
    int step = melody.pickup > 0 ? first - melody.pickup : 0;
    for (int t = 0; t <= size(); ++t) {
      for (const LaterMetre& change : melody.changes) {
        if (change.step != t) continue;
        metre = change.metre;
        if (step > 0) ++bar;  // the last metre's bar was not full
        step = 0;
        places.back().ends_bar = true;
      }
      if (t == size()) break;
      const int n = metre.numerator;
      const bool compound = (n == 6 || n == 9 || n == 12) && metre.denominator >= 8;
      Place place{bar, step, Steps(n, metre.denominator),
                  Steps(compound ? 3 : 1, metre.denominator), compound ? 3 : 2};
      if (++step == place.bar_steps) {
        place.ends_bar = true;
        ++bar;
        step = 0;
      }
      places.push_back(place);
    }
    // The last bar and the pickup are one bar.
    const bool completes = melody.pickup > 0 && step + melody.pickup == first;
    if (completes && melody.changes.empty() && size() > 0) places.back().ends_bar = true;
  }

  const std::vector<int>& x;
  MusicContext context;
  std::vector<Place> places;

  int Steps(int numerator, int denominator) const {
    return 4 * context.steps_per_quarter * numerator / denominator;
  }
  int size() const { return static_cast<int>(x.size()); }
  const Place& At(int t) const { return places[static_cast<std::size_t>(t)]; }
  int BarOf(int t) const { return At(t).bar; }
  int StepOf(int t) const { return At(t).step; }
  bool EndsBar(int t) const { return At(t).ends_bar; }
  bool EndsPhrase(int t) const { return EndsBar(t) && BarOf(t) >= 0 && (BarOf(t) + 1) % 4 == 0; }

  // Of a part of a beat, in steps.
  int PartSteps(int t) const {
    const auto [bar, step, bar_steps, beat, parts, ends] = At(t);
    return beat % parts == 0 ? beat / parts : 1;
  }

  int Level(int t) const {
    const auto [bar, step, bar_steps, beat, parts, ends] = At(t);
    const int beats = bar_steps / beat;
    int level = 0;
    if (step == 0) return level;
    if (beats > 2 && beats % 2 == 0 && ++level > 0 && 2 * step == bar_steps) return level;
    if (beats > 1 && ++level > 0 && step % beat == 0) return level;
    for (int part = PartSteps(t); part < beat || part > 1; part = part % 2 == 0 ? part / 2 : 1) {
      ++level;
      if (step % part == 0 || part == 1) break;
    }
    return level;
  }

  // Of a note that begins there: thirds of a beat and what divides them are as halves and theirs.
  int OnsetLevel(int t) const {
    const auto [bar, step, bar_steps, beat, parts, ends] = At(t);
    if (parts == 3 || beat % 6 != 0 || step % beat == 0) return Level(t);
    int level = bar_steps > beat ? 2 : 1;
    if (bar_steps / beat > 2 && bar_steps / beat % 2 == 0) ++level;
    for (int part = beat / 3; step % part != 0; part = part % 2 == 0 ? part / 2 : 1) ++level;
    return std::min(level, Level(t));
  }

  // Where the latest note at or before t begins; -1 = none.
  int LatestNote(int t) const {
    while (t >= 0 && x[t] < 2) --t;
    return t;
  }
  std::vector<int> BarAt(int bar) const {
    std::vector<int> events;
    for (int t = 0; t < size(); ++t) {
      if (BarOf(t) == bar) events.push_back(x[t]);
    }
    return events;
  }
};

inline double Metre(const BarView& b, int t) {
  if (b.x[t] > 1) return b.Level(t) == 0 ? 0.5 : 0;
  if (b.x[t] == 0) return 0;
  // The strongest level from the onset up to now, if something sounds.
  int strongest = 99;
  for (int i = t - 1; i >= 0; --i) {
    if (b.x[i] == 0) return 0;
    strongest = std::min(strongest, b.x[i] > 1 ? b.OnsetLevel(i) : b.Level(i));
    if (b.x[i] > 1) break;
    if (i == 0) return 0;
  }
  return t > 0 && b.Level(t) < strongest ? -0.5 * (strongest - b.Level(t)) : 0;
}

inline double Phrase(const BarView& b, int t) {
  if (!b.EndsBar(t) || b.BarOf(t) < 0) return 0;
  const int limit = std::min(b.At(t).beat_steps, (b.At(t).bar_steps + 1) / 2);
  bool is_long = false;
  int since = 0;
  for (int i = t - b.StepOf(t); i <= t; ++i) {
    if (2 * b.StepOf(i) < b.At(i).bar_steps) continue;
    if (b.x[i] > 1) since = 0;
    is_long |= ++since >= limit;
  }
  if (!is_long) return 0;
  if ((b.BarOf(t) + 1) % 4 == 0) return 1;
  return (b.BarOf(t) + 1) % 2 == 0 ? 0 : -0.25;
}

inline double Cadence(const BarView& b, int t) {
  double reward = 0;
  if (b.x[t] > 1) {
    const int before = b.LatestNote(t - 1);
    if (before >= 0 && b.context.DegreeOf(b.x[before]) == 11) {
      if (b.x[t] - b.x[before] == 1) reward += 0.25;
      if (std::abs(b.x[t] - b.x[before]) > 4) reward -= 0.25;
    }
  }
  const int note = b.LatestNote(t);
  if (note < 0) return reward;
  const int degree = b.context.DegreeOf(b.x[note]);
  if (t == b.size() - 1) {
    if (degree == 0) {
      reward += 1 + (t - note + 1 >= b.At(t).beat_steps ? 0.5 : 0) +
                (b.StepOf(note) % b.At(note).beat_steps == 0 ? 0.5 : 0);
    }
  } else if (b.EndsPhrase(t) && std::set{0, 2, 7, 11}.contains(degree)) {
    reward += 0.5;
  }
  return reward;
}

inline double Form(const BarView& b, int t) {
  const int bar = b.BarOf(t);
  return b.EndsBar(t) && bar >= 4 && b.BarAt(bar) == b.BarAt(bar - 4) ? 1 : 0;
}

inline double Contour(const BarView& b, int t) {
  double reward = 0;
  if (b.x[t] > 1) {
    std::vector<int> moves;  // directions of the notes up to this one, without repetitions
    int previous = 0;
    for (int i = 0; i <= t; ++i) {
      if (b.x[i] < 2) continue;
      if (previous != 0 && b.x[i] != previous) moves.push_back(b.x[i] > previous ? 1 : -1);
      if (i == t && b.x[i] == previous) moves.clear();
      previous = b.x[i];
    }
    if (moves.size() > 1) reward += moves.back() == moves[moves.size() - 2] ? 0.1 : -0.1;
  }
  if (!b.EndsPhrase(t)) return reward;
  double middle = 0;
  double middle_notes = 0;
  double ends = 0;
  double ends_notes = 0;
  int highest = 0;
  int summit = 0;
  for (int i = 0; i <= t; ++i) {
    if (b.x[i] < 2 || b.BarOf(i) < 0) continue;
    if (b.BarOf(i) < b.BarOf(t) - 3) {
      summit = std::max(summit, b.x[i]);
      continue;
    }
    highest = std::max(highest, b.x[i]);
    const bool in_middle = b.BarOf(i) % 4 == 1 || b.BarOf(i) % 4 == 2;
    (in_middle ? middle : ends) += b.x[i];
    (in_middle ? middle_notes : ends_notes) += 1;
  }
  if (middle_notes > 0 && ends_notes > 0 && middle * ends_notes > ends * middle_notes) {
    reward += 0.25;
  }
  const int last = b.LatestNote(t);
  if (middle_notes + ends_notes > 0 && b.x[last] * (middle_notes + ends_notes) < middle + ends) {
    reward += 0.25;
  }
  if (summit > 0 && highest > summit) reward += 0.25;
  return reward;
}

inline double StepsAndSkips(const BarView& b, int t) {
  const int before = b.x[t] > 1 ? b.LatestNote(t - 1) : -1;
  if (before < 0) return 0;
  const int interval = b.x[t] - b.x[before];
  const int size = std::abs(interval);
  if (size > 2) return -0.1 * std::min(size - 2, 10);
  if (size == 0) return 0;
  const int earlier = b.LatestNote(before - 1);
  const int leap = earlier < 0 ? 0 : b.x[before] - b.x[earlier];
  return 0.1 + (std::abs(leap) >= 5 && leap * interval < 0 ? 0.1 : 0);
}

inline double Rhythm(const BarView& b, int t) {
  if (!b.EndsBar(t) || b.BarOf(t) < 0) return 0;
  const auto rhythm = [&](int bar) {
    std::vector<int> events = b.BarAt(bar);
    for (int& event : events) event = std::min(event, 2);
    return events;
  };
  for (int bar = 0; bar < b.BarOf(t); ++bar) {
    if (rhythm(bar) == rhythm(b.BarOf(t))) return 1;
  }
  return 0;
}

inline double Subdivision(const BarView& b, int t) {
  return b.x[t] > 1 && b.StepOf(t) % b.PartSteps(t) != 0 ? -0.1 : 0;
}

inline double Range(const BarView& b, int t) {
  if (b.x[t] < 2) return 0;
  const auto beyond = [&](int end) {
    int low = 99;
    int high = 0;
    for (int i = 0; i < end; ++i) {
      if (b.x[i] < 2) continue;
      low = std::min(low, b.x[i]);
      high = std::max(high, b.x[i]);
    }
    return std::max(0, high - low - 17);
  };
  return -0.5 * (beyond(t + 1) - beyond(t));
}

inline double Repetition(const BarView& b, int t) {
  const int before = b.x[t] > 1 ? b.LatestNote(t - 1) : -1;
  return before >= 0 && b.x[before] == b.x[t] ? -0.1 : 0;
}

inline double ChordTones(const BarView& b, int t) {
  if (b.x[t] < 2 || b.BarOf(t) < 0) return 0;
  const int step = b.StepOf(t);
  const bool middle = 2 * step == b.At(t).bar_steps && step % b.At(t).beat_steps == 0;
  if (step != 0 && !middle) return 0;
  const std::set<int> triad = {0, IsMinor(b.context.melody.mode) ? 3 : 4, 7};
  return triad.contains(b.context.DegreeOf(b.x[t])) ? 0.5 : -0.5;
}

inline double Opening(const BarView& b, int t) {
  if (t > 0) return 0;
  if (b.x[0] < 2) return -1;
  const std::set<int> triad = {0, IsMinor(b.context.melody.mode) ? 3 : 4, 7};
  return triad.contains(b.context.DegreeOf(b.x[0])) ? 1 : 0;
}

// Of the note that this event, or the end, ends.
inline double BeatNotes(const BarView& b, int t) {
  double reward = 0;
  const auto add = [&](int end) {
    const int begin = b.LatestNote(end - 1);
    if (begin < 0) return;
    const int beat = b.At(begin).beat_steps;
    if (end - begin != beat || b.StepOf(begin) % beat != 0) return;
    for (int held = begin + 1; held < end; ++held) {
      if (b.x[held] == 0) return;
    }
    reward += 0.1;
  };
  if (b.x[t] != 1 && t > 0) add(t);
  if (t == b.size() - 1) add(t + 1);
  return reward;
}

inline double Tonality(const BarView& b, int t) {
  if (b.x[t] < 2) return 0;
  constexpr double kMajor[] = {6.35, 2.23, 3.48, 2.33, 4.38, 4.09,
                               2.52, 5.19, 2.39, 3.66, 2.29, 2.88};
  constexpr double kMinor[] = {6.33, 2.68, 3.52, 5.38, 2.60, 3.53,
                               2.54, 4.75, 3.98, 2.69, 3.34, 3.17};
  const int degree = b.context.DegreeOf(b.x[t]);
  return 0.1 * ((IsMinor(b.context.melody.mode) ? kMinor : kMajor)[degree] - 4.5);
}

struct SongRule {
  std::string_view name;
  double (*reward)(const BarView& bars, int t);
};
inline constexpr SongRule kSongRules[] = {{"metre", Metre},
                                          {"phrase", Phrase},
                                          {"cadence", Cadence},
                                          {"form", Form},
                                          {"contour", Contour},
                                          {"steps_and_skips", StepsAndSkips},
                                          {"rhythm", Rhythm},
                                          {"range", Range},
                                          {"repetition", Repetition},
                                          {"opening", Opening},
                                          {"chord_tones", ChordTones},
                                          {"subdivision", Subdivision},
                                          {"beat_notes", BeatNotes},
                                          {"tonality", Tonality}};

}  // namespace rltuner::reference
