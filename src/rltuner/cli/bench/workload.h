// SPDX-License-Identifier: Apache-2.0
// What `rltuner bench` measures. A new workload is a line in workloads.cc.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rltuner/nn/model_file.h"

namespace rltuner::bench {

// What bounds a workload, if one thing does.
enum class Limit { kNone, kFma, kL2 };

// A workload made ready to run: its networks, memory and data.
struct Job {
  std::function<void()> run;
  double amount = 1;   // of what the unit counts, in one run
  double work = 0;     // of what the limit counts, in one run: floating-point operations, or bytes
  int warm_up = 1;     // runs before the first that counts
  bool waits = false;  // for the disk or a thread: timed by the wall's clock, not the processor's
  // The same work on one thread, where `run` takes two: the result is how many times as fast `run`
  // is, by the wall's clock.
  std::function<void()> alone = {};
};

struct Workload {
  std::string_view name;
  std::string_view unit;  // "us/event": time for one; "events/s": how many in a second; "x": ratio
  std::string_view help;
  Limit limit;
  Job (*make)(const Model& note_rnn);
};

std::span<const Workload> Workloads();

// One workload's result in its unit: the median and the extremes of the samples. `share` is the
// median of the shares of the machine's limit, each measured right beside its sample; NaN without
// a limit.
struct Measurement {
  double median = 0, fastest = 0, slowest = 0, share = 0;
  int samples = 0;
};

// Runs the job for about that many seconds after the warm-up, in at least five samples, on the
// calling thread. What is timed is the processor time of the process (the wall's clock for jobs
// that wait or take two threads), so other threads must be still. `poll` is called between samples;
// what it throws ends the measurement.
Measurement Measure(const Workload& workload, const Model& note_rnn, double seconds,
                    const std::function<void()>& poll);

}  // namespace rltuner::bench
