// SPDX-License-Identifier: Apache-2.0
#include "rltuner/experiment/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <numeric>
#include <set>
#include <utility>

#include "rltuner/core/error.h"
#include "rltuner/core/text.h"
#include "rltuner/core/text_table.h"
#include "rltuner/decoding/decodings.h"
#include "rltuner/evaluation/metric_text.h"
#include "rltuner/recipes/recipes.h"

namespace rltuner::experiment {
namespace {

constexpr std::string_view kOptimum = "optimum";  // a recipe
constexpr std::array<std::string_view, 2> kExplorations = {"epsilon-greedy", "boltzmann"};

// The c of SMC in `evaluate`.
double UsualC() { return EvaluationOptions().c; }

Condition BaselineCondition(const std::string& decoding) {
  const std::size_t equals = std::min(decoding.find('='), decoding.size());
  const std::string name = decoding.substr(0, equals);
  const std::string value = equals < decoding.size() ? decoding.substr(equals + 1) : "";
  const int number = std::max(1, ParseNumber<int>(value).value_or(1));
  const auto condition = [](std::string named, Baseline baseline) {
    return Condition{.name = std::move(named), .baseline = std::move(baseline)};
  };
  if (name == "best-of") return condition("best of " + value, {"best of", value, number});
  if (name == "smc") {
    Condition smc = condition(fmt::format("SMC, {} particles", value), {"SMC", value, number});
    smc.c = UsualC();
    return smc;
  }
  if (name == "mask") return condition("mask: " + value, {"mask", "mask: " + value});
  return condition(value.empty() ? name : fmt::format("{} {}", name, value), {name, value});
}

// The compositions that a decoding plays to keep one; 0 if it does not choose.
int CandidatesOf(const std::string& decoding) {
  return BaselineCondition(decoding).baseline->candidates;
}

template <typename T>
void KeepFirsts(std::vector<T>* values) {
  std::vector<T> kept;
  for (const T& value : *values) {
    if (std::ranges::find(kept, value) == kept.end()) kept.push_back(value);
  }
  values->swap(kept);
}

// Everything is drawn from the run's own seed.
class Planner {
 public:
  explicit Planner(const PlanOptions& options) : options_(options) {}

  Plan Make() {
    plan_.note_rnn = Decoded({.name = "Note RNN"}, "sample");
    for (const TuningRecipe& method : options_.methods) AddMethod(method);
    for (const std::string& decoding : options_.decodings) {
      plan_.baselines.push_back(Decoded(BaselineCondition(decoding), decoding));
    }
    if (options_.optimum) AddOptimum(*options_.optimum);
    plan_.order.resize(plan_.runs.size());
    std::iota(plan_.order.begin(), plan_.order.end(), 0);
    const std::vector<double> seconds = EstimatedSeconds(plan_);
    std::ranges::stable_sort(plan_.order, std::greater<>(), [&](int run) { return seconds[run]; });
    return std::move(plan_);
  }

 private:
  void AddMethod(const TuningRecipe& method) {
    const MethodInfo& info = MethodNamed(method.options.method);
    const Condition main =
        Tuned(method, std::string(info.label), options_.seeds, options_.compositions);
    plan_.table.push_back(main);
    if (info.Takes("exploration") && info.uses_prior()) {
      TuningRecipe other = method;
      std::string& exploration = other.options.exploration;
      exploration = std::string(kExplorations[exploration == kExplorations[0] ? 1 : 0]);
      plan_.exploration.push_back(Tuned(other, fmt::format("{}, {}", info.label, exploration),
                                        options_.seeds, options_.compositions));
    }
    // Without the data, c only scales the values.
    if (info.uses_prior() && !options_.c.empty()) plan_.sweeps.push_back(SweepOf(method, main));
  }

  Sweep SweepOf(const TuningRecipe& method, const Condition& main) {
    Sweep sweep{.method = main.method, .points = {main}};
    for (const double c : options_.c) {
      if (c == main.c) continue;
      TuningRecipe at = method;
      at.options.c = c;
      Condition point = Tuned(at, main.name, options_.sweep_seeds,
                              std::min(options_.sweep_compositions, options_.compositions));
      point.title = fmt::format("{}, c {}", main.name, c);
      sweep.points.push_back(std::move(point));
    }
    std::ranges::sort(sweep.points, {}, &Condition::c);
    return sweep;
  }

