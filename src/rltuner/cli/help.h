// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/App.hpp>
#include <string>

#include "rltuner/cli/command.h"

namespace rltuner::cli {

// What `rltuner` without a command prints: what it is for, what to try first, and the commands by
// group.
std::string Overview();

// What `rltuner help COMMAND` prints; the options of `app` are the command's.
std::string HelpText(const CommandInfo& info, const CLI::App& app);

}  // namespace rltuner::cli
