// SPDX-License-Identifier: Apache-2.0
// The state that all pages of one server share: controls, run and current model. The run's states:
//
//                 start                    all iterations done
//      idle ---------------> running ------------------------------> finished
//        ^                    |   ^  |                                  |
//        |              pause |   |  | an error: the weights before it  |
//        |                    v   |  | stay                             |
//        |                  paused|  v                                  |
//        |                    |   |  failed                             |
//        | reset              |   |  |                                  |
//        +------- any state   +---+--+----------- resume ---------------+
//
// `start` works in every state and begins at the Note RNN. Restoring a version works in every state
// and pauses at it. Changing what IsSameRun compares begins a new run: running if one was running,
// idle otherwise. When a server ends, the next one resumes its state.
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
#include "rltuner/melody/encoding.h"
#include "rltuner/studio/control_changes.h"
#include "rltuner/studio/event_stream.h"
#include "rltuner/studio/learner.h"
#include "rltuner/studio/melodies.h"
#include "rltuner/studio/run_report.h"
#include "rltuner/studio/tuning_controls.h"
#include "rltuner/studio/versions.h"

namespace rltuner::studio {

struct SessionOptions {
  Network note_rnn;
  Encoding encoding = {};         // of its melodies
  std::string note_rnn_name;      // "bundled", "folk" or a path; another name forgets the run
  std::vector<Recipe> recipes;    // at least one; the studio begins with the first
  std::filesystem::path folder;   // keeps the controls and the run
  std::function<double()> clock;  // seconds since any moment; thread-safe
};

enum class RunStatus { kIdle, kRunning, kPaused, kFinished, kFailed };
NLOHMANN_JSON_SERIALIZE_ENUM(RunStatus, {{RunStatus::kIdle, "idle"},
                                         {RunStatus::kRunning, "running"},
                                         {RunStatus::kPaused, "paused"},
                                         {RunStatus::kFinished, "finished"},
                                         {RunStatus::kFailed, "failed"}})

struct RunState {
  RunStatus status = RunStatus::kIdle;
  std::int64_t iteration = 0;   // events learnt from
  std::int64_t iterations = 0;  // events after which it ends
  std::optional<std::int64_t> from_version = {};
  double events_per_second = 0;  // 0: not known
  std::string error = {};        // why it failed

  bool running() const { return status == RunStatus::kRunning; }
};

inline constexpr const char* kCurrentTitle = "Tuned model";  // of the current model
inline constexpr std::int64_t kIterations = 2'000'000;      // of a run, if the request does not say
inline constexpr std::int64_t kIterationsToHear = 300'000;  // for a run to learn after a change
inline constexpr std::int64_t kIterationsToMatch = 1'000'000;  // the same, for method match

// The name of the model whose run is saved in a studio's folder; "" if there is none.
std::string SavedModelIn(const std::filesystem::path& folder);

// A thread of low priority learns in slices of some milliseconds; no call waits for it. What
// happens is published to the event stream. The run is saved every few seconds, when it stops, and
// by the destructor; a save that fails is tried again until it succeeds. A session made in the same
// folder resumes the run. Thread-safe.
class Session {
 public:
  // `events` and `melodies` must outlive the session. Adds a line to `warnings` for everything that
  // could not be resumed.
  Session(SessionOptions options, EventStream* events, MelodyStore* melodies,
          std::vector<std::string>* warnings);
  ~Session();

  const std::vector<Recipe>& recipes() const { return options_.recipes; }

  // Parts of /api/state.
  Json Controls() const;
  Json RunJson() const;
  Json State() const;  // note_rnn, recipes, rules, presets, shape, run, progress, warnings

  // The requests of /api/shape and /api/run; an Error leaves everything as it was.
  void ChangeControls(const Json& request);
  void ControlRun(const Json& request);

  // The current model, without a recipe, as a version that is not kept yet. Its figures are the
  // newest row of progress, or null.
  PlayableVersion Current() const;

  // Makes a kept model the current one and pauses the run there. Error, and no change, if its
  // melodies are coded in another way. Error too if its network and its Note RNN differ in size,
  // because such a model cannot be tuned further.
  void Adopt(const PlayableVersion& version);

 private:
  // One step of the thread's loop, each called with the lock held. An exception that leaves one
  // fails the run.
  using Lock = std::unique_lock<std::mutex>;
  void Loop();
  void Begin(Lock& lock);
  void Slice(Lock& lock);
  void Report(Lock& lock);
  void Save(Lock& lock);

  // With the lock held.
  void StartAnew(RunStatus status, std::int64_t iterations);
  void Resume();
  void Changed(double save_within);
  std::int64_t IterationsToHear() const;
  bool IsSaveDue() const;
  void PublishRun() { Publish("run", RunJsonLocked()); }
  void Publish(std::string_view type, const Json& data) { events_->Publish(type, ToText(data)); }
  Json RunJsonLocked() const;

  void LoadControlsFile(std::vector<std::string>* warnings);
  void LoadRun(std::vector<std::string>* warnings);

  SessionOptions options_;
  EventStream* events_;
  MelodyStore* melodies_;
  std::vector<Preset> presets_;
  CheckpointFolder checkpoints_;
  const std::string encoding_;  // as models have it

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  TuningControls controls_;
  RunState run_;
  Model model_;
  LearningPlan plan_;       // its Note RNN is the program's, or that of a version
  std::int64_t epoch_ = 0;  // one more whenever plan_ replaces what was learnt
  std::vector<Json> rows_;
  Json warnings_ = Json::array();
  std::int64_t generation_ = 0;        // one more with each change of what is saved
  std::int64_t saved_generation_ = 0;  // the one on the disk
  std::string save_problem_;           // why saving the newest one failed; "" if it did not

  // The thread's own.
  std::unique_ptr<Learner> learner_;
  std::int64_t learner_epoch_ = 0;
  Metrics untuned_;  // the Note RNN's metrics
  double next_row_ = 0, next_melody_ = 0, next_state_ = 0, next_save_ = 0;
  double speed_since_ = 0;
  std::int64_t speed_from_ = 0;

  std::thread thread_;
};

}  // namespace rltuner::studio
