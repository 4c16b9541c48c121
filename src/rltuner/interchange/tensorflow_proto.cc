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
  const auto append_all = [&](ProtoReader& field) { append(TextOf(field.get_view())); };
  const auto append_one = [&](ProtoReader& field) {
    const float value = field.get_float();
    append({reinterpret_cast<const char*>(&value), sizeof value});
  };
  ReadFields(tensor, ProtoField{4, kLength, append_all}, ProtoField{5, kLength, append_all},
             ProtoField{5, kFixed32, append_one});
}

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

}  // namespace rltuner
