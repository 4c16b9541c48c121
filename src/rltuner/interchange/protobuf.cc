// SPDX-License-Identifier: Apache-2.0
#include "rltuner/interchange/protobuf.h"

#include <bit>

namespace rltuner {

bool ProtoReader::Next(ProtoField* field) {
  if (position_ == message_.size()) return false;
  const std::size_t begin = position_;
  const std::uint64_t key = ReadVarint(message_, &position_);
  const std::uint64_t number = key >> 3;
  constexpr std::uint64_t kLargestNumber = (1 << 29) - 1;
  if (number == 0 || number > kLargestNumber) {
    message_.FailAt(begin, "field number {} in a message; expected 1 .. {}", number,
                    kLargestNumber);
  }
  field->number = static_cast<std::uint32_t>(number);
  field->value = 0;
  field->bytes = message_.Part(position_, 0);
  const auto need = [&](std::uint64_t length) {
    if (length > message_.size() - position_) {
      message_.FailAt(begin, "field {} needs {} bytes where {} are left", number, length,
                      message_.size() - position_);
    }
  };
  switch (key & 7) {
    case 0:
      field->type = WireType::kVarint;
      field->value = ReadVarint(message_, &position_);
      return true;
    case 1:
      field->type = WireType::kFixed64;
      need(8);
      field->value = LittleEndian64(message_.data, position_);
      position_ += 8;
      return true;
    case 2: {
      field->type = WireType::kLength;
      const std::uint64_t length = ReadVarint(message_, &position_);
      need(length);
      field->bytes = message_.Part(position_, static_cast<std::size_t>(length));
      position_ += static_cast<std::size_t>(length);
      return true;
    }
    case 5:
      field->type = WireType::kFixed32;
      need(4);
      field->value = LittleEndian32(message_.data, position_);
      position_ += 4;
      return true;
    default:
      message_.FailAt(begin, "wire type {} in a message; expected 0, 1, 2 or 5", key & 7);
  }
}

Bytes LengthField(const ProtoField& field, const Bytes& message, std::string_view what) {
  if (field.type != WireType::kLength) {
    message.FailAt(0, "{} is a number; expected text or a message", what);
  }
  return field.bytes;
}

std::uint64_t NumberField(const ProtoField& field, const Bytes& message, std::string_view what) {
  if (field.type == WireType::kLength) {
    message.FailAt(0, "{} is text or a message; expected a number", what);
  }
  return field.value;
}

void AppendVarint(std::string* bytes, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) bytes->push_back(static_cast<char>(value | 0x80));
  bytes->push_back(static_cast<char>(value));
}

void AppendLittleEndian32(std::string* bytes, std::uint32_t value) {
  for (int i = 0; i < 4; ++i, value >>= 8) bytes->push_back(static_cast<char>(value));
}

void ProtoWriter::Key(std::uint32_t field, WireType type) {
  AppendVarint(&bytes_, std::uint64_t{field} << 3 | static_cast<std::uint64_t>(type));
}

void ProtoWriter::Number(std::uint32_t field, std::uint64_t value) {
  Key(field, WireType::kVarint);
  AppendVarint(&bytes_, value);
}

void ProtoWriter::Fixed32(std::uint32_t field, std::uint32_t value) {
  Key(field, WireType::kFixed32);
  AppendLittleEndian32(&bytes_, value);
}

void ProtoWriter::Text(std::uint32_t field, std::string_view bytes) {
  Key(field, WireType::kLength);
  AppendVarint(&bytes_, bytes.size());
  bytes_.append(bytes);
}

void ProtoWriter::Floats(std::uint32_t field, std::span<const float> values) {
  Key(field, WireType::kLength);
  AppendVarint(&bytes_, 4 * values.size());
  for (float value : values) AppendLittleEndian32(&bytes_, std::bit_cast<std::uint32_t>(value));
}

}  // namespace rltuner
