// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rltuner/cluster/cluster.h"

namespace rltuner {

// All processes of this test run, for the life of the program.
Cluster& Processes();

}  // namespace rltuner
