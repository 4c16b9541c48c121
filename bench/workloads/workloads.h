// SPDX-License-Identifier: Apache-2.0
// What `rltuner bench` measures, and the synthetic input that it needs. A new workload is a line in
// workloads.cc.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rltuner/nn/model.h"

namespace rltuner::bench {

// The limit of the machine that bounds a workload, if one does.
enum class Limit { kNone, kFma, kL2 };

// A workload ready to run, with its networks, memory and data.
struct Job {
  std::function<void()> run;
  double amount = 1;   // of what the unit counts, in one run
  double work = 0;     // of what the limit counts, in one run: floating-point operations or bytes
  int warm_up = 1;     // runs before the first that counts
  bool waits = false;  // for the disk or a thread: timed by wall-clock time, not processor time
  // The same work on one thread if `run` takes two; the result is then the speed-up of `run` in
  // wall-clock time.
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

// A workload's result in its unit: the median and the extremes of the samples. `share` is the
// median share of the machine's limit, which is measured next to each sample; NaN without a limit.
struct Measurement {
  const Workload* workload;
  double median = 0, fastest = 0, slowest = 0, share = 0;
  int samples = 0;
};

// Runs the job for about that many seconds after the warm-up, in at least five samples, on the
// calling thread. Times are processor time of the process (wall-clock time for jobs that wait or
// take two threads), so other threads must be idle. `poll` is called between samples; what it
// throws ends the measurement.
Measurement Measure(const Workload& workload, const Model& note_rnn, double seconds,
                    const std::function<void()>& poll);

// A table for people; JSON with the version and, unless it is "", the signature.
std::string ResultsText(std::span<const Measurement> results);
std::string ResultsJson(std::span<const Measurement> results, const std::string& signature);

// Limits of one core. Runs independent fused multiply-adds in registers; returns the number of
// floating-point operations.
double RunMultiplyAdds(int rounds);

// Reads as many floats in a row, `rounds` times; returns the number of bytes. kL2Floats are as many
// as the weights of the paper's network, which stay in the L2 cache; kMemoryFloats fit no cache.
inline constexpr std::size_t kL2Floats = 60'000, kMemoryFloats = 32 << 20;
double ReadFloats(std::size_t floats, int rounds);

// 64 bits that change if and only if what the program computes changes: a hash of the weights and
// rewards after a short training on synthetic melodies, a short tuning by every method, and
// compositions sampled from each. The same for any number of threads; other instruction sets and
// compilers may round differently and have a signature of their own.
std::uint64_t Signature(int threads);

// The same melodies every time: they move by steps, with holds, note offs and some leaps. Classes
// as in melody/encoding.h.
std::vector<std::vector<std::uint8_t>> SyntheticMelodies(int count, int length);

// A folder of its own among the system's temporary files, removed with the object.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// Writes MIDI files of one synthetic melody of 16 bars each.
void WriteMidiFiles(const std::filesystem::path& folder, int files);

}  // namespace rltuner::bench
