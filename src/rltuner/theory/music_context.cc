// SPDX-License-Identifier: Apache-2.0
#include "rltuner/theory/music_context.h"

#include <algorithm>

namespace rltuner {

void BarClock::Prepare(const MusicContext& context) {
  stretches_.clear();
  const auto add = [&](int first_step, Metre metre) {
    const int bar = metre.BarSteps(context.steps_per_quarter);
    const int beat = std::min(metre.BeatSteps(context.steps_per_quarter), bar);
    const bool in_three = metre.IsCompound() && beat % 3 == 0;
    const int part = in_three ? beat / 3 : beat % 2 == 0 ? beat / 2 : 1;
    std::vector<int> periods{bar};
    if (const int beats = bar / beat; beats > 2 && beats % 2 == 0) periods.push_back(bar / 2);
    if (beat < bar) periods.push_back(beat);
    if (part < beat) periods.push_back(part);
    for (int period = part; period > 1;) {
      period = period % 2 == 0 ? period / 2 : 1;
      periods.push_back(period);
    }
    Stretch stretch{.first_step = first_step, .levels = {}, .beat_steps = beat, .part_steps = part};
    for (int step = 0; step < bar; ++step) {
      const auto level =
          std::ranges::find_if(periods, [step](int period) { return step % period == 0; });
      stretch.levels.push_back(static_cast<std::uint8_t>(level - periods.begin()));
    }
    stretches_.push_back(std::move(stretch));
  };
  add(0, context.melody.metre);
  for (const LaterMetre& change : context.melody.changes) add(change.step, change.metre);
  pickup_ = context.melody.pickup % static_cast<int>(stretches_[0].levels.size());
  const auto bar = [](const Stretch& stretch) { return static_cast<int>(stretch.levels.size()); };
  shortest_bar_ = bar(*std::ranges::min_element(stretches_, {}, bar));
  stretch_ = std::min(stretch_, stretches_.size() - 1);
}

}  // namespace rltuner
