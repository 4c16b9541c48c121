// SPDX-License-Identifier: Apache-2.0
// The value-learning methods that methods.cc registers, one file each.
#pragma once

#include <memory>

#include "rltuner/tuning/value_method.h"

namespace rltuner {

std::unique_ptr<ValueMethod> MakeQLearning(const TuningOptions& options);
std::unique_ptr<ValueMethod> MakePsiLearning(const TuningOptions& options);
std::unique_ptr<ValueMethod> MakeGLearning(const TuningOptions& options);
std::unique_ptr<ValueMethod> MakeRlOnly(const TuningOptions& options);

}  // namespace rltuner
