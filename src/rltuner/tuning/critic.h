// SPDX-License-Identifier: Apache-2.0
// Advantages with less variance than those computed from whole returns: generalised advantage
// estimation (Schulman, Moritz, Levine, Jordan and Abbeel, 2016) with a linear critic.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "rltuner/core/state_archive.h"
#include "rltuner/nn/model.h"

namespace rltuner {

// Follows batches of B sequences of T events:
//
//   for every t and b: critic.Hear(t, b, state, rows);   // of the policy before event t
//   critic.Judge(gamma, lambda, rewards);                // turns rewards into advantages
//
// A state has F features: the top layer's h and, for each input row, 1 if it is fed and 0 if not.
// The value of the state is (u + tau v) . features, where tau falls evenly from 1 to 0 over the
// sequence. The value needs no constant term, because advantages are compared only with others of
// the same step.
//
// u and v are fitted by least squares to past batches; older batches count less. Returns and
// features are taken relative to their means at the step. A batch is judged by the fit to earlier
// batches. The same calls give the same bits. Nothing allocates after construction.
class Critic {
 public:
  // K = `inputs`, the rows that are fed with each event.
  Critic(int length, int batch, const NetworkShape& shape, int inputs);

  // `state` [S] and `rows` [K] are as in BatchStepper. Several threads may call it at once for
  // different (t, b).
  void Hear(int t, int b, std::span<const float> state, std::span<const int> rows);

  // Turns rewards [T, B] into advantages. With lambda = 0 the critic alone estimates later rewards;
  // with 1 the actual later rewards count.
  void Judge(double gamma, double lambda, std::span<float> rewards);

  void VisitState(StateArchive* archive);

 private:
  static constexpr int kMoments = 3;  // sums weighted by 1, tau and tau squared

  std::size_t At(int t, int b) const { return static_cast<std::size_t>(t) * batch_ + b; }
  std::span<const float> HiddenOf(std::size_t event) const;
  std::span<const int> RowsOf(std::size_t event) const;
  float Tau(int t) const { return static_cast<float>(length_ - 1 - t) / length_; }
  float ValueOf(int t, int b) const;
  std::span<float> SumsOf(int moment, int feature);  // a row of squares_
  void Accumulate();
  void AccumulateStep(int t);
  void Mirror();
  // out = A in, where A is squares_ as the matrix of the normal equations.
  void Multiply(std::span<const float> in, std::span<float> out);
  void Fit();

  const int length_, batch_, hidden_, hidden_at_, hidden_stride_, inputs_, features_, stride_;
  std::int64_t batches_ = 0;      // judged so far
  FloatBuffer heard_hidden_;      // [T, B, padded H]
  std::vector<int> heard_rows_;   // [T, B, K]
  FloatBuffer values_, returns_;  // [T, B]
  FloatBuffer step_;              // [F, stride], products of two features, summed over one step
  FloatBuffer mean_;              // [stride], of the features of one step
  FloatBuffer squares_;           // [kMoments, F, stride], step_ about the means, over all steps
  FloatBuffer products_;          // [2, stride], of features and returns, times 1 and tau
  FloatBuffer weights_;           // [2, stride]: u, v
  FloatBuffer residual_, scaled_, direction_, multiplied_;  // [2, stride], of Fit
};

}  // namespace rltuner
