// SPDX-License-Identifier: Apache-2.0
// The report of a dataset: two CSV files.
//   FILE.csv           a line for every input file: file, melodies kept, pieces refused; reason,
//                      place and detail of the first refusal, or what there is to say of the
//                      melodies
//   FILE.melodies.csv  a line for every melody of the dataset, in its order
#pragma once

#include <filesystem>
#include <string>

#include "rltuner/core/files.h"
#include "rltuner/melody/dataset_builder.h"

namespace rltuner {

// "my.melodies.csv" of "my.csv".
std::filesystem::path ReportOfMelodies(const std::filesystem::path& report);

// Both files appear when committed, whole.
class DatasetReport {
 public:
  explicit DatasetReport(const std::filesystem::path& report);
  void Add(const FileReport& file);
  void Commit();

 private:
  AtomicFile files_, melodies_;
};

}  // namespace rltuner
