// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <nlohmann/json.hpp>

#include "rltuner/core/safetensors.h"

namespace rltuner {
namespace {

bool StandsBefore(const Tensor& a, const Tensor& b) {
  const std::size_t a_size = DTypeSize(a.dtype);
  const std::size_t b_size = DTypeSize(b.dtype);
  return a_size != b_size ? a_size > b_size : a.name < b.name;
}

std::size_t ByteSize(const Tensor& tensor) {
  return static_cast<std::size_t>(tensor.size()) * DTypeSize(tensor.dtype);
}

}  // namespace

SafetensorsWriter::SafetensorsWriter(const std::filesystem::path& path,
                                     std::span<const Tensor> tensors,
                                     const std::map<std::string, std::string>& metadata)
    : file_(path) {
  constexpr const char* kReserved = "__metadata__";
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header[kReserved] = metadata;
  for (const Tensor& tensor : tensors) {
    assert(tensor.name != kReserved && !header.contains(tensor.name));
    assert(&tensor == tensors.data() || StandsBefore(*(&tensor - 1), tensor));
    const std::size_t begin = left_;
    left_ += ByteSize(tensor);
    header[tensor.name] = {{"dtype", DTypeName(tensor.dtype)},
                           {"shape", tensor.shape},
                           {"data_offsets", {begin, left_}}};
  }
  std::string text = header.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  text.append((8 - text.size() % 8) % 8, ' ');
  const std::uint64_t length = text.size();
  file_.Write(std::as_bytes(std::span(&length, 1)));
  file_.Write(text);
}

void SafetensorsWriter::Write(std::span<const std::byte> bytes) {
  assert(bytes.size() <= left_);
  left_ -= bytes.size();
  file_.Write(bytes);
}

void SafetensorsWriter::Commit() {
  assert(left_ == 0);
  file_.Commit();
}

void WriteSafetensors(const std::filesystem::path& path, std::span<const Tensor> tensors,
                      const std::map<std::string, std::string>& metadata) {
  std::vector<Tensor> in_order(tensors.begin(), tensors.end());
  std::sort(in_order.begin(), in_order.end(), StandsBefore);
  SafetensorsWriter writer(path, in_order, metadata);
  for (const Tensor& tensor : in_order) {
    assert(ByteSize(tensor) == tensor.bytes.size());
    writer.Write(tensor.bytes);
  }
  writer.Commit();
}

}  // namespace rltuner
