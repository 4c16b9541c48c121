// SPDX-License-Identifier: Apache-2.0
// A model as an ONNX graph (opset 14), for other runtimes. T = steps, B = batch, both free; L =
// layers, H = cells, V = classes.
//
//   inputs   event int64 [T, B], initial_h, initial_c float32 [L, B, H]
//   outputs  logits float32 [T, B, V], final_h, final_c float32 [L, B, H]
//
// A network that has other inputs besides the event takes `rows` int64 [T, B, K] in place of
// `event`: the rows of the input weights that are summed. examples/input_rows.py computes them.
//
// softmax(logits) is the policy. An event outside 0 .. V-1 is an input of zeros. The policy of a
// model tuned by G-learning is p(a|s) exp G(s, a), so its graph also contains the Note RNN, and
// logits = G + log p; it then has prior_initial_h, prior_initial_c, prior_final_h and prior_final_c
// too.
#pragma once

#include <string>

#include "rltuner/nn/model.h"

namespace rltuner {

// The file's bytes. Metadata of the graph: format = "rltuner", method, recipe and, if there is one,
// encoding.
std::string ToOnnx(const Model& model);

}  // namespace rltuner
