// SPDX-License-Identifier: Apache-2.0
#include "rltuner/core/text_table.h"

#include <algorithm>
#include <cassert>

#include "rltuner/core/text.h"

namespace rltuner {

TextTable::TextTable(std::vector<std::string> header) { rows_.push_back(std::move(header)); }

void TextTable::AddRow(std::vector<std::string> cells) {
  assert(cells.size() <= rows_.front().size());
  cells.resize(rows_.front().size());
  rows_.push_back(std::move(cells));
}

std::string TextTable::ToText() const {
  std::vector<std::size_t> widths(rows_.front().size());
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], CodePoints(row[i]));
    }
  }
  std::string text;
  const auto end_line = [&text] {
    text.erase(text.find_last_not_of(' ') + 1);
    text += '\n';
  };
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string padding(widths[i] - CodePoints(row[i]), ' ');
      if (i > 0) text += "  ";
      text += i == 0 ? row[i] + padding : padding + row[i];
    }
    end_line();
    if (&row == &rows_.front()) {
      for (std::size_t i = 0; i < widths.size(); ++i) {
        text += (i > 0 ? "  " : "") + std::string(widths[i], '-');
      }
      end_line();
    }
  }
  return text;
}

}  // namespace rltuner
