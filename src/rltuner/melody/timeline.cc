// SPDX-License-Identifier: Apache-2.0
#include "rltuner/melody/timeline.h"

#include <algorithm>
#include <cassert>

namespace rltuner {
namespace {

// The last change at or before `tick` (nullptr: none); narrows `section` to it and to the next one.
template <typename Change, typename TickOf>
const Change* Narrow(const std::vector<Change>& changes, std::int64_t tick, TickOf tick_of,
                     Section& section) {
  const auto next = std::partition_point(changes.begin(), changes.end(),
                                         [&](const Change& c) { return tick_of(c) <= tick; });
  if (next != changes.end()) section.end = std::min(section.end, tick_of(*next));
  if (next == changes.begin()) return nullptr;
  section.begin = std::max(section.begin, tick_of(*std::prev(next)));
  return &*std::prev(next);
}

}  // namespace

std::int64_t Section::BarOf(std::int64_t tick, std::int64_t ticks_per_quarter) const {
  return first_bar + (tick - metre_begin) * denominator / (4 * numerator * ticks_per_quarter);
}

Timeline::Timeline(const MidiScore& score, bool tempo_changes, bool key_changes)
    : independent_tracks_(score.independent_tracks) {
  assert(score.TicksPerQuarter());
  const std::int64_t ticks_per_quarter = score.TicksPerQuarter().value_or(1);
  for (const MetreChange& change : score.metres) {
    std::vector<Metre>& metres = ChangesOf(change.track).metres;
    Metre& last = metres.back();
    if (last.numerator == change.numerator && last.denominator == change.denominator) continue;
    if (last.tick == change.tick) {
      last.numerator = change.numerator;
      last.denominator = change.denominator;
      continue;
    }
    // A bar that the change cuts short counts as one.
    const Section before{last.tick,      change.tick,      last.tick,   last.first_bar,
                         last.numerator, last.denominator, std::nullopt};
    metres.push_back({change.tick, before.BarOf(change.tick - 1, ticks_per_quarter) + 1,
                      change.numerator, change.denominator});
  }
  if (tempo_changes) {
    for (const TempoChange& change : score.tempos) {
      Changes& changes = ChangesOf(change.track);
      if (change.microseconds_per_quarter == changes.tempo) continue;
      changes.tempo = change.microseconds_per_quarter;
      changes.tempos.push_back(change.tick);
    }
  }
  if (!key_changes) return;
  for (const KeySignature& key : score.keys) {
    AddKey(key.track, key);
    if (!independent_tracks_) AddKey(kAllTracks, key);
  }
}

Timeline::Changes& Timeline::ChangesOf(int track) {
  Changes& changes = changes_[independent_tracks_ ? track : kAllTracks];
  if (changes.metres.empty()) changes.metres.emplace_back();
  return changes;
}

void Timeline::AddKey(int track, const KeySignature& key) {
  std::vector<Key>& keys = keys_[track];
  if (!keys.empty() && keys.back().sharps == key.sharps) return;
  if (!keys.empty() && keys.back().tick == key.tick) {
    keys.back().sharps = key.sharps;
  } else {
    keys.push_back({key.tick, key.sharps});
  }
}

Section Timeline::At(int track, std::int64_t tick) const {
  Section section;
  if (const auto found = changes_.find(independent_tracks_ ? track : kAllTracks);
      found != changes_.end()) {
    const auto metre_tick = [](const Metre& metre) { return metre.tick; };
    if (const Metre* metre = Narrow(found->second.metres, tick, metre_tick, section)) {
      section.metre_begin = metre->tick;
      section.first_bar = metre->first_bar;
      section.numerator = metre->numerator;
      section.denominator = metre->denominator;
    }
    Narrow(
        found->second.tempos, tick, [](std::int64_t change) { return change; }, section);
  }
  auto keys = keys_.find(track);
  if (keys == keys_.end()) keys = keys_.find(kAllTracks);
  if (keys != keys_.end()) {
    if (const Key* key = Narrow(
            keys->second, tick, [](const Key& k) { return k.tick; }, section)) {
      section.sharps = key->sharps;
    }
  }
  return section;
}

}  // namespace rltuner
