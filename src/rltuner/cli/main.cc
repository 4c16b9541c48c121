// SPDX-License-Identifier: Apache-2.0
#include "rltuner/cli/command_line.h"

int main(int argc, char** argv) { return rltuner::cli::RunCommandLine(argc, argv); }
