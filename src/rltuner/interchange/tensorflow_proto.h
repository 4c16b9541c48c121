// SPDX-License-Identifier: Apache-2.0
// The protocol buffer messages inside TensorFlow checkpoints (tensorflow_checkpoint.h). `where` is
// the message's place in its file, for errors; each fault is an Error.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "rltuner/interchange/bytes.h"
#include "rltuner/interchange/protobuf.h"

namespace rltuner {

inline constexpr auto kLength = protozero::pbf_wire_type::length_delimited;
inline constexpr auto kVarint = protozero::pbf_wire_type::varint;
inline constexpr auto kFixed32 = protozero::pbf_wire_type::fixed32;

// TensorShapeProto: field 2 is a dimension, whose field 1 is its size; field 3 tells that the rank
// is unknown.
std::vector<std::int64_t> ParseShape(ProtoReader message, const Bytes& where);

// Whether a TensorSliceProto covers the whole tensor. Field 1 is the extent in one dimension, with
// start = 1 and length = 2; without a length it is the whole dimension.
bool IsWhole(ProtoReader slice, const std::vector<std::int64_t>& shape);

// Appends the float32 numbers of a TensorProto: raw content = 4, numbers = 5, packed or one by one.
// More than `expected` in all are an Error.
void AppendFloats(ProtoReader tensor, std::size_t expected, const Bytes& where,
                  std::vector<float>* values);

// The name, the slice and the numbers of a record of version 1: SavedTensorSlices' field 2 is a
// SavedSlice with name = 1, slice = 2, data = 3.
struct SavedSlice {
  std::string_view name;
  ProtoReader slice, data;
};

// nullopt if the record has no tensor.
std::optional<SavedSlice> ParseSavedSlice(ProtoReader record);

// BundleHeaderProto: data files = 1, endianness = 2. Returns how many data files there are.
int ParseBundleHeader(ProtoReader header, const Bytes& where);

}  // namespace rltuner
