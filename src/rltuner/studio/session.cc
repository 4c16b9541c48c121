// SPDX-License-Identifier: Apache-2.0
// The session as pages see it; session_loop.cc is what its thread does.
#include "rltuner/studio/session.h"

#include <algorithm>
#include <cmath>

#include "rltuner/core/files.h"
#include "rltuner/core/parallel.h"
#include "rltuner/evaluation/evaluate.h"
#include "rltuner/studio/rule_guide.h"

namespace rltuner::studio {
namespace {

constexpr double kSaveControlsWithin = 2;  // seconds
constexpr std::int64_t kLeastIterations = 1000, kMostIterations = 1'000'000'000;
constexpr const char* kRunFolder = "run";
constexpr const char* kRunKind = "studio";

}  // namespace

Session::Session(SessionOptions options, EventStream* events, MelodyStore* melodies,
                 std::vector<std::string>* warnings)
    : options_(std::move(options)),
      events_(events),
      melodies_(melodies),
      presets_(MakePresets(recipes())),
      checkpoints_(options_.folder / kRunFolder, kRunKind),
      encoding_(options_.encoding.ToJson()),
      controls_(ControlsOf(recipes().front(), options_.encoding)),
      model_({.network = options_.note_rnn, .encoding = encoding_}),
      plan_({.note_rnn = options_.note_rnn, .encoding = options_.encoding}) {
  MakeFolder(options_.folder);
  LoadControlsFile(warnings);
  LoadRun(warnings);
  thread_ = StartThread([this] { Loop(); });
}

std::string SavedModelIn(const std::filesystem::path& folder) {
  try {
    std::vector<std::string> ignored;
    const auto file = CheckpointFolder(folder / kRunFolder, kRunKind).Load(&ignored);
    if (!file) return "";
    return ParseSaved(file->metadata().at("run"), "").at("model").get<std::string>();
  } catch (const std::exception&) {  // damaged, which the session reports
    return "";
  }
}

Session::~Session() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
    wake_.notify_all();
  }
  thread_.join();
}

Json Session::Controls() const {
  const std::scoped_lock lock(mutex_);
  return ControlsJson(controls_);
}

Json Session::RunJson() const {
  const std::scoped_lock lock(mutex_);
  return RunJsonLocked();
}

Json Session::RunJsonLocked() const {
  const bool known = run_.running() && run_.events_per_second > 0;
  const auto left = static_cast<double>(run_.iterations - run_.iteration);
  const bool unsaved = run_.error.empty() && !save_problem_.empty();
  return {{"status", run_.status},
          {"method", controls_.method},
          {"iteration", run_.iteration},
          {"iterations", run_.iterations},
          {"from_version", OrNull(run_.from_version)},
          {"events_per_second", known ? Json(std::round(run_.events_per_second)) : Json(nullptr)},
          {"seconds_left", known ? Json(Rounded(left / run_.events_per_second)) : Json(nullptr)},
          {"error", unsaved ? "not saved: " + save_problem_ : run_.error}};
}

Json Session::State() const {
  const std::scoped_lock lock(mutex_);
  const bool own = std::ranges::equal(plan_.note_rnn.arena(), options_.note_rnn.arena());
  return {{"note_rnn", own ? Json(options_.note_rnn_name) : Json("of a version")},
          {"recipes", RecipesJson(recipes())},
          {"rules", RulesJson(recipes(), options_.encoding)},
          {"presets", PresetsJson(presets_)},
          {"shape", ControlsJson(controls_)},
          {"run", RunJsonLocked()},
          {"progress", rows_},
          {"warnings", warnings_}};
}

void Session::Changed(double save_within) {
  ++generation_;
  next_save_ = std::min(next_save_, options_.clock() + save_within);
  wake_.notify_all();
}

std::int64_t Session::IterationsToHear() const {
  return controls_.finds_weights() ? kIterationsToMatch : kIterationsToHear;
}

void Session::StartAnew(RunStatus status, std::int64_t iterations) {
  run_ = {.status = status, .iterations = iterations};
  plan_ = {.note_rnn = std::move(plan_.note_rnn), .encoding = options_.encoding};
  model_ = {.network = plan_.note_rnn, .encoding = encoding_};
  rows_.clear();
  if (!warnings_.empty()) {
    warnings_.clear();
    Publish("warnings", {{"warnings", warnings_}});
  }
  ++epoch_;
}

