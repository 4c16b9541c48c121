// SPDX-License-Identifier: Apache-2.0
// A range of bytes of a file with its position, so that errors can name it.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

#include "rltuner/core/error.h"

namespace rltuner {

// Bytes of a file and their origin. `file`, which must outlive this object, is the path, followed
// by the name of a block if the bytes were compressed in the file.
struct Bytes {
  std::span<const std::byte> data;
  std::string_view file;
  std::uint64_t offset = 0;  // of data[0]

  std::size_t size() const { return data.size(); }

  // The range [begin, begin + length), which must lie within this one (asserted by span).
  Bytes Part(std::size_t begin, std::size_t length) const {
    return {data.subspan(begin, length), file, offset + begin};
  }

  // The range of `part`, a view into the text of this range.
  Bytes Within(std::string_view part) const {
    return Part(static_cast<std::size_t>(part.data() - Text().data()), part.size());
  }

  std::string_view Text() const {
    return {reinterpret_cast<const char*>(data.data()), data.size()};
  }

  // "FILE, byte N: ..." for the byte at `position` of this range.
  template <typename... Args>
  [[noreturn]] void FailAt(std::size_t position, fmt::format_string<Args...> format,
                           Args&&... args) const {
    Fail("{}, byte {}: {}", file, offset + position,
         fmt::format(format, std::forward<Args>(args)...));
  }
};

static_assert(std::endian::native == std::endian::little, "a file's numbers are little-endian");

// The number at `position`. The caller has checked that it fits.
template <typename Number>
Number NumberAt(std::span<const std::byte> data, std::size_t position) {
  Number number{};
  std::memcpy(&number, data.subspan(position).data(), sizeof number);
  return number;
}

// Reads the base-128 number at *position and moves *position past it. Fails if the bytes end inside
// the number or it has more than 64 bits.
inline std::uint64_t ReadVarint(const Bytes& bytes, std::size_t* position) {
  const std::size_t begin = *position;
  std::uint64_t value = 0;
  for (int shift = 0; shift < 70; shift += 7) {
    if (*position >= bytes.size()) {
      bytes.FailAt(begin, "the data ends inside a number; expected more bytes");
    }
    const auto byte = std::to_integer<std::uint64_t>(bytes.data[(*position)++]);
    if (shift == 63 && byte > 1) break;
    value |= (byte & 0x7F) << shift;
    if (byte < 0x80) return value;
  }
  bytes.FailAt(begin, "a number of more than 64 bits; expected at most 64");
}

}  // namespace rltuner
