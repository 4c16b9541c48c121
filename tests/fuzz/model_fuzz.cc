// SPDX-License-Identifier: Apache-2.0
// Any bytes are a safetensors file or are refused, and so is the model in it. An input whose first
// byte is odd is a header alone: the length before it and data behind it are made, so that a change
// of the header's length does not end every input there.
#include <cstring>

#include "fuzz/fuzz_target.h"
#include "rltuner/core/safetensors.h"
#include "rltuner/nn/model.h"

namespace rltuner {
namespace {

constexpr std::size_t kHeadBytes = 4;  // mode, not used, bytes of data (16 bits)

std::vector<std::uint64_t> FileOf(std::span<const std::uint8_t> input, std::size_t* size) {
  const auto in_words = [&](std::size_t bytes) {
    *size = bytes;
    return std::vector<std::uint64_t>((bytes + 7) / 8);
  };
  if (input.size() < kHeadBytes || input[0] % 2 == 0) {
    std::vector<std::uint64_t> words = in_words(input.empty() ? 0 : input.size() - 1);
    if (*size > 0) std::memcpy(words.data(), input.data() + 1, *size);
    return words;
  }
  const std::span<const std::uint8_t> header = input.subspan(kHeadBytes);
  const std::size_t padded = (header.size() + 7) / 8 * 8;
  const std::size_t data = input[2] + 256U * input[3];
  std::vector<std::uint64_t> words = in_words(8 + padded + data);
  auto* bytes = reinterpret_cast<std::uint8_t*>(words.data());
  words[0] = padded;
  std::memset(bytes + 8, ' ', padded);
  if (!header.empty()) std::memcpy(bytes + 8, header.data(), header.size());
  return words;
}

void FuzzModel(std::span<const std::uint8_t> input) {
  std::size_t size = 0;
  const std::vector<std::uint64_t> words = FileOf(input, &size);
  const SafetensorsFile file(std::as_bytes(std::span(words)).first(size), "fuzz");
  std::size_t bytes = 0;
  for (const auto& [name, tensor] : file.tensors()) {
    Require(static_cast<std::size_t>(tensor.size()) * DTypeSize(tensor.dtype) ==
            tensor.bytes.size());
    bytes += tensor.bytes.size();
  }
  Require(bytes <= size);
  const Model model = ReadModel(file);
  Require(model.network.shape().layers >= 1);
}

const FuzzTarget kModelTarget("model", FuzzModel);

}  // namespace
}  // namespace rltuner
