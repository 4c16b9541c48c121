// SPDX-License-Identifier: Apache-2.0
// Small random networks over the 38 events of a melody.
#pragma once

#include <cstdint>

#include "rltuner/melody/encoding.h"
#include "rltuner/nn/model.h"
#include "rltuner/tuning/policy.h"

namespace rltuner {

inline Network SmallMelodyNetwork(std::uint64_t seed) {
  Random random(seed);
  Network network = Network::Random({.vocabulary = kVocabulary, .hidden = 6, .layers = 1}, random);
  for (float& weight : network.arena()) weight *= 3;
  return network;
}

}  // namespace rltuner
