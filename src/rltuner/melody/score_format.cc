// SPDX-License-Identifier: Apache-2.0
#include "rltuner/melody/score_format.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

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

void StateMetres(const std::set<std::int64_t>& bar_lines, midi::Score& score) {
  std::ranges::stable_sort(score.metres, {}, &midi::MetreChange::tick);
  const std::vector<midi::MetreChange> written = std::exchange(score.metres, {});
  const std::int64_t whole = std::int64_t{4} * score.division;
  midi::MetreChange metre;
  auto next = written.begin();
  for (auto line = bar_lines.begin(); line != bar_lines.end(); ++line) {
    for (; next != written.end() && next->tick <= *line; ++next) {
      score.metres.push_back(metre = {*line, next->numerator, next->denominator, 0});
    }
    if (std::next(line) == bar_lines.end()) return;
    const std::int64_t length = *std::next(line) - *line;
    if (length * metre.denominator == whole * metre.numerator) continue;
    int unit = metre.denominator;
    while (unit < 16 && length * unit % whole != 0) unit *= 2;
    const auto beats = static_cast<int>(std::clamp<std::int64_t>(length * unit / whole, 1, 64));
    score.metres.push_back({*line, beats, unit, 0});
    score.metres.push_back({*std::next(line), metre.numerator, metre.denominator, 0});
  }
}

std::string LowerExtension(std::string_view file_name) {
  const std::size_t slash = file_name.find_last_of("/\\");
  if (slash != std::string_view::npos) file_name.remove_prefix(slash + 1);
  const std::size_t dot = file_name.rfind('.');
  if (dot == std::string_view::npos) return "";
  return Lower(file_name.substr(dot));
}

}  // namespace rltuner
