// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace rltuner {

// How many processes mpirun, srun or the like started with this one, itself included; 1 without
// such a launcher. Told from the environment, so that a program on its own never pays for MPI.
int LaunchedProcesses();

}  // namespace rltuner
