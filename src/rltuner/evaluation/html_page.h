// SPDX-License-Identifier: Apache-2.0
// The program's HTML pages: one style, tables of metrics, charts, and melodies that play in the
// browser. A page needs no other file and no network.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "rltuner/core/markup.h"
#include "rltuner/evaluation/evaluate.h"

namespace rltuner {

struct PageMelody {
  std::string name;                     // file name without the extension
  std::string picture = {};             // SVG, or empty
  std::vector<std::uint8_t> midi = {};  // the MIDI file, which the page plays; or empty
};

// The first `count` melodies that WriteMelodies (evaluation/generation.h) left in `folder`. Error
// if there is none.
std::vector<PageMelody> ReadMelodies(const std::filesystem::path& folder, int count);

// Writes a page from top to bottom. Arguments named html are inserted as they are; other text is
// escaped.
class HtmlPage : private MarkupWriter {
 public:
  using MarkupWriter::Put;

  // Begins the page with its first heading. `css_class` is the body's; "wide" fits ten columns.
  explicit HtmlPage(const std::string& title, std::string_view css_class = "");

  void List(const std::vector<std::string>& lines);
  void Code(const std::string& lines);
  void Figure(std::string_view caption_html, std::string_view svg);

  // A play button, the MIDI file as `file_name`.mid, and the picture. The picture's ids begin with
  // `id`, which must be unique in the page.
  void Melody(const PageMelody& melody, const std::string& heading, const std::string& file_name,
              std::string_view id);

  // A table whose first column names the rows. `cells_html` are whole elements, as Cell makes them.
  void BeginTable(std::string_view caption_html, const std::vector<std::string>& columns_html,
                  std::string_view css_class = "");
  void Row(std::string_view name_html, const std::vector<std::string>& cells_html);
  void RowGroup(std::string_view title_html);  // heads the rows that follow
  void EndTable();

  // Ends the page; nothing may follow.
  std::string Finish();

 private:
  std::size_t columns_ = 0;  // of the table
};

std::string Cell(std::string_view html, std::string_view css_class = "");

// A table cell with the value and, in small type below, its interval.
std::string Cell(const Estimate& estimate, MetricInfo::Kind kind, std::string_view css_class = "");

// The <svg> element alone, without the XML declaration before it; "" without one.
std::string SvgElement(const std::string& file);

}  // namespace rltuner
