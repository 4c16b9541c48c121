// SPDX-License-Identifier: Apache-2.0
#include "rltuner/interchange/tensorflow_proto.h"

#include <span>

namespace rltuner {
namespace {

// Far above what any checkpoint has; they bound the memory that a hostile file can ask for.
constexpr std::size_t kMostDimensions = 16;
constexpr std::int64_t kMostNumbers = std::int64_t{1} << 40;
constexpr int kMostDataFiles = 99999;

}  // namespace

std::vector<std::int64_t> ParseShape(ProtoReader message, const Bytes& where) {
  std::vector<std::int64_t> shape;
  std::int64_t count = 1;
  while (message.next()) {
    if (message.tag_and_type() == tag_and_type(3, kVarint)) {
      if (message.get_bool()) where.FailAt(0, "a shape of unknown rank");
      continue;
    }
    if (message.tag_and_type() != tag_and_type(2, kLength)) {
      message.skip();
      continue;
    }
    std::int64_t size = 0;
    for (ProtoReader dimension = message.get_message(); dimension.next(1, kVarint);) {
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
  }
  return shape;
}

bool IsWhole(ProtoReader slice, const std::vector<std::int64_t>& shape) {
  for (std::size_t dimension = 0; slice.next(1, kLength); ++dimension) {
    std::int64_t start = 0;
    std::optional<std::int64_t> length;
    for (ProtoReader extent = slice.get_message(); extent.next();) {
      switch (extent.tag_and_type()) {
        case tag_and_type(1, kVarint):
          start = extent.get_int64();
          break;
        case tag_and_type(2, kVarint):
          length = extent.get_int64();
          break;
        default:
          extent.skip();
      }
    }
    if (start != 0) return false;
    if (length && (dimension >= shape.size() || *length != shape[dimension])) return false;
  }
  return true;
}

void AppendFloats(ProtoReader tensor, std::size_t expected, const Bytes& where,
                  std::vector<float>* values) {
  const auto append = [&](std::string_view bytes) {
    if (bytes.size() % 4 != 0 || bytes.size() / 4 > expected - values->size()) {
      where.FailAt(0, "{} bytes of float32 after {} numbers; expected {} numbers", bytes.size(),
                   values->size(), expected);
    }
    for (std::size_t i = 0; i < bytes.size(); i += 4) {
      values->push_back(LittleEndianFloat(std::as_bytes(std::span(bytes)), i));
    }
  };
  while (tensor.next()) {
    switch (tensor.tag_and_type()) {
      case tag_and_type(4, kLength):
      case tag_and_type(5, kLength):
        append(TextOf(tensor.get_view()));
        break;
      case tag_and_type(5, kFixed32): {
        const float value = tensor.get_float();
        append({reinterpret_cast<const char*>(&value), sizeof value});
        break;
      }
      default:
        tensor.skip();
    }
  }
}

std::optional<SavedSlice> ParseSavedSlice(ProtoReader record) {
  if (!record.next(2, kLength)) return std::nullopt;
  SavedSlice saved;
  for (ProtoReader message = record.get_message(); message.next();) {
    switch (message.tag_and_type()) {
      case tag_and_type(1, kLength):
        saved.name = TextOf(message.get_view());
        break;
      case tag_and_type(2, kLength):
        saved.slice = message.get_message();
        break;
      case tag_and_type(3, kLength):
        saved.data = message.get_message();
        break;
      default:
        message.skip();
    }
  }
  return saved;
}

int ParseBundleHeader(ProtoReader header, const Bytes& where) {
  std::uint64_t data_files = 0;
  while (header.next()) {
    switch (header.tag_and_type()) {
      case tag_and_type(1, kVarint):
        data_files = header.get_uint64();
        break;
      case tag_and_type(2, kVarint):
        if (header.get_uint64() != 0) {
          where.FailAt(0, "big-endian numbers; expected a checkpoint with little-endian ones");
        }
        break;
      default:
        header.skip();
    }
  }
  if (data_files < 1 || data_files > kMostDataFiles) {
    where.FailAt(0, "{} data files; expected 1 .. {}", data_files, kMostDataFiles);
  }
  return static_cast<int>(data_files);
}

}  // namespace rltuner
