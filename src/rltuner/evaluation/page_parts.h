// SPDX-License-Identifier: Apache-2.0
// What the pages of figures and melodies have in common (evaluation/report_page.h and the report of
// an experiment). All of it is HTML, escaped.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "rltuner/evaluation/metrics.h"

namespace rltuner {

struct ReportMelody {
  std::string name;                  // of its files, without what follows the dot
  std::string picture;               // SVG, or empty
  std::vector<std::uint8_t> midi;    // the MIDI file, or empty
  std::vector<std::uint8_t> events;  // classes as in melody/events.h
};

// The first `count` melodies that WriteMelodies (evaluation/generation.h) left in `folder`. Error
// if there is none.
std::vector<ReportMelody> ReadMelodies(const std::filesystem::path& folder, int count);

// A <figure>: `heading`, a play button, the MIDI file as `file_name`.mid, the picture. `id` is
// unique in the page: the picture's ids get it.
std::string MelodyFigure(const ReportMelody& melody, std::string_view heading,
                         std::string_view file_name, std::string_view id);

// The page up to its first heading, `title`; ReportStyle() and `more_style` are its CSS.
std::string PageHead(std::string_view title, std::string_view more_style = "");
// What closes it, with the script that plays the melodies.
std::string PageEnd();

// A table cell: the value and, small below it, its interval.
std::string MetricCell(const Estimate& estimate, MetricInfo::Kind kind,
                       std::string_view css_class = "");
// The <svg> element alone, without what an XML file has before it; "" without one.
std::string SvgElement(const std::string& file);

// Lines of text for a <pre>.
std::string LinesEscaped(const std::string& text);

// The fixed parts of a page: its CSS, and what plays melodies with the browser's synthesizer.
std::string_view ReportStyle();
std::string_view ReportScript();

}  // namespace rltuner
