// SPDX-License-Identifier: Apache-2.0
// Where libFuzzer enters. The program holds one target.
#include "fuzz/fuzz_target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const rltuner::ReadInput read = rltuner::FuzzTarget::Known().begin()->second;
  rltuner::ReadWithinBounds(read, {data, size});
  return 0;
}
