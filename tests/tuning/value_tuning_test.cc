// SPDX-License-Identifier: Apache-2.0
#include "rltuner/tuning/value_tuning.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <stdexcept>

#include "rltuner/nn/softmax.h"
#include "rltuner/tuning/exact_problem.h"
#include "tuning/saved.h"

namespace rltuner {
namespace {

using testing::ElementsAreArray;
using testing::FloatNear;
using testing::Pointwise;

struct PlayCase {
  std::string name;
  const char* method;
  const char* exploration;
  bool terminal;
};

void PrintTo(const PlayCase& play, std::ostream* out) { *out << play.name; }

// What there is to remember of a number of events, played from the definition with networks that
// do not learn.
struct Played {
  std::vector<std::int32_t> events, actions;
  std::vector<std::uint8_t> last;
  std::vector<float> rewards, states, log_priors;
  std::vector<float> after_last_states, after_last_log_priors;  // zeros where not last
};

Played Play(const MethodInfo& method, const PolicyNetworks& networks, const TuningOptions& options,
            int count) {
  const NetworkShape& shape = networks.network->shape();
  Random random(static_cast<std::uint64_t>(options.seed), 1);
  const Exploration exploration(options);
  SmallReward reward;
  Played played;
  const auto append = [](std::vector<float>& to, std::span<const float> values) {
    to.insert(to.end(), values.begin(), values.end());
  };
  while (static_cast<int>(played.events.size()) < count) {
    BatchStepper values(shape, 1);
    BatchStepper note_rnn(shape, 1);
    std::vector<float> log_prior(shape.vocabulary);
    const auto hear = [&](int event) {
      values.Step(*networks.network, {&event, 1});
      note_rnn.Step(*networks.note_rnn, {&event, 1});
      LogSoftmax(note_rnn.outputs(0), log_prior);
    };
    reward.Start(options.length);
    auto event = static_cast<int>(random.Below(shape.vocabulary));
    for (int t = 0; t < options.length; ++t) {
      const bool last = t == options.length - 1;
      const auto iteration = static_cast<std::int64_t>(played.events.size());
      played.events.push_back(event);
      append(played.states, values.state(0));
      hear(event);
      append(played.log_priors, log_prior);
      std::vector<float> logits(values.outputs(0).begin(), values.outputs(0).end());
      if (method.policy == PolicyForm::kPriorTimesOutputs) {
        for (int a = 0; a < shape.vocabulary; ++a) logits[a] += log_prior[a];
      }
      event = exploration.Choose(
          shape.vocabulary, [&] { return std::span<const float>(logits); }, iteration, random);
      played.actions.push_back(event);
      played.last.push_back(last ? 1 : 0);
      const double worth = reward.Place(event) / options.c;
      played.rewards.push_back(
          static_cast<float>(worth + (method.rewards_likelihood ? log_prior[event] : 0)));
      if (!last) {
        played.after_last_states.resize(played.states.size());
        played.after_last_log_priors.resize(played.log_priors.size());
        continue;
      }
      append(played.after_last_states, values.state(0));
      hear(event);
      append(played.after_last_log_priors, log_prior);
    }
  }
  return played;
}

// The first elements of what is saved.
template <typename T>
std::vector<T> First(std::size_t count, ValueTuning& tuning, std::string_view name) {
  std::vector<T> all = Saved<T>(tuning, name);
  EXPECT_GE(all.size(), count) << name;
  all.resize(count);
  return all;
}

TuningOptions PlayOptions() {
  TuningOptions options;
  options.c = 0.7;
  options.length = 5;
  options.iterations = 100;
  options.replay_capacity = 200;
  options.minibatch = 4;
  return options;
}

class ValueTuningTest : public testing::TestWithParam<PlayCase> {};

TEST_P(ValueTuningTest, RemembersWhatWasPlayed) {
  const auto& [name, method_name, exploration, terminal] = GetParam();
  TuningOptions options = PlayOptions();
  options.exploration = exploration;
  options.terminal = terminal;
  options.gradient_every = 1'000'000;
  const Network note_rnn = ExactProblem::NoteRnn();
  const MethodInfo& method = MethodNamed(method_name);
  const bool has_log_priors = method.policy == PolicyForm::kPriorTimesOutputs;
  ValueTuning tuning(method, note_rnn, SmallReward(), options);
  constexpr int kCount = 100;
  tuning.Advance(kCount);

  const Played expected = Play(method, tuning.Networks(), options, kCount);
  EXPECT_EQ(First<std::int32_t>(kCount, tuning, "replay.events"), expected.events);
  EXPECT_EQ(First<std::int32_t>(kCount, tuning, "replay.actions"), expected.actions);
  EXPECT_EQ(First<std::uint8_t>(kCount, tuning, "replay.last"), expected.last);
  EXPECT_THAT(First<float>(kCount, tuning, "replay.rewards"),
              Pointwise(FloatNear(1e-5F), expected.rewards));
  const auto expect_rows = [&](std::string_view part, const std::vector<float>& rows) {
    EXPECT_THAT(First<float>(rows.size(), tuning, part), ElementsAreArray(rows)) << part;
  };
  expect_rows("replay.states", expected.states);
  if (has_log_priors) expect_rows("replay.log_priors", expected.log_priors);
  if (terminal) return;
  expect_rows("replay.after_last_states", expected.after_last_states);
  if (has_log_priors) {
    expect_rows("replay.after_last_log_priors", expected.after_last_log_priors);
  }
}

INSTANTIATE_TEST_SUITE_P(Methods, ValueTuningTest,
                         testing::Values(PlayCase{"Q", "q", "epsilon-greedy", true},
                                         PlayCase{"QBootstrapped", "q", "epsilon-greedy", false},
                                         PlayCase{"Psi", "psi", "boltzmann", true},
                                         PlayCase{"G", "g", "boltzmann", true},
                                         PlayCase{"GGreedy", "g", "epsilon-greedy", true},
                                         PlayCase{"GBootstrapped", "g", "boltzmann", false},
                                         PlayCase{"RlOnly", "rl-only", "epsilon-greedy", true}),
                         [](const auto& test) { return test.param.name; });

// Rewards that need the Note RNN are computed late, but before anything is learnt from them or
// saved.
TEST(ValueTuning, ManySlicesAreBitForBitAsOne) {
  for (const char* method : {"q", "psi"}) {
    for (const int capacity : {6, 200}) {
      SCOPED_TRACE(capacity);
      TuningOptions options = PlayOptions();
      options.replay_capacity = capacity;
      options.gradient_every = 3;
      const Network note_rnn = ExactProblem::NoteRnn();
      ValueTuning whole(MethodNamed(method), note_rnn, SmallReward(), options);
      ValueTuning sliced(MethodNamed(method), note_rnn, SmallReward(), options);
      constexpr int kPlayed = 300;
      whole.Advance(kPlayed);
      for (int i = 0; i < kPlayed; ++i) {
        sliced.Advance(1);
        Saved<float>(sliced, "state.note_rnn");
      }
      EXPECT_EQ(Saved<float>(whole, "network"), Saved<float>(sliced, "network"));
      EXPECT_EQ(Saved<float>(whole, "replay.rewards"), Saved<float>(sliced, "replay.rewards"));
      EXPECT_EQ(Saved<float>(whole, "state.note_rnn"), Saved<float>(sliced, "state.note_rnn"));
    }
  }
}

// A reward of sequences that end themselves.
class OverAfterTwo final : public Reward {
 public:
  void Start(int /*length*/) override { placed_ = 0; }
  float Place(int /*action*/) override { return static_cast<float>(++placed_); }
  bool Over() const override { return placed_ == 2; }
  std::unique_ptr<Reward> Clone() const override { return std::make_unique<OverAfterTwo>(*this); }

