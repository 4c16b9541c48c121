// SPDX-License-Identifier: Apache-2.0
// fuzz_replay TARGET FOLDER...: has the target read every file below the folders, in order of
// names. Prints each name before, so that the last one is the one that ended it.
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <vector>

#include "fuzz/fuzz_target.h"
#include "rltuner/core/files.h"

int main(int count, char** arguments) {
  namespace fs = std::filesystem;
  const std::span words(arguments, static_cast<std::size_t>(count));
  if (words.size() < 3) {
    std::cerr << "usage: fuzz_replay TARGET FOLDER...\n";
    return 2;
  }
  const rltuner::ReadInput read = rltuner::FuzzTarget::Known().at(words[1]);
  std::vector<fs::path> files;
  for (const char* folder : words.subspan(2)) {
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files) {
    std::cout << file.string() << std::endl;
    rltuner::ReadWithinBounds(read, rltuner::ReadFile(file));
  }
  std::cout << files.size() << " inputs" << std::endl;
  return files.empty() ? 1 : 0;
}
