// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <numeric>

#include "rltuner/nn/optimizer.h"
#include "rltuner/nn/softmax.h"
#include "rltuner/tuning/exact_problem.h"
#include "rltuner/tuning/rollout.h"
#include "tuning/distance.h"
#include "tuning/saved.h"

namespace rltuner {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;

// What an update should do, from its definition: composition by composition, in doubles, with the
// network, the optimizer and the stream of random numbers as they are before it.
class PlainUpdate {
 public:
  PlainUpdate(const Network& note_rnn, const Reward& reward, const TuningOptions& options)
      : note_rnn_(note_rnn),
        options_(options),
        random_(static_cast<std::uint64_t>(options.seed), 1),
        optimizer_(Optimizer::Kind::kAdam, note_rnn.arena().size()) {
    for (int i = 0; i < options.compositions; ++i) rewards_.push_back(reward.Clone());
  }

 private:
  using Table = std::vector<std::vector<double>>;  // [composition][event]

  const Network& note_rnn_;
  TuningOptions options_;
  Random random_;
  std::int64_t iteration_ = 0;
  Optimizer optimizer_;
  std::vector<std::unique_ptr<Reward>> rewards_;

 public:
  double entropy_weight = 0;
  double loss = 0, gradient_norm = 0;

  // The network after the update of `network`.
  Network Of(const Network& network) {
    const int count = options_.compositions;
    const int length = options_.length;
    const NetworkShape& shape = network.shape();
    std::vector<Tape> tapes(count, Tape(shape, 1, length));
    std::vector<BatchStepper> note_rnns(count, BatchStepper(shape, 1));
    std::vector<int> events(count);
    for (int i = 0; i < count; ++i) {
      rewards_[i]->Start(length);
      events[i] = static_cast<int>(random_.Below(shape.vocabulary));
    }

    std::vector<std::vector<int>> actions(count);
    Table rewards(count), surprises(count);
    for (int t = 0; t < length; ++t) {
      for (int i = 0; i < count; ++i) {
        tapes[i].Forward(network, t, {&events[i], 1});
        note_rnns[i].Step(note_rnn_, {&events[i], 1});
        const int action = SampleSoftmax(tapes[i].outputs(t, 0), random_);
        const double reward = std::max<double>(rewards_[i]->Place(action), options_.reward_floor);
        const double surprise = -LogProbability(tapes[i].outputs(t, 0), action);
        actions[i].push_back(action);
        surprises[i].push_back(surprise);
        rewards[i].push_back(reward / options_.c + LogProbability(note_rnns[i].outputs(0), action) +
                             (1 + entropy_weight) * surprise);
        events[i] = action;
      }
    }

    Network gradient(shape);
    loss = 0;
    for (int t = 0; t < length; ++t) {
      std::vector<double> returns(count, 0);
      for (int i = 0; i < count; ++i) {
        for (int k = t; k < length; ++k) {
          returns[i] += std::pow(options_.gamma, k - t) * rewards[i][k];
        }
      }
      const double mean = Mean(returns);
      double variance = 0;
      for (const double value : returns) variance += (value - mean) * (value - mean) / count;
      for (int i = 0; i < count; ++i) {
        const double others = (mean * count - returns[i]) / (count - 1);
        const double advantage = (returns[i] - others) / (std::sqrt(variance) + 1e-6);
        const double weight = advantage / (count * length);
        const std::span<const float> logits = tapes[i].outputs(t, 0);
        loss -= weight * LogProbability(logits, actions[i][t]);
        for (int v = 0; v < shape.vocabulary; ++v) {
          const double played = v == actions[i][t] ? 1 : 0;
          tapes[i].output_gradients(t, 0)[v] =
              static_cast<float>(weight * (std::exp(LogProbability(logits, v)) - played));
        }
      }
    }
    for (Tape& tape : tapes) tape.Backward(network, length, &gradient);
    const Clipped clipped =
        ClipGradient(options_.clipping == "tensor", options_.clip_norm, &gradient);
    gradient_norm = clipped.norm;
    Network updated = network;
    iteration_ += count * length;
    const auto left = static_cast<double>(options_.iterations - iteration_);
    const double falling = options_.decay_share * static_cast<double>(options_.iterations);
    optimizer_.Step(options_.learning_rate * (left < falling ? left / falling : 1), clipped.factor,
                    gradient.arena(), updated.arena());

    Steer(Mean(Joined(surprises)));
    return updated;
  }

