// SPDX-License-Identifier: Apache-2.0
// The ranges of what can be asked for, and what the parts of Service share.
#pragma once

#include <cstdint>
#include <string_view>

namespace rltuner {

inline constexpr int kLongestPrimer = 512;                                // events
inline constexpr double kSlowest = 40, kFastest = 240, kUsualTempo = 80;  // quarters per minute

// The number in a path; a RequestError 404 that names `what` if it is none.
std::int64_t NumberOf(std::string_view text, std::string_view what);

}  // namespace rltuner
