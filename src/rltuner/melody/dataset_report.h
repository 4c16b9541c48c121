// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "rltuner/core/files.h"
#include "rltuner/melody/dataset.h"

namespace rltuner {

// The report, two CSV files that appear whole when committed:
//   FILE.csv           a line for every input file: file, melodies kept, passages refused; reason,
//                      place and detail of the first refusal, or remarks on the melodies
//   FILE.melodies.csv  a line for every melody of the dataset, in its order
class DatasetReport {
 public:
  explicit DatasetReport(const std::filesystem::path& report);
  void Add(const FileReport& file);
  void Commit();

 private:
  AtomicFile files_, melodies_;
};

}  // namespace rltuner
