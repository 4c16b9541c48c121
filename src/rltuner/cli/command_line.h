// SPDX-License-Identifier: Apache-2.0
// Runs the program and returns its exit code: 0 = done, 1 = a check failed, 2 = the input is wrong
// (one line on standard error), 130 = interrupted.
#pragma once

#include <CLI/App.hpp>
#include <string>
#include <vector>

#include "rltuner/cli/command.h"

namespace rltuner::cli {

// Runs the whole program on the process's own streams and signals. Throws nothing.
int RunCommandLine(int argc, const char* const* argv);

// Runs the program on given streams. `arguments` do not include its name. Throws nothing.
int RunCommandLine(const std::vector<std::string>& arguments, Console& console);

// Printed by `rltuner` without a command: its purpose, what to try first, and the commands by
// group.
std::string Overview();

// Printed by `rltuner help COMMAND`. `app` has the command's options.
std::string HelpText(const CommandInfo& info, const CLI::App& app);

}  // namespace rltuner::cli
