// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "bench/workloads/workloads.h"
#include "rltuner/cli/command.h"
#include "rltuner/cli/interrupt.h"
#include "rltuner/cli/options.h"
#include "rltuner/cli/progress_bar.h"
#include "rltuner/core/error.h"
#include "rltuner/recipes/recipes.h"

namespace rltuner::cli {
namespace {

class BenchCommand final : public Command {
 public:
  void AddOptions(CLI::App& app) override {
    std::vector<std::string_view> names;
    for (const bench::Workload& workload : bench::Workloads()) names.push_back(workload.name);
    AddOption(app, "--only NAME", &only_,
              fmt::format("Measure only this workload; can be repeated. One of {}. Default: all.",
                          fmt::join(names, ", ")));
    AddOption(app, "--seconds X", &seconds_,
              OptionHelp("Seconds to measure each workload, after its warm-up. More seconds narrow "
                         "the range on a busy machine.",
                         "0.001 .. 3600", "1"))
        ->check(InRange(0.001, 3600.0));
    CLI::Option* const signature = app.add_flag(
        "--signature", signature_only_,
        "Print only the signature, a hash of weights and rewards after a fixed short run. "
        "Compare it before and after a change that should not affect results.");
    AddThreadsOption(app, &threads_)
        ->description(
            "Threads for the signature, which is the same for any number. Workloads run on one "
            "core, except those whose names end in -2.");
    AddOption(app, "--json FILE|-", &json_,
              "Write the measurements as JSON to this file, or - for standard output. Use it to "
              "compare two versions.");
    for (const char* const name : {"--only", "--seconds", "--json"}) {
      signature->excludes(app.get_option(name));
    }
  }

  int Run(const CommandContext& context) override {
    if (signature_only_) {
      context.out() << SignatureText() << '\n';
      return kDone;
    }
    const std::vector<const bench::Workload*> workloads = Requested();
    CheckResult(json_);
    const std::vector<bench::Measurement> results = MeasureAll(context, workloads);
    // With named workloads the signature is skipped, because it needs a run of its own.
    const std::string signature = only_.empty() ? SignatureText() : "";
    if (json_ != "-") {
      context.out() << bench::ResultsText(results);
      if (!signature.empty()) context.out() << "\nsignature " << signature << '\n';
    }
    if (!json_.empty()) WriteResult(context, json_, bench::ResultsJson(results, signature));
    return kDone;
  }

 private:
  std::string SignatureText() const { return fmt::format("{:016x}", bench::Signature(threads_)); }

  // In the order of the registry.
  std::vector<const bench::Workload*> Requested() const {
    std::vector<std::string> names;
    std::vector<const bench::Workload*> requested;
    for (const bench::Workload& workload : bench::Workloads()) {
      names.emplace_back(workload.name);
      if (only_.empty() || std::ranges::count(only_, workload.name) > 0) {
        requested.push_back(&workload);
      }
    }
    for (const std::string& name : only_) {
      if (std::ranges::count(names, name) > 0) continue;
      const std::string nearest = NearestName(name, names);
      Fail("--only {}: there is no such workload; {}", name,
           nearest.empty() ? fmt::format("expected one of {}", fmt::join(names, ", "))
                           : fmt::format("did you mean {}?", nearest));
    }
    return requested;
  }

  std::vector<bench::Measurement> MeasureAll(
      const CommandContext& context, std::span<const bench::Workload* const> workloads) const {
    const InterruptGuard interrupt;
    const Model note_rnn = LoadModel(kDefaultModel);
    ProgressBar progress(context, "bench", static_cast<std::int64_t>(workloads.size()),
                         "workloads");
    std::vector<bench::Measurement> results;
    for (const bench::Workload* const workload : workloads) {
      const auto poll = [&] {
        if (interrupt.Requested()) throw Interrupted();
        progress.Update(static_cast<std::int64_t>(results.size()), workload->name);
      };
      results.push_back(bench::Measure(*workload, note_rnn, seconds_, poll));
      progress.Update(static_cast<std::int64_t>(results.size()));
    }
    progress.Finish();
    return results;
  }

  std::vector<std::string> only_;
  std::string json_;
  bool signature_only_ = false;
  int threads_ = 1;
  double seconds_ = 1;
};

}  // namespace

CommandInfo BenchCommandInfo() {
  return {
      "bench",
      "More",
      "measures throughput on this machine, compared with the machine's limits",
      "Measures workloads at the paper's size with the bundled Note RNN, on one core. Prints the "
      "median and the range of several samples after a warm-up, and the share of the core's limit, "
      "which is measured with each sample. Times are processor times, so that other programs "
      "hardly affect them. Only generate, which waits for the disk, and the workloads with two "
      "threads use wall-clock time.\n"
      "\n"
      "The signature is a hash of the weights and rewards after a fixed short run of training and "
      "of every tuning method. It changes only if the program computes something else, or on a "
      "processor that rounds differently.",
      {"rltuner bench", "rltuner bench --only tune-q --only evaluate --seconds 5",
       "rltuner bench --signature"},
      &MakeCommand<BenchCommand>};
}

}  // namespace rltuner::cli
