// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "rltuner/melody/collect.h"

namespace rltuner {

// What became of a file as bytes, without its identity. Appends to *bytes.
void AppendOutcome(const FileOutcome& outcome, std::string* bytes);

// Fills *outcome, which must be new, but for its identity. False if the bytes are no outcome or
// hold what no extraction gives: no events, classes that do not exist.
bool ParseOutcome(std::string_view bytes, FileOutcome* outcome);

}  // namespace rltuner
