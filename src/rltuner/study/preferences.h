// SPDX-License-Identifier: Apache-2.0
// Tests and estimates from pairwise preferences. They stay valid if the answers of one participant
// depend on each other: the participant, not the answer, is the independent unit.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "rltuner/evaluation/evaluate.h"
#include "rltuner/study/study.h"

namespace rltuner::study {

// All answers of one participant.
using Participant = std::vector<Answer>;

struct ResamplingOptions {
  int sign_patterns = 9'999;  // drawn if there are too many to try them all
  int resamples = 1'000;      // random samples of participants, for the strengths' intervals
  std::int64_t seed = 1;
};

// Sign-flip permutation test. values[participant][k] is a participant's result for quantity k, such
// as wins of model a over b minus losses. If the models do not differ, each participant's opposite
// result is equally likely, and so are all patterns of signs. The test is exact for up to 13
// participants with a value other than 0; for more, it uses random patterns and the observed one.
// With a single quantity and values -1, 0 and 1 it is the sign test.
struct SignFlipTest {
  std::vector<double> p = {};  // two-sided, of each quantity alone
  std::vector<double>
      corrected_p;        // step-down max-T (Westfall and Young, 1993) over all quantities
  double p_of_all = 1;    // for the sum of squares of all standardised quantities
  int participants = 0;   // with a value other than 0
  double smallest_p = 1;  // no p can be lower with this many participants
  bool exact = true;
};
SignFlipTest TestBySignFlips(std::span<const std::vector<int>> values, int quantities,
                             const ResamplingOptions& options);

// Strengths of Bradley and Terry (1952): log odds of winning, with mean 0; a beats b with
// probability 1 / (1 + exp(b - a)). wins[a * models + b] is how often a beat b; a tie is half a win
// for each. If no finite maximum exists (because a model never lost, or models were never
// compared), half a win is added in each direction between every two models, and *adjusted is set.
std::vector<double> BradleyTerryStrengths(std::vector<double> wins, int models, bool* adjusted);

struct ModelPreference {
  Estimate share;     // wins + ties / 2 of all its comparisons; interval by participant
  Estimate strength;  // Bradley-Terry; 95 % percentile interval, participants resampled
};

struct PairPreference {
  int a = 0, b = 0;  // models, a < b
  int wins_a = 0, wins_b = 0, ties = 0;
  int for_a = 0, for_b = 0, undecided = 0;  // participants, by wins minus losses
  Estimate share;                           // share of wins of a against b
  double p = 1, corrected_p = 1;            // NaN if the two were never compared
};

struct Preferences {
  std::vector<ModelPreference> models;
  std::vector<PairPreference> pairs;
  SignFlipTest any_difference;           // p_of_all: of wins minus losses of every model
  bool strengths_adjusted = false;       // see BradleyTerryStrengths
  Estimate first_share;                  // for the melody heard first, of answers without ties
  double first_p = 1;                    // tests that the order of hearing makes no difference
  int asked_again = 0, same_answer = 0;  // pairs of melodies asked again
};

// All of the above. Participants without answers change nothing.
Preferences ComparePreferences(std::span<const Participant> participants, int models,
                               const ResamplingOptions& options = {});

}  // namespace rltuner::study
