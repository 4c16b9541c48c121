// SPDX-License-Identifier: Apache-2.0
#include "rltuner/training/held_out.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <vector>

#include "rltuner/core/parallel.h"
#include "rltuner/core/random.h"
#include "rltuner/nn/lstm.h"
#include "rltuner/nn/softmax.h"

namespace rltuner {
namespace {

constexpr int kGroup = 32;  // melodies played at once

struct Player {
  const Network& network;
  std::span<const MelodyEvents> melodies;
  bool prime;
  int first_counted;
  const MelodyCoding& coding;

  int PrimingEvent(std::uint32_t melody) const {
    Random random(0, StreamOf(RandomPurpose::kHeldOutPriming, melody));
    return static_cast<int>(random.Below(network.shape().vocabulary));
  }

  // The sums over a group of melodies, longest first: those still playing are always the first.
  HeldOutMetrics Play(std::span<const std::uint32_t> group) const {
    std::vector<MelodyFeed> feeds(group.size(), MelodyFeed(coding));
    const int count = feeds[0].count();
    BatchStepper stepper(network.shape(), static_cast<int>(group.size()), count);
    std::vector<int> inputs(group.size() * count);
    for (std::size_t b = 0; b < group.size(); ++b) {
      feeds[b].Start(coding, melodies[group[b]], prime, PrimingEvent(group[b]));
    }
    HeldOutMetrics sums;
    std::size_t playing = group.size();
    for (int step = 0;; ++step) {
      while (playing > 0 && StepsOf(melodies[group[playing - 1]], prime) <= step) --playing;
      if (playing == 0) return sums;
      for (std::size_t b = 0; b < playing; ++b) {
        std::ranges::copy(feeds[b].Next(), inputs.begin() + static_cast<std::ptrdiff_t>(b) * count);
      }
      stepper.Step(network, std::span(inputs).first(playing * count));
      if (step < first_counted) continue;
      for (std::size_t b = 0; b < playing; ++b) {
        const std::span<const float> outputs = stepper.outputs(static_cast<int>(b));
        const int target = TargetAt(melodies[group[b]], prime, step);
        sums.log_perplexity += static_cast<double>(LogSumExp(outputs)) - outputs[target];
        sums.accuracy += ArgMax(outputs) == target ? 1 : 0;
        ++sums.steps;
      }
    }
  }
};

}  // namespace

HeldOutMetrics MeasureHeldOut(const Network& network, std::span<const MelodyEvents> melodies,
                              bool prime, int first_steps_left_out, int threads,
                              const MelodyCoding& coding) {
  std::vector<std::uint32_t> order(melodies.size());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::stable_sort(order, std::greater(),
                           [&](std::uint32_t melody) { return melodies[melody].size(); });
  const int groups = static_cast<int>((order.size() + kGroup - 1) / kGroup);
  std::vector<HeldOutMetrics> sums(groups);
  const Player player{network, melodies, prime, first_steps_left_out, coding};
  ParallelFor(groups, threads, [&](int group, int) {
    const std::size_t first = static_cast<std::size_t>(group) * kGroup;
    const std::size_t count = std::min<std::size_t>(kGroup, order.size() - first);
    sums[group] = player.Play(std::span(order).subspan(first, count));
  });
  HeldOutMetrics total;
  for (const HeldOutMetrics& group : sums) {
    total.log_perplexity += group.log_perplexity;
    total.accuracy += group.accuracy;
    total.steps += group.steps;
  }
  if (total.steps == 0) return {};
  const double steps = static_cast<double>(total.steps);
  return {total.log_perplexity / steps, total.accuracy / steps, total.steps};
}

}  // namespace rltuner
