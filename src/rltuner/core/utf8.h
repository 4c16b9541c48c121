// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <string_view>

namespace rltuner {

// The bytes of the UTF-8 character that `text` begins with, 1 .. 4; 0 if it begins with none, as
// with a cut, an overlong form or a surrogate (RFC 3629).
std::size_t Utf8Length(std::string_view text);

// The code points of UTF-8 text: "±" is one.
std::size_t CodePoints(std::string_view text);

}  // namespace rltuner
