// SPDX-License-Identifier: Apache-2.0
#include "rltuner/melody/timeline.h"

#include <algorithm>
#include <cassert>
#include <cstdlib>

namespace rltuner {
namespace {

constexpr int kDefaultTempo = 500'000;  // until the first one

// The last change at or before `tick` (nullptr: none); narrows `section` to it and to the next one.
template <typename Change>
const Change* Narrow(const std::vector<Change>& changes, std::int64_t tick, Section& section) {
  const auto next = std::partition_point(changes.begin(), changes.end(),
                                         [&](const Change& c) { return c.tick <= tick; });
  if (next != changes.end()) section.end = std::min(section.end, next->tick);
  if (next == changes.begin()) return nullptr;
  section.begin = std::max(section.begin, std::prev(next)->tick);
  return &*std::prev(next);
}

template <typename Metre>
bool SameMetre(const Metre& metre, const midi::MetreChange& change) {
  return metre.numerator == change.numerator && metre.denominator == change.denominator;
}

template <typename Metre>
bool ShorterThanBar(std::int64_t ticks, const Metre& metre, std::int64_t ticks_per_quarter) {
  return ticks < 4 * ticks_per_quarter * metre.numerator / metre.denominator;
}

}  // namespace

std::int64_t Section::BarOf(std::int64_t tick, std::int64_t ticks_per_quarter) const {
  const std::int64_t bar = 4 * numerator * ticks_per_quarter;
  const std::int64_t distance = (tick - metre_begin) * denominator;
  return first_bar + distance / bar - (distance % bar < 0 ? 1 : 0);
}

Timeline::Timeline(const midi::Score& score, bool tempo_changes, bool key_changes)
    : independent_tracks_(score.independent_tracks),
      key_changes_(key_changes),
      ticks_per_quarter_(score.TicksPerQuarter().value_or(1)) {
  assert(score.TicksPerQuarter());
  for (const midi::MetreChange& change : score.metres) AddMetre(change);
  JoinLastBar(score);
  if (tempo_changes) {
    for (const midi::TempoChange& change : score.tempos) AddTempo(change);
  }
  for (const midi::KeySignature& key : score.keys) {
    AddKey(key.track, key);
    if (!independent_tracks_) AddKey(kAllTracks, key);
  }
}

Timeline::Changes& Timeline::ChangesOf(int track) {
  return changes_[independent_tracks_ ? track : kAllTracks];
}

void Timeline::AddMetre(const midi::MetreChange& change) {
  std::vector<Metre>& metres = ChangesOf(change.track).metres;
  if (metres.back().tick == change.tick) {  // only the last one at a tick counts
    const Metre replaced = metres.back();
    metres.pop_back();
    if (metres.empty() || !SameMetre(metres.back(), change)) {
      metres.push_back({change.tick, replaced.bar_line, replaced.first_bar, change.numerator,
                        change.denominator});
    }
    return;
  }
  Metre& last = metres.back();
  const bool first_bar = metres.size() == 1;
  const std::int64_t length = change.tick - last.tick;
  if (SameMetre(last, change)) {
    // Offsets of a few ticks are no pickups, but a way to write the start.
    if (first_bar && last.bar_line == 0 && 8 * length >= ticks_per_quarter_ &&
        ShorterThanBar(length, last, ticks_per_quarter_)) {
      last.bar_line = change.tick;
      last.first_bar = 2;
    }
    return;
  }
  Metre next{change.tick, change.tick, 0, change.numerator, change.denominator};
  const Section before{.metre_begin = last.bar_line,
                       .first_bar = last.first_bar,
                       .numerator = last.numerator,
                       .denominator = last.denominator};
  // A bar that the change cuts short counts as one.
  next.first_bar = before.BarOf(change.tick - 1, ticks_per_quarter_) + 1;
  if (first_bar && ShorterThanBar(length, next, ticks_per_quarter_)) {
    next.tick = last.tick;
    metres.back() = next;
    return;
  }
  // Back to a metre after exactly one of its bars in other ones: that bar was written in parts.
  const std::int64_t bar = 4 * ticks_per_quarter_ * next.numerator / next.denominator;
  for (std::size_t i = metres.size() - 1; i > 0 && change.tick - metres[i].tick <= bar; --i) {
    if (change.tick - metres[i].tick < bar || !SameMetre(metres[i - 1], change)) continue;
    if ((metres[i].tick - metres[i - 1].bar_line) % bar != 0) continue;
    metres.resize(i);
    return;
  }
  metres.push_back(next);
}

void Timeline::JoinLastBar(const midi::Score& score) {
  for (auto& [track, changes] : changes_) {
    std::vector<Metre>& metres = changes.metres;
    if (metres.size() < 2) continue;
    std::int64_t end = 0;
    for (const midi::Note& note : independent_tracks_ ? score.NotesOfTrack(track) : score.notes) {
      end = std::max(end, note.onset + std::max<std::int64_t>(note.duration, 0));
    }
    const std::int64_t length = end - metres.back().tick;
    if (ShorterThanBar(length, metres[metres.size() - 2], ticks_per_quarter_)) metres.pop_back();
  }
}

void Timeline::AddTempo(const midi::TempoChange& change) {
  std::vector<Change>& tempos = ChangesOf(change.track).tempos;
  if (!tempos.empty() && tempos.back().tick == change.tick) tempos.pop_back();
  const std::int64_t before = tempos.empty() ? kDefaultTempo : tempos.back().value;
  const std::int64_t difference = std::abs(change.microseconds_per_quarter - before);
  if (difference == 0 || 100 * difference < before) return;
  tempos.push_back({.tick = change.tick, .value = change.microseconds_per_quarter});
}

void Timeline::AddKey(int track, const midi::KeySignature& key) {
  std::vector<Change>& keys = keys_[track];
  if (!keys.empty() && keys.back().tick == key.tick) keys.pop_back();
  if (keys.empty() || keys.back().value != key.sharps)
    keys.push_back({key.tick, key.sharps, key.mode_known && key.minor});
}

Section Timeline::At(int track, std::int64_t tick) const {
  Section section;
  if (const auto found = changes_.find(independent_tracks_ ? track : kAllTracks);
      found != changes_.end()) {
    if (const Metre* metre = Narrow(found->second.metres, tick, section)) {
      section.metre_begin = metre->bar_line;
      section.first_bar = metre->first_bar;
      section.numerator = metre->numerator;
      section.denominator = metre->denominator;
    }
    if (const Change* tempo = Narrow(found->second.tempos, tick, section)) {
      section.tempo = tempo->value;
    }
  }
  auto keys = keys_.find(track);
  const auto of_others = keys_.find(kAllTracks);
  Section of_key = section;
  if (keys != keys_.end() && tick < keys->second.front().tick) {
    of_key.end = std::min(of_key.end, keys->second.front().tick);
    keys = of_others;
  }
  if (keys == keys_.end()) keys = of_others;
  if (keys != keys_.end()) {
    if (const Change* key = Narrow(keys->second, tick, of_key)) {
      section.sharps = key->value;
      section.minor = key->minor;
    }
    if (key_changes_) {
      section.begin = of_key.begin;
      section.end = of_key.end;
    }
  }
  return section;
}

}  // namespace rltuner
