// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string_view>
#include <vector>

namespace rltuner {

// The items of a comma list without the spaces around them; one item, "", of an empty text.
std::vector<std::string_view> ListItems(std::string_view list);

}  // namespace rltuner
