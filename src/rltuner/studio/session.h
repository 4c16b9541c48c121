// SPDX-License-Identifier: Apache-2.0
// What all pages of one server share: the shape, the run, the current model.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "rltuner/core/checkpoint.h"
#include "rltuner/studio/event_stream.h"
#include "rltuner/studio/learner.h"
#include "rltuner/studio/melodies.h"
#include "rltuner/studio/presets.h"
#include "rltuner/studio/progress.h"
#include "rltuner/studio/shape.h"

namespace rltuner {

struct SessionOptions {
  Network note_rnn;
  std::string note_rnn_name;      // another name at the next start forgets the run
  std::string recipe;             // TOML: the default method's settings and the balanced preset
  std::filesystem::path folder;   // keeps the shape and the run
  std::function<double()> clock;  // seconds, from any moment; thread-safe
};

// Where the run stands.
struct RunState {
  std::string status = "idle";  // idle, running, paused, finished, failed
  std::int64_t iteration = 0;   // events learnt from
  std::int64_t iterations = 0;  // where it ends
  std::optional<std::int64_t> from_version;
  double events_per_second = 0;  // 0: not known
  std::string error;             // why it failed

  bool running() const { return status == "running"; }
};

inline constexpr std::int64_t kIterations = 1'000'000;      // of a run, unless asked otherwise
inline constexpr std::int64_t kIterationsToHear = 300'000;  // of learning after a change

// A thread of low priority learns in slices of some milliseconds; no call waits for it. What
// happens is published to the event stream. The run is saved every few seconds, when it stops, and
// by the destructor; a session made in the same folder goes on with it, running if it was running.
// Thread-safe.
class Session {
 public:
  // `events` and `melodies` must outlive the session. Lines about what could not be gone on with
  // are added to `warnings`.
  Session(SessionOptions options, EventStream* events, MelodyStore* melodies,
          std::vector<std::string>* warnings);
  ~Session();

  const std::vector<Preset>& presets() const { return presets_; }
  const TuningOptions& base() const { return base_; }

  // Parts of /api/state.
  Json ShapeState() const;
  Json RunJson() const;
  Json State() const;  // note_rnn, rules, presets, shape, run, progress, warnings

  // The requests of /api/shape and /api/run; an Error leaves everything as it was.
  void ChangeShape(const Json& request);
  void ControlRun(const Json& request);

  // What is current: a model without a recipe, and what belongs to it.
  struct Snapshot {
    Model model;
    Shape shape;
    std::int64_t iteration;
    Json figures;  // the newest row, or null
  };
  Snapshot Current() const;

  // Makes a kept model the current one; the run is paused at it.
  void Adopt(std::int64_t version, const Model& model, const Shape& shape, std::int64_t iteration);

 private:
  // One step of the thread's loop, each called with the lock held and returning with it.
  using Lock = std::unique_lock<std::mutex>;
  void Loop();
  void Begin(Lock& lock);
  void Slice(Lock& lock);
  void Report(Lock& lock);
  void Save(Lock& lock);

  // With the lock held.
  void StartAnew(std::string status, std::int64_t iterations);
  void Publish(std::string_view type, const Json& data) { events_->Publish(type, data.dump()); }
  void PublishRun();
  void GoOn();
  void LearnAtLeast(std::int64_t events);
  void MarkShapeChanged();
  void Wake();
  Json RunJsonLocked() const;

  void LoadShapeFile(std::vector<std::string>* warnings);
  void LoadRun(std::vector<std::string>* warnings);

  SessionOptions options_;
  EventStream* events_;
  MelodyStore* melodies_;
  TuningOptions base_;
  std::vector<Preset> presets_;
  CheckpointFolder checkpoints_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  Shape shape_;
  RunState run_;
  Network note_rnn_;  // what the run tunes: the program's, or that of a version
  Model model_;
  LearningPlan plan_;
  std::int64_t epoch_ = 0;  // one more whenever plan_ replaces what was learnt
  std::vector<Json> rows_;
  Json warnings_ = Json::array();
  bool unsaved_ = false;  // there is something that only the memory holds
  bool shape_unsaved_ = false;
  bool shape_is_new_ = false;  // the learner has not heard of it yet

  // The thread's own.
  std::unique_ptr<Learner> learner_;
  std::int64_t learner_epoch_ = 0;
  Metrics untuned_;  // the Note RNN's figures
  double next_row_ = 0, next_melody_ = 0, next_state_ = 0, next_save_ = 0;
  double speed_since_ = 0;
  std::int64_t speed_from_ = 0;
  std::int64_t melodies_played_ = 0;

  std::thread thread_;
};

}  // namespace rltuner
