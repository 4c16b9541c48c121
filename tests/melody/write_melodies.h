// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "rltuner/melody/dataset.h"

namespace rltuner {

// A dataset of melodies that are in memory, each named "test".
inline void WriteMelodies(const std::filesystem::path& path,
                          const std::vector<std::vector<std::uint8_t>>& melodies, double held_out,
                          const std::string& settings = "") {
  WriteDataset(
      path,
      [&](const TakeMelody& take) {
        for (const std::vector<std::uint8_t>& events : melodies) take(events, "test");
      },
      settings, held_out);
}

}  // namespace rltuner
