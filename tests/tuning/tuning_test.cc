// SPDX-License-Identifier: Apache-2.0
#include "rltuner/tuning/tuning.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <functional>
#include <limits>
#include <stdexcept>

#include "rltuner/core/error.h"
#include "rltuner/tuning/exact_problem.h"
#include "rltuner/tuning/methods.h"
#include "test_support.h"
#include "tuning/place_inputs.h"

namespace rltuner {
namespace {

Network SmallNoteRnn(int layers = 1, int context = 0) {
  Random random(7);
  return Network::Random({.vocabulary = 3, .hidden = 8, .layers = layers, .context = context},
                         random);
}

TuningOptions SmallOptions(const std::string& method) {
  TuningOptions options;
  options.method = method;
  options.iterations = 3000;
  options.length = 5;
  options.replay_capacity = 700;
  options.compositions = 2;   // pg: updates of 10 events
  options.entropy_floor = 1;  // near the highest, ln 3
  return options;
}

struct Case {
  std::string name, method, exploration;
  bool terminal;
  int layers;
  bool inputs = false;  // besides the event
  double gae_lambda = 1;
};

void PrintTo(const Case& run, std::ostream* out) { *out << run.name; }

class TuningTest : public testing::TestWithParam<Case> {
 protected:
  TuningOptions CaseOptions() const {
    TuningOptions options = SmallOptions(GetParam().method);
    options.exploration = GetParam().exploration;
    options.terminal = GetParam().terminal;
    options.gae_lambda = GetParam().gae_lambda;
    return options;
  }
  static Network CaseNoteRnn() {
    return SmallNoteRnn(GetParam().layers, GetParam().inputs ? PlaceInputs::kPlaces : 0);
  }
  std::unique_ptr<Tuning> Start(const Network& note_rnn, const TuningOptions& options,
                                int threads = 1) const {
    return StartTuning(note_rnn, SmallReward(), options, threads,
                       GetParam().inputs ? &inputs_ : nullptr);
  }

