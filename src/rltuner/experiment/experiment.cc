// SPDX-License-Identifier: Apache-2.0
#include "rltuner/experiment/experiment.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <iterator>
#include <memory>
#include <mutex>

#include "rltuner/core/error.h"
#include "rltuner/core/files.h"
#include "rltuner/evaluation/html_page.h"
#include "rltuner/experiment/gap.h"
#include "rltuner/melody/encoding.h"
#include "rltuner/melody/model_inputs.h"

namespace rltuner::experiment {
namespace fs = std::filesystem;
namespace {

constexpr int kMelodiesOfAModel = 2;  // in the report; the folders have more

fs::path NoteRnnPath(const fs::path& folder) { return folder / "note_rnn.safetensors"; }

[[noreturn]] void FailForAnotherNoteRnn(const fs::path& path) {
  Fail("{}: an experiment with another Note RNN is there; give another --output", path.string());
}

// Fails unless 32 events are two bars, both for the Note RNN and for the dataset.
void CheckEncodings(const ExperimentOptions& options) {
  const bool trains = options.note_rnn == nullptr;
  const Encoding encoding =
      trains ? options.dataset->encoding() : MelodyEncodingOf(*options.note_rnn);
  const std::string source = trains ? options.dataset->path().string() : options.note_rnn_name;
  if (!trains && options.dataset != nullptr) options.dataset->ExpectEventsOf(encoding, source);
  if (encoding.steps_per_quarter == kStepsPerQuarter) return;
  Fail("{}: {} steps a quarter note; the experiment plays two bars of 32 events, so it needs {}",
       source, encoding.steps_per_quarter, kStepsPerQuarter);
}

std::uint64_t HashOf(const Dataset& dataset) {
  std::vector<std::uint8_t> all;
  for (const auto* melodies : {&dataset.TrainingMelodies(), &dataset.HeldOutMelodies()}) {
    for (const Dataset::Events melody : *melodies) {
      all.insert(all.end(), melody.begin(), melody.end());
      all.push_back(255);  // no event; it separates melodies
    }
  }
  return HashEvents(all);
}

void KeepNoteRnn(const Model& model, const fs::path& path) {
  const Network& note_rnn = model.note_rnn();
  if (!fs::exists(path)) {
    WriteModel(path, {.network = note_rnn, .encoding = model.encoding});
    return;
  }
  const Model there = ReadModel(path);
  if (there.network.shape() != note_rnn.shape() || there.encoding != model.encoding ||
      !std::ranges::equal(there.network.arena(), note_rnn.arena())) {
    FailForAnotherNoteRnn(path);
  }
}

// Trains the Note RNN, or resumes it. False if stopped.
bool TrainNoteRnn(const ExperimentOptions& options, const ExperimentCallbacks& callbacks,
                  const fs::path& path) {
  const Dataset& dataset = *options.dataset;
  const std::string recipe = fmt::format("# melodies {:016x}\n{}", HashOf(dataset),
                                         TrainingRecipe(options.network, options.training));
  if (fs::exists(path)) {
    if (ReadModel(path).recipe != recipe) FailForAnotherNoteRnn(path);
    return true;
  }
  const CheckpointFolder checkpoint(path.parent_path() / "note_rnn.checkpoint", "training");
  TrainedNoteRnn trained =
      Train(dataset, options.network, options.training,
            {.threads = options.threads, .checkpoint = checkpoint.path(), .resume = true},
            {.progress = callbacks.trained, .should_stop = callbacks.should_stop});
  if (trained.end == TrainingEnd::kStopped) return false;
  trained.model.recipe = recipe;
  WriteModel(path, trained.model);
  checkpoint.Clear();
  return true;
}

// False if stopped.
bool Prepare(const ExperimentOptions& options, const fs::path& folder,
             const ExperimentCallbacks& callbacks) {
  MakeFolder(folder);
  RemoveTemporaryFiles(folder);  // of an experiment that was killed
  WriteFileAtomically(folder / "rules.toml", options.plan.rules.toml);
  if (options.note_rnn == nullptr) return TrainNoteRnn(options, callbacks, NoteRnnPath(folder));
  KeepNoteRnn(*options.note_rnn, NoteRnnPath(folder));
  return true;
}

// Does the runs that play what other runs tuned, or all others. False if this process was asked to
// stop.
bool DoRuns(bool of_others, const Plan& plan, const RunInputs& inputs, const fs::path& folder,
            Cluster* cluster, int threads, const ExperimentCallbacks& callbacks) {
  std::vector<int> runs;
  std::ranges::copy_if(plan.order, std::back_inserter(runs),
                       [&](int run) { return plan.runs[run].model_of.empty() != of_others; });
  std::atomic<bool> stopped{false};
  std::mutex mutex;
  cluster->ForEachTask(static_cast<int>(runs.size()), threads, [&](int task) {
    const int run = runs[task];
    const RunSpec& spec = plan.runs[run];
    const fs::path run_folder = RunFolder(folder, spec);
    for (const fs::path& written : {run_folder, run_folder / "melodies"}) {
      RemoveTemporaryFiles(written);  // of a run that was killed
    }
    if (stopped || IsFinished(spec, run_folder)) return;
    if (callbacks.should_stop()) {
      stopped = true;
      return;
    }
    const auto progress = [&](double share) {
      const std::scoped_lock lock(mutex);
      callbacks.progress(run, share);
    };
    const auto warn = [&](const std::string& line) {
      const std::scoped_lock lock(mutex);
      callbacks.warn(line);
    };
    const double begun = callbacks.clock();
    progress(0);
    if (!DoRun(spec, inputs, run_folder,
               {.progress = progress, .should_stop = callbacks.should_stop, .warn = warn})) {
      stopped = true;
      return;
    }
    WriteFileAtomically(run_folder / "seconds.txt",
                        fmt::format("{:.1f}\n", callbacks.clock() - begun));
    progress(1);
  });
  return !stopped;
}

// The run tuned with this c that has the most reward / c - KL; null if there is none.
const RunSpec* BestPolicy(const Plan& plan, const Conditions& all, double c) {
  const RunSpec* best = nullptr;
  double most = -INFINITY;
  for (const Condition& of : FrontierConditions(all)) {
    const double value = ValueOfAnEvent(of, c);
    if (of.method == nullptr || of.c != c || !(value > most)) continue;
    most = value;
    best = &plan.runs[of.runs.front()];
  }
  return best;
}

// Runs SMC with the Note RNN as proposal, and with the best policy that was tuned with this c. With
// either proposal, at_least is below log Z with a probability of 97.5 %. The higher of the two is
// therefore below log Z with a probability of at least 95 %.
LogZ BestLogZ(const ExperimentOptions& options, const Plan& plan, const ExperimentReport& report,
              const Model& note_rnn, double c, const fs::path& folder) {
  const auto estimate = [&](const Model& model) {
    const Encoding encoding = MelodyEncodingOf(model);
    const RuleSet reward = options.plan.rules.Make().In(MusicContext(MelodyContext(), encoding));
    const std::unique_ptr<InputRows> inputs = InputsOf(encoding, MelodyContext());
    return EstimateLogZ(NetworksOf(model, inputs.get()), reward,
                        {.particles = options.estimates.particles, .c = c},
                        {.length = report.length, .seed = 1, .threads = options.threads},
                        options.estimates.runs_per_primer);
  };
  const LogZ untuned = estimate(note_rnn);
  const RunSpec* best = BestPolicy(plan, report.conditions, c);
  if (best == nullptr) return untuned;
  const LogZ tuned = estimate(ReadModel(RunFolder(folder, *best) / "model.safetensors"));
  return tuned.at_least > untuned.at_least ? tuned : untuned;
}

ExperimentReport CollectReport(const ExperimentOptions& options, const Plan& plan,
                               const Model& note_rnn, const fs::path& folder) {
  std::vector<RunResult> runs;
  for (const RunSpec& spec : plan.runs) runs.push_back(ReadRun(spec, RunFolder(folder, spec)));
  const EstimateOptions& estimates = options.estimates;
  ExperimentReport report;
  report.note_rnn = options.note_rnn_name;
  report.command = fmt::format("{} {} --output DIR", options.command, PlanCommand(options.plan));
  report.scale = ScaleText(options.plan);
  report.rules = options.plan.rules.name;
  report.conditions = Summarise(plan, runs);
  for (const double c : AllC(plan)) {
    if (estimates.particles == 0) break;
    report.log_z.push_back({c, BestLogZ(options, plan, report, note_rnn, c, folder)});
  }
  if (estimates.exact_share > 0) {
    report.exact = CompareOnExactProblem(estimates.exact_share);
  }
  for (const Condition* condition : Table1Columns(plan)) {
    const RunSpec& spec = plan.runs[condition->runs.front()];
    report.melodies.emplace_back(condition->title,
                                 ReadMelodies(RunFolder(folder, spec) / "melodies",
                                              std::min(kMelodiesOfAModel, spec.melodies)));
  }
  return report;
}

}  // namespace

void MakeQuick(ExperimentOptions* options) {
  PlanOptions& plan = options->plan;
  plan.seeds = 3;
  plan.iterations = 150'000;
  plan.compositions = 10'000;
  plan.sweep_compositions = 5'000;
  plan.baseline_samples = 50'000;
  plan.scale = "quick, ";
  options->estimates = {.particles = 128, .runs_per_primer = 4, .exact_share = 0.25};
}

std::optional<ExperimentReport> RunExperiment(const ExperimentOptions& options,
                                              const fs::path& folder, Cluster* cluster,
                                              const ExperimentCallbacks& callbacks) {
  CheckEncodings(options);
  std::optional<CopiedRuns> copied_runs;
  PlanOptions plan_options = options.plan;
  if (options.dataset != nullptr) {
    copied_runs.emplace(options.dataset->TrainingMelodies(), kCompositionLength);
    plan_options.training_melodies = copied_runs->fingerprint();
  }
  const Plan plan = MakePlan(plan_options);
  const std::string text =
      PlanText(plan, options.threads * cluster->size(), options.note_rnn == nullptr);
  if (!callbacks.planned(plan, text)) return std::nullopt;
  const bool first = cluster->rank() == 0;
  if (cluster->Any(first && !Prepare(options, folder, callbacks))) return std::nullopt;
  const Model note_rnn = ReadModel(NoteRnnPath(folder));
  const RunInputs inputs{.note_rnn = &note_rnn, .training = copied_runs ? &*copied_runs : nullptr};
  for (const bool of_others : {false, true}) {
    if (cluster->Any(
            !DoRuns(of_others, plan, inputs, folder, cluster, options.threads, callbacks))) {
      return std::nullopt;
    }
  }
  if (!first) return ExperimentReport();
  callbacks.estimating();
  ExperimentReport report = CollectReport(options, plan, note_rnn, folder);
  WriteExperimentReport(report, folder);
  return report;
}

fs::path RunFolder(const fs::path& folder, const RunSpec& spec) {
  return folder / "runs" / spec.name;
}

std::vector<bool> FinishedRuns(const Plan& plan, const fs::path& folder) {
  std::vector<bool> finished;
  for (const RunSpec& spec : plan.runs) {
    finished.push_back(IsFinished(spec, RunFolder(folder, spec)));
  }
  return finished;
}

}  // namespace rltuner::experiment
