// SPDX-License-Identifier: Apache-2.0
// A fuzz target is one file NAME_fuzz.cc that defines a FuzzTarget of that name. In the fuzz build
// (preset `fuzz`) it is run by libFuzzer, a program each; in the others, fuzz_replay holds all of
// them and replays tests/data/fuzz/NAME.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "test_support.h"

namespace rltuner {

// Reads any bytes as the target's format. An Error is a proper answer. Everything else that is not
// a return is a find: a crash, a sanitizer's report, another exception, an abort by Require.
using ReadInput = void (*)(std::span<const std::uint8_t> input);

// Makes a target known for as long as the program runs.
class FuzzTarget {
 public:
  FuzzTarget(std::string_view name, ReadInput read) { Known()[name] = read; }

  // The program's targets by name.
  static std::map<std::string_view, ReadInput>& Known() {
    static std::map<std::string_view, ReadInput> known;
    return known;
  }
};

// Calls `read` within bounds: the heap grows by at most 64 MiB and the input's own size (watched
// where a sanitizer's allocator is there), and in the fuzz build it takes at most 1 s of processor
// time and 1 s more for each MiB. Aborts beyond.
void ReadWithinBounds(ReadInput read, std::span<const std::uint8_t> input);

// What must hold of everything that was read.
inline void Require(bool holds) {
  if (!holds) std::abort();
}

inline std::string_view AsText(std::span<const std::uint8_t> input) {
  return {reinterpret_cast<const char*>(input.data()), input.size()};
}

// The input as a file, for readers that take a path.
class InputFile {
 public:
  explicit InputFile(const std::string& name) : path_(folder_ / name) {}

  const std::filesystem::path& Write(std::span<const std::uint8_t> input) const {
    std::ofstream(path_, std::ios::binary)
        .write(reinterpret_cast<const char*>(input.data()),
               static_cast<std::streamsize>(input.size()));
    return path_;
  }

 private:
  TemporaryFolder folder_;
  std::filesystem::path path_;
};

}  // namespace rltuner
