// SPDX-License-Identifier: Apache-2.0
// The results of a listening study: tests and estimates by participant, and Figure 3 and the tests
// of Jaques et al. (2017), section 5.
#pragma once

#include <string>
#include <vector>

#include "rltuner/study/preferences.h"
#include "rltuner/study/rank_tests.h"
#include "rltuner/study/store.h"

namespace rltuner::study {

struct ModelResult {
  std::string name;
  int comparisons = 0;                 // of its melodies with others
  int wins = 0, losses = 0, ties = 0;  // preferred, the other one preferred, neither
  double wins_deviation = 0;           // binomial: sqrt(n p (1 - p)) with p = wins / n
  double mean_rating = 0;              // -2 .. 2; NaN without comparisons
};

struct PairResult {
  int a, b;  // models
  MannWhitneyTest test;
  double corrected_p;  // Bonferroni: p times the number of pairs, at most 1
};

struct StudyResults {
  std::vector<ModelResult> models;
  Preferences preferences;           // of the participants' answers
  KruskalWallisTest kruskal_wallis;  // the paper's, over the ratings of all models
  std::vector<PairResult> pairs;     // the paper's, per pair of models, as in `preferences`
  int participants = 0, finished = 0;
  int answers = 0;                                // counted above
  int not_heard = 0, too_fast = 0, repeated = 0;  // not_heard, too_fast: excluded
};

// For the paper's tests a rating is the preference as seen from a model: -2 .. 2. Every comparison
// gives one rating to each of its two models. The two ratings are opposite numbers, and one
// participant gives many. These tests assume independent ratings, so they call noise significant
// too often; `preferences` does not. Doubtful answers count only with `include_doubtful`.
StudyResults ResultsOf(const StudyStore& store, bool include_doubtful);

// Sentences that say which models differ at p < .05 by the permutation test, and which do not.
std::vector<std::string> Conclusions(const StudyResults& results);

std::string StudyText(const StudyResults& results);  // a table for people
std::string StudyJson(const StudyResults& results);
std::string StudyCsv(const StudyStore& store);  // a line for each answer; times are ISO 8601, UTC

// Figure 3: wins of each model as bars with their deviation, and the conclusions below; one <svg>
// element.
std::string DrawWins(const StudyResults& results);

}  // namespace rltuner::study
