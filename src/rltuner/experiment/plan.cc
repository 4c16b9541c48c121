// SPDX-License-Identifier: Apache-2.0
#include "rltuner/experiment/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <utility>

#include "rltuner/decoding/decodings.h"

namespace rltuner::experiment {
namespace {

constexpr std::array<std::string_view, 2> kExplorations = {"epsilon-greedy", "boltzmann"};

// A best-of-N or SMC of N plays N compositions to keep one.
int CandidatesOf(const std::string& decoding) {
  const std::size_t equals = decoding.find('=');
  const bool chooses = decoding.starts_with("best-of=") || decoding.starts_with("smc=");
  return chooses ? std::max(1, std::atoi(decoding.c_str() + equals + 1)) : 1;
}

Condition BaselineCondition(const std::string& decoding) {
  const std::size_t equals = std::min(decoding.find('='), decoding.size());
  const std::string name = decoding.substr(0, equals);
  const std::string value = equals < decoding.size() ? decoding.substr(equals + 1) : "";
  const auto condition = [](std::string title, Baseline baseline) {
    return Condition{
        .title = std::move(title), .exploration = {}, .baseline = std::move(baseline), .runs = {}};
  };
  if (name == "best-of") return condition("best of " + value, {"best of", value, true});
  if (name == "smc")
    return condition(fmt::format("SMC, {} particles", value), {"SMC", value, true});
  if (name == "mask") return condition("mask: " + value, {"mask", "mask: " + value});
  return condition(value.empty() ? name : fmt::format("{} {}", name, value), {name, value});
}

// Everything is drawn from the run's own seed.
class Planner {
 public:
  explicit Planner(const PlanOptions& options) : options_(options) {}

  Plan Make() {
    plan_.note_rnn = Decoded({.title = "Note RNN", .exploration = {}, .runs = {}}, "sample");
    for (const MethodSettings& method : options_.methods) AddMethod(method);
    for (const std::string& decoding : options_.decodings) {
      plan_.baselines.push_back(Decoded(BaselineCondition(decoding), decoding));
    }
    SortRuns();
    return std::move(plan_);
  }

 private:
  void AddMethod(const MethodSettings& method) {
    const MethodInfo& info = MethodNamed(method.tuning.method);
    const Condition main =
        Tuned(method, std::string(info.label), options_.seeds, options_.compositions);
    plan_.table.push_back(main);
    if (info.Takes("exploration") && info.uses_prior()) {
      MethodSettings other = method;
      other.tuning.exploration =
          std::string(kExplorations[method.tuning.exploration == kExplorations[0] ? 1 : 0]);
      plan_.exploration.push_back(Tuned(other,
                                        fmt::format("{}, {}", info.label, other.tuning.exploration),
                                        options_.seeds, options_.compositions));
    }
    // Without the data, c only scales the values.
    if (info.uses_prior() && !options_.c.empty()) plan_.sweeps.push_back(SweepOf(method, main));
  }

  Sweep SweepOf(const MethodSettings& method, const Condition& main) {
    Sweep sweep{.method = main.method, .points = {main}};
    for (const double c : options_.c) {
      if (c == main.c) continue;
      MethodSettings at = method;
      at.tuning.c = c;
      sweep.points.push_back(Tuned(at, fmt::format("{}, c {}", main.title, c), options_.sweep_seeds,
                                   options_.sweep_compositions));
    }
    std::sort(sweep.points.begin(), sweep.points.end(),
              [](const Condition& a, const Condition& b) { return a.c < b.c; });
    return sweep;
  }

