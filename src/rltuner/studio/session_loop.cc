// SPDX-License-Identifier: Apache-2.0
// The session's thread (learning, reports, saving), and how a session resumes its run.
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <chrono>

#include "rltuner/core/files.h"
#include "rltuner/core/safetensors.h"
#include "rltuner/studio/session.h"

namespace rltuner::studio {
namespace {

constexpr std::int64_t kSlice = 1000;  // events between two looks at the controls
constexpr double kRowEvery = 1, kMelodyEvery = 2, kStateEvery = 0.5;  // seconds
constexpr double kSaveEvery = 20, kRetrySaveEvery = 2;                // seconds
constexpr std::chrono::milliseconds kLookAtClockEvery{100};
constexpr std::size_t kMostRows = 2000;
constexpr const char* kNoteRnnTensor = "studio.note_rnn";
constexpr const char* kControlsFile = "shape.json";

// Drops every second row, but keeps the first and the last.
void Thin(std::vector<Json>* rows) {
  std::vector<Json> kept;
  for (std::size_t i = 0; i < rows->size(); ++i) {
    if (i % 2 == 0 || i + 1 == rows->size()) kept.push_back(std::move((*rows)[i]));
  }
  *rows = std::move(kept);
}

}  // namespace

bool Session::IsSaveDue() const {
  return generation_ != saved_generation_ && options_.clock() >= next_save_;
}

void Session::Loop() {
  // On Linux a thread has a niceness of its own. It changes no result, so it may be refused.
  setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), 5);
  Lock lock(mutex_);
  for (;;) {
    const auto is_called = [&] {
      return stopping_ || learner_epoch_ != epoch_ || run_.running() || IsSaveDue();
    };
    if (generation_ == saved_generation_) {
      wake_.wait(lock, is_called);
    } else {
      wake_.wait_for(lock, kLookAtClockEvery, is_called);
    }
    const std::int64_t epoch = epoch_;
    try {
      if (learner_epoch_ != epoch_) {
        Begin(lock);
      } else if (stopping_) {
        break;
      } else if (run_.running()) {
        Slice(lock);
      }
    } catch (const std::exception& error) {
      if (!lock.owns_lock()) lock.lock();
      learner_.reset();
      learner_epoch_ = epoch;
      if (epoch == epoch_) {
        run_.status = RunStatus::kFailed;
        run_.error = error.what();
        PublishRun();
        Changed(0);
      }
    }
    if (learner_epoch_ == epoch_ && IsSaveDue()) Save(lock);
  }
  if (generation_ != saved_generation_) Save(lock);
}

void Session::Begin(Lock& lock) {
  const std::int64_t epoch = epoch_;
  const LearningPlan plan = plan_;
  const TuningControls controls = controls_;
  const bool is_needed = run_.status != RunStatus::kIdle;
  lock.unlock();
  learner_.reset();  // first, because two replay memories may need much memory
  if (is_needed) {
    learner_ = std::make_unique<Learner>(plan, controls, recipes());
  }
  untuned_ = MeasurePolicy({.network = plan.note_rnn, .encoding = encoding_}, controls, 1);
  lock.lock();
  learner_epoch_ = epoch;
  const double now = options_.clock();
  next_row_ = next_state_ = now;
  next_melody_ = now + kMelodyEvery / 2;
  speed_since_ = 0;
  if (is_needed && learner_epoch_ == epoch_) Report(lock);
}

