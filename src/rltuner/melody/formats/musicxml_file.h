// SPDX-License-Identifier: Apache-2.0
// The XML of a MusicXML file, plain or compressed.
#pragma once

#include <cstdint>
#include <pugixml.hpp>
#include <span>
#include <string_view>

namespace rltuner {

// Parses the file's bytes, or those of the score in a .mxl archive: the file that
// META-INF/container.xml names, or else the first one with the extension .xml or .musicxml. Error,
// with `source`, for what is no XML, for an archive without a score, and beyond 16 MiB of XML.
pugi::xml_document ParseMusicXml(std::span<const std::uint8_t> bytes, std::string_view source);

}  // namespace rltuner
