// SPDX-License-Identifier: Apache-2.0
#include "rltuner/studio/thread_priority.h"

#ifdef __linux__
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace rltuner {

void LowerThreadPriority() {
#ifdef __linux__
  // On Linux a thread has a niceness of its own. That it may be refused changes no result.
  const auto thread = static_cast<id_t>(syscall(SYS_gettid));
  setpriority(PRIO_PROCESS, thread, 5);
#endif
}

}  // namespace rltuner
