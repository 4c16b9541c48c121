// SPDX-License-Identifier: Apache-2.0
// A small Note RNN, a quick recipe and a clock that no test has to wait for.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "evaluation/random_model.h"
#include "rltuner/studio/service.h"
#include "rltuner/studio/session.h"
#include "test_support.h"

namespace rltuner::studio {

inline constexpr const char* kQuickRecipe = R"(
[tuning]
method = "pg"
c = 1.5
gamma = 0.8
compositions = 2
learning_rate = 1e-2
[rules]
base = "paper"
[rules.high_low_unique]
weight = 15.0
)";

inline constexpr const char* kQuickSong = R"(
[tuning]
method = "match"
length = 32
compositions = 8
minibatch = 4
[rules]
base = "song"
[targets]
metre = "0.5"
cadence = "1.9"
rhythm = "0.25 0.75 0.0 0.0 0.0 0.0 0.0 0.0 0.0"
)";
inline constexpr const char* kQuickJig = R"(
[tuning]
method = "match"
length = 24
compositions = 8
minibatch = 4
[music]
metre = "6/8"
[rules]
base = "song"
[targets]
metre = "2.5"
cadence = "0.9"
)";

inline std::vector<Recipe> QuickRecipes() {
  return {MakeRecipe("default", "Default", "first", kQuickRecipe),
          MakeRecipe("balanced", "Balanced", "second", kQuickRecipe, 0.25),
          MakeRecipe("song", "Song", "third", kQuickSong),
          MakeRecipe("song-jig", "Song", "fourth", kQuickJig)};
}

// C3 to G5, hears all that a network can hear.
inline Encoding HearingEncoding() {
  return {.lowest_pitch = 48, .highest_pitch = 79, .inputs = ParseInputs("all", "inputs")};
}

inline Network HearingNetwork(std::uint64_t seed) {
  const Encoding encoding = HearingEncoding();
  Random random(seed);
  return Network::Random({.vocabulary = encoding.classes(),
                          .hidden = 8,
                          .layers = 1,
                          .context = encoding.width() - encoding.classes()},
                         random);
}

// Every look at it is a tenth of a second later than the last.
inline std::function<double()> TickingClock() {
  return [ticks = std::make_shared<std::atomic<int>>(0)] { return 0.1 * ++*ticks; };
}

inline ServiceOptions QuickService(const std::filesystem::path& folder) {
  return {{.note_rnn = RandomNetwork(1),
           .note_rnn_name = "bundled",
           .recipes = QuickRecipes(),
           .folder = folder,
           .clock = TickingClock()},
          "rltuner test",
          "test",
          [] { return std::int64_t{1'763'845'200}; }};
}

// A session with what it needs around it.
struct QuickSession {
  explicit QuickSession(const std::filesystem::path& folder,
                        const std::string& note_rnn_name = "bundled",
                        const Network& note_rnn = RandomNetwork(1), const Encoding& encoding = {})
      : melodies(folder),
        session({.note_rnn = note_rnn,
                 .encoding = encoding,
                 .note_rnn_name = note_rnn_name,
                 .recipes = QuickRecipes(),
                 .folder = folder,
                 .clock = TickingClock()},
                &events, &melodies, &warnings) {}

  std::string Status() const { return session.RunJson().at("status").get<std::string>(); }

  // Reads events until the run stands so.
  void WaitFor(const std::string& status) {
    ASSERT_TRUE(Eventually([&] {
      heard += events.Next(&position, 1);
      return Status() == status;
    })) << "the run is "
        << Status();
  }

  // Reads events until one of this type comes.
  void Hear(const std::string& type) {
    const std::size_t from = heard.size();
    ASSERT_TRUE(Eventually([&] {
      heard += events.Next(&position, 1);
      return heard.find("event: " + type, from) != std::string::npos;
    })) << type;
  }

  EventStream events{"test"};
  MelodyStore melodies;
  std::vector<std::string> warnings;
  EventStream::Position position;
  std::string heard;
  Session session;
};

inline bool SameWeights(const Network& a, const Network& b) {
  return a.shape() == b.shape() &&
         std::equal(a.arena().begin(), a.arena().end(), b.arena().begin());
}

}  // namespace rltuner::studio
