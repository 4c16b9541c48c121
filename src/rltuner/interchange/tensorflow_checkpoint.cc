// SPDX-License-Identifier: Apache-2.0
#include "rltuner/interchange/tensorflow_checkpoint.h"

#include <algorithm>
#include <span>
#include <utility>

#include "rltuner/interchange/protobuf.h"

namespace rltuner {
namespace {

namespace fs = std::filesystem;

// Far above what any checkpoint has; they bound the memory that a hostile file can ask for.
constexpr std::size_t kMostDimensions = 16;
constexpr std::int64_t kMostNumbers = std::int64_t{1} << 40;
constexpr int kMostDataFiles = 99999;
constexpr std::size_t kMostTensors = 10000;
constexpr std::size_t kMostNameBytes = std::size_t{8} << 20;

constexpr auto kLength = protozero::pbf_wire_type::length_delimited;
constexpr auto kVarint = protozero::pbf_wire_type::varint;
constexpr auto kFixed32 = protozero::pbf_wire_type::fixed32;

std::string TypeName(int type) {
  constexpr std::pair<int, const char*> kNames[] = {{1, "float32"}, {2, "float64"}, {3, "int32"},
                                                    {7, "string"},  {9, "int64"},   {10, "bool"},
                                                    {19, "float16"}};
  for (const auto& [known, name] : kNames) {
    if (known == type) return name;
  }
  return fmt::format("type {}", type);
}

// The prefix of a checkpoint of version 2, if `path` is one or one of its files.
std::optional<std::string> Version2Prefix(const fs::path& path) {
  const std::string text = path.string();
  std::error_code ignored;
  if (text.ends_with(".index")) return text.substr(0, text.size() - 6);
  const std::size_t data = text.rfind(".data-");
  if (data != std::string::npos && fs::exists(text.substr(0, data) + ".index", ignored)) {
    return text.substr(0, data);
  }
  if (!fs::is_regular_file(path, ignored) && fs::exists(text + ".index", ignored)) return text;
  return std::nullopt;
}

// The messages inside checkpoints. `where` is the place of a message in its file, for errors; each
// fault is an Error.

// TensorShapeProto: field 2 is a dimension, whose field 1 is its size; field 3 tells that the rank
// is unknown.
std::vector<std::int64_t> ParseShape(ProtoReader message, const Bytes& where) {
  std::vector<std::int64_t> shape;
  std::int64_t count = 1;
  const auto add = [&](ProtoReader& field) {
    std::int64_t size = 0;
    for (ProtoReader dimension = field.get_message(); dimension.next(1, kVarint);) {
      size = dimension.get_int64();
    }
    if (size < 0 || size > kMostNumbers || (size > 0 && count > kMostNumbers / size)) {
      where.FailAt(0, "a dimension of {}; expected at most {} numbers in a tensor", size,
                   kMostNumbers);
    }
    if (shape.size() == kMostDimensions) {
      where.FailAt(0, "a shape of more than {} dimensions", kMostDimensions);
    }
    if (size > 0) count *= size;
    shape.push_back(size);
  };
  const auto check_rank = [&](ProtoReader& field) {
    if (field.get_bool()) where.FailAt(0, "a shape of unknown rank");
  };
  ReadFields(message, ProtoField{2, kLength, add}, ProtoField{3, kVarint, check_rank});
  return shape;
}

// Whether a TensorSliceProto covers the whole tensor. Field 1 is the extent in one dimension, with
// start = 1 and length = 2; without a length it is the whole dimension.
bool IsWhole(ProtoReader slice, const std::vector<std::int64_t>& shape) {
  for (std::size_t dimension = 0; slice.next(1, kLength); ++dimension) {
    std::int64_t start = 0;
    std::optional<std::int64_t> length;
    ReadFields(slice.get_message(),
               ProtoField{1, kVarint, [&](ProtoReader& field) { start = field.get_int64(); }},
               ProtoField{2, kVarint, [&](ProtoReader& field) { length = field.get_int64(); }});
    if (start != 0) return false;
    if (length && (dimension >= shape.size() || *length != shape[dimension])) return false;
  }
  return true;
}

// Appends the float32 numbers of a TensorProto: raw content = 4, numbers = 5, packed or one by one.
// Error if there are more than `expected` in all.
void AppendFloats(ProtoReader tensor, std::size_t expected, const Bytes& where,
                  std::vector<float>* values) {
  const auto append = [&](std::string_view bytes) {
    if (bytes.size() % 4 != 0 || bytes.size() / 4 > expected - values->size()) {
      where.FailAt(0, "{} bytes of float32 after {} numbers; expected {} numbers", bytes.size(),
                   values->size(), expected);
    }
    for (std::size_t i = 0; i < bytes.size(); i += 4) {
      values->push_back(NumberAt<float>(std::as_bytes(std::span(bytes)), i));
    }
  };
  const auto append_all = [&](ProtoReader& field) { append(TextOf(field.get_view())); };
  const auto append_one = [&](ProtoReader& field) {
    const float value = field.get_float();
    append({reinterpret_cast<const char*>(&value), sizeof value});
  };
  ReadFields(tensor, ProtoField{4, kLength, append_all}, ProtoField{5, kLength, append_all},
             ProtoField{5, kFixed32, append_one});
}

// The name, the slice and the numbers of a record of version 1: SavedTensorSlices' field 2 is a
// SavedSlice with name = 1, slice = 2, data = 3.
struct SavedSlice {
  std::string_view name;
  ProtoReader slice, data;
};

// nullopt if the record has no tensor.
std::optional<SavedSlice> ParseSavedSlice(ProtoReader record) {
  if (!record.next(2, kLength)) return std::nullopt;
  SavedSlice saved;
  ReadFields(
      record.get_message(),
      ProtoField{1, kLength, [&](ProtoReader& field) { saved.name = TextOf(field.get_view()); }},
      ProtoField{2, kLength, [&](ProtoReader& field) { saved.slice = field.get_message(); }},
      ProtoField{3, kLength, [&](ProtoReader& field) { saved.data = field.get_message(); }});
  return saved;
}

// BundleHeaderProto: data files = 1, endianness = 2. Returns how many data files there are.
int ParseBundleHeader(ProtoReader header, const Bytes& where) {
  std::uint64_t data_files = 0;
  const auto check_endianness = [&](ProtoReader& field) {
    if (field.get_uint64() == 0) return;
    where.FailAt(0, "big-endian numbers; expected a checkpoint with little-endian ones");
  };
  ReadFields(header,
             ProtoField{1, kVarint, [&](ProtoReader& field) { data_files = field.get_uint64(); }},
             ProtoField{2, kVarint, check_endianness});
  if (data_files < 1 || data_files > kMostDataFiles) {
    where.FailAt(0, "{} data files; expected 1 .. {}", data_files, kMostDataFiles);
  }
  return static_cast<int>(data_files);
}

}  // namespace

std::int64_t CheckpointTensor::count() const {
  std::int64_t product = 1;
  for (std::int64_t extent : shape) product *= extent;
  return product;
}

std::string CheckpointTensor::Description() const {
  return fmt::format("{} [{}]{}", TypeName(type), fmt::join(shape, ", "),
                     partitioned ? " in slices" : "");
}

TensorflowCheckpoint::TensorflowCheckpoint(const fs::path& path) {
  const std::optional<std::string> prefix = Version2Prefix(path);
  const auto open = [this](const std::string& file) -> Bytes {
    return files_.try_emplace(file, OpenFile{file, MappedFile(file)}).first->second.bytes();
  };
  name_ = prefix ? *prefix + ".index" : path.string();
  const Bytes table = open(name_);
  file_bytes_ = table.size();
  table_.emplace(table);
  Open([&](int shard, int shards) {
    if (!prefix) Fail("{}: an index of version 2; expected a name that ends in .index", name_);
    return open(fmt::format("{}.data-{:05}-of-{:05}", *prefix, shard, shards));
  });
}

TensorflowCheckpoint::TensorflowCheckpoint(Bytes table, const DataFile& data_file)
    : name_(table.file), file_bytes_(table.size()) {
  table_.emplace(table);
  Open(data_file);
}

std::vector<fs::path> TensorflowCheckpoint::files() const {
  std::vector<fs::path> paths;
  for (const auto& [name, file] : files_) paths.emplace_back(name);
  return paths;
}

// Both formats begin with an entry whose key is empty. Its field 1 is a message in version 1 (the
// list of tensors) and a number in version 2 (how many data files).
void TensorflowCheckpoint::Open(const DataFile& data_file) {
  int data_files = 0;
  if (!table_->blocks().empty()) {
    table_->Visit(0, [&](std::string_view key, const Bytes& value) {
      if (!key.empty()) return;
      ReadProto(value, [&](ProtoReader message) {
        if (!message.next(1)) return;
        version_ = message.has_wire_type(kLength) ? 1 : 2;
        if (version_ == 2)
          data_files = ParseBundleHeader(ProtoReader(value.Text().data(), value.size()), value);
      });
    });
  }
  if (version_ == 0) {
    Fail("{}: a table without a checkpoint's header; expected a TensorFlow checkpoint", name_);
  }
  if (version_ == 1) {
    OpenVersion1();
  } else {
    OpenVersion2(data_files, data_file);
  }
}

void TensorflowCheckpoint::Add(const std::string& name, CheckpointTensor tensor,
                               const Bytes& where) {
  name_bytes_ += name.size();
  if (tensors_.size() == kMostTensors || name_bytes_ > kMostNameBytes) {
    where.FailAt(0, "more than {} tensors, or {} bytes of names", kMostTensors, kMostNameBytes);
  }
  if (!tensors_.emplace(name, std::move(tensor)).second) {
    where.FailAt(0, "tensor {} a second time", name);
  }
}

void TensorflowCheckpoint::OpenVersion1() {
  for (std::size_t block = 0; block < table_->blocks().size(); ++block) {
    table_->Visit(block, [&](std::string_view key, const Bytes& value) {
      if (key.empty()) {
        AddVersion1Tensors(value);
      } else {
        AddVersion1Record(value, block);
      }
    });
  }
}

// SavedTensorSlices: meta = 1, a SavedTensorSliceMeta. Its field 1 has one SavedSliceMeta per
// tensor, with name = 1, shape = 2, type = 3.
void TensorflowCheckpoint::AddVersion1Tensors(const Bytes& record) {
  ReadProto(record, [&](ProtoReader message) {
    while (message.next(1, kLength)) {
      for (ProtoReader list = message.get_message(); list.next(1, kLength);) {
        std::string name;
        CheckpointTensor tensor;
        const auto take_shape = [&](ProtoReader& field) {
          tensor.shape = ParseShape(field.get_message(), record);
        };
        ReadFields(list.get_message(),
                   ProtoField{1, kLength, [&](ProtoReader& field) { name = field.get_string(); }},
                   ProtoField{2, kLength, take_shape},
                   ProtoField{3, kVarint, [&](auto& field) { tensor.type = field.get_int32(); }});
        Add(name, std::move(tensor), record);
      }
    }
  });
}

void TensorflowCheckpoint::AddVersion1Record(const Bytes& record, std::size_t block) {
  ReadProto(record, [&](ProtoReader message) {
    const std::optional<SavedSlice> saved = ParseSavedSlice(message);
    if (!saved) record.FailAt(0, "a record without a tensor");
    const auto tensor = tensors_.find(std::string(saved->name));
    if (tensor == tensors_.end()) {
      record.FailAt(0, "data of tensor '{}', which is not in the list of tensors", saved->name);
    }
    if (tensor->second.block || !IsWhole(saved->slice, tensor->second.shape)) {
      tensor->second.partitioned = true;
    }
    tensor->second.block = block;
  });
}

void TensorflowCheckpoint::OpenVersion2(int data_files, const DataFile& data_file) {
  for (std::size_t block = 0; block < table_->blocks().size(); ++block) {
    table_->Visit(block, [&](std::string_view key, const Bytes& value) {
      // A key that begins with a zero byte is the place of one slice of a partitioned tensor.
      if (!key.empty() && key.front() != '\0')
        AddVersion2Tensor(std::string(key), value, data_files);
    });
  }
  for (const auto& [name, tensor] : tensors_) {
    if (tensor.partitioned) continue;
    if (!data_.contains(tensor.shard)) {
      data_[tensor.shard] = data_file(tensor.shard, data_files);
      file_bytes_ += data_[tensor.shard].size();
    }
    const Bytes& data = data_[tensor.shard];
    if (tensor.offset > data.size() || tensor.size > data.size() - tensor.offset) {
      Fail("{}: {} bytes, too few for tensor {} of {} bytes at byte {}", data.file, data.size(),
           name, tensor.size, tensor.offset);
    }
  }
}

// BundleEntryProto: type = 1, shape = 2, data file = 3, offset = 4, size = 5, checksum = 6,
// slices = 7.
void TensorflowCheckpoint::AddVersion2Tensor(const std::string& name, const Bytes& entry,
                                             int data_files) {
  CheckpointTensor tensor;
  std::uint64_t shard = 0;
  ReadProto(entry, [&](ProtoReader message) {
    using Field = ProtoReader&;
    const auto take_shape = [&](Field field) {
      tensor.shape = ParseShape(field.get_message(), entry);
    };
    const auto take_slices = [&](Field field) {
      tensor.partitioned = true;
      field.skip();
    };
    ReadFields(message,
               ProtoField{1, kVarint, [&](Field field) { tensor.type = field.get_int32(); }},
               ProtoField{2, kLength, take_shape},
               ProtoField{3, kVarint, [&](Field field) { shard = field.get_uint64(); }},
               ProtoField{4, kVarint, [&](Field field) { tensor.offset = field.get_uint64(); }},
               ProtoField{5, kVarint, [&](Field field) { tensor.size = field.get_uint64(); }},
               ProtoField{6, kFixed32, [&](Field field) { tensor.checksum = field.get_fixed32(); }},
               ProtoField{7, kLength, take_slices});
  });
  if (shard >= static_cast<std::uint64_t>(data_files)) {
    entry.FailAt(0, "tensor {} in data file {} of {}", name, shard, data_files);
  }
  tensor.shard = static_cast<int>(shard);
  if (tensor.is_float() && !tensor.partitioned &&
      tensor.size != 4 * static_cast<std::uint64_t>(tensor.count())) {
    entry.FailAt(0, "tensor {} of {} in {} bytes; expected {}", name, tensor.Description(),
                 tensor.size, 4 * tensor.count());
  }
  Add(name, std::move(tensor), entry);
}

std::vector<float> TensorflowCheckpoint::Read(const std::string& name) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) Fail("{}: no tensor {}", name_, name);
  const CheckpointTensor& tensor = found->second;
  if (!tensor.is_float() || tensor.partitioned) {
    Fail("{}: tensor {} is {}; expected float32 in one piece", name_, name, tensor.Description());
  }
  return version_ == 1 ? ReadVersion1(name, tensor) : ReadVersion2(name, tensor);
}

