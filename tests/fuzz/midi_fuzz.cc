// SPDX-License-Identifier: Apache-2.0
// Fuzz target: any bytes are read or refused; a score that was read is in order, can be described,
// and comes back equal after being written.
//   clang++-14 -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -Isrc -Itests \
//     tests/fuzz/midi_fuzz.cc src/rltuner/midi/*.cc -lfmt -o midi_fuzz
//   ./midi_fuzz CORPUS tests/data/midi/tricky
#include <cstdint>
#include <cstdlib>
#include <span>

#include "midi/check_score.h"
#include "rltuner/core/error.h"
#include "rltuner/midi/describe.h"
#include "rltuner/midi/reader.h"
#include "rltuner/midi/writer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  rltuner::MidiScore score;
  try {
    score = rltuner::ReadMidi(std::span(data, size), "fuzz");
  } catch (const rltuner::Error&) {
    return 0;
  }
  if (!rltuner::FaultIn(score, size).empty()) std::abort();
  if (rltuner::ToJson(score).empty() || rltuner::Describe(score).empty()) std::abort();
  const rltuner::MidiScore again = rltuner::ReadMidi(rltuner::WriteMidi(score), "written");
  if (rltuner::WithoutWarnings(again) != rltuner::WithoutWarnings(score)) std::abort();
  return 0;
}
