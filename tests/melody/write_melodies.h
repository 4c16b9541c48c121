// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "rltuner/melody/dataset.h"

namespace rltuner {

// A dataset of melodies that are in memory, each named "test".
inline void WriteMelodies(const std::filesystem::path& path,
                          const std::vector<std::vector<std::uint8_t>>& melodies, double held_out,
                          const std::string& settings = "") {
  std::vector<MelodySize> sizes;
  for (const std::vector<std::uint8_t>& events : melodies) {
    sizes.push_back({static_cast<std::uint32_t>(events.size()), 4});
  }
  WriteDataset(
      path, sizes,
      [&](const TakeMelody& take) {
        for (const std::vector<std::uint8_t>& events : melodies) take(events, "test");
      },
      settings, held_out);
}

}  // namespace rltuner