 private:
  static double LogProbability(std::span<const float> logits, int action) {
    double sum = 0;
    for (const float logit : logits) sum += std::exp(static_cast<double>(logit));
    return logits[action] - std::log(sum);
  }

  static double Mean(const std::vector<double>& values) {
    return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
  }

  static std::vector<double> Joined(const Table& table) {
    std::vector<double> all;
    for (const std::vector<double>& row : table) all.insert(all.end(), row.begin(), row.end());
    return all;
  }

  void Steer(double surprise) {
    entropy_weight = 0;
    if (surprise > options_.entropy_ceiling) {
      entropy_weight = std::max(-1.0, 10 * (options_.entropy_ceiling - surprise));
    }
    if (surprise < options_.entropy_floor || options_.entropy_ceiling < options_.entropy_floor) {
      entropy_weight = std::max(-1.0, 10 * (options_.entropy_floor - surprise));
    }
  }
};

// Differs from action to action, and for an action played again.
class ChangingReward final : public Reward {
 public:
  explicit ChangingReward(float size) : size_(size) {}

  void Start(int /*length*/) override { last_ = -1; }
  float Place(int action) override {
    const auto worth = static_cast<float>((5 * action) % 7 - (action == last_ ? 2 : 0));
    last_ = action;
    return size_ * worth;
  }
  std::unique_ptr<Reward> Clone() const override { return std::make_unique<ChangingReward>(*this); }

