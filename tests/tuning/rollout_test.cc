// SPDX-License-Identifier: Apache-2.0
#include "rltuner/tuning/rollout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <memory>
#include <vector>

#include "rltuner/core/random.h"
#include "rltuner/nn/lstm.h"
#include "rltuner/nn/softmax.h"
#include "rltuner/tuning/policy.h"
#include "test_support.h"
#include "tuning/place_inputs.h"

namespace rltuner {
namespace {

constexpr int kVocabularySize = 5;
constexpr NetworkShape kRolloutShape{.vocabulary = kVocabularySize, .hidden = 7, .layers = 1};

Network Tiny(std::uint64_t seed) {
  Random random(seed);
  Network network = Network::Random(kRolloutShape, random);
  for (float& weight : network.arena()) weight *= 3;
  return network;
}

class Rollout : public testing::Test {
 protected:
  Network network_ = Tiny(1);
  Network prior_ = Tiny(2);
  PolicyNetworks networks_{&network_, &prior_, PolicyForm::kPriorTimesOutputs};
  RolloutOptions options_{.length = 6, .seed = 3};
};

bool Same(const Rollouts& a, const Rollouts& b) {
  return a.actions == b.actions && a.log_prior == b.log_prior && a.log_policy == b.log_policy &&
         a.entropy == b.entropy && a.kl == b.kl && a.rewards == b.rewards;
}

// Rewards an action with its class times its place.
class PlaceReward final : public Reward {
 public:
  void Start(int) override { place_ = 0; }
  float Place(int action) override { return static_cast<float>(action * place_++); }
  std::unique_ptr<Reward> Clone() const override { return std::make_unique<PlaceReward>(*this); }

 private:
  int place_ = 0;
};

TEST_F(Rollout, CountsBelowTheirLeastAreNamed) {
  const auto error = [&](const RolloutOptions& options, int count) {
    return ErrorOf([&] { SampleRollouts(networks_, options, count); });
  };
  EXPECT_EQ(error({.batch = 0}, 1), "rollout: batch is 0, expected 1 or more");
  EXPECT_EQ(error({.length = 0}, 1), "rollout: length is 0, expected 1 or more");
  EXPECT_EQ(error({.temperature = -1}, 1), "rollout: temperature is -1, expected 0 or more");
  EXPECT_EQ(error(options_, -1), "rollout: count is -1, expected 0 or more");
}

TEST_F(Rollout, NoSequencesAreAnEmptyResult) {
  EXPECT_TRUE(SampleRollouts(networks_, options_, 0).actions.empty());
}

TEST_F(Rollout, IsTheSameForAnyBatchSize) {
  const PlaceReward reward;
  options_.reward = &reward;
  const Rollouts expected = SampleRollouts(networks_, options_, 37);
  for (const int batch : {1, 2, 5, 36, 37, 64}) {
    options_.batch = batch;
    EXPECT_TRUE(Same(SampleRollouts(networks_, options_, 37), expected)) << batch;
  }
}

TEST_F(Rollout, IsTheSameForAnyNumberOfThreads) {
  options_.batch = 4;
  const Rollouts expected = SampleRollouts(networks_, options_, 101);
  for (const int threads : {2, 3, 8}) {
    options_.threads = threads;
    EXPECT_TRUE(Same(SampleRollouts(networks_, options_, 101), expected)) << threads;
  }
}

TEST_F(Rollout, OfOtherStreamsGoesOnWhereTheFirstEnded) {
  const Rollouts all = SampleRollouts(networks_, options_, 10);
  options_.first_stream = 4;
  const Rollouts rest = SampleRollouts(networks_, options_, 6);
  EXPECT_EQ(rest.actions, std::vector<int>(all.actions.begin() + 24, all.actions.end()));
}

// A network that plays what its place says: action p at place p.
// Rewards every action with the phase of its sequence.
class PhaseReward final : public Reward {
 public:
  void Start(int length) override { StartAt(0, length); }
  void StartAt(int phase, int /*length*/) override { phase_ = phase; }
  float Place(int /*action*/) override { return static_cast<float>(phase_); }
  std::unique_ptr<Reward> Clone() const override { return std::make_unique<PhaseReward>(*this); }

