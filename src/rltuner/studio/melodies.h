// SPDX-License-Identifier: Apache-2.0
// Melodies that were played for a page, with everything that can be asked about them.
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "rltuner/evaluation/generation.h"
#include "rltuner/nn/model.h"
#include "rltuner/studio/json.h"
#include "rltuner/studio/number_file.h"
#include "rltuner/studio/tuning_controls.h"
#include "rltuner/theory/rule_set.h"

namespace rltuner::studio {

// How one melody is played, and by which model in the page's words. `count` is ignored, and no
// request sets decoding or notation.
struct PlaySettings : GenerationOptions {
  Json model = "current";       // "note-rnn", "current" or a version's number
  std::string model_name = {};  // for texts and file names
  std::optional<std::int64_t> iteration = {};
  std::int64_t id = 0;
  std::vector<int> primer = {};  // empty: one random event
};

struct PlayedMelody {
  PlaySettings settings;
  GeneratedMelody melody;
  std::vector<std::string> rules = {};                 // the names of melody.score.rewards
  std::vector<float> by_note_rnn = {}, by_tuned = {};  // [L, V] at the melody's temperature
};

// The controls' length, temperature, context and playback.
PlaySettings SettingsOf(const TuningControls& controls, const Encoding& encoding);

// `player` plays. `tuned` and its Note RNN give the probabilities with which they would have played
// each event. Error if one is not a model of melodies.
PlayedMelody Play(const Model& player, const Model& tuned, const RuleSet& rules,
                  const PlaySettings& settings);

int BarSteps(const Playback& playback);

// What a page needs to draw and play the events of a melody.
Json PlaybackJson(const Playback& playback);

Json ShortJson(const PlayedMelody& played);
Json LongJson(const PlayedMelody& played);

// The last 500 melodies, or fewer where they are long. Thread-safe.
class MelodyStore {
 public:
  // The folder keeps the number of the last melody.
  explicit MelodyStore(const std::filesystem::path& folder)
      : numbers_(folder / "last-melody", kNumbersAtOnce) {}

  // A number that no earlier melody had, even under earlier servers of the same folder.
  std::int64_t NewNumber() { return numbers_.Next(); }
  // Keeps a melody under its number; the oldest ones are dropped.
  PlayedMelody Add(PlayedMelody played);
  // RequestError 404 if no melody with this number is kept.
  PlayedMelody Get(std::int64_t id) const;

 private:
  static constexpr std::size_t kKept = 500, kKeptEvents = 500 * 64;
  static constexpr std::int64_t kNumbersAtOnce = 10'000;

  mutable std::mutex mutex_;
  NumberFile numbers_;
  std::deque<PlayedMelody> melodies_;
  std::size_t events_ = 0;  // of all of them
  std::int64_t newest_ = 0;
};

}  // namespace rltuner::studio
