// SPDX-License-Identifier: Apache-2.0
#include "rltuner/training/weight_dropout.h"

#include <algorithm>

namespace rltuner {

WeightDropout::WeightDropout(const NetworkShape& shape, double output_share, double recurrent_share)
    : output_share_(output_share), recurrent_share_(recurrent_share) {
  if (!active()) return;
  tensors_ = Network(shape).tensors();
  factors_.assign(shape.arena_size(), 1.0F);
}

void WeightDropout::Draw(const Network& network, Random& random, Network* dropped) {
  for (const TensorView& tensor : tensors_) {
    const bool recurrent = tensor.name.starts_with("recurrent");
    const bool reads_cells =
        tensor.name == "output" || (tensor.name.starts_with("input") && tensor.name != "input_l0");
    const double share = recurrent ? recurrent_share_ : reads_cells ? output_share_ : 0;
    if (share == 0) continue;
    const float kept = static_cast<float>(1 / (1 - share));
    const auto draw = [&] { return random.Uniform() < static_cast<float>(share) ? 0.0F : kept; };
    for (int row = 0; row < tensor.rows; ++row) {
      float* factors =
          factors_.data() + tensor.offset + static_cast<std::ptrdiff_t>(row) * tensor.stride;
      if (recurrent) {
        std::generate_n(factors, tensor.columns, draw);
      } else {
        std::fill_n(factors, tensor.columns, draw());
      }
    }
  }
  const float* from = network.arena().data();
  float* to = dropped->arena().data();
  for (std::size_t i = 0; i < factors_.size(); ++i) to[i] = from[i] * factors_[i];
}

void WeightDropout::MaskGradient(Network* gradient) const {
  float* values = gradient->arena().data();
  for (std::size_t i = 0; i < factors_.size(); ++i) values[i] *= factors_[i];
}

}  // namespace rltuner
