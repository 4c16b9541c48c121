// SPDX-License-Identifier: Apache-2.0
// Reads TensorFlow checkpoints without TensorFlow, in both formats:
//
//   version 1 (2015, 2016): one file, a LevelDB table. Its first value is a SavedTensorSlices
//     message with name, type and shape of every tensor; each further value holds one tensor.
//   version 2: PREFIX.index, a LevelDB table from names to BundleEntryProto messages, and the
//     numbers themselves in PREFIX.data-00000-of-00001 (or more such files).
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "rltuner/core/files.h"
#include "rltuner/interchange/leveldb_table.h"

namespace rltuner {

// A tensor's type and shape in a checkpoint, and where its numbers are stored.
struct CheckpointTensor {
  int type = 0;  // TensorFlow's DataType
  std::vector<std::int64_t> shape;
  bool partitioned = false;  // stored in slices

  // Where the numbers are. Version 1: `block` of the table. Version 2: bytes [offset, offset +
  // size) of data file `shard`, with their checksum.
  std::optional<std::size_t> block;
  int shard = 0;
  std::uint64_t offset = 0, size = 0;
  std::uint32_t checksum = 0;

  bool is_float() const { return type == 1; }
  std::int64_t count() const;  // of numbers

  // "float32 [138, 400]"
  std::string Description() const;
};

// An open checkpoint. Opening reads every name, shape and position and, for version 1, checks every
// block. Each fault is an Error that names the file, the byte and what was expected. Beyond the
// mapped files it needs memory for the list of tensors, one block at a time, and what Read returns.
// Reading is thread-safe.
class TensorflowCheckpoint {
 public:
  // The bytes of data file `shard` of `shards`, which outlive the checkpoint.
  using DataFile = std::function<Bytes(int shard, int shards)>;

  // `path` is a file of version 1, or of version 2 the prefix, the .index file or a data file.
  explicit TensorflowCheckpoint(const std::filesystem::path& path);

  // A checkpoint whose table is in memory and outlives this object.
  TensorflowCheckpoint(Bytes table, const DataFile& data_file);

  TensorflowCheckpoint(const TensorflowCheckpoint&) = delete;
  TensorflowCheckpoint& operator=(const TensorflowCheckpoint&) = delete;

  const std::string& name() const { return name_; }
  int version() const { return version_; }
  std::vector<std::filesystem::path> files() const;         // those open; none if in memory
  std::uint64_t file_bytes() const { return file_bytes_; }  // table and data files
  const std::map<std::string, CheckpointTensor>& tensors() const { return tensors_; }

  // The numbers of a float32 tensor of tensors(), row-major. Error if the tensor has another type
  // or is partitioned, or if its numbers are missing, too few, too many or damaged.
  std::vector<float> Read(const std::string& tensor) const;

 private:
  struct OpenFile {
    std::string name;
    MappedFile file;
    Bytes bytes() const { return {file.bytes(), name, 0}; }
  };

  void Open(const DataFile& data_file);
  void OpenVersion1();
  void OpenVersion2(int data_files, const DataFile& data_file);
  void AddVersion1Tensors(const Bytes& record);
  void AddVersion1Record(const Bytes& record, std::size_t block);
  void AddVersion2Tensor(const std::string& name, const Bytes& entry, int data_files);
  void Add(const std::string& name, CheckpointTensor tensor, const Bytes& where);
  std::vector<float> ReadVersion1(const std::string& name, const CheckpointTensor& tensor) const;
  std::vector<float> ReadVersion2(const std::string& name, const CheckpointTensor& tensor) const;

  std::string name_;
  int version_ = 0;
  std::map<std::string, OpenFile> files_;  // nodes stay where they are: Bytes point into them
  std::optional<LevelDbTable> table_;
  std::map<int, Bytes> data_;  // by shard
  std::map<std::string, CheckpointTensor> tensors_;
  std::size_t name_bytes_ = 0;
  std::uint64_t file_bytes_ = 0;
};

}  // namespace rltuner
