// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <random>

#include "bench/workloads/workloads.h"
#include "rltuner/core/error.h"
#include "rltuner/core/random.h"
#include "rltuner/evaluation/generation.h"
#include "rltuner/melody/encoding.h"
#include "rltuner/midi/writer.h"

namespace rltuner::bench {
namespace {

std::vector<std::uint8_t> SyntheticMelody(std::uint64_t stream, int length) {
  constexpr std::uint64_t kSeed = 1;
  Random random(kSeed, stream);
  std::vector<std::uint8_t> events;
  events.reserve(static_cast<std::size_t>(length));
  int pitch = kTonic;
  while (static_cast<int>(events.size()) < length) {
    const std::uint32_t kind = random.Below(10);
    if (kind < 4) {
      events.push_back(kind == 0 ? kNoteOff : kNoEvent);
      continue;
    }
    const int reach = kind == 9 ? 9 : 2;
    pitch += static_cast<int>(random.Below(2 * reach + 1)) - reach;
    pitch = std::clamp(pitch, kFirstNoteOn, kVocabulary - 1);
    events.push_back(static_cast<std::uint8_t>(pitch));
  }
  return events;
}

}  // namespace

std::vector<std::vector<std::uint8_t>> SyntheticMelodies(int count, int length) {
  std::vector<std::vector<std::uint8_t>> melodies;
  melodies.reserve(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) melodies.push_back(SyntheticMelody(i, length));
  return melodies;
}

// The random number keeps programs apart that measure at the same time.
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
        midi::Write(ToMidiScore(melody, {.quarters_per_minute = kQuartersPerMinute}, "melody"));
    const std::filesystem::path path = folder / fmt::format("{:06}.mid", number++);
    // Not flushed to the disk, which would take longer than measuring.
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    if (!file) Fail("{}: cannot write the file", path.string());
  }
}

}  // namespace rltuner::bench
