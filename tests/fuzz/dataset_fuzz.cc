// SPDX-License-Identifier: Apache-2.0
// Any bytes are a dataset or are refused; one that was opened holds only classes.
#include "fuzz/fuzz_target.h"
#include "rltuner/melody/dataset.h"
#include "rltuner/melody/encoding.h"

namespace rltuner {
namespace {

void FuzzDataset(std::span<const std::uint8_t> input) {
  static const InputFile file("fuzz.safetensors");
  const Dataset dataset(file.Write(input));
  std::size_t melodies = 0;
  for (const auto* part : {&dataset.TrainingMelodies(), &dataset.HeldOutMelodies()}) {
    for (const Dataset::Events melody : *part) {
      ++melodies;
      Require(!melody.empty());
      for (const int event : melody) Require(IsEvent(event));
    }
  }
  Require(melodies == dataset.size());
}

const FuzzTarget kDatasetTarget("dataset", FuzzDataset);

}  // namespace
}  // namespace rltuner
