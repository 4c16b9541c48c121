// SPDX-License-Identifier: Apache-2.0
#include "rltuner/theory/damage.h"

#include <algorithm>
#include <cassert>
#include <numeric>

namespace rltuner {
namespace {

using Events = std::vector<std::uint8_t>;

// The events with their stretches [bounds[i], bounds[i + 1]) in another order. Events before the
// first and after the last stretch stay in place.
Events Reordered(const Events& events, const std::vector<std::size_t>& bounds, Random& random) {
  std::vector<std::size_t> order(bounds.size() - 1);
  std::iota(order.begin(), order.end(), std::size_t{0});
  Shuffle(order, random);
  Events result(events.begin(), events.begin() + static_cast<std::ptrdiff_t>(bounds[0]));
  for (const std::size_t i : order) {
    result.insert(result.end(), events.begin() + static_cast<std::ptrdiff_t>(bounds[i]),
                  events.begin() + static_cast<std::ptrdiff_t>(bounds[i + 1]));
  }
  result.insert(result.end(), events.begin() + static_cast<std::ptrdiff_t>(bounds.back()),
                events.end());
  return result;
}

std::size_t PickupOf(const Tunes& tunes, std::size_t tune) {
  return static_cast<std::size_t>(tunes.contexts[tune].melody.pickup);
}

Events BarsShuffled(const Tunes& tunes, std::size_t tune, Random& random) {
  const Events& events = tunes.events[tune];
  const auto bar = static_cast<std::size_t>(tunes.contexts[tune].BarSteps());
  std::vector<std::size_t> bounds;
  for (std::size_t at = PickupOf(tunes, tune); at <= events.size(); at += bar) bounds.push_back(at);
  return Reordered(events, bounds, random);
}

Events NotesShuffled(const Tunes& tunes, std::size_t tune, Random& random) {
  const Events& events = tunes.events[tune];
  std::vector<std::size_t> bounds;
  for (std::size_t at = 0; at < events.size(); ++at) {
    if (events[at] >= kFirstNoteOn) bounds.push_back(at);
  }
  bounds.push_back(events.size());
  return Reordered(events, bounds, random);
}

// The tune with changed pitches: `change` gets all note-ons in their order.
template <typename Change>
Events WithPitches(const Tunes& tunes, std::size_t tune, const Change& change) {
  Events events = tunes.events[tune];
  std::vector<int> notes;
  for (const int event : events) {
    if (event >= kFirstNoteOn) notes.push_back(event);
  }
  change(notes);
  auto note = notes.begin();
  for (std::uint8_t& event : events) {
    if (event < kFirstNoteOn) continue;
    event = static_cast<std::uint8_t>(FoldedPitch(*note++, kFirstNoteOn, tunes.classes - 1));
  }
  return events;
}

Events PitchesShuffled(const Tunes& tunes, std::size_t tune, Random& random) {
  return WithPitches(tunes, tune, [&](std::vector<int>& notes) { Shuffle(notes, random); });
}

Events PitchesDrawnAnew(const Tunes& tunes, std::size_t tune, Random& random) {
  return WithPitches(tunes, tune, [&](std::vector<int>& notes) {
    if (notes.empty()) return;
    const auto [low, high] = std::ranges::minmax_element(notes);
    const int lowest = *low;
    const auto pitches = static_cast<std::uint32_t>(*high - lowest + 1);
    for (int& note : notes) note = lowest + static_cast<int>(random.Below(pitches));
  });
}

Events NotesRepeated(const Tunes& tunes, std::size_t tune, Random& random) {
  return WithPitches(tunes, tune, [&](std::vector<int>& notes) {
    for (std::size_t i = 1; i < notes.size(); ++i) {
      if (random.Below(2) == 0) notes[i] = notes[i - 1];
    }
  });
}

Events OctavesDrawnAnew(const Tunes& tunes, std::size_t tune, Random& random) {
  const int octaves = std::max(1, (tunes.classes - kFirstNoteOn) / 12);
  return WithPitches(tunes, tune, [&](std::vector<int>& notes) {
    for (int& note : notes) {
      note = kFirstNoteOn + (note - kFirstNoteOn) % 12 +
             12 * static_cast<int>(random.Below(static_cast<std::uint32_t>(octaves)));
    }
  });
}

Events Transposed(const Tunes& tunes, std::size_t tune, Random& random) {
  const int by = 1 + static_cast<int>(random.Below(11));
  return WithPitches(tunes, tune, [&](std::vector<int>& notes) {
    for (int& note : notes) note += by > 6 ? by - 12 : by;
  });
}

Events Rotated(const Events& events, int by) {
  Events result(events);
  std::rotate(result.begin(), result.begin() + by % static_cast<int>(events.size()), result.end());
  return result;
}

// Moves bar lines by part of a beat, so that no beat stays one.
Events BarLinesMoved(const Tunes& tunes, std::size_t tune, Random& random) {
  const int beat = tunes.contexts[tune].BeatSteps();
  return Rotated(
      tunes.events[tune],
      beat < 2 ? 1 : 1 + static_cast<int>(random.Below(static_cast<std::uint32_t>(beat - 1))));
}

// Cuts by an odd number of bars, so that no phrase of two or more begins where it did.
Events CutElsewhere(const Tunes& tunes, std::size_t tune, Random& random) {
  const int bar = tunes.contexts[tune].BarSteps();
  const int bars = static_cast<int>(tunes.events[tune].size()) / bar;
  const int by =
      1 + 2 * static_cast<int>(random.Below(static_cast<std::uint32_t>(std::max(1, bars / 2))));
  return Rotated(tunes.events[tune], by * bar);
}

Events BarsOfOthers(const Tunes& tunes, std::size_t tune, Random& random) {
  Events result = tunes.events[tune];
  const auto bar = static_cast<std::size_t>(tunes.contexts[tune].BarSteps());
  std::size_t from_line = 0;
  for (std::size_t at = PickupOf(tunes, tune); at < result.size(); at += bar, from_line += bar) {
    const std::size_t other = random.Below(static_cast<std::uint32_t>(tunes.events.size()));
    const Events& events = tunes.events[other];
    const std::size_t from = std::min(PickupOf(tunes, other) + from_line, events.size());
    const std::size_t steps = std::min({bar, result.size() - at, events.size() - from});
    std::copy_n(events.begin() + static_cast<std::ptrdiff_t>(from), steps,
                result.begin() + static_cast<std::ptrdiff_t>(at));
  }
  return result;
}

constexpr DamageInfo kDamages[] = {
    {"bars_shuffled", "bars in another order", BarsShuffled},
    {"notes_shuffled", "notes, with their lengths, in another order", NotesShuffled},
    {"pitches_shuffled", "pitches in another order, the rhythm kept", PitchesShuffled},
    {"pitches_drawn_anew", "pitches drawn evenly from the tune's range", PitchesDrawnAnew},
    {"notes_repeated", "half of the notes, chosen at random, replaced by the one before",
     NotesRepeated},
    {"octaves_drawn_anew", "every note in an octave drawn anew", OctavesDrawnAnew},
    {"transposed", "moved to another key", Transposed},
    {"bar_lines_moved", "bar lines moved by a part of a beat", BarLinesMoved},
    {"cut_elsewhere", "begun an odd number of bars later, with what was cut off put at the end",
     CutElsewhere},
    {"bars_of_others", "every bar replaced by the same bar of another tune", BarsOfOthers},
};

}  // namespace

std::span<const DamageInfo> Damages() { return kDamages; }

const DamageInfo& DamageNamed(std::string_view name) {
  const auto* const found = std::ranges::find(kDamages, name, &DamageInfo::name);
  assert(found != std::end(kDamages));
  return *found;
}

}  // namespace rltuner
