// SPDX-License-Identifier: Apache-2.0
#include "rltuner/cli/bench/midi_folder.h"

#include <fmt/format.h>

#include <fstream>
#include <random>
#include <vector>

#include "rltuner/cli/bench/synthetic_melodies.h"
#include "rltuner/core/error.h"
#include "rltuner/evaluation/generation.h"
#include "rltuner/midi/writer.h"

namespace rltuner::bench {

// The number is for programs that measure at the same time.
TemporaryFolder::TemporaryFolder()
    : path_(std::filesystem::temp_directory_path() /
            fmt::format("rltuner-bench-{:08x}", std::random_device{}())) {
  std::filesystem::create_directories(path_);
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

void WriteMidiFiles(const std::filesystem::path& folder, int files) {
  constexpr int kEvents = 256;
  constexpr double kQuartersPerMinute = 120;
  int number = 0;
  for (const std::vector<std::uint8_t>& melody : SyntheticMelodies(files, kEvents)) {
    const std::vector<std::uint8_t> bytes =
        WriteMidi(ToPiece(melody, kQuartersPerMinute, "melody"));
    const std::filesystem::path path = folder / fmt::format("{:06}.mid", number++);
    // Nothing here must outlive a crash, and flushing each file takes longer than measuring it.
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    if (!file) Fail("{}: cannot write the file", path.string());
  }
}

}  // namespace rltuner::bench
