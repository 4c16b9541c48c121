// SPDX-License-Identifier: Apache-2.0
#include "rltuner/interchange/tensorflow_checkpoint.h"

#include <algorithm>
#include <utility>

#include "rltuner/interchange/crc32c.h"
#include "rltuner/interchange/protobuf.h"

namespace rltuner {
namespace {

namespace fs = std::filesystem;

// Far above what any checkpoint has; they bound the memory that a hostile file can ask for.
constexpr std::size_t kMostTensors = 10000;
constexpr std::size_t kMostNameBytes = std::size_t{8} << 20;
constexpr std::size_t kMostDimensions = 16;
constexpr std::int64_t kMostNumbers = std::int64_t{1} << 40;
constexpr int kMostDataFiles = 99999;

std::string TypeName(int type) {
  switch (type) {
    case 1:
      return "float32";
    case 2:
      return "float64";
    case 3:
      return "int32";
    case 7:
      return "string";
    case 9:
      return "int64";
    case 10:
      return "bool";
    case 19:
      return "float16";
    default:
      return fmt::format("type {}", type);
  }
}

// TensorShapeProto: field 2 is a dimension, whose field 1 is its size.
std::vector<std::int64_t> ParseShape(const Bytes& message) {
  std::vector<std::int64_t> shape;
  std::int64_t count = 1;
  ProtoReader reader(message);
  for (ProtoField field; reader.Next(&field);) {
    if (field.number == 3 && field.value != 0) message.FailAt(0, "a shape of unknown rank");
    if (field.number != 2) continue;
    const Bytes dimension = LengthField(field, message, "a dimension");
    std::int64_t size = 0;
    ProtoReader inner(dimension);
    for (ProtoField part; inner.Next(&part);) {
      if (part.number != 1) continue;
      size = static_cast<std::int64_t>(NumberField(part, dimension, "the size of a dimension"));
    }
    if (size < 0 || size > kMostNumbers || (size > 0 && count > kMostNumbers / size)) {
      dimension.FailAt(0, "a dimension of {}; expected at most {} numbers in a tensor", size,
                       kMostNumbers);
    }
    if (shape.size() == kMostDimensions) {
      message.FailAt(0, "a shape of more than {} dimensions", kMostDimensions);
    }
    if (size > 0) count *= size;
    shape.push_back(size);
  }
  return shape;
}

// TensorSliceProto: field 1 is the extent in one dimension, with start = 1 and length = 2; without
// a length it is the whole dimension.
bool IsWhole(const Bytes& slice, const std::vector<std::int64_t>& shape) {
  std::size_t dimension = 0;
  ProtoReader reader(slice);
  for (ProtoField field; reader.Next(&field);) {
    if (field.number != 1) continue;
    const Bytes extent = LengthField(field, slice, "an extent");
    std::uint64_t start = 0;
    std::optional<std::uint64_t> length;
    ProtoReader inner(extent);
    for (ProtoField part; inner.Next(&part);) {
      if (part.number == 1) start = NumberField(part, extent, "the start of an extent");
      if (part.number == 2) length = NumberField(part, extent, "the length of an extent");
    }
    if (start != 0) return false;
    if (length &&
        (dimension >= shape.size() || *length != static_cast<std::uint64_t>(shape[dimension]))) {
      return false;
    }
    ++dimension;
  }
  return true;
}

// Appends the float32 numbers of a TensorProto.
void AppendFloats(const Bytes& tensor, std::size_t expected, std::vector<float>* values) {
  ProtoReader reader(tensor);
  for (ProtoField field; reader.Next(&field);) {
    constexpr std::uint32_t kContent = 4;
    constexpr std::uint32_t kFloats = 5;
    if (field.number != kContent && field.number != kFloats) continue;
    const bool single = field.number == kFloats && field.type == WireType::kFixed32;
    const std::size_t bytes =
        single ? 4 : LengthField(field, tensor, "the numbers of a tensor").size();
    if (bytes % 4 != 0 || bytes / 4 > expected - values->size()) {
      tensor.FailAt(0, "{} bytes of float32 after {} numbers; expected {} numbers", bytes,
                    values->size(), expected);
    }
    if (single) {
      values->push_back(std::bit_cast<float>(static_cast<std::uint32_t>(field.value)));
      continue;
    }
    for (std::size_t i = 0; i < bytes; i += 4) {
      values->push_back(LittleEndianFloat(field.bytes.data, i));
    }
  }
}

// The name, the slice and the numbers of a record of version 1.
struct SavedSlice {
  std::string_view name;
  Bytes slice, data;
};

std::optional<SavedSlice> ParseSavedSlice(const Bytes& record) {
  ProtoReader outer(record);
  for (ProtoField field; outer.Next(&field);) {
    if (field.number != 2) continue;
    const Bytes message = LengthField(field, record, "a saved slice");
    SavedSlice saved{{}, message.Part(0, 0), message.Part(0, 0)};
    ProtoReader reader(message);
    for (ProtoField part; reader.Next(&part);) {
      if (part.number == 1) saved.name = LengthField(part, message, "a tensor's name").Text();
      if (part.number == 2) saved.slice = LengthField(part, message, "a slice");
      if (part.number == 3) saved.data = LengthField(part, message, "a tensor");
    }
    return saved;
  }
  return std::nullopt;
}

// BundleHeaderProto: data files = 1, endianness = 2.
int ParseBundleHeader(const Bytes& header) {
  std::uint64_t data_files = 0;
  ProtoReader reader(header);
  for (ProtoField field; reader.Next(&field);) {
    if (field.number == 1) data_files = NumberField(field, header, "the number of data files");
    if (field.number == 2 && field.value != 0) {
      header.FailAt(0, "big-endian numbers; expected a checkpoint with little-endian ones");
    }
  }
  if (data_files < 1 || data_files > kMostDataFiles) {
    header.FailAt(0, "{} data files; expected 1 .. {}", data_files, kMostDataFiles);
  }
  return static_cast<int>(data_files);
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

// Both formats begin with an entry whose key is empty. Its field 1 is a message in version 1 (the
// list of tensors) and a number in version 2 (how many data files).
void TensorflowCheckpoint::Open(const DataFile& data_file) {
  int data_files = 0;
  if (!table_->blocks().empty()) {
    table_->Visit(0, [&](std::string_view key, const Bytes& value) {
      if (!key.empty()) return;
      ProtoReader reader(value);
      for (ProtoField field; version_ == 0 && reader.Next(&field);) {
        if (field.number == 1) version_ = field.type == WireType::kLength ? 1 : 2;
      }
      if (version_ == 2) data_files = ParseBundleHeader(value);
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
        ProtoReader reader(value);
        for (ProtoField field; reader.Next(&field);) {
          if (field.number != 1) continue;
          const Bytes meta = LengthField(field, value, "the list of tensors");
          ProtoReader list(meta);
          for (ProtoField entry; list.Next(&entry);) {
            if (entry.number == 1) AddVersion1Tensor(LengthField(entry, meta, "a tensor's entry"));
          }
        }
        return;
      }
      const std::optional<SavedSlice> saved = ParseSavedSlice(value);
      if (!saved) value.FailAt(0, "a record without a tensor");
      const auto tensor = tensors_.find(std::string(saved->name));
      if (tensor == tensors_.end()) {
        value.FailAt(0, "data of tensor '{}', which is not in the list of tensors", saved->name);
      }
      if (tensor->second.block || !IsWhole(saved->slice, tensor->second.shape)) {
        tensor->second.partitioned = true;
      }
      tensor->second.block = block;
    });
  }
}

// SavedSliceMeta: name = 1, shape = 2, type = 3, slices = 4.
void TensorflowCheckpoint::AddVersion1Tensor(const Bytes& meta) {
  std::string name;
  CheckpointTensor tensor;
  ProtoReader reader(meta);
  for (ProtoField field; reader.Next(&field);) {
    if (field.number == 1) name = LengthField(field, meta, "a tensor's name").Text();
    if (field.number == 2) tensor.shape = ParseShape(LengthField(field, meta, "a shape"));
    if (field.number == 3) tensor.type = static_cast<int>(NumberField(field, meta, "a type"));
  }
  Add(name, std::move(tensor), meta);
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
  ProtoReader reader(entry);
  for (ProtoField field; reader.Next(&field);) {
    switch (field.number) {
      case 1:
        tensor.type = static_cast<int>(NumberField(field, entry, "a type"));
        break;
      case 2:
        tensor.shape = ParseShape(LengthField(field, entry, "a shape"));
        break;
      case 3:
        shard = NumberField(field, entry, "the number of a data file");
        break;
      case 4:
        tensor.offset = NumberField(field, entry, "an offset");
        break;
      case 5:
        tensor.size = NumberField(field, entry, "a size");
        break;
      case 6:
        tensor.checksum = static_cast<std::uint32_t>(NumberField(field, entry, "a checksum"));
        break;
      case 7:
        tensor.partitioned = true;
        break;
      default:
        break;
    }
  }
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
  // Weights do not compress, so a tensor far larger than its file is none.
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
    const std::optional<SavedSlice> saved = ParseSavedSlice(value);
    if (!saved || saved->name != name) return;
    values.reserve(std::min(count, saved->data.size() / 4));
    AppendFloats(saved->data, count, &values);
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
    values[i] = LittleEndianFloat(stored.data, 4 * i);
  }
  return values;
}

}  // namespace rltuner
