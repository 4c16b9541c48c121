// SPDX-License-Identifier: Apache-2.0
#include "rltuner/decoding/sequential_monte_carlo.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <vector>

#include "rltuner/core/random.h"
#include "rltuner/tuning/exact_problem.h"
#include "test_support.h"

namespace rltuner {
namespace {

using Actions = std::vector<int>;

class SmcTest : public testing::Test {
 protected:
  static constexpr double kC = 0.8;

  // Z^ of each of `count` runs after primer 1: kl_bound is sum of r / c - log Z^.
  std::vector<double> EstimatesOfZ(const PolicyNetworks& networks, const SmcOptions& smc,
                                   int count) {
    options_.primer = {1};
    std::vector<double> estimates(static_cast<std::size_t>(count));
    SampleSmc(networks, reward_, smc, options_, count, [&](const Trajectory& played, int) {
      estimates[static_cast<std::size_t>(played.index)] =
          std::exp(SumOf(played.rewards) / kC - played.kl_bound);
    });
    return estimates;
  }

  static void ExpectMean(const std::vector<double>& draws, double expected) {
    double mean = 0;
    for (const double draw : draws) mean += draw / static_cast<double>(draws.size());
    double variance = 0;
    for (const double draw : draws) variance += std::pow(draw - mean, 2);
    variance /= static_cast<double>(draws.size() - 1);
    const double error = std::sqrt(variance / static_cast<double>(draws.size()));
    EXPECT_NEAR(mean, expected, 4 * error);
    EXPECT_LT(error, 0.02 * expected);  // a test that can fail
  }

