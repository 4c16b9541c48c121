// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>

#include "rltuner/theory/rule.h"

namespace rltuner {

// Every rule there is, in the order of reports. Thread-safe.
std::span<const RuleInfo> Rules();

}  // namespace rltuner
