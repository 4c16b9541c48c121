// SPDX-License-Identifier: Apache-2.0
#include "rltuner/evaluation/partial_matching.h"

#include <algorithm>
#include <cmath>

namespace rltuner {
namespace {

// A context of at most six events as a number of its own.
std::uint64_t KeyOf(std::span<const std::uint8_t> context) {
  std::uint64_t key = context.size();
  for (const std::uint8_t event : context) key = key << 8 | event;
  return key;
}

}  // namespace

PartialMatching::PartialMatching(std::span<const std::vector<std::uint8_t>> melodies, int classes)
    : classes_(classes) {
  static_assert(kOrder <= 7);
  for (const std::vector<std::uint8_t>& melody : melodies) {
    const std::span<const std::uint8_t> events(melody);
    for (std::size_t t = 0; t < events.size(); ++t) {
      for (std::size_t order = 0; order <= std::min<std::size_t>(t, kOrder); ++order) {
        std::vector<Follower>& followers = followers_[KeyOf(events.subspan(t - order, order))];
        const auto found = std::ranges::find(followers, events[t], &Follower::event);
        if (found == followers.end()) {
          followers.push_back({events[t], 1});
        } else {
          ++found->count;
        }
      }
    }
  }
}

double PartialMatching::Probability(std::span<const std::uint8_t> context, int event) const {
  std::vector<bool> excluded(static_cast<std::size_t>(classes_));
  int left = classes_;
  double escaped = 1;
  for (std::size_t order = context.size() + 1; order-- > 0;) {
    const auto found = followers_.find(KeyOf(context.last(order)));
    if (found == followers_.end()) continue;
    double total = 0;
    double kinds = 0;
    double mine = 0;
    for (const Follower& follower : found->second) {
      if (excluded[follower.event]) continue;
      total += follower.count;
      ++kinds;
      if (follower.event == event) mine = follower.count;
    }
    if (kinds == 0) continue;
    if (mine > 0) return escaped * mine / (total + kinds);
    // If every class has followed, there is nothing left to escape to.
    if (kinds < left) escaped *= kinds / (total + kinds);
    for (const Follower& follower : found->second) {
      left -= excluded[follower.event] ? 0 : 1;
      excluded[follower.event] = true;
    }
  }
  return escaped / std::max(1, left);
}

double PartialMatching::LogLikelihood(std::span<const std::uint8_t> events) const {
  double sum = 0;
  for (std::size_t t = 0; t < events.size(); ++t) {
    const std::size_t order = std::min<std::size_t>(t, kOrder);
    sum += std::log(Probability(events.subspan(t - order, order), events[t]));
  }
  return sum;
}

}  // namespace rltuner
