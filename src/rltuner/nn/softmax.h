// SPDX-License-Identifier: Apache-2.0
// Distributions over a vocabulary, given as logits (any values up to a common constant).
#pragma once

#include <span>

#include "rltuner/core/random.h"

namespace rltuner {

// The largest of at least one value.
float Maximum(std::span<const float> values);

// log sum_i exp(logits[i]), without overflow.
float LogSumExp(std::span<const float> logits);

// log_probabilities[i] = logits[i] - LogSumExp(logits). The spans may be the same.
void LogSoftmax(std::span<const float> logits, std::span<float> log_probabilities);

// probabilities[i] = exp(log softmax(logits)[i]); they sum to 1 up to rounding.
void Softmax(std::span<const float> logits, std::span<float> probabilities);

// The index of the largest value, the first of equals.
int ArgMax(std::span<const float> values);

// Draws from softmax(logits). One random number a draw.
int SampleSoftmax(std::span<const float> logits, Random& random);

// A draw with a given random number, uniform in [0, 1). The same pass of exponentials sets
// `probabilities` to softmax(logits) and gives the log probability of the draw.
struct SoftmaxDraw {
  int drawn;
  float log_probability;
};
SoftmaxDraw DrawSoftmax(std::span<const float> logits, float uniform,
                        std::span<float> probabilities);

}  // namespace rltuner
