// SPDX-License-Identifier: Apache-2.0
#include "rltuner/interchange/snappy.h"

namespace rltuner {
namespace {

// The most that one compressed byte can stand for: a copy of 64 bytes takes three.
constexpr std::uint64_t kLargestRatio = 22;

class Decompressor {
 public:
  Decompressor(const Bytes& compressed, std::size_t maximum) : in_(compressed) {
    size_ = ReadVarint(in_, &position_);
    if (size_ > maximum || size_ > kLargestRatio * in_.size()) {
      in_.FailAt(0, "{} compressed bytes announce {}; expected at most {}", in_.size(), size_,
                 std::min<std::uint64_t>(maximum, kLargestRatio * in_.size()));
    }
    out_.reserve(static_cast<std::size_t>(size_));
  }

  std::vector<std::byte> Run() {
    while (position_ < in_.size()) {
      const std::size_t begin = position_;
      const std::uint32_t tag = Take(1, begin);
      switch (tag & 3) {
        case 0:
          Literal(tag >> 2, begin);
          break;
        case 1:
          Copy(4 + (tag >> 2 & 7), (tag >> 5) << 8 | Take(1, begin), begin);
          break;
        case 2:
          Copy(1 + (tag >> 2), Take(2, begin), begin);
          break;
        default:
          Copy(1 + (tag >> 2), Take(4, begin), begin);
      }
    }
    if (out_.size() != size_) {
      in_.FailAt(0, "compressed data of {} bytes; expected the {} it announces", out_.size(),
                 size_);
    }
    return std::move(out_);
  }

 private:
  std::uint32_t Take(int count, std::size_t begin) {
    if (in_.size() - position_ < static_cast<std::size_t>(count)) {
      in_.FailAt(begin, "the compressed data ends inside an element");
    }
    std::uint32_t value = 0;
    for (int i = 0; i < count; ++i) {
      value |= std::to_integer<std::uint32_t>(in_.data[position_++]) << (8 * i);
    }
    return value;
  }

  void CheckRoom(std::uint64_t length, std::size_t begin) const {
    if (length > size_ - out_.size()) {
      in_.FailAt(begin, "compressed data of more than the {} bytes it announces", size_);
    }
  }

  // Lengths above 60 stand in the 1 to 4 bytes after the tag.
  void Literal(std::uint32_t code, std::size_t begin) {
    std::uint64_t length = std::uint64_t{code} + 1;
    if (code >= 60) length = std::uint64_t{Take(static_cast<int>(code) - 59, begin)} + 1;
    CheckRoom(length, begin);
    if (length > in_.size() - position_) {
      in_.FailAt(begin, "{} literal bytes where {} are left", length, in_.size() - position_);
    }
    const auto from = in_.data.begin() + static_cast<std::ptrdiff_t>(position_);
    out_.insert(out_.end(), from, from + static_cast<std::ptrdiff_t>(length));
    position_ += static_cast<std::size_t>(length);
  }

  void Copy(std::uint32_t length, std::uint32_t distance, std::size_t begin) {
    CheckRoom(length, begin);
    if (distance == 0 || distance > out_.size()) {
      in_.FailAt(begin, "a copy from {} bytes back where {} are there", distance, out_.size());
    }
    // The two may overlap, so that a short pattern repeats: byte by byte.
    for (std::uint32_t i = 0; i < length; ++i) out_.push_back(out_[out_.size() - distance]);
  }

  const Bytes& in_;
  std::size_t position_ = 0;
  std::uint64_t size_ = 0;
  std::vector<std::byte> out_;
};

}  // namespace

std::vector<std::byte> SnappyDecompress(const Bytes& compressed, std::size_t maximum) {
  return Decompressor(compressed, maximum).Run();
}

}  // namespace rltuner