 private:
  float size_;
  int last_ = -1;
};

struct UpdateCase {
  std::string name;
  TuningOptions options;
  float size = 0.3F;  // of the reward
};

void PrintTo(const UpdateCase& update, std::ostream* out) { *out << update.name; }

class PolicyGradientUpdateTest : public testing::TestWithParam<UpdateCase> {};

TEST_P(PolicyGradientUpdateTest, IsAsDefined) {
  Random random(5);
  Network note_rnn = Network::Random({.vocabulary = 9, .hidden = 8, .layers = 1}, random);
  for (float& weight : note_rnn.arena()) weight *= 20;  // clear preferences, rare actions
  const auto& [name, options, size] = GetParam();
  const ChangingReward reward(size);
  const std::unique_ptr<Tuning> tuning = StartTuning(note_rnn, reward, options);
  PlainUpdate plain(note_rnn, reward, options);
  double losses = 0;
  double norms = 0;
  for (int update = 1; update <= 6; ++update) {
    SCOPED_TRACE(testing::Message() << "update " << update);
    const Network before = *tuning->Networks().network;
    tuning->Advance(1);
    ASSERT_EQ(tuning->iteration(), update * options.compositions * options.length);
    const Network expected = plain.Of(before);

    EXPECT_LT(Distance(tuning->Networks().network->arena(), expected.arena()),
              0.01 * Distance(before.arena(), expected.arena()));
    EXPECT_THAT(Saved<double>(*tuning, "entropy_weight"),
                ElementsAre(DoubleNear(plain.entropy_weight, 1e-4)));

    losses += plain.loss;
    norms += plain.gradient_norm;
    if (update % 3 != 0) continue;
    const Tuning::Learning learning = tuning->TakeLearning();
    EXPECT_NEAR(learning.loss, losses / 3, 1e-4 * norms);
    EXPECT_NEAR(learning.gradient_norm, norms / 3, 1e-4 * norms);
    EXPECT_EQ(learning.epsilon, 0);
    losses = norms = 0;
  }
}

TuningOptions UpdateOptions() {
  TuningOptions options;
  options.method = "pg";
  options.compositions = 16;
  options.length = 6;
  options.gamma = 0.7;
  options.c = 0.8;
  options.learning_rate = 0.01;
  return options;
}

std::vector<UpdateCase> UpdateCases() {
  std::vector<UpdateCase> cases;
  const auto add = [&](std::string name, float size = 0.3F) -> TuningOptions& {
    cases.push_back({std::move(name), UpdateOptions(), size});
    return cases.back().options;
  };
  add("Plain");
  add("TwoCompositions").compositions = 2;
  add("NoDiscount").gamma = 1;
  add("OneEvent").length = 1;
  add("LowRewardsCountAsTheFloor").reward_floor = -0.2;
  add("NearlyEqualReturns", 1e-4F);
  add("Variety").entropy_floor = 1.8;
  add("LessVariety").entropy_ceiling = 1.6;
  add("NoMoreVarietyThanTheLikelihoodAsksFor").entropy_ceiling = 0.5;
  TuningOptions& between = add("VarietyBetweenFloorAndCeiling");
  between.entropy_floor = 0.5;
  between.entropy_ceiling = 3;
  add("AFallingLearningRate").decay_share = 1;
  add("ShortGradients").clip_norm = 0.01;
  TuningOptions& by_tensor = add("ShortGradientsByTensor");
  by_tensor.clip_norm = 0.01;
  by_tensor.clipping = "tensor";
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Updates, PolicyGradientUpdateTest, testing::ValuesIn(UpdateCases()),
                         [](const auto& test) { return test.param.name; });

// Nats per action that are learnt; the rules weigh 1 / c.
double EntropyLearnt(double c, double floor, double ceiling) {
  TuningOptions options = ExactProblem::Recipe(MethodNamed("pg"));
  options.c = c;
  options.entropy_floor = floor;
  options.entropy_ceiling = ceiling;
  const std::unique_ptr<Tuning> tuning =
      StartTuning(ExactProblem::NoteRnn(), SmallReward(), options);
  tuning->Advance(300'000);
  const RolloutOptions sampling{.length = ExactProblem::kLength, .seed = 1};
  return MeanOf(SampleRollouts(tuning->Networks(), sampling, 1000).entropy);
}

TEST(PolicyGradient, HoldsKlAtItsBudget) {
  const Network note_rnn = ExactProblem::NoteRnn();
  for (const double budget : {0.05, 0.1}) {
    for (const double c : {0.3, 3.0}) {
      SCOPED_TRACE(testing::Message() << "budget " << budget << " from c " << c);
      TuningOptions options = ExactProblem::Recipe(MethodNamed("pg"));
      options.iterations = 300'000;
      options.compositions = 128;
      options.c = c;
      options.kl_budget = budget;
      const std::unique_ptr<Tuning> tuning = StartTuning(note_rnn, SmallReward(), options);
      tuning->Advance(options.iterations);
      const RolloutOptions sampling{.length = ExactProblem::kLength, .seed = 1};
      EXPECT_NEAR(MeanOf(SampleRollouts(tuning->Networks(), sampling, 4000).kl), budget,
                  0.05 * budget);
    }
  }
}

TEST(PolicyGradient, StrongerRulesLeaveLessVariety) {
  EXPECT_LT(EntropyLearnt(0.2, 0, 100), EntropyLearnt(10, 0, 100));
}

TEST(PolicyGradient, TheEntropyFloorKeepsVariety) {
  EXPECT_GT(EntropyLearnt(0.2, 0.9, 100), EntropyLearnt(0.2, 0, 100));
}

TEST(PolicyGradient, TheEntropyCeilingTakesVariety) {
  EXPECT_LT(EntropyLearnt(10, 0, 0.5), EntropyLearnt(10, 0, 100));
}

}  // namespace
}  // namespace rltuner
