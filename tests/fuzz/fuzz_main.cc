// SPDX-License-Identifier: Apache-2.0
// Where libFuzzer enters.
#include "fuzz/fuzz_target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  rltuner::FuzzWithinBounds({data, size});
  return 0;
}