 private:
  int placed_ = 0;
};

TEST(ValueTuning, ASequenceIsOverWhenItsRewardSaysSo) {
  ValueTuning tuning(MethodNamed("q"), ExactProblem::NoteRnn(), OverAfterTwo(), PlayOptions());
  tuning.Advance(6);
  EXPECT_THAT(First<std::uint8_t>(6, tuning, "replay.last"),
              testing::ElementsAre(0, 1, 0, 1, 0, 1));
}

// Fails at the seventh event, in the middle of a composition.
class FailsAtTheSeventh final : public Reward {
 public:
  void Start(int length) override { reward_.Start(length); }
  float Place(int action) override {
    if (++placed_ == 7) throw std::runtime_error("no reward");
    return reward_.Place(action);
  }
  std::unique_ptr<Reward> Clone() const override {
    return std::make_unique<FailsAtTheSeventh>(*this);
  }

 private:
  SmallReward reward_;
  int placed_ = 0;
};

TEST(ValueTuning, ARunThatARewardStopsIsSavedWithLogPInAllItsRewards) {
  ValueTuning whole(MethodNamed("q"), ExactProblem::NoteRnn(), SmallReward(), PlayOptions());
  ValueTuning stopped(MethodNamed("q"), ExactProblem::NoteRnn(), FailsAtTheSeventh(),
                      PlayOptions());
  whole.Advance(6);
  EXPECT_THROW(stopped.Advance(20), std::runtime_error);
  EXPECT_EQ(First<float>(6, stopped, "replay.rewards"), First<float>(6, whole, "replay.rewards"));
}

TEST(ValueTuning, LearnsEveryFewEventsOnceTheMemoryHoldsAMinibatch) {
  const auto steps_after = [](int events, int minibatch) {
    TuningOptions options = PlayOptions();
    options.minibatch = minibatch;
    ValueTuning tuning(MethodNamed("q"), ExactProblem::NoteRnn(), SmallReward(), options);
    tuning.Advance(events);
    return Saved<std::int64_t>(tuning, "adam.steps").at(0);
  };
  EXPECT_EQ(steps_after(4, 4), 0);
  EXPECT_EQ(steps_after(5, 4), 1);  // the newest event's s' is not known yet
  EXPECT_EQ(steps_after(9, 4), 1);
  EXPECT_EQ(steps_after(10, 4), 2);
  EXPECT_EQ(steps_after(5, 5), 0);
  EXPECT_EQ(steps_after(10, 5), 1);
}

TEST(ValueTuning, LearningIsTheMeanSinceItWasTaken) {
  TuningOptions options = PlayOptions();
  ValueTuning whole(MethodNamed("q"), ExactProblem::NoteRnn(), SmallReward(), options);
  ValueTuning parts(MethodNamed("q"), ExactProblem::NoteRnn(), SmallReward(), options);
  whole.Advance(60);
  parts.Advance(20);
  const Tuning::Learning first = parts.TakeLearning();
  parts.Advance(40);
  const Tuning::Learning second = parts.TakeLearning();
  const Tuning::Learning all = whole.TakeLearning();
  EXPECT_GT(all.loss, 0);
  EXPECT_GT(all.gradient_norm, 0);
  EXPECT_NEAR(all.loss, (4 * first.loss + 8 * second.loss) / 12, 1e-9);
  EXPECT_NEAR(all.gradient_norm, (4 * first.gradient_norm + 8 * second.gradient_norm) / 12, 1e-9);
  EXPECT_EQ(all.epsilon, Exploration(options).Epsilon(60));
}

}  // namespace
}  // namespace rltuner
