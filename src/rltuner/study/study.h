// SPDX-License-Identifier: Apache-2.0
// The listening study of Jaques et al. (2017), section 5: people hear two melodies by two models
// and say which one they like better. This file decides what is asked, and in which order.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "rltuner/core/settings.h"

namespace rltuner::study {

struct StudyOptions {
  std::string title = "Which melody do you like better?";
  int comparisons = 12;  // asked of each participant
  int melodies = 20;     // of each model; a comparison draws two
  int length = 64;       // events a melody: 64 are 12 seconds at 80 quarters a minute
  double quarters_per_minute = 80;
  std::int64_t seed = 1;
};
Settings Describe(StudyOptions& options);

// Seconds that a melody of `events` events lasts.
double MelodySeconds(int events, double quarters_per_minute);

// A melody of the study: number `melody` of model `model`, both counted from 0.
struct StudyMelody {
  int model, melody;
  bool operator==(const StudyMelody&) const = default;
};

// One comparison. The model that is heard first, on the left, is drawn at random.
struct Question {
  StudyMelody first, second;
};

// The questions for participant number `participant` (from 0). A round asks every pair of models
// once, in random order, and rounds continue from one participant to the next. The numbers of times
// that two pairs are asked thus differ by at most one. Depends on the arguments only. At least two
// models.
std::vector<Question> QuestionsOf(int participant, int models, const StudyOptions& options);

// The preference: -2 the first melody is much better, 0 none, 2 the second is much better.
inline constexpr int kStrongestPreference = 2;

// An answer and how it came about, in seconds of the participant's clock.
struct Answer {
  Question question;
  int preference = 0;
  double first_heard = 0, second_heard = 0;  // seconds that were played at least once
  double taken = 0;                          // seconds from the question to the answer
};

// Why an answer says little: a melody was not heard to its end, or the time was too short to hear
// both. A tolerance of a tenth allows for clocks and for players that stop early.
enum class Doubt { kNone, kNotHeard, kTooFast };
Doubt DoubtOf(const Answer& answer, double melody_seconds);

}  // namespace rltuner::study
