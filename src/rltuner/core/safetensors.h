// SPDX-License-Identifier: Apache-2.0
// The safetensors file format: 8 bytes little-endian header length, a JSON header (name -> dtype,
// shape, data_offsets; `__metadata__` -> strings), then the tensors' bytes without gaps.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "rltuner/core/files.h"

namespace rltuner {

enum class DType { kU8, kI32, kI64, kU64, kF32, kF64 };

template <typename T>
constexpr DType DTypeOf() {
  if constexpr (std::is_same_v<T, std::uint8_t>) return DType::kU8;
  if constexpr (std::is_same_v<T, std::int32_t>) return DType::kI32;
  if constexpr (std::is_same_v<T, std::int64_t>) return DType::kI64;
  if constexpr (std::is_same_v<T, std::uint64_t>) return DType::kU64;
  if constexpr (std::is_same_v<T, float>) return DType::kF32;
  if constexpr (std::is_same_v<T, double>) return DType::kF64;
}

// The format's own name ("F32"), and the bytes of one element.
std::string_view DTypeName(DType dtype);
std::size_t DTypeSize(DType dtype);

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
    assert(dtype == DTypeOf<T>());
    return {reinterpret_cast<const T*>(bytes.data()), bytes.size() / sizeof(T)};
  }
};

// A tensor of the caller's elements, which must outlive it; their number is the shape's product.
template <typename T>
Tensor MakeTensor(std::string name, std::vector<std::int64_t> shape, std::span<const T> elements) {
  return {std::move(name), DTypeOf<T>(), std::move(shape), std::as_bytes(elements)};
}

// A file opened for reading, memory-mapped. Opening checks the whole header: JSON, names, dtypes,
// shapes, and offsets, which must be in range, ordered, aligned, and without gaps or overlaps. Each
// fault is an Error with the path and what was found. Safe to read from many threads.
class SafetensorsFile {
 public:
  explicit SafetensorsFile(const std::filesystem::path& path);

  // Opens a file in memory, which must be 8-byte aligned and outlive this object. `name` stands for
  // the path in errors.
  SafetensorsFile(std::span<const std::byte> bytes, const std::filesystem::path& name);

  const std::filesystem::path& path() const { return path_; }
  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  // The metadata's value for a key; `otherwise` if it has none.
  std::string Metadata(const std::string& key, std::string otherwise = "") const;
  const std::map<std::string, Tensor>& tensors() const { return tensors_; }

  // The tensor of that name, dtype and shape (-1 in the shape fits any size); Error otherwise.
  const Tensor& Get(const std::string& name, DType dtype,
                    std::span<const std::int64_t> shape) const;

 private:
  std::filesystem::path path_;
  std::optional<MappedFile> file_;  // none if the caller owns the bytes
  std::map<std::string, std::string> metadata_;
  std::map<std::string, Tensor> tensors_;
};

// Writes atomically (core/files.h), without gaps: tensors in descending element size, then by name.
// A header padded to a multiple of 8 bytes aligns each tensor for its elements. Names must be
// unique and sizes correct (asserted). Invalid UTF-8 in metadata becomes U+FFFD.
void WriteSafetensors(const std::filesystem::path& path, std::span<const Tensor> tensors,
                      const std::map<std::string, std::string>& metadata);

// Writes such a file in parts, for tensors that are not in memory all at once.
class SafetensorsWriter {
 public:
  // `tensors` gives names, dtypes and shapes in the order above (asserted); their bytes are
  // ignored.
  SafetensorsWriter(const std::filesystem::path& path, std::span<const Tensor> tensors,
                    const std::map<std::string, std::string>& metadata);

  // The next bytes of the tensors, one after the other.
  void Write(std::span<const std::byte> bytes);

  // Completes the file. Call it after the last byte (asserted).
  void Commit();

 private:
  AtomicFile file_;
  std::uint64_t left_ = 0;  // bytes not written yet
};

}  // namespace rltuner
