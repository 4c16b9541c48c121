// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "rltuner/cli/bench/signature.h"
#include "rltuner/cli/bench/workload.h"
#include "rltuner/cli/command.h"
#include "rltuner/cli/interrupt.h"
#include "rltuner/cli/model_argument.h"
#include "rltuner/cli/options.h"
#include "rltuner/cli/progress.h"
#include "rltuner/cli/table.h"
#include "rltuner/core/error.h"

namespace rltuner {
namespace {

struct Result {
  const bench::Workload* workload;
  bench::Measurement measurement;
};

struct BenchOptions {
  double seconds = 1;
};

Settings Describe(BenchOptions& options) {
  Settings settings("bench");
  settings.Add("seconds", &options.seconds, 0.001, 3600,
               "Seconds to measure each workload, after its warm-up");
  return settings;
}

std::string_view LimitName(bench::Limit limit) {
  switch (limit) {
    case bench::Limit::kFma:
      return "FMA peak";
    case bench::Limit::kL2:
      return "L2 bandwidth";
    case bench::Limit::kNone:
      break;
  }
  return "";
}

// Four digits, without a point where they are many.
std::string Digits(double value) {
  const int decimals = value <= 0 ? 2 : 3 - static_cast<int>(std::floor(std::log10(value)));
  return fmt::format("{:.{}f}", value, std::clamp(decimals, 0, 3));
}

class BenchCommand final : public Command {
 public:
  void AddOptions(CLI::App& app) override {
    std::vector<std::string_view> names;
    for (const bench::Workload& workload : bench::Workloads()) names.push_back(workload.name);
    app.add_option(
           "--only", only_,
           fmt::format("Measure this workload only; may be given again. One of {}. Default: all.",
                       fmt::join(names, ", ")))
        ->type_name("NAME");
    settings_.Add(app, Describe(options_), "Measurement");
    app.add_flag("--signature", signature_only_,
                 "Measure nothing and print the signature alone: a hash of weights and rewards "
                 "after a fixed short run.");
    AddThreadsOption(app, &threads_)
        ->description(
            "Threads for the signature, which is the same for any number; all else is measured on "
            "one core.");
    app.add_option("--json", json_,
                   "Write the figures as JSON to this file, or - for standard output.")
        ->type_name("FILE|-");
  }

  int Run(const CommandContext& context) override {
    settings_.Apply();
    if (signature_only_) {
      context.out() << SignatureText() << '\n';
      return kDone;
    }
    const std::vector<const bench::Workload*> workloads = Chosen();
    std::vector<Result> results;
    try {
      results = MeasureAll(context, workloads);
    } catch (const Interrupted&) {
      context.err() << "interrupted; nothing was written" << std::endl;
      return kInterrupted;
    }
    // What is asked for by name is wanted soon, without the whole run behind the signature.
    const std::string signature = only_.empty() ? SignatureText() : "";
    if (json_ != "-") {
      context.out() << TextTable(results);
      if (!signature.empty()) context.out() << "\nsignature " << signature << '\n';
    }
    if (!json_.empty()) WriteResult(context, json_, Json(results, signature));
    return kDone;
  }

 private:
  std::string SignatureText() const { return fmt::format("{:016x}", bench::Signature(threads_)); }

  // In the order of the registry.
  std::vector<const bench::Workload*> Chosen() const {
    std::vector<std::string> names;
    std::vector<const bench::Workload*> chosen;
    for (const bench::Workload& workload : bench::Workloads()) {
      names.emplace_back(workload.name);
      if (only_.empty() || std::find(only_.begin(), only_.end(), workload.name) != only_.end()) {
        chosen.push_back(&workload);
      }
    }
    for (const std::string& name : only_) {
      if (std::find(names.begin(), names.end(), name) != names.end()) continue;
      const std::string nearest = NearestName(name, names);
      Fail("--only {}: there is no such workload; {}", name,
           nearest.empty() ? fmt::format("expected one of {}", fmt::join(names, ", "))
                           : fmt::format("did you mean {}?", nearest));
    }
    return chosen;
  }

  std::vector<Result> MeasureAll(const CommandContext& context,
                                 std::span<const bench::Workload* const> workloads) const {
    const InterruptGuard interrupt;
    const Model note_rnn = LoadModel(kDefaultModel);
    Progress progress(context, "bench", static_cast<std::int64_t>(workloads.size()), "workloads");
    std::vector<Result> results;
    for (const bench::Workload* const workload : workloads) {
      const auto poll = [&] {
        if (interrupt.Requested()) throw Interrupted();
        progress.Update(static_cast<std::int64_t>(results.size()), workload->name);
      };
      results.push_back({workload, bench::Measure(*workload, note_rnn, options_.seconds, poll)});
    }
    progress.Finish();
    return results;
  }

  static std::string TextTable(std::span<const Result> results) {
    Table table({"workload", "median", "unit", "range", "of the limit"});
    for (const auto& [workload, measured] : results) {
      const auto [low, high] = std::minmax(measured.fastest, measured.slowest);
      table.AddRow({fmt::format("{}: {}", workload->name, workload->help), Digits(measured.median),
                    std::string(workload->unit), fmt::format("{} .. {}", Digits(low), Digits(high)),
                    std::isnan(measured.share) ? ""
                                               : fmt::format("{:.0f} % of {}", 100 * measured.share,
                                                             LimitName(workload->limit))});
    }
    return table.ToText();
  }

  static std::string Json(std::span<const Result> results, const std::string& signature) {
    nlohmann::ordered_json json;
    json["version"] = RLTUNER_VERSION;
    if (!signature.empty()) json["signature"] = signature;
    json["workloads"] = nlohmann::ordered_json::array();
    for (const auto& [workload, measured] : results) {
      nlohmann::ordered_json entry{{"name", workload->name},
                                   {"unit", workload->unit},
                                   {"median", measured.median},
                                   {"fastest", measured.fastest},
                                   {"slowest", measured.slowest},
                                   {"samples", measured.samples},
                                   {"limit", nullptr},
                                   {"share", nullptr}};
      if (workload->limit != bench::Limit::kNone) {
        entry["limit"] = LimitName(workload->limit);
        entry["share"] = measured.share;
      }
      json["workloads"].push_back(std::move(entry));
    }
    return json.dump(1) + '\n';
  }

  std::vector<std::string> only_;
  std::string json_;
  bool signature_only_ = false;
  int threads_ = 1;
  BenchOptions options_;
  SettingOptions settings_;
};

}  // namespace

CommandInfo BenchCommandInfo() {
  return {
      "bench",
      "More",
      "how fast this machine runs it, against what the machine could do",
      "Measures named workloads at the paper's size with the bundled Note RNN, on one core: "
      "the median and the range of several samples after a warm-up, and the share of what the "
      "core could do at most, measured beside each sample. Times are those that the processor "
      "worked, so that what else the machine does counts for little; only generate, which waits "
      "for the disk, is timed by the clock.\n"
      "\n"
      "The signature is a hash of the weights and rewards after a fixed short run of training "
      "and of every tuning method. It changes only when what the program computes does, or "
      "when it is built for a processor that rounds differently.",
      {"rltuner bench", "rltuner bench --only tune-q --only evaluate --seconds 5",
       "rltuner bench --signature"},
      &MakeCommand<BenchCommand>};
}

}  // namespace rltuner
