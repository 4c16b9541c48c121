// SPDX-License-Identifier: Apache-2.0
#include "rltuner/evaluation/page_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "rltuner/core/error.h"
#include "rltuner/core/files.h"
#include "rltuner/core/markup.h"
#include "rltuner/evaluation/generation.h"
#include "rltuner/evaluation/metric_text.h"
#include "rltuner/melody/events.h"

namespace rltuner {
namespace {

std::string Base64(const std::vector<std::uint8_t>& bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t rest = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t group = 0;
    for (std::size_t j = 0; j < 3; ++j) group = group << 8 | (j < rest ? bytes[i + j] : 0U);
    for (std::size_t j = 0; j < 4; ++j) {
      text += j <= rest ? kDigits[group >> (18 - 6 * j) & 63U] : '=';
    }
  }
  return text;
}

std::string ReplaceAll(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

}  // namespace

std::vector<ReportMelody> ReadMelodies(const std::filesystem::path& folder, int count) {
  const std::filesystem::path list = folder / "melodies.jsonl";
  const std::string text = ReadTextFile(list);
  const auto written = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  std::istringstream lines(text);
  std::vector<ReportMelody> melodies;
  int number = 0;
  for (std::string line; static_cast<int>(melodies.size()) < count && std::getline(lines, line);) {
    ++number;
    try {
      const nlohmann::json object = nlohmann::json::parse(line);
      ReportMelody melody{.name = MelodyName(object.at("melody").get<std::size_t>(), written),
                          .picture = {},
                          .midi = {},
                          .events = object.at("events").get<std::vector<std::uint8_t>>()};
      for (const int event : melody.events) {
        if (!IsEvent(event)) {
          Fail("{} line {}: event {}: expected 0 .. {}", list.string(), number, event,
               kVocabulary - 1);
        }
      }
      melody.picture = ReadTextFile(folder / (melody.name + ".svg"));
      melody.midi = ReadFile(folder / (melody.name + ".mid"));
      melodies.push_back(std::move(melody));
    } catch (const nlohmann::json::exception&) {
      Fail("{} line {}: expected {{\"melody\":N,\"events\":[...]}}, as rltuner generate writes",
           list.string(), number);
    }
  }
  if (melodies.empty()) Fail("{}: no melodies; expected those of rltuner generate", list.string());
  return melodies;
}

std::string MelodyFigure(const ReportMelody& melody, std::string_view heading,
                         std::string_view file_name, std::string_view id) {
  std::string text = fmt::format(
      "<figure>\n<figcaption><strong>{0}</strong> <button type=\"button\" aria-pressed=\"false\" "
      "aria-label=\"Play melody {0}\" data-events=\"{1}\">Play</button>",
      EscapeXml(std::string(heading)), fmt::join(melody.events, " "));
  if (!melody.midi.empty()) {
    text += fmt::format(" <a download=\"{}.mid\" href=\"data:audio/midi;base64,{}\">MIDI file</a>",
                        EscapeXml(std::string(file_name)), Base64(melody.midi));
  }
  // Several folders have a melody_001; ids of one page must differ.
  std::string svg = SvgElement(melody.picture);
  for (const std::string_view part : {"-title", "-desc"}) {
    svg = ReplaceAll(std::move(svg), fmt::format("{}{}", melody.name, part),
                     fmt::format("{}-{}{}", id, melody.name, part));
  }
  return text + fmt::format("</figcaption>\n{}</figure>\n", svg);
}

std::string PageHead(std::string_view title, std::string_view more_style) {
  return fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{0}</title>\n<style>{1}{2}</style>\n</head>\n<body>\n<h1>{0}</h1>\n",
      EscapeXml(std::string(title)), ReportStyle(), more_style);
}

std::string PageEnd() {
  return fmt::format("<script>{}</script>\n</body>\n</html>\n", ReportScript());
}

std::string MetricCell(const Estimate& estimate, MetricInfo::Kind kind,
                       std::string_view css_class) {
  return fmt::format("<td class=\"{}\">{}<small>{}</small></td>", css_class,
                     Typographic(MetricText(estimate.value, kind)),
                     ReplaceAll(Typographic(IntervalText(estimate, kind)), " .. ", " \u2026 "));
}

std::string SvgElement(const std::string& file) {
  const std::size_t begin = file.find("<svg");
  return begin == std::string::npos ? "" : file.substr(begin);
}

std::string LinesEscaped(const std::string& text) {
  std::istringstream lines(text);
  std::string result;
  for (std::string line; std::getline(lines, line);) result += EscapeXml(line) + '\n';
  return result;
}

}  // namespace rltuner
