// SPDX-License-Identifier: Apache-2.0
#include "rltuner/melody/score_format.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "rltuner/core/text.h"
#include "rltuner/midi/reader.h"

namespace rltuner {
namespace {

bool RecognizesMidi(std::span<const std::uint8_t> beginning) {
  const std::string_view text = AsText(beginning);
  return text.starts_with("MThd") || (text.starts_with("RIFF") && text.find("RMID", 8) == 8);
}

std::span<const ScoreFormat> ScoreFormats() {
  static const std::array formats = {
      ScoreFormat{"MIDI", {".mid", ".midi", ".kar", ".rmi", ".smf"}, RecognizesMidi, midi::Read},
      MusicXmlFormat(),
      AbcFormat(),
  };
  return formats;
}

}  // namespace

const ScoreFormat* FindScoreFormat(std::string_view file_name,
                                   std::span<const std::uint8_t> bytes) {
  const std::string extension = LowerExtension(file_name);
  for (const ScoreFormat& format : ScoreFormats()) {
    if (std::ranges::count(format.extensions, extension) > 0) return &format;
  }
  for (const ScoreFormat& format : ScoreFormats()) {
    if (format.recognizes(bytes.first(std::min<std::size_t>(bytes.size(), 16)))) return &format;
  }
  return nullptr;
}

std::string ScoreFormatNames() {
  std::vector<std::string> names;
  for (const ScoreFormat& format : ScoreFormats()) {
    names.push_back(fmt::format("{} ({})", format.name, fmt::join(format.extensions, ", ")));
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string LowerExtension(std::string_view file_name) {
  const std::size_t slash = file_name.find_last_of("/\\");
  if (slash != std::string_view::npos) file_name.remove_prefix(slash + 1);
  const std::size_t dot = file_name.rfind('.');
  if (dot == std::string_view::npos) return "";
  return Lower(file_name.substr(dot));
}

}  // namespace rltuner
