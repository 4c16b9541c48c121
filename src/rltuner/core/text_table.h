// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

namespace rltuner {

// Rows of text in aligned columns: the first aligned left, the others right.
class TextTable {
 public:
  explicit TextTable(std::vector<std::string> header);

  // Adds a row. If it has fewer cells than the header, the remaining cells stay empty.
  void AddRow(std::vector<std::string> cells);

  // The table, with a line under the header. Lines end with a newline and have no spaces before it.
  std::string ToText() const;

 private:
  std::vector<std::vector<std::string>> rows_;  // the header is the first
};

}  // namespace rltuner