  Network note_rnn_ = ExactProblem::NoteRnn();
  PolicyNetworks networks_{&note_rnn_, &note_rnn_};
  SmallReward reward_;
  ExactProblem problem_{note_rnn_, kC, 1};
  RolloutOptions options_{.length = ExactProblem::kLength, .seed = 4};
};

TEST_F(SmcTest, EstimateOfZIsUnbiasedWithFewParticles) {
  ExpectMean(EstimatesOfZ(networks_, {.particles = 4, .c = kC}, 20'000),
             std::exp(problem_.LogZ(1)));
}

TEST_F(SmcTest, EstimateOfZIsUnbiasedWhenAlwaysResampling) {
  const SmcOptions smc{.particles = 5, .c = kC, .resample_below = 1.01};
  ExpectMean(EstimatesOfZ(networks_, smc, 20'000), std::exp(problem_.LogZ(1)));
}

TEST_F(SmcTest, AnotherProposalEstimatesTheSameZ) {
  Random random(8);
  const Network network = Network::Random(note_rnn_.shape(), random);
  const PolicyNetworks tuned{&network, &note_rnn_, PolicyForm::kOutputs};
  ExpectMean(EstimatesOfZ(tuned, {.particles = 16, .c = kC}, 20'000), std::exp(problem_.LogZ(1)));
}

// Action 0 first costs what the last event repays twice over.
class Investment final : public Reward {
 public:
  void Start(int length) override {
    left_ = length;
    invested_ = false;
  }
  float Place(int action) override {
    const bool first = left_ == ExactProblem::kLength;
    if (first) invested_ = action == 0;
    if (--left_ == 0) return invested_ ? 10.0F : 0.0F;
    return first && invested_ ? -5.0F : 0.0F;
  }
  std::unique_ptr<Reward> Clone() const override { return std::make_unique<Investment>(*this); }

 private:
  int left_ = 0;
  bool invested_ = false;
};

TEST_F(SmcTest, KeepsParticlesOfATunedModelThatInvest) {
  Random random(8);
  const Network network = Network::Random(note_rnn_.shape(), random);
  const PolicyNetworks tuned{&network, &note_rnn_, PolicyForm::kOutputs};
  const SmcOptions smc{.particles = 16, .c = kC, .resample_below = 1.01};
  options_.primer = {1};
  constexpr int kCount = 400;
  double mean_log = 0, mean = 0;
  SampleSmc(tuned, Investment(), smc, options_, kCount, [&](const Trajectory& played, int) {
    const double log_z = SumOf(played.rewards) / kC - played.kl_bound;
    mean_log += log_z / kCount;
    mean += std::exp(log_z) / kCount;
  });
  EXPECT_LT(std::log(mean) - mean_log, 0.2);
  EXPECT_TRUE(EstimateLogZ(tuned, Investment(), smc, options_, 40).Converged());
}

TEST_F(SmcTest, LogZLiesInItsInterval) {
  const LogZ log_z = EstimateLogZ(networks_, reward_, {.particles = 64, .c = kC}, options_, 40);
  EXPECT_LT(log_z.low(), problem_.LogZ());
  EXPECT_GT(log_z.high(), problem_.LogZ());
  EXPECT_LT(log_z.standard_error, 0.02);
  EXPECT_LT(log_z.mean_log, log_z.value);
  EXPECT_EQ(log_z.runs, 3 * 40);
}

// With two runs of one particle each, a few lucky melodies decide.
TEST_F(SmcTest, AtLeastIsSeldomAboveLogZHoweverTheRunsDiffer) {
  constexpr double kSmallC = 0.2;
  constexpr int kEstimates = 400;
  const double log_z = ExactProblem(note_rnn_, kSmallC, 1).LogZ();
  int above = 0, converged = 0;
  for (int seed = 0; seed < kEstimates; ++seed) {
    options_.seed = static_cast<std::uint64_t>(seed);
    const LogZ estimate =
        EstimateLogZ(networks_, reward_, {.particles = 1, .c = kSmallC}, options_, 2);
    above += estimate.at_least > log_z ? 1 : 0;
    converged += estimate.Converged() ? 1 : 0;
  }
  EXPECT_LE(above, kEstimates / 40);
  EXPECT_LT(converged, kEstimates / 20);
}

TEST_F(SmcTest, AtLeastComesNearLogZWithManyParticles) {
  const LogZ log_z = EstimateLogZ(networks_, reward_, {.particles = 64, .c = kC}, options_, 40);
  EXPECT_TRUE(log_z.Converged());
  EXPECT_NEAR(log_z.at_least, problem_.LogZ() - std::log(40) / 3, 0.05);
}

TEST_F(SmcTest, ManyParticlesPlayTheKlControlOptimum) {
  constexpr int kCount = 4'000;
  options_.primer = {2};
  std::map<Actions, int> seen;
  SampleSmc(networks_, reward_, {.particles = 128, .c = kC}, options_, kCount,
            [&](const Trajectory& played, int) {
              ++seen[Actions(played.actions.begin(), played.actions.end())];
            });
  for (int code = 0; code < 27; ++code) {
    ExactProblem::History history = {2};
    double log_p = 0;
    for (const int action : {code / 9, code / 3 % 3, code % 3}) {
      log_p += problem_.OptimalLogPolicy(history)[action];
      history.push_back(action);
    }
    const double expected = std::exp(log_p);
    const double share =
        static_cast<double>(seen[Actions(history.begin() + 1, history.end())]) / kCount;
    EXPECT_NEAR(share, expected, 4 * std::sqrt(expected / kCount) + 0.003) << code;
  }
}

TEST_F(SmcTest, ItsValueIsAtLeastTheMeanOfLogZ) {
  constexpr int kCount = 20'000;
  options_.primer = {0};
  std::map<Actions, int> seen;
  std::map<Actions, double> log_prior;
  double mean_log_z = 0;
  double reward_sum = 0;
  SampleSmc(networks_, reward_, {.particles = 4, .c = kC}, options_, kCount,
            [&](const Trajectory& played, int) {
              const Actions actions(played.actions.begin(), played.actions.end());
              ++seen[actions];
              log_prior[actions] = SumOf(played.log_prior);
              const double total = SumOf(played.rewards) / kC;
              reward_sum += total / kCount;
              mean_log_z += (total - played.kl_bound) / kCount;
            });
  double kl = 0;
  for (const auto& [actions, count] : seen) {
    const double share = static_cast<double>(count) / kCount;
    kl += share * (std::log(share) - log_prior[actions]);
  }
  EXPECT_GT(reward_sum - kl, mean_log_z);
  EXPECT_LT(reward_sum - kl, problem_.LogZ(0) + 0.01);
}

TEST_F(SmcTest, CountsBelowTheirLeastAreNamed) {
  const auto error = [&](const SmcOptions& smc, int runs) {
    return ErrorOf([&] { EstimateLogZ(networks_, reward_, smc, options_, runs); });
  };
  EXPECT_EQ(error({.particles = 0}, 2), "smc: particles is 0, expected 1 or more");
  EXPECT_EQ(error({.c = 0}, 2), "smc: c is 0, expected more than 0");
  EXPECT_EQ(error({}, 1), "smc: runs_per_primer is 1, expected 2 or more");
  options_.batch = 0;
  EXPECT_EQ(ErrorOf([&] { SampleSmc(networks_, reward_, {}, options_, 1, {}); }),
            "rollout: batch is 0, expected 1 or more");
}

TEST_F(SmcTest, OneParticleIsASample) {
  SampleSmc(networks_, reward_, {.particles = 1, .c = kC}, options_, 20,
            [&](const Trajectory& played, int) { EXPECT_NEAR(played.kl_bound, 0, 1e-5); });
}

}  // namespace
}  // namespace rltuner
