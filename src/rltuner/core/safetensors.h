// SPDX-License-Identifier: Apache-2.0
// The safetensors file format: 8 bytes little-endian header length, a JSON header (name -> dtype,
// shape, data_offsets; `__metadata__` -> strings), then the tensors' bytes without gaps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "rltuner/core/files.h"

namespace rltuner {

enum class DType { kU8, kI32, kI64, kU64, kF32, kF64 };

// One named array of a file, row-major, little endian.
struct Tensor {
  std::string name;
  DType dtype = DType::kF32;
  std::vector<std::int64_t> shape;
  std::span<const std::byte> bytes;

  // The number of elements: the product of the shape.
  std::int64_t size() const;

  // The elements. The type must be the dtype's (asserted) and the bytes aligned for it, which
  // WriteSafetensors ensures and ReadSafetensors checks.
  template <typename T>
  std::span<const T> as() const {
    return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
  }
};

template <typename T>
DType DTypeOf();

template <typename T>
Tensor MakeTensor(std::string name, std::vector<std::int64_t> shape, std::span<const T> elements) {
  return {std::move(name), DTypeOf<T>(), std::move(shape), std::as_bytes(elements)};
}

// A file opened for reading, memory-mapped. Opening checks the header whole: JSON, names, dtypes,
// shapes, offsets that are in range, in order, without gaps or overlaps, and aligned; each fault is
// an Error with the path and what was found. Safe to read from many threads.
class SafetensorsFile {
 public:
  explicit SafetensorsFile(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }
  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  const std::map<std::string, Tensor>& tensors() const { return tensors_; }

  // The tensor of that name, dtype and shape (-1 in the shape fits any size); Error otherwise.
  const Tensor& Get(const std::string& name, DType dtype,
                    std::span<const std::int64_t> shape) const;

 private:
  std::filesystem::path path_;
  MappedFile file_;
  std::map<std::string, std::string> metadata_;
  std::map<std::string, Tensor> tensors_;
};

// Writes atomically (core/files.h). The header is padded so that every tensor is 8-byte aligned;
// tensors are written in descending element size, then by name.
void WriteSafetensors(const std::filesystem::path& path, std::span<const Tensor> tensors,
                      const std::map<std::string, std::string>& metadata);

}  // namespace rltuner
