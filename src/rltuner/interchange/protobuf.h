// SPDX-License-Identifier: Apache-2.0
// Protocol buffers through protozero, with faults reported as Error.
#pragma once

#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>
#include <string>
#include <string_view>

#include "rltuner/interchange/bytes.h"

namespace rltuner {

using ProtoReader = protozero::pbf_reader;

inline std::string_view TextOf(protozero::data_view view) { return {view.data(), view.size()}; }

// Calls read(ProtoReader) on the message. A fault in its encoding is an Error with file and byte.
template <typename Read>
void ReadProto(const Bytes& message, const Read& read) {
  try {
    read(ProtoReader(message.Text().data(), message.size()));
  } catch (const protozero::exception& fault) {
    message.FailAt(0, "{}; expected a protocol buffer message of {} bytes", fault.what(),
                   message.size());
  }
}

// A field and how to read it: take(reader) is called when the reader is at the field.
template <typename Take>
struct ProtoField {
  protozero::pbf_tag_type number;
  protozero::pbf_wire_type type;
  Take take;
};
template <typename Take>
ProtoField(protozero::pbf_tag_type, protozero::pbf_wire_type, Take) -> ProtoField<Take>;

// Takes these fields of the message and skips all others, including fields with the right number
// but another wire type.
template <typename... Takes>
void ReadFields(ProtoReader message, const ProtoField<Takes>&... fields) {
  while (message.next()) {
    const auto take = [&](const auto& field) {
      if (message.tag() != field.number || !message.has_wire_type(field.type)) return false;
      field.take(message);
      return true;
    };
    if (!(take(fields) || ...)) message.skip();
  }
}

// The bytes of the message that fill(protozero::pbf_writer&) writes.
template <typename Fill>
std::string WriteProto(const Fill& fill) {
  std::string bytes;
  protozero::pbf_writer writer(bytes);
  fill(writer);
  return bytes;
}

}  // namespace rltuner
