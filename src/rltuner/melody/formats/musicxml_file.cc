// SPDX-License-Identifier: Apache-2.0
#include "rltuner/melody/formats/musicxml_file.h"

#include <archive.h>
#include <archive_entry.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "rltuner/core/error.h"
#include "rltuner/core/text.h"
#include "rltuner/core/utf8_names.h"
#include "rltuner/melody/score_format.h"

namespace rltuner {
namespace {

constexpr std::size_t kMostXml = std::size_t{16} << 20;  // bytes
constexpr std::string_view kZip = "PK\x03\x04";

pugi::xml_document Parse(std::span<const std::uint8_t> bytes, std::string_view source) {
  pugi::xml_document document;
  const auto result = document.load_buffer(bytes.data(), bytes.size(), pugi::parse_default);
  if (!result) Fail("{}: byte {}: not XML: {}", source, result.offset, result.description());
  return document;
}

// The first file in a .mxl for whose name `matches` is true; nothing if there is none.
template <typename Predicate>
std::optional<std::vector<std::uint8_t>> FileIn(std::span<const std::uint8_t> bytes,
                                                std::string_view source, const Predicate& matches) {
  const std::unique_ptr<archive, int (*)(archive*)> reader(archive_read_new(), archive_read_free);
  archive_read_support_format_zip(reader.get());
  if (archive_read_open_memory(reader.get(), bytes.data(), bytes.size()) != ARCHIVE_OK) {
    Fail("{}: not a zip archive", source);
  }
  archive_entry* entry = nullptr;
  while (true) {
    const int status = archive_read_next_header(reader.get(), &entry);
    if (status != ARCHIVE_OK && status != ARCHIVE_WARN) return std::nullopt;
    const char* const path = archive_entry_pathname_utf8(entry);
    const std::string name = path == nullptr ? "" : path;
    if (!matches(name)) continue;
    std::vector<std::uint8_t> file;
    std::array<std::uint8_t, 1 << 16> block;
    while (true) {
      const auto size = archive_read_data(reader.get(), block.data(), block.size());
      if (size < 0) Fail("{}: '{}' in it is damaged", source, name);
      if (size == 0) return file;
      if (file.size() + static_cast<std::size_t>(size) > kMostXml) {
        Fail("{}: unpacks to more than {} MiB", source, kMostXml >> 20);
      }
      file.insert(file.end(), block.begin(), block.begin() + size);
    }
  }
}

std::vector<std::uint8_t> Unpack(std::span<const std::uint8_t> bytes, std::string_view source) {
  const Utf8Names names;
  if (const auto container =
          FileIn(bytes, source, [](auto& name) { return name == "META-INF/container.xml"; })) {
    const pugi::xml_document document = Parse(*container, source);
    const std::string_view root = document.child("container")
                                      .child("rootfiles")
                                      .child("rootfile")
                                      .attribute("full-path")
                                      .value();
    auto file = FileIn(bytes, source, [&](auto& name) { return !root.empty() && name == root; });
    if (file) return *std::move(file);
  }
  auto file = FileIn(bytes, source, [](auto& name) {
    const std::string extension = LowerExtension(name);
    return !name.starts_with("META-INF/") && !name.starts_with("__MACOSX/") &&
           (extension == ".xml" || extension == ".musicxml");
  });
  if (!file) Fail("{}: no MusicXML in the archive", source);
  return *std::move(file);
}

}  // namespace

pugi::xml_document ParseMusicXml(std::span<const std::uint8_t> bytes, std::string_view source) {
  std::vector<std::uint8_t> unpacked;
  if (AsText(bytes).starts_with(kZip)) {
    unpacked = Unpack(bytes, source);
    bytes = unpacked;
  }
  if (bytes.size() > kMostXml) Fail("{}: more than {} MiB of XML", source, kMostXml >> 20);
  return Parse(bytes, source);
}

}  // namespace rltuner
