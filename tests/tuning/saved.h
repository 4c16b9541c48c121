// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <string_view>
#include <vector>

#include "rltuner/core/state_archive.h"

namespace rltuner {

// What a part of a run would write to a checkpoint under that name.
template <typename T, typename Part>
std::vector<T> Saved(Part& part, std::string_view name) {
  StateArchive archive;
  part.VisitState(&archive);
  for (const Tensor& tensor : archive.tensors()) {
    if (tensor.name != name) continue;
    const std::span<const T> elements = tensor.as<T>();
    return {elements.begin(), elements.end()};
  }
  ADD_FAILURE() << "nothing is saved as " << name;
  return {};
}

}  // namespace rltuner