  // `folder`: the prefix of the runs' names; "": the method's name.
  Condition Tuned(const TuningRecipe& method, std::string name, int seeds, int compositions,
                  std::string_view folder = "") {
    const TuningOptions& tuning = method.options;
    const MethodInfo& info = MethodNamed(tuning.method);
    Condition condition{.name = std::move(name),
                        .method = &info,
                        .exploration = info.Takes("exploration") ? tuning.exploration : "",
                        .c = tuning.c};
    const std::string exploration = tuning.exploration == "boltzmann" ? "-boltzmann" : "";
    for (int seed = 1; seed <= seeds; ++seed) {
      RunSpec spec = JudgedSpec();
      spec.name = fmt::format("{}-c{}{}-seed{}", folder.empty() ? tuning.method : folder, tuning.c,
                              exploration, seed);
      spec.evaluation.compositions = compositions;
      spec.evaluation.length = tuning.length;
      spec.evaluation.seed = seed;
      TuningOptions& options = spec.tuning.emplace(method).options;
      options.seed = seed;
      options.iterations = IterationsOf(tuning);
      // Figure 2 has ten intervals; fifty show the turns between them.
      options.progress_every =
          static_cast<int>(std::clamp<std::int64_t>(options.iterations / 50, 1, 1'000'000'000));
      condition.runs.push_back(Add(std::move(spec)));
    }
    return condition;
  }

  // Scales options_.iterations by the method's own iterations relative to the paper's million.
  std::int64_t IterationsOf(const TuningOptions& tuning) const {
    const double times =
        static_cast<double>(tuning.iterations) / static_cast<double>(TuningOptions().iterations);
    return std::llround(static_cast<double>(options_.iterations) * times);
  }

  // The policy, SMC at its c, and SMC with the policy as proposal.
  void AddOptimum(const TuningRecipe& method) {
    const std::string name =
        fmt::format("{}, recipe {}", MethodNamed(method.options.method).label, kOptimum);
    plan_.optimum = {Tuned(method, name, options_.sweep_seeds, options_.compositions, kOptimum)};
    AddSmcAt(method.options.c);
    AddSmcFromOptimum();
  }

  // SMC aims at the optimum of one c.
  void AddSmcAt(double c) {
    if (c == UsualC()) return;
    for (const std::string& decoding : options_.decodings) {
      Condition condition = BaselineCondition(decoding);
      if (condition.c == 0) continue;
      condition.c = c;
      condition.title += fmt::format(", c {}", c);
      condition.baseline->family += fmt::format(", c {}", c);
      plan_.baselines.push_back(Decoded(std::move(condition), decoding));
    }
  }

  // With as many particles as can be played while somebody listens.
  void AddSmcFromOptimum() {
    constexpr int kMostParticles = 64;
    const std::string* most = nullptr;
    for (const std::string& decoding : options_.decodings) {
      const int particles = decoding.starts_with("smc=") ? CandidatesOf(decoding) : 0;
      if (particles < 1 || particles > kMostParticles) continue;
      if (most == nullptr || particles > CandidatesOf(*most)) most = &decoding;
    }
    if (most == nullptr) return;
    Condition condition = BaselineCondition(*most);
    condition.c = options_.optimum->options.c;
    condition.name += fmt::format(", from recipe {}", kOptimum);
    condition.title = condition.name;
    condition.baseline->family = fmt::format("SMC, recipe {}", kOptimum);
    plan_.baselines.push_back(
        Decoded(std::move(condition), *most, plan_.runs[plan_.optimum[0].runs[0]].name));
  }

  // `model_of`: as RunSpec::model_of.
  Condition Decoded(Condition condition, const std::string& decoding,
                    const std::string& model_of = "") {
    MakeDecoder(decoding);  // an Error now, not after hours
    RunSpec spec = JudgedSpec();
    spec.name = decoding == "sample" ? "note-rnn" : decoding;
    spec.evaluation.compositions =
        std::clamp(options_.baseline_samples / std::max(1, CandidatesOf(decoding)),
                   std::min(200, options_.compositions), options_.compositions);
    spec.evaluation.decoding = decoding;
    if (condition.c != 0 && condition.c != UsualC()) {
      spec.evaluation.c = condition.c;
      spec.name += fmt::format("-c{}", condition.c);
    }
    if (!model_of.empty()) {
      spec.model_of = model_of;
      spec.name += "-" + model_of;
    }
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

  const PlanOptions& options_;
  Plan plan_;
};

}  // namespace

std::vector<std::string_view> TakenMethods() {
  std::vector<std::string_view> names;
  for (const MethodInfo* method : RewardMethods()) names.push_back(method->name);
  return names;
}

void SetMethods(std::vector<std::string> names, RuleText rules, PlanOptions* options) {
  options->rules = std::move(rules);
  for (std::string& name : names) name = ListItems(name).front();  // without spaces around it
  KeepFirsts(&names);
  KeepFirsts(&options->c);
  KeepFirsts(&options->decodings);
  const std::vector<std::string_view> taken = TakenMethods();
  for (const std::string& method : names) {
    if (std::ranges::find(taken, method) == taken.end()) {
      Fail("--methods: '{}' is unknown; expected {}", method, fmt::join(taken, ", "));
    }
    TuningRecipe read = ReadTuningRecipe(FindRecipe("tune", "default"));
    if (read.options.method != method) {
      options->methods.push_back({.options = {.method = method}, .rules = options->rules.Make()});
      continue;
    }
    options->methods.push_back(std::move(read));
    options->optimum = ReadTuningRecipe(FindRecipe("tune", std::string(kOptimum)));
    options->optimum->rules = options->rules.Make();
  }
}

Settings Describe(PlanOptions& options) {
  constexpr int kMostSeeds = 1000, kMostCompositions = 10'000'000;
  Settings settings("experiment");
  settings
      .Add("seeds", &options.seeds, 1, kMostSeeds,
           "Runs of each method in the table, each with its own seed. Three are the fewest that "
           "give intervals over seeds.")
      .Add("sweep_seeds", &options.sweep_seeds, 1, kMostSeeds,
           "Runs of each method at each c of the sweep. More of them separate points of the "
           "frontier that lie close together.")
      .Add("iterations", &options.iterations, 1, 1'000'000'000'000,
           "Events that a tuning plays. If a method's recipe has more than the paper's million, as "
           "that of pg does, it plays proportionally more. Fewer save time, but methods then do "
           "not converge.")
      .Add("compositions", &options.compositions, 1, kMostCompositions,
           "Compositions on which a run of the table is judged. Four times as many halve the "
           "intervals of a single run.")
      .Add("sweep_compositions", &options.sweep_compositions, 1, kMostCompositions,
           "Compositions on which a run of the sweep is judged. Raise it together with "
           "--compositions.");
  return settings;
}

std::string ScaleText(const PlanOptions& options) {
  const PlanOptions full;
  if (options.seeds >= full.seeds && options.iterations >= full.iterations &&
      options.compositions >= full.compositions) {
    return "";
  }
  return fmt::format("{}{} seed{}, {} events, {} compositions", options.scale, options.seeds,
                     options.seeds == 1 ? "" : "s", Grouped(options.iterations),
                     Grouped(options.compositions));
}

Plan MakePlan(const PlanOptions& options) { return Planner(options).Make(); }

double EstimatedSeconds(const RunSpec& spec) {
  constexpr double kReplayEvent = 65e-6;
  constexpr double kOnPolicyEvent = 9e-6;
  constexpr double kComposition = 110e-6;
  const int candidates = std::max(1, CandidatesOf(spec.evaluation.decoding));
  // The chosen composition is evaluated fully, the other candidates by the rules alone.
  double seconds = spec.evaluation.compositions * kComposition * (1 + 0.6 * (candidates - 1));
  if (spec.tuning) {
    const TuningOptions& options = spec.tuning->options;
    seconds += static_cast<double>(options.iterations) *
               (MethodNamed(options.method).on_policy ? kOnPolicyEvent : kReplayEvent);
  }
  return seconds;
}

std::vector<double> EstimatedSeconds(const Plan& plan) {
  std::vector<double> seconds;
  for (const RunSpec& spec : plan.runs) seconds.push_back(EstimatedSeconds(spec));
  return seconds;
}

std::vector<double> AllC(const Plan& plan) {
  std::set<double> all;
  for (const auto* conditions : {&plan.table, &plan.optimum}) {
    for (const Condition& condition : *conditions) all.insert(condition.c);
  }
  for (const Sweep& sweep : plan.sweeps) {
    for (const Condition& condition : sweep.points) all.insert(condition.c);
  }
  return {all.begin(), all.end()};
}

std::string PlanCommand(const PlanOptions& options) {
  std::vector<std::string> methods;
  for (const TuningRecipe& method : options.methods) methods.push_back(method.options.method);
  std::string scale;
  PlanOptions copy = options;
  copy.sweep_compositions = std::min(copy.sweep_compositions, copy.compositions);
  for (const Settings settings = Describe(copy); const Setting& setting : settings.entries()) {
    scale += fmt::format("{} {} ", OptionName(setting.name), setting.Value());
  }
  return fmt::format("--rules {} --methods {} --c {} \\\n    {}\\\n    --baselines {}",
                     ShellWord(options.rules.name), fmt::join(methods, ","),
                     fmt::join(options.c, ","), scale, fmt::join(options.decodings, " "));
}

std::string PlanText(const Plan& plan, int threads, bool trains_note_rnn) {
  constexpr double kLogZSeconds = 12;  // of one core, for one c, about
  struct Kind {
    int runs = 0;
    std::int64_t events = 0;  // of each run; a method's runs differ in c and seed alone
    double seconds = 0;
  };
  std::map<std::string, Kind> kinds;
  double all = kLogZSeconds * static_cast<double>(AllC(plan).size());
  for (const RunSpec& spec : plan.runs) {
    Kind& kind = kinds[spec.tuning ? "tune " + spec.tuning->options.method : "baselines"];
    ++kind.runs;
    if (spec.tuning) kind.events = spec.tuning->options.iterations;
    kind.seconds += EstimatedSeconds(spec);
    all += EstimatedSeconds(spec);
  }
  TextTable table({"what", "runs", "events each", "one core"});
  for (const auto& [name, kind] : kinds) {
    table.AddRow({name, std::to_string(kind.runs), kind.events > 0 ? Grouped(kind.events) : "-",
                  DurationText(kind.seconds)});
  }
  if (trains_note_rnn) table.AddRow({"Note RNN", "1", "-", "minutes"});
  return table.ToText() + fmt::format("{} runs; about {} on {} threads", plan.runs.size(),
                                      DurationText(all / threads), threads);
}

}  // namespace rltuner::experiment
