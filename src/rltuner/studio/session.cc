// SPDX-License-Identifier: Apache-2.0
// The session as pages see it; session_loop.cc is what its thread does.
#include "rltuner/studio/session.h"

#include <algorithm>
#include <cmath>

#include "rltuner/core/files.h"
#include "rltuner/studio/rule_guide.h"
#include "rltuner/tuning/methods.h"

namespace rltuner {
namespace {

constexpr double kSaveShapeWithin = 2;  // seconds
constexpr std::int64_t kLeastIterations = 1000, kMostIterations = 1'000'000'000;

}  // namespace

Session::Session(SessionOptions options, EventStream* events, MelodyStore* melodies,
                 std::vector<std::string>* warnings)
    : options_(std::move(options)),
      events_(events),
      melodies_(melodies),
      checkpoints_(options_.folder / "run", "studio"),
      note_rnn_(options_.note_rnn),
      model_({.network = options_.note_rnn, .prior = {}, .recipe = {}}),
      plan_({.note_rnn = options_.note_rnn}) {
  RecipeSettings recipe = ReadTuningRecipe(options_.recipe, "the studio's recipe");
  base_ = recipe.tuning;
  presets_ = MakePresets(recipe.rules, recipe.tuning.c);
  shape_ = {.rules = std::move(recipe.rules),
            .c = base_.c,
            .method = base_.method,
            .exploration = base_.exploration,
            .preset = std::string(presets_.front().name)};
  MakeFolder(options_.folder);
  LoadShapeFile(warnings);
  LoadRun(warnings);
  thread_ = std::thread([this] { Loop(); });
}

Session::~Session() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
    Wake();
  }
  thread_.join();
}

void Session::Wake() { wake_.notify_all(); }

Json Session::ShapeState() const {
  const std::scoped_lock lock(mutex_);
  return ShapeJson(shape_);
}

Json Session::RunJson() const {
  const std::scoped_lock lock(mutex_);
  return RunJsonLocked();
}

Json Session::RunJsonLocked() const {
  const bool known = run_.running() && run_.events_per_second > 0;
  const auto left = static_cast<double>(run_.iterations - run_.iteration);
  return {{"status", run_.status},
          {"method", shape_.method},
          {"iteration", run_.iteration},
          {"iterations", run_.iterations},
          {"from_version", run_.from_version ? Json(*run_.from_version) : Json(nullptr)},
          {"events_per_second", known ? Json(std::round(run_.events_per_second)) : Json(nullptr)},
          {"seconds_left", known ? Json(Rounded(left / run_.events_per_second)) : Json(nullptr)},
          {"error", run_.error}};
}

Json Session::State() const {
  const std::scoped_lock lock(mutex_);
  const bool own = std::ranges::equal(note_rnn_.arena(), options_.note_rnn.arena());
  return {{"note_rnn", own ? Json(options_.note_rnn_name) : Json("of a version")},
          {"rules", RulesJson(shape_.rules, presets_.front().rules)},
          {"presets", PresetsJson(presets_)},
          {"shape", ShapeJson(shape_)},
          {"run", RunJsonLocked()},
          {"progress", rows_},
          {"warnings", warnings_}};
}

void Session::PublishRun() { Publish("run", RunJsonLocked()); }

void Session::StartAnew(std::string status, std::int64_t iterations) {
  run_ = {.status = std::move(status), .iterations = iterations, .from_version = {}, .error = {}};
  plan_ = {.note_rnn = note_rnn_};
  model_ = {.network = note_rnn_, .prior = {}, .recipe = {}};
  rows_.clear();
  ++epoch_;
  unsaved_ = true;
}

void Session::GoOn() {
  run_.status = "running";
  run_.error.clear();
  speed_since_ = 0;
}

void Session::MarkShapeChanged() {
  unsaved_ = shape_unsaved_ = shape_is_new_ = true;
  next_save_ = std::min(next_save_, options_.clock() + kSaveShapeWithin);
}

void Session::LearnAtLeast(std::int64_t events) {
  run_.iterations = std::max(run_.iterations, run_.iteration + events);
}

void Session::ChangeShape(const Json& request) {
  const RequestFields fields(
      request, {"c", "temperature", "weights", "method", "exploration", "preset", "learn"});
  const std::scoped_lock lock(mutex_);
  const bool learn = fields.Flag("learn").value_or(false);
  const std::string method = shape_.method;
  const std::string exploration = shape_.exploration;
  rltuner::ChangeShape(fields, presets_, &shape_);
  const bool other_run =
      shape_.method != method ||
      (shape_.exploration != exploration && MethodNamed(shape_.method).Takes("exploration"));
  if (other_run && run_.status != "idle") {
    StartAnew(run_.running() ? "running" : "idle", run_.running() ? kIterations : 0);
  }
  if (learn && !run_.running()) {
    if (run_.status == "idle") StartAnew("running", kIterations);
    GoOn();
  }
  const bool changes_reward = fields.Find("c") != nullptr || fields.Find("weights") != nullptr ||
                              fields.Find("preset") != nullptr;
  if (run_.running() && (learn || changes_reward)) {
    LearnAtLeast(kIterationsToHear);
    next_melody_ = std::min(next_melody_, options_.clock() + 1);
  }
  MarkShapeChanged();
  Publish("shape", ShapeJson(shape_));
  PublishRun();
  Wake();
}

void Session::ControlRun(const Json& request) {
  const RequestFields fields(request, {"action", "iterations"});
  const auto action = fields.Text("action", 20);
  const auto iterations = fields.Whole("iterations", kLeastIterations, kMostIterations);
  const std::scoped_lock lock(mutex_);
  const std::string& status = run_.status;
  if (action == "start" || (action == "resume" && status == "idle")) {
    StartAnew("running", iterations.value_or(kIterations));
  } else if (action == "resume") {
    if (!run_.running()) {
      const bool to_its_end = status == "paused" && !iterations && run_.iterations > run_.iteration;
      if (!to_its_end) run_.iterations = run_.iteration + iterations.value_or(kIterationsToHear);
      GoOn();
    }
  } else if (action == "pause") {
    if (run_.running()) run_.status = "paused";
  } else if (action == "reset") {
    note_rnn_ = options_.note_rnn;
    StartAnew("idle", 0);
  } else {
    const Json* const given = fields.Find("action");
    Fail("action is {}; expected start, resume, pause or reset",
         given == nullptr ? "missing" : Shown(*given));
  }
  unsaved_ = true;
  PublishRun();
  Wake();
}

Session::Snapshot Session::Current() const {
  const std::scoped_lock lock(mutex_);
  return {.model = model_,
          .shape = shape_,
          .iteration = run_.iteration,
          .figures = rows_.empty() ? Json(nullptr) : rows_.back()};
}

void Session::Adopt(std::int64_t version, const Model& model, const Shape& shape,
                    std::int64_t iteration) {
  const std::scoped_lock lock(mutex_);
  note_rnn_ = model.note_rnn();
  shape_ = Shape(shape);
  StartAnew("paused", iteration);
  run_.iteration = iteration;
  run_.from_version = version;
  model_ = model;
  model_.recipe.clear();
  plan_.events_before = iteration;
  if (model.prior) plan_.start = model.network;
  MarkShapeChanged();
  Publish("shape", ShapeJson(shape_));
  PublishRun();
  Wake();
}

}  // namespace rltuner
