// SPDX-License-Identifier: Apache-2.0
// The wire format of protocol buffers, without their library: what is needed to read TensorFlow's
// checkpoints and to write ONNX files. A message is a sequence of fields: a key (field number and
// wire type), then a number, or a length and as many bytes.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "rltuner/interchange/bytes.h"

namespace rltuner {

enum class WireType { kVarint = 0, kFixed64 = 1, kLength = 2, kFixed32 = 5 };

// One field of a message.
struct ProtoField {
  std::uint32_t number = 0;
  WireType type = WireType::kVarint;
  std::uint64_t value = 0;  // kVarint, kFixed32, kFixed64
  Bytes bytes;              // kLength
};

// Walks over the fields of one message. Fields that the caller does not know are skipped by not
// looking at them. Every fault (a field that runs past the end, groups, field number 0) is an Error
// with file and byte.
//
//   ProtoReader reader(message);
//   for (ProtoField field; reader.Next(&field);) if (field.number == 1) ...
class ProtoReader {
 public:
  explicit ProtoReader(Bytes message) : message_(message) {}

  // False at the end of the message.
  bool Next(ProtoField* field);

 private:
  Bytes message_;
  std::size_t position_ = 0;
};

// The field's bytes, or its number; an Error that names `what` if its wire type is another.
Bytes LengthField(const ProtoField& field, const Bytes& message, std::string_view what);
std::uint64_t NumberField(const ProtoField& field, const Bytes& message, std::string_view what);

// Builds one message. A message inside a message is a writer of its own whose bytes are added.
class ProtoWriter {
 public:
  void Number(std::uint32_t field, std::uint64_t value);
  void Fixed32(std::uint32_t field, std::uint32_t value);
  void Text(std::uint32_t field, std::string_view bytes);
  void Message(std::uint32_t field, const ProtoWriter& message) { Text(field, message.bytes_); }

  // Float32 numbers as one little-endian run of bytes.
  void Floats(std::uint32_t field, std::span<const float> values);

  const std::string& bytes() const { return bytes_; }

 private:
  void Key(std::uint32_t field, WireType type);

  std::string bytes_;
};

void AppendVarint(std::string* bytes, std::uint64_t value);
void AppendLittleEndian32(std::string* bytes, std::uint32_t value);

}  // namespace rltuner
