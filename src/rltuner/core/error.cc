// SPDX-License-Identifier: Apache-2.0
#include "rltuner/core/error.h"

#include <algorithm>

namespace rltuner {

std::string OneLine(std::string text) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  std::replace_if(text.begin(), text.end(), is_control, ' ');
  return text;
}

}  // namespace rltuner
