// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace rltuner::bench {

// A folder of its own among the system's temporary files. It goes, with all that is in it, when the
// object goes.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// Puts `files` MIDI files into a folder, each one synthetic melody of 16 bars.
void WriteMidiFiles(const std::filesystem::path& folder, int files);

}  // namespace rltuner::bench
