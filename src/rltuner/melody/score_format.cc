// SPDX-License-Identifier: Apache-2.0
#include "rltuner/melody/score_format.h"

#include <algorithm>
#include <array>

#include "rltuner/melody/formats/abc_format.h"
#include "rltuner/melody/formats/midi_format.h"
#include "rltuner/melody/formats/musicxml_format.h"

namespace rltuner {

std::span<const ScoreFormat> ScoreFormats() {
  static const std::array formats = {
      MidiFormat(),
      MusicXmlFormat(),
      AbcFormat(),
  };
  return formats;
}

const ScoreFormat* FindScoreFormat(std::string_view file_name,
                                   std::span<const std::uint8_t> beginning) {
  const std::string extension = LowerExtension(file_name);
  for (const ScoreFormat& format : ScoreFormats()) {
    const auto& known = format.extensions;
    if (std::find(known.begin(), known.end(), extension) != known.end()) return &format;
  }
  for (const ScoreFormat& format : ScoreFormats()) {
    if (format.recognizes(beginning)) return &format;
  }
  return nullptr;
}

std::string ScoreFormatNames() {
  std::string names;
  for (const ScoreFormat& format : ScoreFormats()) {
    if (!names.empty()) names += ", ";
    names += format.name;
    std::string_view separator = " (";
    for (std::string_view extension : format.extensions) {
      names.append(separator).append(extension);
      separator = ", ";
    }
    names += ")";
  }
  return names;
}

std::string LowerExtension(std::string_view file_name) {
  const std::size_t slash = file_name.find_last_of("/\\");
  if (slash != std::string_view::npos) file_name.remove_prefix(slash + 1);
  const std::size_t dot = file_name.rfind('.');
  if (dot == std::string_view::npos) return "";
  std::string extension(file_name.substr(dot));
  for (char& c : extension) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return extension;
}

}  // namespace rltuner
