// SPDX-License-Identifier: Apache-2.0
// Runs the program's command line inside a test, its streams kept as text.
#pragma once

#include <sstream>
#include <string>
#include <vector>

#include "rltuner/cli/command.h"
#include "rltuner/cli/command_line.h"

namespace rltuner::cli {

struct Outcome {
  int code = 0;
  std::string out, err;
};

inline Outcome RunWith(const std::vector<std::string>& arguments) {
  std::ostringstream out;
  std::ostringstream err;
  Console console{out, err};
  const int code = RunCommandLine(arguments, console);
  return {code, out.str(), err.str()};
}

}  // namespace rltuner::cli
