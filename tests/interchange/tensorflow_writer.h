// SPDX-License-Identifier: Apache-2.0
// Writes TensorFlow checkpoints of both formats, from their descriptions and without the reader's
// table code, so that tests need no file of others.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "rltuner/core/files.h"
#include "rltuner/interchange/crc32c.h"
#include "rltuner/interchange/protobuf.h"

namespace rltuner {

struct TestTensor {
  std::vector<std::int64_t> shape;
  std::vector<float> values;
  int type = 1;  // TensorFlow's DataType; the values are written as float32 all the same
};
using TestTensors = std::map<std::string, TestTensor>;

inline std::uint32_t MaskedChecksum(std::string_view bytes) {
  return MaskedCrc32c(Crc32c(std::as_bytes(std::span(bytes))));
}

// Snappy's format without any compression: literals of up to 60 bytes, or long ones.
inline std::string SnappyLiterals(std::string_view plain) {
  std::string out;
  AppendVarint(&out, plain.size());
  while (!plain.empty()) {
    const std::size_t length = plain.size() % 2 == 0 ? std::min<std::size_t>(plain.size(), 60)
                                                     : std::min<std::size_t>(plain.size(), 65536);
    if (length <= 60) {
      out.push_back(static_cast<char>((length - 1) << 2));
    } else {
      out.push_back(static_cast<char>(61 << 2));
      out.push_back(static_cast<char>((length - 1) & 0xFF));
      out.push_back(static_cast<char>((length - 1) >> 8));
    }
    out.append(plain.substr(0, length));
    plain.remove_prefix(length);
  }
  return out;
}

// A LevelDB table: add keys in ascending order, then Finish.
class TestTable {
 public:
  explicit TestTable(bool compressed = false, std::size_t block_size = 4096)
      : compressed_(compressed), block_size_(block_size) {}

  void Add(const std::string& key, const std::string& value) {
    AddTo(&block_, key, value);
    if (block_.bytes.size() >= block_size_) EndBlock();
  }

  std::string Finish() {
    EndBlock();
    Block empty;
    const std::string meta = Store(&empty);
    const std::string index = Store(&index_);
    std::string footer = meta + index;
    footer.resize(40, '\0');
    AppendLittleEndian32(&footer, 0x8B80FB57U);
    AppendLittleEndian32(&footer, 0xDB477524U);
    return file_ + footer;
  }

 private:
  struct Block {
    std::string bytes, last_key;
    std::vector<std::uint32_t> restarts;
    int entries = 0;
  };

  static void AddTo(Block* block, const std::string& key, const std::string& value) {
    std::size_t shared = 0;
    if (block->entries % 16 == 0) {
      block->restarts.push_back(static_cast<std::uint32_t>(block->bytes.size()));
    } else {
      while (shared < key.size() && shared < block->last_key.size() &&
             key[shared] == block->last_key[shared]) {
        ++shared;
      }
    }
    AppendVarint(&block->bytes, shared);
    AppendVarint(&block->bytes, key.size() - shared);
    AppendVarint(&block->bytes, value.size());
    block->bytes += key.substr(shared) + value;
    block->last_key = key;
    ++block->entries;
  }

  void EndBlock() {
    if (block_.entries == 0) return;
    const std::string last_key = block_.last_key;
    const std::string handle = Store(&block_);
    AddTo(&index_, last_key, handle);
  }

  // Appends the block to the file; its handle.
  std::string Store(Block* block) {
    if (block->restarts.empty()) block->restarts.push_back(0);
    for (std::uint32_t restart : block->restarts) AppendLittleEndian32(&block->bytes, restart);
    AppendLittleEndian32(&block->bytes, static_cast<std::uint32_t>(block->restarts.size()));
    std::string stored = compressed_ ? SnappyLiterals(block->bytes) : block->bytes;
    std::string handle;
    AppendVarint(&handle, file_.size());
    AppendVarint(&handle, stored.size());
    stored.push_back(compressed_ ? '\1' : '\0');
    file_ += stored;
    AppendLittleEndian32(&file_, MaskedChecksum(stored));
    *block = Block();
    return handle;
  }

