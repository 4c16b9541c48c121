// SPDX-License-Identifier: Apache-2.0
// Writes TensorFlow checkpoints of both formats, from their descriptions and without the reader's
// table code, so that tests need no file of others.
#pragma once

#include <snappy.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "rltuner/core/files.h"
#include "rltuner/interchange/leveldb_table.h"
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

inline void AppendVarint(std::string* bytes, std::uint64_t value) {
  protozero::add_varint_to_buffer(bytes, value);
}

inline void AppendLittleEndian32(std::string* bytes, std::uint32_t value) {
  for (int i = 0; i < 4; ++i, value >>= 8) bytes->push_back(static_cast<char>(value));
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
    std::string stored = block->bytes;
    if (compressed_) snappy::Compress(block->bytes.data(), block->bytes.size(), &stored);
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

inline std::string ShapeMessage(const std::vector<std::int64_t>& shape) {
  return WriteProto([&](auto& message) {
    for (std::int64_t size : shape) {
      message.add_message(2, WriteProto([&](auto& dimension) { dimension.add_int64(1, size); }));
    }
  });
}

// The single file of version 1.
inline std::string WriteVersion1(const TestTensors& tensors, bool compressed = false) {
  TestTable table(compressed);
  std::map<std::string, std::string> records;
  const std::string meta = WriteProto([&](auto& list) {
    for (const auto& [name, tensor] : tensors) {
      const std::string slice = WriteProto([&, &tensor = tensor](auto& message) {
        for (std::size_t i = 0; i < tensor.shape.size(); ++i) message.add_string(1, "");
      });
      list.add_message(1, WriteProto([&, &name = name, &tensor = tensor](auto& entry) {
                         entry.add_string(1, name);
                         entry.add_message(2, ShapeMessage(tensor.shape));
                         entry.add_enum(3, tensor.type);
                         entry.add_message(4, slice);
                       }));
      const std::string data = WriteProto([&, &tensor = tensor](auto& message) {
        message.add_packed_float(5, tensor.values.begin(), tensor.values.end());
      });
      const std::string saved = WriteProto([&, &name = name](auto& message) {
        message.add_string(1, name);
        message.add_message(2, slice);
        message.add_message(3, data);
      });
      // The true keys are coded otherwise, but nothing reads them.
      records[std::string(1, '\0') + name] =
          WriteProto([&](auto& record) { record.add_message(2, saved); });
    }
  });
  table.Add("", WriteProto([&](auto& first) { first.add_message(1, meta); }));
  for (const auto& [key, value] : records) table.Add(key, value);
  return table.Finish();
}

// The files of version 2: the index, then the data files, over which tensors go in turn.
inline std::vector<std::string> WriteVersion2(const TestTensors& tensors, bool compressed = false,
                                              int data_files = 1) {
  std::vector<std::string> files(static_cast<std::size_t>(data_files) + 1);
  TestTable table(compressed);
  table.Add("", WriteProto([&](auto& header) { header.add_int32(1, data_files); }));
  int next = 0;
  for (const auto& [name, tensor] : tensors) {
    const int data_file = next++ % data_files;
    std::string& data = files[static_cast<std::size_t>(data_file) + 1];
    const std::string_view bytes(reinterpret_cast<const char*>(tensor.values.data()),
                                 4 * tensor.values.size());
    table.Add(name, WriteProto([&, &tensor = tensor](auto& entry) {
                entry.add_enum(1, tensor.type);
                entry.add_message(2, ShapeMessage(tensor.shape));
                if (data_file != 0) entry.add_int32(3, data_file);
                if (!data.empty()) entry.add_uint64(4, data.size());
                entry.add_uint64(5, bytes.size());
                entry.add_fixed32(6, MaskedChecksum(bytes));
              }));
    data.append(bytes);
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
  return WriteProto([&](auto& bundle) {
    bundle.add_message(1, WriteProto([](auto& details) { details.add_string(1, "basic_rnn"); }));
    for (const std::string& file : checkpoint) bundle.add_bytes(2, file);
    bundle.add_string(3, "the metagraph is not read");
  });
}

}  // namespace rltuner
