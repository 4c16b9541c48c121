// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace rltuner {

// Lets other threads of the machine go before the calling one, where the system can do that for a
// single thread; nothing elsewhere.
void LowerThreadPriority();

}  // namespace rltuner
