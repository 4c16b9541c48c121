// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <ctime>
#include <nlohmann/json.hpp>

#include "bench/workloads/workloads.h"
#include "rltuner/core/text_table.h"

namespace rltuner::bench {
namespace {

constexpr double kProbeSeconds = 0.002;
constexpr double kShortestSample = 0.005;  // far above what the clock and the probes' caches cost
constexpr int kFewestSamples = 5;

// Of this process on a processor, so that what else the machine does counts for little.
double ProcessorSeconds(const std::function<void()>& action) {
  const std::clock_t start = std::clock();
  action();
  return static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC;
}

double WallSeconds(const std::function<void()>& action) {
  const auto start = std::chrono::steady_clock::now();
  action();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

double Median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

// The machine's limit in work per second, at this moment.
class Probe {
 public:
  explicit Probe(Limit limit) : limit_(limit) {
    if (limit_ == Limit::kNone) return;
    Rate();  // warms up
    const double rounds =
        kProbeSeconds / WallSeconds([this] { Work(kFirstRounds); }) * kFirstRounds;
    rounds_ = std::max(1, static_cast<int>(rounds));
  }

  double Rate() const {
    if (limit_ == Limit::kNone) return NAN;
    double work = 0;
    const double seconds = ProcessorSeconds([&] { work = Work(rounds_); });
    return work / seconds;
  }

 private:
  double Work(int rounds) const {
    return limit_ == Limit::kFma ? RunMultiplyAdds(rounds) : ReadFloats(kL2Floats, rounds);
  }

  static constexpr int kFirstRounds = 10;

  Limit limit_;
  int rounds_ = kFirstRounds;
};

// How many times as fast `run` is as `alone`.
Measurement MeasureRatio(const Workload& workload, const Job& job, double seconds,
                         const std::function<void()>& poll) {
  std::vector<double> ratios;
  double total = 0;
  job.run();
  while (total < seconds || static_cast<int>(ratios.size()) < kFewestSamples) {
    poll();
    const double alone = WallSeconds(job.alone);
    const double together = WallSeconds(job.run);
    ratios.push_back(alone / together);
    total += alone + together;
  }
  const auto [least, most] = std::minmax_element(ratios.begin(), ratios.end());
  return {.workload = &workload,
          .median = Median(ratios),
          .fastest = *most,
          .slowest = *least,
          .share = NAN,
          .samples = static_cast<int>(ratios.size())};
}

// By Limit.
constexpr std::array<const char*, 3> kLimitNames = {nullptr, "FMA peak", "L2 bandwidth"};
const char* LimitName(const Workload& workload) {
  return kLimitNames[static_cast<std::size_t>(workload.limit)];
}

// Four digits, without a point where they are many.
std::string Digits(double value) {
  const int decimals = value <= 0 ? 2 : 3 - static_cast<int>(std::floor(std::log10(value)));
  return fmt::format("{:.{}f}", value, std::clamp(decimals, 0, 3));
}

}  // namespace

Measurement Measure(const Workload& workload, const Model& note_rnn, double seconds,
                    const std::function<void()>& poll) {
  const Job job = workload.make(note_rnn);
  if (job.alone) return MeasureRatio(workload, job, seconds, poll);
  const Probe probe(workload.limit);
  for (int i = 0; i < job.warm_up; ++i) {
    job.run();
    poll();
  }
  const double once = WallSeconds(job.run);
  const int runs = std::max(1, static_cast<int>(std::ceil(kShortestSample / once)));

  std::vector<double> times;  // seconds a run
  std::vector<double> shares;
  double total = 0;
  while (total < seconds || static_cast<int>(times.size()) < kFewestSamples) {
    poll();
    const double before = probe.Rate();
    job.run();  // what the probe drove out of the caches comes back
    const auto run_all = [&] {
      for (int i = 0; i < runs; ++i) job.run();
    };
    const double sample = job.waits ? WallSeconds(run_all) : ProcessorSeconds(run_all);
    const double limit = (before + probe.Rate()) / 2;
    times.push_back(sample / runs);
    shares.push_back(job.work / times.back() / limit);
    total += sample;
  }
  const bool is_rate = workload.unit.ends_with("/s");
  const auto in_unit = [&](double time) {
    if (is_rate) return job.amount / time * (workload.unit.starts_with('G') ? 1e-9 : 1);
    const double scale = workload.unit.starts_with("ns")   ? 1e9
                         : workload.unit.starts_with("us") ? 1e6
                                                           : 1e3;
    return time / job.amount * scale;
  };
  const auto [least, most] = std::minmax_element(times.begin(), times.end());
  return {.workload = &workload,
          .median = in_unit(Median(times)),
          .fastest = in_unit(*least),
          .slowest = in_unit(*most),
          .share = workload.limit == Limit::kNone ? NAN : Median(shares),
          .samples = static_cast<int>(times.size())};
}

std::string ResultsText(std::span<const Measurement> results) {
  TextTable table({"workload", "median", "unit", "range", "of the limit"});
  for (const Measurement& measured : results) {
    const Workload& workload = *measured.workload;
    const auto [low, high] = std::minmax(measured.fastest, measured.slowest);
    table.AddRow({fmt::format("{}: {}", workload.name, workload.help), Digits(measured.median),
                  std::string(workload.unit), fmt::format("{} .. {}", Digits(low), Digits(high)),
                  std::isnan(measured.share)
                      ? ""
                      : fmt::format("{:.0f} % of {}", 100 * measured.share, LimitName(workload))});
  }
  return table.ToText();
}

std::string ResultsJson(std::span<const Measurement> results, const std::string& signature) {
  nlohmann::ordered_json json{{"version", RLTUNER_VERSION}};
  if (!signature.empty()) json["signature"] = signature;
  json["workloads"] = nlohmann::ordered_json::array();
  for (const Measurement& measured : results) {
    const char* const limit = LimitName(*measured.workload);
    json["workloads"].push_back(
        {{"name", measured.workload->name},
         {"unit", measured.workload->unit},
         {"median", measured.median},
         {"fastest", measured.fastest},
         {"slowest", measured.slowest},
         {"samples", measured.samples},
         {"limit", limit == nullptr ? nlohmann::ordered_json() : nlohmann::ordered_json(limit)},
         {"share", measured.share}});  // null if NaN
  }
  return json.dump(1) + '\n';
}

}  // namespace rltuner::bench
