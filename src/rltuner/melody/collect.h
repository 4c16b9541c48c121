// SPDX-License-Identifier: Apache-2.0
// Runs an extractor over every file of some sources, on several threads.
#pragma once

#include <functional>

#include "rltuner/melody/extractor.h"
#include "rltuner/melody/sources.h"

namespace rltuner {

// The outcome of one file, and the identity by which a later run recognises the file.
struct CollectedFile : FileOutcome {
  Hash128 identity;    // see sources.h
  bool known = false;  // recognised from an earlier run: nothing else is filled in
};

// Calls `done` once for every file, from one thread at a time and in the order of the sources, for
// any number of threads. If `done` returns false, it still gets the files that are finished, and no
// further file is begun. Files are read and unpacked in small groups, so memory does not grow with
// their number. A file that cannot be read is an outcome with a rejection, never an Error. A file
// is not read if `is_known` returns true for its identity. `is_known` is called from many threads,
// even while `done` runs.
void CollectMelodies(
    Sources& sources, const Extractor& extractor, int threads,
    const std::function<bool(CollectedFile& outcome)>& done,
    const std::function<bool(const Hash128& identity)>& is_known = [](auto&) { return false; });

}  // namespace rltuner
