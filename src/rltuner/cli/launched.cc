// SPDX-License-Identifier: Apache-2.0
#include "rltuner/cli/launched.h"

#include <algorithm>
#include <cstdlib>

namespace rltuner {
namespace {

int Number(const char* variable) {
  const char* const value = std::getenv(variable);
  return value == nullptr ? 0 : std::atoi(value);
}

}  // namespace

int LaunchedProcesses() {
  // Open MPI's mpirun; MPICH's, Intel's and Slurm's PMI.
  int processes = std::max(Number("OMPI_COMM_WORLD_SIZE"), Number("PMI_SIZE"));
  // Slurm's PMIx. Slurm's own variables are set in a batch script too, which is one process.
  if (std::getenv("PMIX_RANK") != nullptr) {
    processes = std::max(processes, Number("SLURM_STEP_NUM_TASKS"));
  }
  return std::max(1, processes);
}

}  // namespace rltuner
