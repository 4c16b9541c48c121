// SPDX-License-Identifier: Apache-2.0
// LevelDB's sorted table, in which TensorFlow stores checkpoints: blocks of entries (key, value)
// with ascending keys, an index block with the position of each block, and a footer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "rltuner/interchange/bytes.h"

namespace rltuner {

// CRC-32C (Castagnoli polynomial) of `data`. `before` is the value for the bytes that precede it.
std::uint32_t Crc32c(std::span<const std::byte> data, std::uint32_t before = 0);

// The form that LevelDB and TensorFlow store: rotated and offset, because a plain checksum of bytes
// with checksums in them is of little use.
inline std::uint32_t MaskedCrc32c(std::uint32_t crc) {
  return ((crc >> 15) | (crc << 17)) + 0xA282EAD8U;
}

// Where a block is: bytes [offset, offset + size) of the table, then its type and checksum.
struct BlockHandle {
  std::uint64_t offset = 0, size = 0;
};

// A table in memory, which must outlive this object. Opening reads and checks only the index. Wrong
// checksums and lengths, blocks out of order and keys that do not ascend are Errors with file, byte
// and what was expected. At most one block is decompressed at a time, and none larger than
// kLargestBlock bytes.
class LevelDbTable {
 public:
  static constexpr std::size_t kLargestBlock = std::size_t{48} << 20;

  explicit LevelDbTable(Bytes table);

  const std::vector<BlockHandle>& blocks() const { return blocks_; }

  // Calls `entry` for every entry of blocks()[block], in order. Key and value are valid only during
  // the call.
  using Entry = std::function<void(std::string_view key, const Bytes& value)>;
  void Visit(std::size_t block, const Entry& entry) const;

 private:
  void VisitBlock(const BlockHandle& handle, const Entry& entry) const;
  BlockHandle ReadHandle(const Bytes& bytes, std::size_t* position) const;

  Bytes table_;
  std::vector<BlockHandle> blocks_;
};

}  // namespace rltuner
