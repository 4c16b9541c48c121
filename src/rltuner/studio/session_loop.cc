// SPDX-License-Identifier: Apache-2.0
// What the session's thread does: learn, report, save; and how a session finds its run again.
#include <algorithm>
#include <array>

#include "rltuner/core/files.h"
#include "rltuner/core/safetensors.h"
#include "rltuner/studio/session.h"
#include "rltuner/studio/thread_priority.h"

namespace rltuner {
namespace {

constexpr std::int64_t kSlice = 1000;  // events between two looks at the sliders
constexpr double kRowEvery = 1, kMelodyEvery = 2, kStateEvery = 0.5, kSaveEvery = 20;  // seconds
constexpr std::size_t kMostRows = 2000;
constexpr int kExampleLength = 32;  // events
constexpr const char* kNoteRnnTensor = "studio.note_rnn";
constexpr const char* kShapeFile = "shape.json";

Json ParseSaved(const std::string& text, std::string_view source) {
  Json parsed = Json::parse(text, nullptr, false);
  if (!parsed.is_object()) Fail("{}: not as the studio wrote it", source);
  return parsed;
}

// Every second row goes, the first and the last stay.
void Thin(std::vector<Json>* rows) {
  std::vector<Json> kept;
  for (std::size_t i = 0; i < rows->size(); ++i) {
    if (i % 2 == 0 || i + 1 == rows->size()) kept.push_back(std::move((*rows)[i]));
  }
  *rows = std::move(kept);
}

}  // namespace

void Session::Loop() {
  LowerThreadPriority();
  Lock lock(mutex_);
  for (;;) {
    wake_.wait(lock,
               [&] { return stopping_ || learner_epoch_ != epoch_ || run_.running() || unsaved_; });
    if (learner_epoch_ != epoch_) {
      Begin(lock);
    } else if (stopping_) {
      break;
    } else if (run_.running()) {
      Slice(lock);
    } else {
      Save(lock);
    }
  }
  if (unsaved_) Save(lock);
}

void Session::Begin(Lock& lock) {
  const std::int64_t epoch = epoch_;
  const LearningPlan plan = plan_;
  const Shape shape = shape_;
  const bool wanted = run_.status != "idle";
  shape_is_new_ = false;
  lock.unlock();
  learner_.reset();  // first, as two replay memories may be much
  if (wanted) learner_ = std::make_unique<Learner>(plan, shape, base_);
  untuned_ = MeasurePolicy({.network = plan.note_rnn, .prior = {}, .recipe = {}}, shape.rules, 1);
  lock.lock();
  learner_epoch_ = epoch;
  const double now = options_.clock();
  next_row_ = next_state_ = now;
  next_melody_ = now + kMelodyEvery / 2;
  speed_since_ = 0;
  if (wanted && learner_epoch_ == epoch_) Report(lock);
}

void Session::Slice(Lock& lock) {
  const std::int64_t epoch = epoch_;
  std::optional<Shape> shape;
  if (shape_is_new_) shape.emplace(shape_);
  shape_is_new_ = false;
  lock.unlock();
  if (shape) learner_->SetShape(*shape);
  learner_->Advance(kSlice);
  Model model = learner_->Current();
  lock.lock();
  if (epoch != epoch_) return;  // this was another run's

  unsaved_ = true;
  model_ = std::move(model);
  run_.iteration = learner_->iteration();
  if (!learner_->Failure().empty()) {
    run_.status = "failed";
    run_.error = learner_->Failure() + "; turn c up and start anew";
  } else if (run_.iteration >= run_.iterations && run_.running()) {
    run_.status = "finished";
  }
  if (!run_.running()) speed_since_ = 0;
  Report(lock);
  if (epoch == epoch_ && run_.running() && options_.clock() >= next_save_) Save(lock);
}

void Session::Report(Lock& lock) {
  const std::int64_t epoch = epoch_;
  const bool ended = !run_.running();
  const double now = options_.clock();
  if (speed_since_ == 0 || !run_.running()) {
    run_.events_per_second = 0;
    speed_since_ = now;
    speed_from_ = run_.iteration;
  }
  if (now >= next_state_ || ended) {
    next_state_ = now + kStateEvery;
    const double seconds = now - speed_since_;
    if (seconds > kStateEvery / 2) {
      run_.events_per_second = static_cast<double>(run_.iteration - speed_from_) / seconds;
      if (seconds > 10 * kStateEvery) {
        speed_since_ = now;
        speed_from_ = run_.iteration;
      }
    }
    PublishRun();
  }
  const bool row_due = now >= next_row_ || ended;
  const bool melody_due = now >= next_melody_ || ended;
  if (!row_due && !melody_due) return;
  const Shape shape = shape_;
  const Model model = model_;
  const std::int64_t iteration = run_.iteration;
  const std::int64_t seed = ++melodies_played_;
  lock.unlock();

  Json row;
  Json warnings;
  if (row_due) {
    const Metrics metrics = MeasurePolicy(model, shape.rules, static_cast<std::uint64_t>(seed));
    row = ProgressJson(metrics, shape, iteration, learner_->TakeLearning());
    warnings = WarningsJson(metrics, untuned_);
  }
  Json melody;
  if (melody_due) {
    melody = ShortJson(melodies_->Add(Play(
        {.model = "current", .title = "Tuned model", .iteration = iteration}, model, model,
        shape.rules, {.length = kExampleLength, .temperature = shape.temperature, .seed = seed})));
  }

  lock.lock();
  if (epoch != epoch_) return;
  if (row_due) {
    row["reset"] = rows_.empty();
    Publish("progress", row);
    rows_.push_back(std::move(row));
    if (rows_.size() > kMostRows) Thin(&rows_);
    next_row_ = options_.clock() + kRowEvery;
    if (warnings != warnings_) {
      warnings_ = std::move(warnings);
      Publish("warnings", {{"warnings", warnings_}});
    }
  }
  if (melody_due) {
    Publish("melody", {{"melody", melody}});
    next_melody_ = options_.clock() + kMelodyEvery;
  }
}

void Session::Save(Lock& lock) {
  const NetworkShape& shape = note_rnn_.shape();
  const std::array dimensions = {shape.vocabulary, shape.hidden, shape.layers};
  const Json run = {{"status", run_.status},
                    {"iterations", run_.iterations},
                    {"events_before", plan_.events_before},
                    {"from_version", run_.from_version ? Json(*run_.from_version) : Json(nullptr)},
                    {"error", run_.error},
                    {"model", options_.note_rnn_name},
                    {"shape", SaveShape(shape_, base_)},
                    {"note_rnn", dimensions},
                    {"rows", rows_}};
  const Json shape_file = SaveShape(shape_, base_);
  const bool write_shape = shape_unsaved_;
  const Network note_rnn = note_rnn_;
  unsaved_ = shape_unsaved_ = false;
  next_save_ = options_.clock() + kSaveEvery;
  lock.unlock();
  std::string problem;
  try {
    if (write_shape) {
      WriteFileAtomically(options_.folder / kShapeFile, std::string_view{shape_file.dump()});
    }
    if (learner_ == nullptr) {
      checkpoints_.Clear();
    } else {
      StateWriter writer;
      writer.Add<float>(kNoteRnnTensor, note_rnn.arena());
      learner_->Save(&writer);
      checkpoints_.Save(writer.tensors(), {{"run", run.dump()}});
    }
  } catch (const std::exception& error) {
    problem = error.what();
  }
  lock.lock();
  if (!problem.empty()) {
    run_.error = "not saved: " + problem;
    PublishRun();
  }
}

void Session::LoadShapeFile(std::vector<std::string>* warnings) {
  const std::filesystem::path path = options_.folder / kShapeFile;
  if (!std::filesystem::exists(path)) return;
  try {
    shape_ = LoadShape(ParseSaved(ReadTextFile(path), path.string()), path.string());
  } catch (const std::exception& error) {
    warnings->push_back(fmt::format("the sliders begin anew: {}", error.what()));
  }
}

void Session::LoadRun(std::vector<std::string>* warnings) {
  try {
    const std::optional<SafetensorsFile> file = checkpoints_.Load(warnings);
    if (!file) return;
    const std::string source = file->path().string();
    const auto found = file->metadata().find("run");
    const Json run = ParseSaved(found == file->metadata().end() ? "" : found->second, source);
    if (run.at("model") != options_.note_rnn_name) {
      warnings->push_back(fmt::format("the last run tuned {} and is forgotten: now it is {}",
                                      run.at("model").get<std::string>(), options_.note_rnn_name));
      return;
    }
    const Json& dimensions = run.at("note_rnn");
    Network note_rnn(NetworkShape{.vocabulary = dimensions.at(0).get<int>(),
                                  .hidden = dimensions.at(1).get<int>(),
                                  .layers = dimensions.at(2).get<int>()});
    const StateReader reader(*file);
    reader.Read<float>(kNoteRnnTensor, note_rnn.arena());
    Shape shape = LoadShape(run.at("shape"), source);
    const LearningPlan plan{.note_rnn = note_rnn,
                            .events_before = run.at("events_before").get<std::int64_t>()};
    auto learner = std::make_unique<Learner>(plan, shape, base_);
    learner->Restore(reader);

    // The sliders may have moved after the run was saved, but not to another kind of run.
    if (shape_.method != shape.method || shape_.exploration != shape.exploration) {
      shape_ = std::move(shape);
    }
    run_ = {.status = run.at("status").get<std::string>(),
            .iteration = learner->iteration(),
            .iterations = run.at("iterations").get<std::int64_t>(),
            .from_version = {},
            .error = run.at("error").get<std::string>()};
    if (!run.at("from_version").is_null()) run_.from_version = run.at("from_version").get<int>();
    for (const Json& row : run.at("rows")) rows_.push_back(row);
    untuned_ = MeasurePolicy({.network = note_rnn, .prior = {}, .recipe = {}}, shape_.rules, 1);
    model_ = learner->Current();
    plan_ = plan;
    note_rnn_ = std::move(note_rnn);
    learner_ = std::move(learner);
    shape_is_new_ = true;
  } catch (const std::exception& error) {
    warnings->push_back(fmt::format("the last run is forgotten: {}", error.what()));
  }
}

}  // namespace rltuner
