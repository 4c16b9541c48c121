// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

#include "rltuner/tuning/state_archive.h"

namespace rltuner {

// What anything with a Save would write to a checkpoint under that name.
template <typename T, typename Part>
std::vector<T> Saved(const Part& part, std::string_view name) {
  StateWriter writer;
  part.Save(&writer);
  for (const Tensor& tensor : writer.tensors()) {
    if (tensor.name != name) continue;
    const std::span<const T> elements = tensor.as<T>();
    return {elements.begin(), elements.end()};
  }
  ADD_FAILURE() << "nothing is saved as " << name;
  return {};
}

}  // namespace rltuner