 private:
  int phase_ = 0;
};

TEST_F(Rollout, RewardsHearThePhaseThatIsDrawnForEachSequence) {
  const PlaceInputs inputs(kVocabularySize, /*draws_phases=*/true);
  const Network wide = network_.WithContext(PlaceInputs::kPlaces);
  const PolicyNetworks networks{&wide, &wide, PolicyForm::kOutputs, &inputs};
  const PhaseReward reward;
  options_.reward = &reward;
  std::vector<int> phases(400);
  SampleRollouts(networks, options_, 400, [&](const Trajectory& played, int /*thread*/) {
    phases[static_cast<std::size_t>(played.index)] = played.phase;
    EXPECT_THAT(played.rewards, testing::Each(static_cast<float>(played.phase)));
  });
  for (int phase = 0; phase < PlaceInputs::kPlaces; ++phase) {
    EXPECT_NEAR(std::ranges::count(phases, phase), 100, 35) << phase;
  }
  options_.batch = 7;
  options_.threads = 2;
  SampleRollouts(networks, options_, 400, [&](const Trajectory& played, int /*thread*/) {
    EXPECT_EQ(played.phase, phases[static_cast<std::size_t>(played.index)]);
  });
  options_.primer = {1, 2};
  SampleRollouts(networks, options_, 4, [](const Trajectory& played, int /*thread*/) {
    EXPECT_EQ(played.phase, 0) << "a primer of several events is the beginning";
  });
}

TEST_F(Rollout, HearsThePlaceOfEveryEvent) {
  constexpr NetworkShape kPlaceShape{.vocabulary = 4, .hidden = 4, .context = PlaceInputs::kPlaces};
  Network network(kPlaceShape);
  for (int place = 0; place < 4; ++place) {
    float* const row = network.input(0) + (4 + place) * kPlaceShape.gate_stride();
    for (int gate : {0, 3}) std::fill_n(row + gate * 4, 4, 5.0F);  // input and output open
    row[2 * 4 + place] = 5;
    std::fill_n(row + 4, 4, -50.0F);  // forget
    network.output()[place * kPlaceShape.output_stride() + place] = 50;
  }
  const PlaceInputs inputs(4);
  const PolicyNetworks networks{&network, &network, PolicyForm::kOutputs, &inputs};
  const Rollouts played = SampleRollouts(networks, options_, 3);
  const std::vector<int> one = {0, 1, 2, 3, 0, 1};
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(std::ranges::equal(std::span(played.actions).subspan(i * 6, 6), one));
  }
  options_.primer = {3, 2, 1};  // the beginning of what is played
  const Rollouts after = SampleRollouts(networks, options_, 1);
  EXPECT_EQ(after.actions, (std::vector<int>{3, 0, 1, 2, 3, 0}));
}

// Everything of the trajectory from a plain replay of its events.
TEST_F(Rollout, MeasuresEqualDirectComputation) {
  options_.keep_probabilities = true;
  options_.temperature = 1.5F;
  options_.batch = 3;
  int visited = 0;
  SampleRollouts(networks_, options_, 8, [&](const Trajectory& trajectory, int) {
    SCOPED_TRACE(trajectory.index);
    ++visited;
    ASSERT_EQ(trajectory.primer.size(), 1U);
    BatchStepper g(kRolloutShape, 1);
    BatchStepper p(kRolloutShape, 1);
    int event = trajectory.primer[0];
    for (int t = 0; t < 6; ++t) {
      g.Step(network_, std::span(&event, 1));
      p.Step(prior_, std::span(&event, 1));
      std::array<double, kVocabularySize> log_p{};
      std::array<double, kVocabularySize> logits{};
      double p_total = 0;
      double total = 0;
      for (int a = 0; a < kVocabularySize; ++a) p_total += std::exp(p.outputs(0)[a]);
      for (int a = 0; a < kVocabularySize; ++a) {
        log_p[a] = p.outputs(0)[a] - std::log(p_total);
        logits[a] = (log_p[a] + g.outputs(0)[a]) / 1.5;
        total += std::exp(logits[a]);
      }
      double entropy = 0;
      double kl = 0;
      for (int a = 0; a < kVocabularySize; ++a) {
        const double log_pi = logits[a] - std::log(total);
        entropy -= std::exp(log_pi) * log_pi;
        kl += std::exp(log_pi) * (log_pi - log_p[a]);
        EXPECT_NEAR(trajectory.policy_probabilities[t * kVocabularySize + a], std::exp(log_pi),
                    1e-5);
      }
      event = trajectory.actions[t];
      EXPECT_NEAR(trajectory.entropy[t], entropy, 1e-5);
      EXPECT_NEAR(trajectory.kl[t], kl, 1e-5);
      EXPECT_NEAR(trajectory.log_prior[t], log_p[event], 1e-5);
      EXPECT_NEAR(trajectory.log_policy[t], logits[event] - std::log(total), 1e-5);
    }
  });
  EXPECT_EQ(visited, 8);
}

TEST_F(Rollout, OfTheNoteRnnItselfHasNoDivergence) {
  const Rollouts rollouts = SampleRollouts({&prior_, &prior_}, options_, 20);
  EXPECT_THAT(rollouts.kl, testing::Each(testing::FloatNear(0, 1e-6F)));
  EXPECT_EQ(rollouts.log_policy.size(), 120U);
  for (std::size_t i = 0; i < rollouts.log_policy.size(); ++i) {
    EXPECT_NEAR(rollouts.log_policy[i], rollouts.log_prior[i], 1e-6);
  }
}

TEST_F(Rollout, AtTemperatureZeroPlaysTheArgMax) {
  options_.temperature = 0;
  SampleRollouts(networks_, options_, 5, [&](const Trajectory& trajectory, int) {
    Policy policy(networks_, 1);
    policy.Step(trajectory.primer);
    for (int t = 0; t < 6; ++t) {
      const int action = trajectory.actions[t];
      EXPECT_EQ(action, ArgMax(policy.logits(0)));
      EXPECT_EQ(trajectory.entropy[t], 0);
      EXPECT_NEAR(trajectory.kl[t], -policy.log_prior(0)[action], 1e-6);
      policy.Step(std::span(&action, 1));
    }
  });
}

TEST_F(Rollout, DrawsActionsAsOftenAsThePolicySays) {
  SCOPED_TRACE("seed 17");
  options_ = {.length = 1, .seed = 17, .primer = {2}};
  constexpr int kCount = 20000;
  const Rollouts rollouts = SampleRollouts(networks_, options_, kCount);
  Policy policy(networks_, 1);
  policy.Step(options_.primer);
  std::array<float, kVocabularySize> log_policy{};
  LogPolicy(policy.logits(0), 1, log_policy);
  for (int a = 0; a < kVocabularySize; ++a) {
    const double p = std::exp(log_policy[a]);
    const auto seen = std::count(rollouts.actions.begin(), rollouts.actions.end(), a);
    EXPECT_NEAR(static_cast<double>(seen) / kCount, p, 4 * std::sqrt(p * (1 - p) / kCount)) << a;
  }
}

TEST_F(Rollout, PrimesWithEveryClassEquallyOften) {
  SCOPED_TRACE("seed 3");
  options_.length = 1;
  std::array<int, kVocabularySize> seen{};
  SampleRollouts(networks_, options_, 5000,
                 [&](const Trajectory& trajectory, int) { ++seen[trajectory.primer[0]]; });
  EXPECT_THAT(seen, testing::Each(testing::AllOf(testing::Gt(880), testing::Lt(1120))));
}

TEST_F(Rollout, FeedsAGivenPrimerToEverySequence) {
  options_.primer = {4, 0, 1};
  options_.temperature = 0;
  const Rollouts rollouts = SampleRollouts(networks_, options_, 2);
  Policy policy(networks_, 1);
  for (const int event : options_.primer) policy.Step(std::span(&event, 1));
  EXPECT_EQ(rollouts.actions[0], ArgMax(policy.logits(0)));
  EXPECT_EQ(rollouts.actions[6], rollouts.actions[0]);
}

TEST_F(Rollout, GivenSequencesAreToldAsIfTheyHadBeenSampled) {
  const std::vector<int> primers = {3, 0, 2};
  options_.given = [&primers](int index) -> GivenSequence {
    return {.primer = std::span(primers).subspan(static_cast<std::size_t>(index), 1),
            .actions = {}};
  };
  const Rollouts sampled = SampleRollouts(networks_, options_, 3);
  options_.seed = 99;
  options_.batch = 2;
  options_.given = [&](int index) -> GivenSequence {
    return {.primer = std::span(primers).subspan(static_cast<std::size_t>(index), 1),
            .actions = std::span(sampled.actions).subspan(static_cast<std::size_t>(index) * 6, 6)};
  };
  EXPECT_TRUE(Same(SampleRollouts(networks_, options_, 3), sampled));
}

TEST_F(Rollout, TheKlBoundOfAPolicyIsTheSumOfItsKl) {
  SampleRollouts(networks_, options_, 3, [](const Trajectory& trajectory, int) {
    EXPECT_EQ(trajectory.kl_bound, SumOf(trajectory.kl));
  });
}

TEST_F(Rollout, RewardsFollowEachSequenceFromItsStart) {
  const PlaceReward reward;
  options_.reward = &reward;
  options_.batch = 2;
  const Rollouts rollouts = SampleRollouts(networks_, options_, 5);
  for (int i = 0; i < 30; ++i) {
    EXPECT_EQ(rollouts.rewards[i], static_cast<float>(rollouts.actions[i] * (i % 6)));
  }
}

TEST_F(Rollout, NeverPlaysWhatTheMaskRulesOut) {
  options_.mask = [](int index, std::span<const int> so_far, std::span<float> logits) {
    for (std::size_t a = 0; a < logits.size(); ++a) {
      if (a != (so_far.size() + index) % kVocabularySize) {
        logits[a] = -std::numeric_limits<float>::infinity();
      }
    }
  };
  const Rollouts rollouts = SampleRollouts(networks_, options_, 4);
  for (int i = 0; i < 24; ++i) {
    EXPECT_EQ(rollouts.actions[i], (i % 6 + i / 6) % kVocabularySize);
  }
  EXPECT_THAT(rollouts.entropy, testing::Each(testing::FloatNear(0, 1e-6F)));
}

TEST_F(Rollout, PassesOnWhatAVisitorThrows) {
  EXPECT_THROW(SampleRollouts(networks_, options_, 9, [](const Trajectory&, int) { throw 1; }),
               int);
}

}  // namespace
}  // namespace rltuner
