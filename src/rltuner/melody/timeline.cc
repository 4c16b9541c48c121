// SPDX-License-Identifier: Apache-2.0
#include "rltuner/melody/timeline.h"

#include <algorithm>
#include <cassert>
#include <cstdlib>

#include "rltuner/melody/context.h"

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

std::int64_t BarTicks(const Metre& metre, std::int64_t ticks_per_quarter) {
  return 4 * ticks_per_quarter * metre.numerator / metre.denominator;
}

}  // namespace

std::int64_t Section::BarOf(std::int64_t tick, std::int64_t ticks_per_quarter) const {
  const std::int64_t bar = 4 * metre.numerator * ticks_per_quarter;
  const std::int64_t distance = (tick - metre_begin) * metre.denominator;
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
  std::vector<Stretch>& metres = ChangesOf(change.track).metres;
  const Metre metre{change.numerator, change.denominator};
  if (metres.back().tick == change.tick) {  // only the last one at a tick counts
    metres.back().metre = metre;
    if (metres.size() > 1 && metres[metres.size() - 2].metre == metre) metres.pop_back();
    return;
  }
  Stretch& last = metres.back();
  const bool first_bar = metres.size() == 1;
  const std::int64_t length = change.tick - last.tick;
  if (last.metre == metre) {
    // Offsets of a few ticks are no pickups; some programs write the start so.
    if (first_bar && last.bar_line == 0 && 8 * length >= ticks_per_quarter_ &&
        length < BarTicks(metre, ticks_per_quarter_)) {
      last.bar_line = change.tick;
      last.first_bar = 2;
    }
    return;
  }
  Stretch next{change.tick, change.tick, 0, metre};
  const Section before{
      .metre_begin = last.bar_line, .first_bar = last.first_bar, .metre = last.metre};
  // A bar that the change cuts short counts as a bar.
  next.first_bar = before.BarOf(change.tick - 1, ticks_per_quarter_) + 1;
  const std::int64_t bar = BarTicks(metre, ticks_per_quarter_);
  if (first_bar && length < bar) {
    next.tick = last.tick;
    metres.back() = next;
    return;
  }
  // If a metre returns after other metres that together last exactly one of its bars, that bar was
  // written in parts.
  for (std::size_t i = metres.size() - 1; i > 0 && change.tick - metres[i].tick <= bar; --i) {
    if (change.tick - metres[i].tick < bar || metres[i - 1].metre != metre) continue;
    if ((metres[i].tick - metres[i - 1].bar_line) % bar != 0) continue;
    metres.resize(i);
    return;
  }
  metres.push_back(next);
}

void Timeline::JoinLastBar(const midi::Score& score) {
  for (auto& [track, changes] : changes_) {
    std::vector<Stretch>& metres = changes.metres;
    if (metres.size() < 2) continue;
    std::int64_t end = 0;
    for (const midi::Note& note : independent_tracks_ ? score.NotesOfTrack(track) : score.notes) {
      end = std::max(end, note.onset + std::max<std::int64_t>(note.duration, 0));
    }
    const std::int64_t length = end - metres.back().tick;
    const Metre& before = metres[metres.size() - 2].metre;
    if (length < BarTicks(before, ticks_per_quarter_)) metres.pop_back();
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
    keys.push_back(
        {key.tick, key.sharps,
         key.degree < 0 && key.mode_known && key.minor ? Mode::kMinor : ModeAt(key.degree)});
}

Section Timeline::At(int track, std::int64_t tick) const {
  Section section;
  if (const auto found = changes_.find(independent_tracks_ ? track : kAllTracks);
      found != changes_.end()) {
    if (const Stretch* stretch = Narrow(found->second.metres, tick, section)) {
      section.metre_begin = stretch->bar_line;
      section.first_bar = stretch->first_bar;
      section.metre = stretch->metre;
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
      section.mode = key->mode;
    }
    if (key_changes_) {
      section.begin = of_key.begin;
      section.end = of_key.end;
    }
  }
  return section;
}

PassageReader::PassageReader(const midi::Score& score, const Timeline& timeline, const Voice& voice,
                             int steps_per_quarter, bool joins_keys)
    : score_(score),
      timeline_(timeline),
      voice_(voice),
      grid_{*score.TicksPerQuarter(), steps_per_quarter},
      early_(grid_.division / (2 * steps_per_quarter)),
      joins_keys_(joins_keys) {}

Passage PassageReader::Next(const Joins& joins) {
  Passage passage;
  std::int64_t zero = 0;
  do {
    zero = Append(passage);
  } while (!done() && joins(passage.sections.front(), NextSection()));
  const std::int64_t end = passage.sections.back().end - zero;
  for (TickNote& note : passage.notes) {
    note.end = std::clamp(note.end, note.onset, std::max(note.onset, end));
  }
  return passage;
}

Section PassageReader::NextSection() const {
  return timeline_.At(voice_.track, voice_.notes[next_]->onset + early_);
}

// Returns the tick from which the section's notes are counted.
std::int64_t PassageReader::Append(Passage& passage) {
  passage.sections.push_back(NextSection());
  const Section& section = passage.sections.back();
  // Each metre begins on a step.
  const std::int64_t step = grid_.Step(section.metre_begin - passage.sections.front().metre_begin);
  passage.stretches.push_back({step, section.metre, section.first_bar});
  const std::int64_t zero = section.metre_begin - step * grid_.division / grid_.steps_per_quarter;
  for (; !done() && voice_.notes[next_]->onset + early_ < section.end; ++next_) {
    const midi::Note& note = *voice_.notes[next_];
    const std::int64_t onset = std::max(note.onset, section.begin);
    const std::optional<int> sharps =
        joins_keys_ ? timeline_.At(voice_.track, note.onset + early_).sharps : section.sharps;
    passage.notes.push_back({onset - zero, std::max(onset, EndOf(note)) - zero, note.pitch,
                             sharps.value_or(kNoSignature)});
  }
  return zero;
}

std::int64_t PassageReader::EndOf(const midi::Note& note) {
  if (note.duration >= 0) return note.onset + note.duration;
  // A hanging note sounds until the next note of its voice; the last one sounds until the track
  // ends.
  while (later_ < voice_.notes.size() && voice_.notes[later_]->onset <= note.onset) ++later_;
  return later_ < voice_.notes.size() ? voice_.notes[later_]->onset
                                      : score_.tracks[note.track].end_tick;
}

}  // namespace rltuner