 private:
  PlaceInputs inputs_{3};
};

INSTANTIATE_TEST_SUITE_P(
    Cases, TuningTest,
    testing::Values(Case{"Q", "q", "epsilon-greedy", true, 1},
                    Case{"QBootstrap", "q", "epsilon-greedy", false, 1},
                    Case{"QTwoLayers", "q", "epsilon-greedy", true, 2},
                    Case{"PsiBoltzmann", "psi", "boltzmann", true, 1},
                    Case{"G", "g", "epsilon-greedy", true, 1},
                    Case{"GBootstrap", "g", "boltzmann", false, 2},
                    Case{"RlOnly", "rl-only", "epsilon-greedy", true, 1},
                    Case{"PolicyGradient", "pg", "epsilon-greedy", true, 2},
                    Case{"QInputs", "q", "epsilon-greedy", true, 1, true},
                    Case{"PsiInputs", "psi", "boltzmann", false, 2, true},
                    Case{"GInputs", "g", "boltzmann", false, 1, true},
                    Case{"PgInputs", "pg", "epsilon-greedy", true, 1, true},
                    Case{"PgCritic", "pg", "epsilon-greedy", true, 2, false, 0.8},
                    Case{"PgInputsCritic", "pg", "epsilon-greedy", true, 1, true, 0.8}),
    [](const auto& test) { return test.param.name; });

TEST_P(TuningTest, GoesOnFromTheWeightsThatAreSet) {
  const Network note_rnn = CaseNoteRnn();
  const auto tuning = Start(note_rnn, CaseOptions());
  tuning->Advance(100);
  Random random(8);
  const Network other = Network::Random(note_rnn.shape(), random);
  tuning->SetNetwork(other);
  EXPECT_TRUE(std::ranges::equal(tuning->Networks().network->arena(), other.arena()));
  EXPECT_TRUE(std::ranges::equal(tuning->Networks().note_rnn->arena(), note_rnn.arena()));
  tuning->Advance(100);
  EXPECT_FALSE(std::ranges::equal(tuning->Networks().network->arena(), other.arena()));
}

TEST_P(TuningTest, GoingOnFromACheckpointIsBitIdentical) {
  const Network note_rnn = CaseNoteRnn();
  const TuningOptions options = CaseOptions();
  const std::unique_ptr<Tuning> undisturbed = Start(note_rnn, options);
  undisturbed->Advance(options.iterations);
  const Tuning::Learning whole = undisturbed->TakeLearning();

  const TemporaryFolder folder;
  const std::filesystem::path path = folder / "tuning.safetensors";
  // Before the replay memory is full, and after, in the middle of a composition.
  for (const std::int64_t asked : {203, 2002}) {
    std::int64_t stop = 0;
    {
      const std::unique_ptr<Tuning> first = Start(note_rnn, options);
      first->Advance(asked);
      stop = first->iteration();
      StateArchive archive;
      first->VisitState(&archive);
      WriteSafetensors(path, archive.tensors(), {});
    }
    const SafetensorsFile file(path);
    const std::unique_ptr<Tuning> second = Start(note_rnn, options);
    StateArchive archive(file);
    second->VisitState(&archive);
    EXPECT_EQ(second->iteration(), stop);
    second->Advance(options.iterations - stop);
    EXPECT_TRUE(std::ranges::equal(second->Networks().network->arena(),
                                   undisturbed->Networks().network->arena()))
        << "stopped at " << stop;
    const Tuning::Learning learning = second->TakeLearning();
    EXPECT_EQ(learning.loss, whole.loss);
    EXPECT_EQ(learning.gradient_norm, whole.gradient_norm);
  }
}

// Puts `value` in the place of one saved number, which no run could have written there.
struct Damage {
  std::string name;
  int index;
  double value;
};

// What a tuning makes of its own checkpoint after `change`; "" if it takes it.
std::string RefusalOf(const TuningOptions& options, std::int64_t iterations,
                      const std::function<void(std::vector<Tensor>& tensors)>& change) {
  const std::unique_ptr<Tuning> tuning = StartTuning(SmallNoteRnn(), SmallReward(), options);
  tuning->Advance(iterations);
  StateArchive archive;
  tuning->VisitState(&archive);
  std::vector<Tensor> tensors(archive.tensors().begin(), archive.tensors().end());
  change(tensors);
  const TemporaryFolder folder;
  const std::filesystem::path path = folder / "damaged.safetensors";
  WriteSafetensors(path, tensors, {});
  try {
    const SafetensorsFile file(path);
    StateArchive damaged(file);
    StartTuning(SmallNoteRnn(), SmallReward(), options)->VisitState(&damaged);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

Tensor& Find(std::vector<Tensor>& tensors, const std::string& name) {
  const auto found = std::ranges::find(tensors, name, &Tensor::name);
  if (found == tensors.end()) throw std::out_of_range("nothing is saved as " + name);
  return *found;
}

std::string RefusalOf(const TuningOptions& options, const Damage& damage) {
  std::vector<std::byte> bytes;
  return RefusalOf(options, 203, [&](std::vector<Tensor>& tensors) {
    Tensor& tensor = Find(tensors, damage.name);
    bytes.assign(tensor.bytes.begin(), tensor.bytes.end());
    tensor.bytes = bytes;
    const auto put = [&](auto value) {
      std::memcpy(bytes.data() + damage.index * sizeof(value), &value, sizeof(value));
    };
    if (tensor.dtype == DTypeOf<double>()) put(damage.value);
    if (tensor.dtype == DTypeOf<std::int64_t>()) put(static_cast<std::int64_t>(damage.value));
    if (tensor.dtype == DTypeOf<std::int32_t>()) put(static_cast<std::int32_t>(damage.value));
  });
}

TEST_P(TuningTest, TakesACheckpointOfItsFirstIterations) {
  for (const std::int64_t iterations : {0, 1, 4, 5, 11}) {
    EXPECT_EQ(RefusalOf(CaseOptions(), iterations, [](std::vector<Tensor>&) {}), "") << iterations;
  }
}

TEST(Tuning, RefusesACompositionThatHasEnded) {
  const auto refusal_of = [&](std::int64_t events) {
    const std::vector<std::int32_t> placed(events, 1);
    return RefusalOf(SmallOptions("q"), 203, [&](std::vector<Tensor>& tensors) {
      Find(tensors, "placed") = MakeTensor<std::int32_t>("placed", {events}, placed);
    });
  };
  EXPECT_EQ(refusal_of(4), "");
  EXPECT_NE(refusal_of(5), "");
}

TEST_P(TuningTest, RefusesCountsThatNoRunHas) {
  const bool by_value = GetParam().method != "pg";
  for (const Damage& damage : by_value ? std::vector<Damage>{{"counters", 0, -1},
                                                             {"counters", 1, -1},
                                                             {"counters", 2, -1},
                                                             {"counters", 2, 3},
                                                             {"placed", 0, -1},
                                                             {"placed", 0, 3}}
                                       : std::vector<Damage>{{"counters", 0, -1},
                                                             {"counters", 1, -1},
                                                             {"entropy_weight", 0, -1.5},
                                                             {"entropy_weight", 0, NAN}}) {
    EXPECT_NE(RefusalOf(CaseOptions(), damage), "")
        << damage.name << "[" << damage.index << "] = " << damage.value;
  }
}

TEST(StartTuning, RefusesANoteRnnWhoseInputsAreNotGiven) {
  EXPECT_THROW(StartTuning(SmallNoteRnn(1, PlaceInputs::kPlaces), SmallReward(), {.method = "pg"}),
               Error);
}

TEST(StartTuning, RefusesAKlBudgetOfAMethodThatCannotHoldIt) {
  for (const std::string& method : MethodNames()) {
    if (method == "pg") continue;
    TuningOptions options = SmallOptions(method);
    options.kl_budget = 0.2;
    EXPECT_THROW(StartTuning(SmallNoteRnn(), SmallReward(), options), Error) << method;
  }
}

TEST_P(TuningTest, SlicesMakeNoDifference) {
  const Network note_rnn = CaseNoteRnn();
  const TuningOptions options = CaseOptions();
  const std::unique_ptr<Tuning> whole = Start(note_rnn, options);
  const std::unique_ptr<Tuning> sliced = Start(note_rnn, options);
  whole->Advance(1000);
  for (int i = 0; i < 100; ++i) {
    sliced->Advance(10);
    sliced->TakeLearning();
  }
  EXPECT_TRUE(
      std::ranges::equal(whole->Networks().network->arena(), sliced->Networks().network->arena()));
}

TEST_P(TuningTest, ThreadsMakeNoDifference) {
  const Network note_rnn = CaseNoteRnn();
  TuningOptions options = CaseOptions();
  options.compositions = 70;
  options.minibatch = 48;
  const std::unique_ptr<Tuning> alone = Start(note_rnn, options);
  alone->Advance(1000);
  for (const int threads : {2, 3, 9}) {
    const std::unique_ptr<Tuning> shared = Start(note_rnn, options, threads);
    shared->Advance(1000);
    EXPECT_TRUE(std::ranges::equal(alone->Networks().network->arena(),
                                   shared->Networks().network->arena()));
  }
}

TEST_P(TuningTest, TheNoteRnnStaysFrozen) {
  const Network note_rnn = CaseNoteRnn();
  const std::unique_ptr<Tuning> tuning = Start(note_rnn, CaseOptions());
  tuning->Advance(2000);
  EXPECT_TRUE(std::ranges::equal(tuning->Networks().note_rnn->arena(), note_rnn.arena()));
  EXPECT_FALSE(std::ranges::equal(tuning->Networks().network->arena(), note_rnn.arena()));
}

TEST_P(TuningTest, AnotherSeedIsAnotherRun) {
  const Network note_rnn = CaseNoteRnn();
  TuningOptions options = CaseOptions();
  const std::unique_ptr<Tuning> one = Start(note_rnn, options);
  options.seed = 2;
  const std::unique_ptr<Tuning> two = Start(note_rnn, options);
  one->Advance(500);
  two->Advance(500);
  EXPECT_FALSE(
      std::ranges::equal(one->Networks().network->arena(), two->Networks().network->arena()));
}

TEST(Tuning, RlOnlyDoesNotStartFromTheNoteRnn) {
  const Network note_rnn = SmallNoteRnn();
  const std::unique_ptr<Tuning> tuning =
      StartTuning(note_rnn, SmallReward(), SmallOptions("rl-only"));
  EXPECT_FALSE(std::ranges::equal(tuning->Networks().network->arena(), note_rnn.arena()));
}

TEST(Tuning, GPlaysPriorTimesValues) {
  const std::unique_ptr<Tuning> tuning =
      StartTuning(SmallNoteRnn(), SmallReward(), SmallOptions("g"));
  EXPECT_EQ(tuning->Networks().form, PolicyForm::kPriorTimesOutputs);
}

class InfiniteReward final : public Reward {
 public:
  void Start(int /*length*/) override {}
  float Place(int /*action*/) override { return std::numeric_limits<float>::infinity(); }
  std::unique_ptr<Reward> Clone() const override { return std::make_unique<InfiniteReward>(); }
};

TEST(Tuning, StopsAtANumberThatIsNotFinite) {
  const std::unique_ptr<Tuning> tuning =
      StartTuning(SmallNoteRnn(), InfiniteReward(), SmallOptions("q"));
  tuning->Advance(3000);
  EXPECT_LT(tuning->iteration(), 100);
  EXPECT_NE(tuning->Failure().find("not finite"), std::string::npos);
  EXPECT_TRUE(std::ranges::all_of(tuning->Networks().network->arena(),
                                  [](float x) { return std::isfinite(x); }));
}

TEST(Tuning, AnUnknownMethodIsNamed) {
  EXPECT_THROW(StartTuning(SmallNoteRnn(), SmallReward(), SmallOptions("sarsa")), Error);
}

}  // namespace
}  // namespace rltuner