void Session::Slice(Lock& lock) {
  const std::int64_t epoch = epoch_;
  const TuningControls controls = controls_;
  lock.unlock();
  learner_->SetControls(controls);
  learner_->Advance(kSlice);
  if (!learner_->Failure().empty()) Fail("{}; raise c and start again", learner_->Failure());
  Model model = learner_->Current();
  lock.lock();
  if (epoch != epoch_) return;  // this was another run's

  ++generation_;
  model_ = std::move(model);
  run_.iteration = learner_->iteration();
  if (run_.iteration >= run_.iterations && run_.running()) {
    run_.status = RunStatus::kFinished;
    Changed(0);
  }
  run_.iterations = std::max(run_.iterations, run_.iteration);  // never beyond the aim
  Report(lock);
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
  const TuningControls controls = controls_;
  const Model model = model_;
  const std::int64_t iteration = run_.iteration;
  lock.unlock();

  const std::int64_t number = melodies_->NewNumber();
  Json row;
  Json warnings;
  if (row_due) {
    const Metrics metrics = MeasurePolicy(model, controls, static_cast<std::uint64_t>(number));
    row = ProgressJson(metrics, learner_->c(), iteration, learner_->TakeLearning());
    warnings = WarningsJson(metrics, untuned_, controls);
  }
  Json melody;
  if (melody_due) {
    PlaySettings settings = SettingsOf(controls, options_.encoding);
    settings.id = settings.seed = number;
    settings.model_name = kCurrentTitle;
    settings.iteration = iteration;
    melody = ShortJson(melodies_->Add(Play(model, model, controls.rules, settings)));
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
  const NetworkShape& shape = plan_.note_rnn.shape();
  const std::array dimensions = {shape.vocabulary, shape.hidden, shape.layers, shape.context};
  const Json controls = SaveControls(controls_, recipes());
  const bool has_learner = learner_ != nullptr && learner_epoch_ == epoch_;
  const Json run = {
      {"status", run_.status},
      {"iterations", run_.iterations},
      {"events_before", has_learner ? learner_->events_before() : plan_.events_before},
      {"from_version", OrNull(run_.from_version)},
      {"error", run_.error},
      {"model", options_.note_rnn_name},
      // The controls with which the learner has learnt so far; the sliders may have moved since.
      {"shape", has_learner ? SaveControls(learner_->controls(), recipes()) : controls},
      {"note_rnn", dimensions},
      {"rows", rows_}};
  const bool is_idle = run_.status == RunStatus::kIdle;
  const std::int64_t generation = generation_;
  Network note_rnn = plan_.note_rnn;
  lock.unlock();
  std::string problem;
  try {
    WriteFileAtomically(options_.folder / kControlsFile, ToText(controls));
    if (is_idle) {
      checkpoints_.Clear();
    } else if (learner_ != nullptr) {  // a failed run keeps the checkpoint from before its error
      StateArchive archive;
      archive.Array(kNoteRnnTensor, note_rnn.arena());
      learner_->VisitState(&archive);
      checkpoints_.Save(archive.tensors(), {{"run", ToText(run)}});
    }
  } catch (const std::exception& error) {
    problem = error.what();
  }
  lock.lock();
  if (problem.empty()) saved_generation_ = generation;
  next_save_ = options_.clock() + (problem.empty() ? kSaveEvery : kRetrySaveEvery);
  if (problem != save_problem_) {
    save_problem_ = std::move(problem);
    PublishRun();
  }
}

void Session::LoadControlsFile(std::vector<std::string>* warnings) {
  const std::filesystem::path path = options_.folder / kControlsFile;
  if (!std::filesystem::exists(path)) return;
  try {
    auto saved = LoadControls(ParseSaved(ReadTextFile(path), path.string()), path.string());
    const auto [metres, modes] = MusicChoicesOf(options_.encoding);
    const bool plays = std::ranges::count(metres, saved.metre) > 0 &&
                       std::ranges::count(modes, saved.key.mode) > 0;
    if (!plays) {
      Fail("{} does not play in {}, {}", options_.note_rnn_name, saved.metre.Text(),
           saved.key.Text());
    }
    controls_ = std::move(saved);
  } catch (const std::exception& error) {
    warnings->push_back(fmt::format("the sliders are at their start: {}", error.what()));
  }
}

// Reads and builds everything before it changes the session.
void Session::LoadRun(std::vector<std::string>* warnings) {
  try {
    const std::optional<SafetensorsFile> file = checkpoints_.Load(warnings);
    if (!file) return;
    const std::string source = file->path().string();
    const Json saved = ParseSaved(file->Metadata("run"), source);
    const Json& dimensions = saved.at("note_rnn");
    Network note_rnn(
        NetworkShape{.vocabulary = dimensions.at(0).get<int>(),
                     .hidden = dimensions.at(1).get<int>(),
                     .layers = dimensions.at(2).get<int>(),
                     .context = dimensions.size() > 3 ? dimensions.at(3).get<int>() : 0});
    StateArchive archive(*file);
    archive.Array(kNoteRnnTensor, note_rnn.arena());
    // A model that has moved is known by its weights, one whose version was restored by its name.
    if (saved.at("model") != options_.note_rnn_name &&
        !std::ranges::equal(note_rnn.arena(), options_.note_rnn.arena())) {
      warnings->push_back(fmt::format("the last run tuned {} and is discarded: the model is now {}",
                                      Shown(saved.at("model")), options_.note_rnn_name));
      return;
    }
    TuningControls controls = LoadControls(saved.at("shape"), source);
    LearningPlan plan{.note_rnn = note_rnn,
                      .encoding = options_.encoding,
                      .events_before = saved.at("events_before").get<std::int64_t>()};
    auto learner = std::make_unique<Learner>(plan, controls, recipes());
    learner->VisitState(&archive);
    Model model = learner->Current();
    RunState run{.status = saved.at("status").get<RunStatus>(),
                 .iteration = learner->iteration(),
                 .iterations = saved.at("iterations").get<std::int64_t>(),
                 .error = saved.at("error").get<std::string>()};
    if (Json(run.status) != saved.at("status")) {
      Fail("{}: status is {}; expected one of a run", source, Shown(saved.at("status")));
    }
    if (const Json& version = saved.at("from_version"); !version.is_null()) {
      run.from_version = version.get<std::int64_t>();
    }
    auto rows = saved.at("rows").get<std::vector<Json>>();
    // The sliders may have moved after the run was saved, but not to another kind of run.
    const bool keep_controls = IsSameRun(controls, controls_);
    Metrics untuned = MeasurePolicy({.network = note_rnn, .encoding = encoding_},
                                    keep_controls ? controls_ : controls, 1);

    if (!keep_controls) controls_ = std::move(controls);
    run_ = std::move(run);
    rows_ = std::move(rows);
    untuned_ = std::move(untuned);
    model_ = std::move(model);
    plan_ = std::move(plan);
    learner_ = std::move(learner);
  } catch (const std::exception& error) {
    warnings->push_back(fmt::format("the last run is discarded: {}", error.what()));
  }
}

}  // namespace rltuner::studio
