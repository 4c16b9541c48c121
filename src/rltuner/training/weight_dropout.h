// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rltuner/core/random.h"
#include "rltuner/nn/model.h"

namespace rltuner {

// Dropout as factors on weights, drawn once for a whole window of a group of melodies. In the
// output layer and the layers above the first, whole rows are dropped, which hides cells of the
// layer below (Gal and Ghahramani, 2016). Recurrent weights are dropped one by one (Wan et al.,
// 2013; Merity et al., 2018). The remaining weights are scaled up, so the trained network is used
// as it is.
class WeightDropout {
 public:
  // Shares in [0, 1).
  WeightDropout(const NetworkShape& shape, double output_share, double recurrent_share);

  bool active() const { return output_share_ > 0 || recurrent_share_ > 0; }

  // Draws new factors and sets `dropped` to `network` times these factors. Shapes must be the
  // constructor's.
  void Draw(const Network& network, Random& random, Network* dropped);

  // Turns the gradient of the dropped network into that of the whole network.
  void MaskGradient(Network* gradient) const;

 private:
  double output_share_, recurrent_share_;
  std::vector<TensorView> tensors_;
  FloatBuffer factors_;  // as the arena; 1 where nothing is dropped
};

}  // namespace rltuner