  bool compressed_;
  std::size_t block_size_;
  std::string file_;
  Block block_, index_;
};

inline ProtoWriter ShapeMessage(const std::vector<std::int64_t>& shape) {
  ProtoWriter message;
  for (std::int64_t size : shape) {
    ProtoWriter dimension;
    dimension.Number(1, static_cast<std::uint64_t>(size));
    message.Message(2, dimension);
  }
  return message;
}

// The single file of version 1.
inline std::string WriteVersion1(const TestTensors& tensors, bool compressed = false) {
  TestTable table(compressed);
  ProtoWriter meta;
  std::map<std::string, std::string> records;
  for (const auto& [name, tensor] : tensors) {
    ProtoWriter slice;
    for (std::size_t i = 0; i < tensor.shape.size(); ++i) slice.Text(1, "");
    ProtoWriter entry;
    entry.Text(1, name);
    entry.Message(2, ShapeMessage(tensor.shape));
    entry.Number(3, static_cast<std::uint64_t>(tensor.type));
    entry.Message(4, slice);
    meta.Message(1, entry);
    ProtoWriter data;
    data.Floats(5, tensor.values);
    ProtoWriter saved;
    saved.Text(1, name);
    saved.Message(2, slice);
    saved.Message(3, data);
    ProtoWriter record;
    record.Message(2, saved);
    // The true keys are coded otherwise, but nothing reads them.
    records[std::string(1, '\0') + name] = record.bytes();
  }
  ProtoWriter first;
  first.Message(1, meta);
  table.Add("", first.bytes());
  for (const auto& [key, value] : records) table.Add(key, value);
  return table.Finish();
}

// The files of version 2: the index, then the data files, over which tensors go in turn.
inline std::vector<std::string> WriteVersion2(const TestTensors& tensors, bool compressed = false,
                                              int data_files = 1) {
  std::vector<std::string> files(static_cast<std::size_t>(data_files) + 1);
  TestTable table(compressed);
  ProtoWriter header;
  header.Number(1, static_cast<std::uint64_t>(data_files));
  table.Add("", header.bytes());
  int next = 0;
  for (const auto& [name, tensor] : tensors) {
    const int data_file = next++ % data_files;
    std::string& data = files[static_cast<std::size_t>(data_file) + 1];
    const std::string_view bytes(reinterpret_cast<const char*>(tensor.values.data()),
                                 4 * tensor.values.size());
    ProtoWriter entry;
    entry.Number(1, static_cast<std::uint64_t>(tensor.type));
    entry.Message(2, ShapeMessage(tensor.shape));
    if (data_file != 0) entry.Number(3, static_cast<std::uint64_t>(data_file));
    if (!data.empty()) entry.Number(4, data.size());
    entry.Number(5, bytes.size());
    entry.Fixed32(6, MaskedChecksum(bytes));
    data.append(bytes);
    table.Add(name, entry.bytes());
  }
  files[0] = table.Finish();
  return files;
}

// Writes them as PREFIX.index and PREFIX.data-....
inline void SaveVersion2(const std::filesystem::path& prefix,
                         const std::vector<std::string>& files) {
  WriteFileAtomically(prefix.string() + ".index", files[0]);
  for (std::size_t i = 1; i < files.size(); ++i) {
    WriteFileAtomically(
        fmt::format("{}.data-{:05}-of-{:05}", prefix.string(), i - 1, files.size() - 1), files[i]);
  }
}

// A .mag bundle around the files of one checkpoint.
inline std::string WriteBundle(const std::vector<std::string>& checkpoint) {
  ProtoWriter details;
  details.Text(1, "basic_rnn");
  ProtoWriter bundle;
  bundle.Message(1, details);
  for (const std::string& file : checkpoint) bundle.Text(2, file);
  bundle.Text(3, "the metagraph is not looked at");
  return bundle.bytes();
}

}  // namespace rltuner
