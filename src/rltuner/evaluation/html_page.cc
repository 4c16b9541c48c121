// SPDX-License-Identifier: Apache-2.0
#include "rltuner/evaluation/html_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>

#include "rltuner/core/error.h"
#include "rltuner/core/files.h"
#include "rltuner/evaluation/generation.h"
#include "rltuner/evaluation/metric_text.h"
#include "rltuner/midi/reader.h"

namespace rltuner {

// The bytes of html_page.css and html_page.js (CMakeLists.txt).
extern const std::string_view kHtmlPageStyle, kHtmlPageScript;

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

// "60 0 0.5,62 0.5 0.25": pitch, onset and duration in seconds of each note of the MIDI file.
std::string NotesOf(const PageMelody& melody) {
  const midi::Score score = midi::Read(melody.midi, melody.name + ".mid");
  const int tempo = score.tempos.empty() ? 500'000 : score.tempos[0].microseconds_per_quarter;
  const double tick = tempo / 1e6 / std::max(1, score.TicksPerQuarter().value_or(1));
  std::string notes;
  for (const midi::Note& note : score.notes) {
    notes += fmt::format("{}{} {:.4g} {:.4g}", notes.empty() ? "" : ",", note.pitch,
                         tick * static_cast<double>(note.onset),
                         tick * static_cast<double>(std::max<std::int64_t>(0, note.duration)));
  }
  return notes;
}

}  // namespace

std::vector<PageMelody> ReadMelodies(const std::filesystem::path& folder, int count) {
  const std::filesystem::path list = folder / "melodies.jsonl";
  const std::string text = ReadTextFile(list);
  const auto written = static_cast<std::size_t>(std::ranges::count(text, '\n'));
  std::istringstream lines(text);
  std::vector<PageMelody> melodies;
  int number = 0;
  for (std::string line; static_cast<int>(melodies.size()) < count && std::getline(lines, line);) {
    ++number;
    try {
      const nlohmann::json object = nlohmann::json::parse(line);
      PageMelody melody{.name = MelodyName(object.at("melody").get<std::size_t>(), written)};
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

HtmlPage::HtmlPage(const std::string& title, std::string_view css_class) {
  Put("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{0}</title>\n<style>\n{1}</style>\n</head>\n<body class=\"{2}\">\n<h1>{0}</h1>\n",
      EscapeXml(title), kHtmlPageStyle, css_class);
}

void HtmlPage::List(const std::vector<std::string>& lines) {
  Put("<ul>\n");
  for (const std::string& line : lines) Put("<li>{}</li>\n", EscapeXml(line));
  Put("</ul>\n");
}

void HtmlPage::Code(const std::string& lines) {
  Put("<pre>");
  std::istringstream text(lines);
  for (std::string line; std::getline(text, line);) Put("{}\n", EscapeXml(line));
  Put("</pre>\n");
}

void HtmlPage::Figure(std::string_view caption_html, std::string_view svg) {
  Put("<figure>\n<figcaption><span>{}</span></figcaption>\n{}</figure>\n", caption_html, svg);
}

void HtmlPage::Melody(const PageMelody& melody, const std::string& heading,
                      const std::string& file_name, std::string_view id) {
  std::string caption = fmt::format("<strong>{}</strong>", EscapeXml(heading));
  if (!melody.midi.empty()) {
    caption += fmt::format(
        " <button type=\"button\" aria-pressed=\"false\" aria-label=\"Play melody {}\" "
        "data-notes=\"{}\">Play</button>",
        EscapeXml(heading), NotesOf(melody));
    caption +=
        fmt::format(" <a download=\"{}.mid\" href=\"data:audio/midi;base64,{}\">MIDI file</a>",
                    EscapeXml(file_name), Base64(melody.midi));
  }
  // Ids must be unique in a page, but several folders have a melody_001.
  std::string svg = SvgElement(melody.picture);
  for (const std::string_view part : {"-title", "-desc"}) {
    svg = ReplaceAll(std::move(svg), fmt::format("{}{}", melody.name, part),
                     fmt::format("{}-{}{}", id, melody.name, part));
  }
  Figure(caption, svg);
}

void HtmlPage::BeginTable(std::string_view caption_html,
                          const std::vector<std::string>& columns_html,
                          std::string_view css_class) {
  columns_ = 1 + columns_html.size();
  Put("<div class=\"scroll\">\n<table class=\"{}\">\n", css_class);
  if (!caption_html.empty()) Put("<caption>{}</caption>\n", caption_html);
  Put("<thead><tr><th scope=\"col\"></th>");
  for (const std::string& column : columns_html) Put("<th scope=\"col\">{}</th>", column);
  Put("</tr></thead>\n<tbody>\n");
}

void HtmlPage::Row(std::string_view name_html, const std::vector<std::string>& cells_html) {
  Put("<tr><th scope=\"row\">{}</th>{}</tr>\n", name_html, fmt::join(cells_html, ""));
}

void HtmlPage::RowGroup(std::string_view title_html) {
  Put("</tbody>\n<tbody>\n<tr><th scope=\"rowgroup\" class=\"group\" colspan=\"{}\">{}</th></tr>\n",
      columns_, title_html);
}

void HtmlPage::EndTable() { Put("</tbody>\n</table>\n</div>\n"); }

std::string HtmlPage::Finish() {
  Put("<script>\n{}</script>\n</body>\n</html>\n", kHtmlPageScript);
  return std::move(text_);
}

std::string Cell(std::string_view html, std::string_view css_class) {
  return css_class.empty() ? fmt::format("<td>{}</td>", html)
                           : fmt::format("<td class=\"{}\">{}</td>", css_class, html);
}

std::string Cell(const Estimate& estimate, MetricInfo::Kind kind, std::string_view css_class) {
  return Cell(
      fmt::format("{}<small>{}</small>", Typographic(MetricText(estimate.value, kind)),
                  ReplaceAll(Typographic(IntervalText(estimate, kind)), " .. ", " \u2026 ")),
      css_class);
}

std::string SvgElement(const std::string& file) {
  const std::size_t begin = file.find("<svg");
  return begin == std::string::npos ? "" : file.substr(begin);
}

}  // namespace rltuner
