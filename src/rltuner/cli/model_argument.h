// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "rltuner/nn/model_file.h"

namespace rltuner {

// What stands for the bundled Note RNN wherever a command takes a model.
inline constexpr const char* kDefaultModel = "default";

// The bundled Note RNN for "default", else the model file of that path, checked whole. With
// `melodies`, a model of another vocabulary than the 38 events of a melody is an Error too.
Model LoadModel(const std::string& default_or_path, bool melodies = true);

}  // namespace rltuner
