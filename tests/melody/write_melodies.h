// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "rltuner/melody/dataset.h"

namespace rltuner {

struct TestMelody {
  std::vector<std::uint8_t> events;
  MelodyContext context = {};
};

// A dataset of melodies that are in memory, each named "test".
inline void WriteMelodies(const std::filesystem::path& path,
                          const std::vector<TestMelody>& melodies, const DatasetHeader& header) {
  std::vector<MelodySize> sizes;
  for (const auto& [events, context] : melodies) {
    sizes.push_back({static_cast<std::uint32_t>(events.size()), 4,
                     static_cast<std::uint32_t>(context.changes.size())});
  }
  WriteDataset(
      path, sizes,
      [&](const TakeMelody& take) {
        for (const auto& [events, context] : melodies) take(events, "test", context);
      },
      header);
}

// The same of melodies in 4/4 and the paper's encoding.
inline void WriteMelodies(const std::filesystem::path& path,
                          const std::vector<std::vector<std::uint8_t>>& melodies, double held_out,
                          const std::string& settings = "") {
  WriteMelodies(path, std::vector<TestMelody>(melodies.begin(), melodies.end()),
                {.settings = settings, .held_out = held_out});
}

}  // namespace rltuner