std::vector<float> TensorflowCheckpoint::ReadVersion1(const std::string& name,
                                                      const CheckpointTensor& tensor) const {
  // Weights do not compress, so a tensor cannot be far larger than its file.
  constexpr std::uint64_t kAllowance = std::uint64_t{4} << 20;
  const auto count = static_cast<std::size_t>(tensor.count());
  if (4 * count > file_bytes_ + kAllowance) {
    Fail("{}: tensor {} of {} is far larger than the {} bytes of the file", name_, name,
         tensor.Description(), file_bytes_);
  }
  std::vector<float> values;
  if (!tensor.block) Fail("{}: tensor {} is listed but its numbers are not there", name_, name);
  table_->Visit(*tensor.block, [&](std::string_view key, const Bytes& value) {
    if (key.empty()) return;
    ReadProto(value, [&](ProtoReader record) {
      const std::optional<SavedSlice> saved = ParseSavedSlice(record);
      if (!saved || saved->name != name) return;
      values.reserve(std::min(count, saved->data.length() / 4));
      AppendFloats(saved->data, count, value, &values);
    });
  });
  if (static_cast<std::int64_t>(values.size()) != tensor.count()) {
    Fail("{}: tensor {} of {} has {} numbers; expected {}", name_, name, tensor.Description(),
         values.size(), tensor.count());
  }
  return values;
}

std::vector<float> TensorflowCheckpoint::ReadVersion2(const std::string& name,
                                                      const CheckpointTensor& tensor) const {
  const Bytes stored =
      data_.at(tensor.shard)
          .Part(static_cast<std::size_t>(tensor.offset), static_cast<std::size_t>(tensor.size));
  const std::uint32_t checksum = MaskedCrc32c(Crc32c(stored.data));
  if (checksum != tensor.checksum) {
    stored.FailAt(0, "tensor {} is damaged: checksum {:#010x}; expected {:#010x}", name, checksum,
                  tensor.checksum);
  }
  std::vector<float> values(stored.size() / 4);
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = NumberAt<float>(stored.data, 4 * i);
  }
  return values;
}

}  // namespace rltuner
