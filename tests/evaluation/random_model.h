// SPDX-License-Identifier: Apache-2.0
// Small untrained models of melodies.
#pragma once

#include <cstdint>

#include "rltuner/core/random.h"
#include "rltuner/melody/encoding.h"
#include "rltuner/nn/model.h"

namespace rltuner {

inline Network RandomNetwork(std::uint64_t seed, int vocabulary = kVocabulary, int context = 0) {
  Random random(seed);
  Network network = Network::Random(
      {.vocabulary = vocabulary, .hidden = 9, .layers = 1, .context = context}, random);
  for (float& weight : network.arena()) weight *= 3;  // so that the distributions are not flat
  return network;
}

inline Model RandomModel(std::uint64_t seed = 1) {
  return {.network = RandomNetwork(seed), .prior = {}, .recipe = {}};
}

// Method g: its own network and a Note RNN beside it.
inline Model RandomTunedModel() {
  return {.network = RandomNetwork(1),
          .prior = RandomNetwork(2),
          .method = "g",
          .policy = PolicyForm::kPriorTimesOutputs,
          .recipe = {}};
}

// A model that hears the place in the bar and has learnt from tunes with a pickup of a beat.
inline Model ModelWithPickups() {
  const Encoding encoding{.inputs = {Input::kEvent, Input::kPosition}, .pickups = {{{4, 4}, 4, 1}}};
  Model model = RandomModel();
  model.network = RandomNetwork(1, kVocabulary, encoding.width() - kVocabulary);
  model.encoding = encoding.ToJson();
  return model;
}

}  // namespace rltuner
