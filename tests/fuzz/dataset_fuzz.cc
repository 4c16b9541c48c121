// SPDX-License-Identifier: Apache-2.0
// Fuzz target: any bytes are a dataset or are refused; one that was opened holds only classes.
//   clang++-14 -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -Isrc
//     tests/fuzz/dataset_fuzz.cc src/rltuner/melody/dataset.cc src/rltuner/core/*.cc
//     -lfmt -ltomlplusplus -o dataset_fuzz
//   ./dataset_fuzz CORPUS
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "rltuner/core/error.h"
#include "rltuner/melody/dataset.h"
#include "rltuner/melody/events.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::filesystem::path path =
      std::filesystem::temp_directory_path() /
      ("dataset_fuzz-" + std::to_string(reinterpret_cast<std::uintptr_t>(&path)));
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  try {
    const rltuner::Dataset dataset(path);
    std::size_t melodies = 0;
    for (const auto* part : {&dataset.TrainingMelodies(), &dataset.HeldOutMelodies()}) {
      for (const auto melody : *part) {
        ++melodies;
        if (melody.empty()) std::abort();
        for (int event : melody) {
          if (!rltuner::IsEvent(event)) std::abort();
        }
      }
    }
    if (melodies != dataset.size()) std::abort();
  } catch (const rltuner::Error&) {
    return 0;
  }
  return 0;
}
