// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

namespace rltuner {

// Prediction by partial matching over the events of melodies: a model that is not a network and can
// therefore judge networks. Orders 0 .. kOrder, escape method C (Moffat, 1990), with exclusion, as
// IDyOM's long-term model (Pearce, 2005). Immutable once built.
class PartialMatching {
 public:
  static constexpr int kOrder = 6;

  PartialMatching(std::span<const std::vector<std::uint8_t>> melodies, int classes);

  // The log likelihood of a melody in nats: the sum over its events, each given the events before
  // it.
  double LogLikelihood(std::span<const std::uint8_t> events) const;

 private:
  struct Follower {
    std::uint8_t event;
    int count;
  };

  double Probability(std::span<const std::uint8_t> context, int event) const;

  int classes_;
  std::unordered_map<std::uint64_t, std::vector<Follower>> followers_;  // by context
};

}  // namespace rltuner
