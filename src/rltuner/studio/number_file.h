// SPDX-License-Identifier: Apache-2.0
// Numbers that are never given twice, so that a link is either right or dead.
#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>

namespace rltuner::studio {

// Counts from 1 in a file that holds the next number not reserved yet. Thread-safe; one process at
// a time.
class NumberFile {
 public:
  // Reserves `block` numbers each time it writes the file; a restart skips the reserved numbers
  // that were not given yet. If the file is missing or damaged, the count starts after `least`.
  NumberFile(std::filesystem::path path, std::int64_t block, std::int64_t least = 0);

  // Gives the next number, even while the file cannot be written; a restart may then repeat it.
  std::int64_t Next();

 private:
  std::filesystem::path path_;
  std::int64_t block_;
  std::mutex mutex_;
  std::int64_t last_, reserved_;
};

}  // namespace rltuner::studio