  Condition Tuned(const MethodSettings& method, std::string title, int seeds, int compositions) {
    const TuningOptions& tuning = method.tuning;
    const MethodInfo& info = MethodNamed(tuning.method);
    Condition condition{.title = std::move(title),
                        .method = &info,
                        .exploration = info.Takes("exploration") ? tuning.exploration : "",
                        .c = tuning.c,
                        .runs = {}};
    const std::string exploration = tuning.exploration == "boltzmann" ? "-boltzmann" : "";
    for (int seed = 1; seed <= seeds; ++seed) {
      RunSpec spec = JudgedSpec();
      spec.name = fmt::format("{}-c{}{}-seed{}", tuning.method, tuning.c, exploration, seed);
      spec.tuning = tuning;
      spec.tuning_rules = method.rules;
      spec.evaluation.compositions = compositions;
      spec.evaluation.length = tuning.length;
      spec.evaluation.seed = seed;
      spec.tuning.seed = seed;
      spec.tuning.iterations = IterationsOf(tuning);
      // Figure 2 has ten intervals; fifty show the turns between them.
      spec.tuning.progress_every =
          static_cast<int>(std::clamp<std::int64_t>(spec.tuning.iterations / 50, 1, 1'000'000'000));
      condition.runs.push_back(Add(std::move(spec)));
    }
    return condition;
  }

  // A method whose settings play more than the paper's million events plays as many times more of
  // any number.
  std::int64_t IterationsOf(const TuningOptions& tuning) const {
    const double times =
        static_cast<double>(tuning.iterations) / static_cast<double>(TuningOptions().iterations);
    return std::llround(static_cast<double>(options_.iterations) * times);
  }

  Condition Decoded(Condition condition, const std::string& decoding) {
    MakeDecoder(decoding);  // an Error now, not after hours
    RunSpec spec = JudgedSpec();
    spec.name = decoding == "sample" ? "note-rnn" : decoding;
    spec.tunes = false;
    spec.evaluation.compositions =
        std::clamp(options_.baseline_samples / CandidatesOf(decoding),
                   std::min(200, options_.compositions), options_.compositions);
    spec.evaluation.decoding = decoding;
    condition.runs = {Add(std::move(spec))};
    return condition;
  }

  // What all runs have in common.
  RunSpec JudgedSpec() const {
    RunSpec spec;
    spec.rules = options_.rules;
    spec.melodies = options_.melodies;
    spec.training_melodies = options_.training_melodies;
    return spec;
  }

  int Add(RunSpec spec) {
    plan_.runs.push_back(std::move(spec));
    return static_cast<int>(plan_.runs.size()) - 1;
  }

  void SortRuns() {
    std::vector<int> order(plan_.runs.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
      return EstimatedSeconds(plan_.runs[static_cast<std::size_t>(a)]) >
             EstimatedSeconds(plan_.runs[static_cast<std::size_t>(b)]);
    });
    std::vector<int> place(order.size());
    std::vector<RunSpec> runs;
    for (const int run : order) {
      place[static_cast<std::size_t>(run)] = static_cast<int>(runs.size());
      runs.push_back(std::move(plan_.runs[static_cast<std::size_t>(run)]));
    }
    plan_.runs = std::move(runs);
    const auto renumber = [&](Condition& condition) {
      for (int& run : condition.runs) run = place[static_cast<std::size_t>(run)];
    };
    renumber(plan_.note_rnn);
    for (auto* conditions : {&plan_.table, &plan_.exploration, &plan_.baselines}) {
      for (Condition& condition : *conditions) renumber(condition);
    }
    for (Sweep& sweep : plan_.sweeps) {
      for (Condition& condition : sweep.points) renumber(condition);
    }
  }

  const PlanOptions& options_;
  Plan plan_;
};

}  // namespace

Plan MakePlan(const PlanOptions& options) { return Planner(options).Make(); }

double EstimatedSeconds(const RunSpec& spec) {
  constexpr double kReplayEvent = 65e-6;
  constexpr double kOnPolicyEvent = 9e-6;
  constexpr double kComposition = 110e-6;
  const int candidates = CandidatesOf(spec.evaluation.decoding);
  // A chosen composition is judged once, its rivals by the rules alone.
  double seconds = spec.evaluation.compositions * kComposition * (1 + 0.6 * (candidates - 1));
  if (spec.tunes) {
    seconds += static_cast<double>(spec.tuning.iterations) *
               (MethodNamed(spec.tuning.method).on_policy ? kOnPolicyEvent : kReplayEvent);
  }
  return seconds;
}

double EstimatedSeconds(const Plan& plan) {
  return std::accumulate(
      plan.runs.begin(), plan.runs.end(), 0.0,
      [](double sum, const RunSpec& spec) { return sum + EstimatedSeconds(spec); });
}

}  // namespace rltuner::experiment
