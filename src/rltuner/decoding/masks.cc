// SPDX-License-Identifier: Apache-2.0
#include "rltuner/decoding/masks.h"

#include <bitset>
#include <limits>
#include <vector>

#include "rltuner/melody/encoding.h"
#include "rltuner/theory/repeat_counter.h"

namespace rltuner {
namespace {

// Whether an event is in the key does not depend on earlier events, so the rule is asked once.
using Classes = std::bitset<kMostClasses>;

Classes EventsOutsideKey(RuleSet rules) {
  const int key = rules.Find("key");
  std::vector<float> by_rule(static_cast<std::size_t>(rules.size()));
  Classes outside;
  rules.Start(kMostClasses);
  for (int event = 0; event < kMostClasses; ++event) {
    rules.Place(event, by_rule);
    if (rules.fired(key) != 0) outside.set(static_cast<std::size_t>(event));
  }
  return outside;
}

RepeatLimits LimitsOf(RuleSet rules) {
  RepeatLimits limits;
  Settings described("rules.repeat");
  limits.Describe(described);
  for (const Settings& table : rules.Describe()) {
    if (table.table() != described.table()) continue;
    for (const Setting& setting : described.entries()) {
      setting.Assign(table.Find(setting.name)->Value(), table.table());
    }
  }
  return limits;
}

// Events before the latest note of another pitch change no count.
RepeatCounter CountRepeats(std::span<const int> so_far) {
  std::size_t begin = so_far.size();
  int latest = kNoteOff;
  while (begin > 0) {
    const int event = so_far[--begin];
    if (!IsNoteOn(event)) continue;
    if (IsNoteOn(latest) && event != latest) break;
    latest = event;
  }
  RepeatCounter counter;
  for (const int event : so_far.subspan(begin)) counter.Add(event);
  return counter;
}

}  // namespace

ActionMask MakeMask(const RuleSet& rules, MaskedRules masked) {
  const Classes outside = masked.key ? EventsOutsideKey(rules) : Classes();
  const RepeatLimits limits = LimitsOf(rules);
  return [outside, limits, repeat = masked.repeat](int /*index*/, std::span<const int> so_far,
                                                   std::span<float> logits) {
    const RepeatCounter counter = repeat ? CountRepeats(so_far) : RepeatCounter();
    for (int event = 0; event < static_cast<int>(logits.size()); ++event) {
      const bool hidden =
          outside[static_cast<std::size_t>(event)] || (repeat && counter.TooOften(event, limits));
      if (hidden) logits[event] = -std::numeric_limits<float>::infinity();
    }
  };
}

}  // namespace rltuner
