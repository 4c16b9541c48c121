// SPDX-License-Identifier: Apache-2.0
// Fuzz target: any bytes are a checkpoint of either version, or a bundle of one, or are refused;
// and so is the network in it. Checksums are made right first, so that what lies behind them is
// reached. The first byte of the input chooses; of version 2 the data file is the input itself.
//   clang++-14 -std=c++20 -g -O1 -fsanitize=fuzzer,address,undefined -Isrc -Itests
//     tests/fuzz/tensorflow_checkpoint_fuzz.cc src/rltuner/interchange/*.cc
//     src/rltuner/nn/*.cc src/rltuner/core/*.cc -lfmt -ltomlplusplus -o tensorflow_checkpoint_fuzz
//   ./tensorflow_checkpoint_fuzz -rss_limit_mb=512 CORPUS
#include <cstdint>
#include <cstdlib>
#include <string>

#include "interchange/magenta_network.h"
#include "rltuner/interchange/magenta_bundle.h"
#include "rltuner/interchange/magenta_import.h"

namespace {

using rltuner::Bytes;

// Makes the checksum right of every block that the table's index, as far as it can be read, names.
void MendChecksums(std::string* table) {
  const auto mend = [&](const Bytes& handle, std::size_t* position, std::uint64_t* offset,
                        std::uint64_t* size) {
    *offset = ReadVarint(handle, position);
    *size = ReadVarint(handle, position);
    if (*offset > table->size() || *size > table->size() || *offset + *size + 5 > table->size()) {
      return false;
    }
    std::string checksum;
    rltuner::AppendLittleEndian32(
        &checksum, rltuner::MaskedChecksum(std::string_view(*table).substr(*offset, *size + 1)));
    table->replace(*offset + *size + 1, 4, checksum);
    return true;
  };
  if (table->size() < 48) return;
  for (int round = 0; round < 2; ++round) {  // the first makes the index readable
    const std::string copy = *table;
    const auto bytes = [&] { return std::as_bytes(std::span(std::string_view(copy))); };
    try {
      const rltuner::LevelDbTable opened({bytes(), "FUZZ", 0});
      for (const rltuner::BlockHandle& block : opened.blocks()) {
        std::string handle;
        rltuner::AppendVarint(&handle, block.offset);
        rltuner::AppendVarint(&handle, block.size);
        std::size_t position = 0;
        std::uint64_t offset = 0, size = 0;
        mend({std::as_bytes(std::span(std::string_view(handle))), "FUZZ", 0}, &position, &offset,
             &size);
      }
      return;
    } catch (const rltuner::Error&) {
      try {
        const Bytes footer{bytes().subspan(copy.size() - 48), "FUZZ", 0};
        std::size_t position = 0;
        std::uint64_t offset = 0, size = 0;
        ReadVarint(footer, &position);
        ReadVarint(footer, &position);
        mend(footer, &position, &offset, &size);
      } catch (const rltuner::Error&) {
        return;
      }
    }
  }
}

void Try(std::string_view table, std::string_view data) {
  try {
    const Bytes data_file{std::as_bytes(std::span(data)), "DATA", 0};
    const rltuner::TensorflowCheckpoint checkpoint({std::as_bytes(std::span(table)), "FUZZ", 0},
                                                   [&](int, int) { return data_file; });
    for (const auto& [name, tensor] : checkpoint.tensors()) {
      try {
        if (static_cast<std::int64_t>(checkpoint.Read(name).size()) != tensor.count()) std::abort();
      } catch (const rltuner::Error&) {
        continue;
      }
    }
    rltuner::ImportMagenta(checkpoint, 3);
  } catch (const rltuner::Error&) {
    return;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string file(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] % 2 == 0) {
    MendChecksums(&file);
    Try(file, file);
    return 0;
  }
  try {
    const rltuner::MagentaBundle bundle =
        rltuner::ParseMagentaBundle({std::as_bytes(std::span(std::string_view(file))), "FUZZ", 0});
    std::string table(bundle.checkpoints.front().Text());
    MendChecksums(&table);
    Try(table, bundle.checkpoints.back().Text());
  } catch (const rltuner::Error&) {
    return 0;
  }
  return 0;
}

// The first inputs: small checkpoints of every kind, of a network with 3 classes.
extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size,
                                               std::size_t largest, unsigned int seed);
extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t largest);

std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t largest,
                                    unsigned int seed) {
  if (seed % 64 != 0) return LLVMFuzzerMutate(data, size, largest);
  const auto tensors =
      rltuner::MagentaNetwork(3, 2, 1 + static_cast<int>(seed / 64 % 2), seed).NamedAsPublished();
  const bool compressed = seed / 128 % 2 == 0;
  std::string made;
  if (seed / 256 % 2 == 0) {
    made = '\0' + rltuner::WriteVersion1(tensors, compressed);
  } else {
    made = '\1' + rltuner::WriteBundle(rltuner::WriteVersion2(tensors, compressed));
  }
  if (made.size() > largest) return LLVMFuzzerMutate(data, size, largest);
  std::copy(made.begin(), made.end(), data);
  return made.size();
}
