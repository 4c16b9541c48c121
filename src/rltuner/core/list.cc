// SPDX-License-Identifier: Apache-2.0
#include "rltuner/core/list.h"

#include <algorithm>

namespace rltuner {

std::vector<std::string_view> ListItems(std::string_view list) {
  std::vector<std::string_view> items;
  while (true) {
    const std::size_t comma = std::min(list.find(','), list.size());
    std::string_view item = list.substr(0, comma);
    item.remove_prefix(std::min(item.find_first_not_of(' '), item.size()));
    items.push_back(item.substr(0, item.find_last_not_of(' ') + 1));
    if (comma == list.size()) return items;
    list.remove_prefix(comma + 1);
  }
}

}  // namespace rltuner