void Session::Resume() {
  if (run_.status == RunStatus::kFailed) {  // its learner is gone
    plan_.events_before = run_.iteration;
    if (model_.prior) plan_.start = model_.network;
    ++epoch_;
  }
  run_.status = RunStatus::kRunning;
  run_.error.clear();
  speed_since_ = 0;
}

void Session::ChangeControls(const Json& request) {
  const RequestFields fields = ControlsRequest(request);
  const std::scoped_lock lock(mutex_);
  const bool learn = fields.Flag("learn").value_or(false);
  const TuningControls before = controls_;
  studio::ChangeControls(fields, {recipes(), presets_, options_.encoding}, &controls_);
  if (!IsSameRun(before, controls_) && run_.status != RunStatus::kIdle) {
    const bool running = run_.running();
    StartAnew(running ? RunStatus::kRunning : RunStatus::kIdle, running ? kIterations : 0);
  }
  if (learn && run_.status == RunStatus::kIdle) StartAnew(RunStatus::kRunning, kIterations);
  if (learn && !run_.running()) Resume();
  const bool changes_reward = before.c != controls_.c || before.kl_budget != controls_.kl_budget ||
                              before.preset != controls_.preset ||
                              AmountsJson(before) != AmountsJson(controls_);
  if (run_.running() && (learn || changes_reward)) {
    run_.iterations = std::max(run_.iterations, run_.iteration + IterationsToHear());
    next_melody_ = std::min(next_melody_, options_.clock() + 1);
  }
  Publish("shape", ControlsJson(controls_));
  PublishRun();
  Changed(kSaveControlsWithin);
}

void Session::ControlRun(const Json& request) {
  const RequestFields fields(request, {"action", "iterations"});
  const auto action = fields.Text("action", 20);
  const auto iterations = fields.Whole("iterations", kLeastIterations, kMostIterations);
  const std::scoped_lock lock(mutex_);
  const RunStatus status = run_.status;
  if (iterations && (action == "pause" || action == "reset")) {
    Fail("iterations has no effect with action {}; expected action start or resume", *action);
  }
  if (action == "start" || (action == "resume" && status == RunStatus::kIdle)) {
    StartAnew(RunStatus::kRunning, iterations.value_or(kIterations));
  } else if (action == "resume") {
    if (status != RunStatus::kRunning) {
      const bool to_its_end =
          status == RunStatus::kPaused && !iterations && run_.iterations > run_.iteration;
      if (!to_its_end) run_.iterations = run_.iteration + iterations.value_or(IterationsToHear());
      Resume();
    }
  } else if (action == "pause") {
    if (status == RunStatus::kRunning) run_.status = RunStatus::kPaused;
  } else if (action == "reset") {
    plan_.note_rnn = options_.note_rnn;
    StartAnew(RunStatus::kIdle, 0);
  } else {
    const Json* const given = fields.Find("action");
    Fail("action is {}; expected start, resume, pause or reset",
         given == nullptr ? "missing" : Shown(*given));
  }
  PublishRun();
  Changed(0);
}

PlayableVersion Session::Current() const {
  const std::scoped_lock lock(mutex_);
  return {{.name = kCurrentTitle,
           .iteration = run_.iteration,
           .figures = rows_.empty() ? Json(nullptr) : rows_.back(),
           .controls = controls_},
          model_};
}

void Session::Adopt(const PlayableVersion& version) {
  const Model& model = version.model;
  if (model.network.shape() != model.note_rnn().shape()) {
    Fail("version {}: its network and its Note RNN differ in size; expected equal sizes",
         version.id);
  }
  if (MelodyEncodingOf(model) != options_.encoding) {
    Fail("version {}: codes melodies in another way than {}; expected one that was tuned from it",
         version.id, options_.note_rnn_name);
  }
  const std::int64_t iteration = version.iteration.value_or(0);
  const std::scoped_lock lock(mutex_);
  plan_.note_rnn = model.note_rnn();
  controls_ = TuningControls(version.controls);
  controls_.recipe = RecipeFitting(recipes(), version.controls).name;
  StartAnew(RunStatus::kPaused, iteration);
  run_.iteration = iteration;
  run_.from_version = version.id;
  model_ = model;
  model_.recipe.clear();
  plan_.events_before = iteration;
  if (model.prior) plan_.start = model.network;
  Publish("shape", ControlsJson(controls_));
  PublishRun();
  Changed(0);
}

}  // namespace rltuner::studio
