// SPDX-License-Identifier: Apache-2.0
#include "rltuner/interchange/leveldb_table.h"

#include <snappy.h>

#include <algorithm>
#include <array>
#include <string>

namespace rltuner {
namespace {

constexpr std::uint64_t kMagic = 0xDB4775248B80FB57U;
constexpr std::size_t kFooterSize = 48;
constexpr std::size_t kTrailerSize = 5;  // after each block: type, masked CRC-32C

constexpr std::array<std::uint32_t, 256> MakeCrcTable() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? 0x82F63B78U : 0U);
    table[byte] = crc;
  }
  return table;
}

constexpr std::array<std::uint32_t, 256> kCrcTable = MakeCrcTable();

std::size_t ReadLength(const Bytes& bytes, std::size_t* position, std::size_t end,
                       std::string_view what, std::size_t maximum) {
  const std::size_t begin = *position;
  const std::uint64_t value = ReadVarint(bytes.Part(0, end), position);
  if (value > maximum) {
    bytes.FailAt(begin, "{} of {} bytes; expected at most {}", what, value, maximum);
  }
  return static_cast<std::size_t>(value);
}

// Entries store only how a key differs from the one before it.
void VisitEntries(const Bytes& block, const LevelDbTable::Entry& entry) {
  if (block.size() < 4) block.FailAt(0, "a block of {} bytes; expected 4 or more", block.size());
  const std::uint64_t restarts = NumberAt<std::uint32_t>(block.data, block.size() - 4);
  if (4 * restarts > block.size() - 4) {
    block.FailAt(block.size() - 4, "{} restart points in a block of {} bytes", restarts,
                 block.size());
  }
  const std::size_t end = block.size() - 4 - static_cast<std::size_t>(4 * restarts);
  std::string key;
  bool first = true;
  for (std::size_t position = 0; position < end;) {
    const std::size_t begin = position;
    const std::size_t shared = ReadLength(block, &position, end, "a shared key", key.size());
    const std::size_t own = ReadLength(block, &position, end, "a key", end - position);
    const std::size_t length = ReadLength(block, &position, end, "a value", end - position);
    if (own > end - position || length > end - position - own) {
      block.FailAt(begin, "an entry with {} + {} bytes where {} are left", own, length,
                   end - position);
    }
    const std::string_view tail = block.Part(position, own).Text();
    // The shared prefixes are equal, so the tails decide.
    if (!first && key.compare(shared, std::string::npos, tail) >= 0) {
      block.FailAt(begin, "a key that is not above the one before it");
    }
    first = false;
    key.resize(shared);
    key.append(tail);
    entry(key, block.Part(position + own, length));
    position += own + length;
  }
}

// Memory is allocated only if the compressed bytes can expand to the size that they announce.
std::string Decompress(const Bytes& compressed) {
  constexpr std::size_t kLargestRatio = 22;  // a copy of 64 bytes takes three
  const std::string_view text = compressed.Text();
  const std::size_t maximum =
      std::min(LevelDbTable::kLargestBlock, kLargestRatio * compressed.size());
  std::size_t announced = 0;
  if (!snappy::GetUncompressedLength(text.data(), text.size(), &announced) || announced > maximum) {
    compressed.FailAt(0, "a compressed block of {} bytes announces {}; expected at most {}",
                      compressed.size(), announced, maximum);
  }
  std::string plain;
  if (!snappy::Uncompress(text.data(), text.size(), &plain)) {
    compressed.FailAt(0, "a damaged compressed block of {} bytes", compressed.size());
  }
  return plain;
}

bool LooksLikeTable(std::span<const std::byte> bytes) {
  return bytes.size() >= kFooterSize && NumberAt<std::uint64_t>(bytes, bytes.size() - 8) == kMagic;
}

}  // namespace

std::uint32_t Crc32c(std::span<const std::byte> data, std::uint32_t before) {
  std::uint32_t crc = ~before;
  for (std::byte byte : data) {
    crc = kCrcTable[(crc ^ std::to_integer<std::uint32_t>(byte)) & 0xFF] ^ crc >> 8;
  }
  return ~crc;
}

LevelDbTable::LevelDbTable(Bytes table) : table_(table) {
  if (!LooksLikeTable(table.data)) {
    table.FailAt(table.size() < 8 ? 0 : table.size() - 8,
                 "not the end of a table; expected a file of {} bytes or more that ends in {:#x}",
                 kFooterSize, kMagic);
  }
  const Bytes footer = table_.Part(table_.size() - kFooterSize, kFooterSize - 8);
  std::size_t position = 0;
  ReadHandle(footer, &position);  // of the filters and statistics, which TensorFlow does not have
  const BlockHandle index = ReadHandle(footer, &position);
  VisitBlock(index, [&](std::string_view, const Bytes& value) {
    std::size_t begin = 0;
    const BlockHandle handle = ReadHandle(value, &begin);
    // Blocks follow one another, so no byte can belong to two of them.
    const std::uint64_t lowest =
        blocks_.empty() ? 0 : blocks_.back().offset + blocks_.back().size + kTrailerSize;
    if (handle.offset < lowest) {
      value.FailAt(0, "a block at byte {}; expected {} or more, behind the one before it",
                   handle.offset, lowest);
    }
    blocks_.push_back(handle);
  });
}

BlockHandle LevelDbTable::ReadHandle(const Bytes& bytes, std::size_t* position) const {
  const std::size_t begin = *position;
  BlockHandle handle;
  handle.offset = ReadVarint(bytes, position);
  handle.size = ReadVarint(bytes, position);
  const std::uint64_t room = table_.size() - kFooterSize;
  if (handle.offset > room || handle.size > room - handle.offset ||
      room - handle.offset - handle.size < kTrailerSize) {
    bytes.FailAt(begin,
                 "a block of {} bytes at byte {}; expected it within the {} before the footer",
                 handle.size, handle.offset, room);
  }
  return handle;
}

void LevelDbTable::Visit(std::size_t block, const Entry& entry) const {
  VisitBlock(blocks_[block], entry);
}

void LevelDbTable::VisitBlock(const BlockHandle& handle, const Entry& entry) const {
  const auto begin = static_cast<std::size_t>(handle.offset);
  const auto size = static_cast<std::size_t>(handle.size);
  const Bytes stored = table_.Part(begin, size);
  const std::uint32_t expected = NumberAt<std::uint32_t>(table_.data, begin + size + 1);
  const std::uint32_t found = MaskedCrc32c(Crc32c(table_.data.subspan(begin, size + 1)));
  if (found != expected) {
    stored.FailAt(0, "a damaged block: checksum {:#010x}; expected {:#010x}", found, expected);
  }
  switch (std::to_integer<int>(table_.data[begin + size])) {
    case 0:
      VisitEntries(stored, entry);
      return;
    case 1: {
      const std::string plain = Decompress(stored);
      const std::string file =
          fmt::format("{}, compressed block at byte {}", table_.file, stored.offset);
      VisitEntries({std::as_bytes(std::span(plain)), file, 0}, entry);
      return;
    }
    default:
      table_.FailAt(begin + size, "block compression {}; expected 0 (none) or 1 (Snappy)",
                    std::to_integer<int>(table_.data[begin + size]));
  }
}

}  // namespace rltuner
