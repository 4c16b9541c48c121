// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace rltuner {

int RunCommandLine(int argc, const char* const* argv);

}  // namespace rltuner
