// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/App.hpp>
#include <string>

#include "rltuner/cli/command.h"

namespace rltuner::cli {

// Printed by `rltuner` without a command: its purpose, what to try first, and the commands by
// group.
std::string Overview();

// Printed by `rltuner help COMMAND`. `app` has the command's options.
std::string HelpText(const CommandInfo& info, const CLI::App& app);

}  // namespace rltuner::cli
