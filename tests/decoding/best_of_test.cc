// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <vector>

#include "rltuner/core/random.h"
#include "rltuner/decoding/selection.h"
#include "rltuner/decoding/sequential_monte_carlo.h"
#include "rltuner/tuning/exact_problem.h"
#include "tuning/place_inputs.h"

namespace rltuner {
namespace {

class BestOfTest : public testing::Test {
 protected:
  Network note_rnn_ = ExactProblem::NoteRnn();
  PolicyNetworks networks_{&note_rnn_, &note_rnn_};
  SmallReward reward_;
  RolloutOptions options_{.length = ExactProblem::kLength, .seed = 11, .primer = {1}};
};

TEST_F(BestOfTest, PlaysTheExactDistributionOfTheBestOfN) {
  constexpr int kCandidates = 4;
  constexpr int kCount = 20'000;
  // P(best total = r) = P(total <= r)^N - P(total < r)^N, by enumeration.
  const ExactProblem problem(note_rnn_, 1, 1);
  std::map<double, double> probability_of_total;
  for (int code = 0; code < 27; ++code) {
    std::vector<int> history = {1};
    double log_p = 0;
    double total = 0;
    for (const int action : {code / 9, code / 3 % 3, code % 3}) {
      log_p += problem.LogPrior(history)[action];
      total += problem.Rewards(history)[action];
      history.push_back(action);
    }
    probability_of_total[std::round(total * 100)] += std::exp(log_p);
  }
  std::map<double, int> seen;
  SampleBestOf(networks_, reward_, kCandidates, options_, kCount,
               [&](const Trajectory& best, int) { ++seen[std::round(SumOf(best.rewards) * 100)]; });
  double below = 0;
  for (const auto& [total, probability] : probability_of_total) {
    const double expected =
        std::pow(below + probability, kCandidates) - std::pow(below, kCandidates);
    below += probability;
    const double deviation = std::sqrt(expected * (1 - expected) / kCount);
    EXPECT_NEAR(static_cast<double>(seen[total]) / kCount, expected, 4.5 * deviation + 1e-6)
        << "total " << total / 100;
  }
}

TEST_F(BestOfTest, CandidatesAndTheBestHaveThePhaseOfTheSequence) {
  const PlaceInputs inputs(note_rnn_.shape().vocabulary, /*draws_phases=*/true);
  const Network network = note_rnn_.WithContext(PlaceInputs::kPlaces);
  options_.primer = {};
  std::vector<int> sampled;
  SampleRollouts({&network, &network, PolicyForm::kOutputs, &inputs}, options_, 40,
                 [&](const Trajectory& played, int) { sampled.push_back(played.phase); });
  EXPECT_THAT(sampled, testing::Contains(3));
  std::vector<int> best;
  SampleBestOf({&network, &network, PolicyForm::kOutputs, &inputs}, reward_, 3, options_, 40,
               [&](const Trajectory& played, int) { best.push_back(played.phase); });
  EXPECT_EQ(best, sampled);
  std::vector<int> by_smc;
  SampleSmc({&network, &network, PolicyForm::kOutputs, &inputs}, reward_, {.particles = 4},
            options_, 40, [&](const Trajectory& played, int) { by_smc.push_back(played.phase); });
  EXPECT_EQ(by_smc, sampled);
}

TEST_F(BestOfTest, ItsKlStaysBelowTheBound) {
  constexpr int kCount = 20'000;
  std::map<std::vector<int>, int> seen;
  std::map<std::vector<int>, double> log_prior;
  double bound = 0;
  SampleBestOf(networks_, reward_, 8, options_, kCount, [&](const Trajectory& best, int) {
    const std::vector<int> actions(best.actions.begin(), best.actions.end());
    ++seen[actions];
    log_prior[actions] = SumOf(best.log_prior);
    bound += best.kl_bound / kCount;
  });
  double kl = 0;
  for (const auto& [actions, count] : seen) {
    const double share = static_cast<double>(count) / kCount;
    kl += share * (std::log(share) - log_prior[actions]);
  }
  EXPECT_LT(kl, bound);
  EXPECT_GT(kl, 0.3 * bound);  // a bound that says something
}

TEST_F(BestOfTest, TheBoundOfANoteRnnIsThatOfTheChoice) {
  EXPECT_DOUBLE_EQ(BestOfKlBound(1), 0);
  EXPECT_DOUBLE_EQ(BestOfKlBound(4), std::log(4) - 0.75);
  SampleBestOf(networks_, reward_, 4, options_, 10, [&](const Trajectory& best, int) {
    EXPECT_NEAR(best.kl_bound, BestOfKlBound(4), 1e-5);
  });
}

TEST_F(BestOfTest, TellsWhatTheProposalSaysOfTheOneKept) {
  const ExactProblem problem(note_rnn_, 1, 1);
  SampleBestOf(networks_, reward_, 4, options_, 20, [&](const Trajectory& best, int) {
    std::vector<int> history(best.primer.begin(), best.primer.end());
    for (std::size_t t = 0; t < best.actions.size(); ++t) {
      const int action = best.actions[t];
      EXPECT_NEAR(best.log_policy[t], problem.LogPrior(history)[action], 1e-5);
      EXPECT_NEAR(best.rewards[t], problem.Rewards(history)[action], 1e-6);
      history.push_back(action);
    }
  });
}

TEST_F(BestOfTest, DrawsAPrimerForEachSequence) {
  options_.primer = {};
  std::map<int, int> primers;
  SampleBestOf(networks_, reward_, 2, options_, 300,
               [&](const Trajectory& best, int) { ++primers[best.primer[0]]; });
  EXPECT_EQ(primers.size(), 3U);
}

}  // namespace
}  // namespace rltuner
