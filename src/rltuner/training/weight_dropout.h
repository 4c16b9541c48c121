// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rltuner/core/random.h"
#include "rltuner/nn/aligned.h"
#include "rltuner/nn/network.h"

namespace rltuner {

// Dropout as factors on weights, one draw for a whole window of a group of melodies: rows of the
// output layer (and of the layers above the first) are cells hidden from what reads them (Gal and
// Ghahramani, 2016), single recurrent weights are dropped connections (Wan et al., 2013; Merity et
// al., 2018). The remaining weights are scaled up, so that the trained network is used without
// dropout as it is.
class WeightDropout {
 public:
  // Shares in [0, 1).
  WeightDropout(const NetworkShape& shape, double output_share, double recurrent_share);

  bool active() const { return output_share_ > 0 || recurrent_share_ > 0; }

  // Draws new factors; dropped = network with them. Shapes must be the constructor's.
  void Draw(const Network& network, Random& random, Network* dropped);

  // Turns the gradient of the dropped network into that of the whole network.
  void MaskGradient(Network* gradient) const;

 private:
  double output_share_, recurrent_share_;
  std::vector<TensorView> tensors_;
  FloatBuffer factors_;  // as the arena; 1 where nothing is dropped
};

}  // namespace rltuner
