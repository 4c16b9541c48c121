// SPDX-License-Identifier: Apache-2.0
// Any bytes are a TensorFlow checkpoint of either version, or a bundle of one, or are refused; and
// so is the network in it. Checksums are made right first, so that what lies behind them is
// reached. The first byte of the input chooses; of version 2 the data file is the input itself.
#include <optional>
#include <string>

#include "fuzz/fuzz_target.h"
#include "rltuner/interchange/leveldb_table.h"
#include "rltuner/interchange/magenta_import.h"

namespace rltuner {
namespace {

constexpr int kClasses = 3;  // of the networks in the first inputs

Bytes BytesOf(std::string_view text) { return {std::as_bytes(std::span(text)), "fuzz", 0}; }

void MendBlock(const BlockHandle& block, std::string* table) {
  const std::size_t room = table->size();
  if (block.offset > room || block.size > room - block.offset ||
      room - block.offset - block.size < 5) {
    return;
  }
  const std::string_view covered = std::string_view(*table).substr(block.offset, block.size + 1);
  std::uint32_t checksum = MaskedCrc32c(Crc32c(std::as_bytes(std::span(covered))));
  for (std::size_t i = 0; i < 4; ++i, checksum >>= 8) {
    (*table)[block.offset + block.size + 1 + i] = static_cast<char>(checksum);
  }
}

// Of the index, which the footer names, and then of every block that the index names.
void MendChecksums(std::string* table) {
  constexpr std::size_t kFooter = 48;
  if (table->size() < kFooter) return;
  const Bytes footer = BytesOf(std::string_view(*table).substr(table->size() - kFooter));
  std::size_t position = 0;
  BlockHandle index;
  for (int filters_first = 0; filters_first < 2; ++filters_first) {
    index.offset = ReadVarint(footer, &position);
    index.size = ReadVarint(footer, &position);
  }
  MendBlock(index, table);
  const LevelDbTable opened(BytesOf(*table));
  for (const BlockHandle& block : opened.blocks()) MendBlock(block, table);
}

void Import(std::string table, std::optional<std::string_view> data_file) {
  MendChecksums(&table);
  const Bytes data = BytesOf(data_file ? *data_file : table);
  const TensorflowCheckpoint checkpoint(BytesOf(table), [&](int, int) { return data; });
  for (const auto& [name, tensor] : checkpoint.tensors()) {
    try {
      Require(static_cast<std::int64_t>(checkpoint.Read(name).size()) == tensor.count());
    } catch (const Error&) {
      continue;  // that tensor is refused, the others may be read
    }
  }
  ImportMagenta(checkpoint, kClasses);
}

void FuzzCheckpoint(std::span<const std::uint8_t> input) {
  if (input.empty()) return;
  const std::string file(AsText(input.subspan(1)));
  if (input[0] % 2 == 0) {
    Import(file, std::nullopt);
    return;
  }
  const std::vector<Bytes> files = CheckpointFilesOf(BytesOf(file));
  Import(std::string(files.front().Text()), files.back().Text());
}

const FuzzTarget kCheckpointTarget("checkpoint", FuzzCheckpoint);

}  // namespace
}  // namespace rltuner
