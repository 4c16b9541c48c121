// SPDX-License-Identifier: Apache-2.0
#include "rltuner/study/study.h"

#include <cassert>
#include <utility>

#include "rltuner/core/random.h"

namespace rltuner::study {
namespace {

constexpr double kAllowance = 0.9;
constexpr int kEventsPerQuarter = 4;

// The streams of the study's seed.
constexpr std::uint64_t kPairStream = 1ULL << 32, kQuestionStream = 2ULL << 32;

// All pairs of models in the order of round number `round`.
std::vector<std::pair<int, int>> PairsOfRound(int round, int models, std::uint64_t seed) {
  std::vector<std::pair<int, int>> pairs;
  for (int a = 0; a < models; ++a) {
    for (int b = a + 1; b < models; ++b) pairs.emplace_back(a, b);
  }
  Random random(seed, kPairStream + static_cast<std::uint64_t>(round));
  Shuffle(pairs, random);
  return pairs;
}

}  // namespace

Settings Describe(StudyOptions& options) {
  Settings settings("study");
  settings
      .Add("title", &options.title, {},
           "The question at the top of the page. Ask in your participants' language.")
      .Add("comparisons", &options.comparisons, 1, 200,
           "Pairs of melodies that a participant hears. More pairs tell more, but tire the "
           "participant.")
      .Add("melodies", &options.melodies, 1, 1000,
           "Melodies of each model to draw from. With more, the result holds for the model rather "
           "than for a few melodies.")
      .Add("length", &options.length, 4, 512,
           "Sixteenths in a melody. Short ones let a participant compare more pairs.")
      .Add("quarters_per_minute", &options.quarters_per_minute, 40, 240,
           "Tempo of the melodies. Set it to that of the music that the model learnt from.")
      .Add("seed", &options.seed, 0, kNoMaximum,
           "Seed of the melodies and of the pairs to compare. Change it for a second study with "
           "other melodies.");
  return settings;
}

double MelodySeconds(int events, double quarters_per_minute) {
  return events * 60 / (quarters_per_minute * kEventsPerQuarter);
}

std::vector<Question> QuestionsOf(int participant, int models, const StudyOptions& options) {
  assert(models >= 2);
  const auto seed = static_cast<std::uint64_t>(options.seed);
  const int pairs_in_round = models * (models - 1) / 2;
  Random random(seed, kQuestionStream + static_cast<std::uint64_t>(participant));
  const auto draw = [&](int model) {
    return StudyMelody{
        model, static_cast<int>(random.Below(static_cast<std::uint32_t>(options.melodies)))};
  };
  std::vector<Question> questions;
  for (int i = 0; i < options.comparisons; ++i) {
    const int asked = participant * options.comparisons + i;
    const auto [a, b] = PairsOfRound(asked / pairs_in_round, models, seed)[asked % pairs_in_round];
    Question question{draw(a), draw(b)};
    if (random.Below(2) == 1) std::swap(question.first, question.second);
    questions.push_back(question);
  }
  return questions;
}

Doubt DoubtOf(const Answer& answer, double melody_seconds) {
  const double enough = kAllowance * melody_seconds;
  if (answer.first_heard < enough || answer.second_heard < enough) return Doubt::kNotHeard;
  return answer.taken < 2 * enough ? Doubt::kTooFast : Doubt::kNone;
}

}  // namespace rltuner::study
