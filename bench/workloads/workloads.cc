// SPDX-License-Identifier: Apache-2.0
#include "bench/workloads/workloads.h"

#include <array>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "rltuner/core/parallel.h"
#include "rltuner/core/random.h"
#include "rltuner/decoding/selection.h"
#include "rltuner/decoding/sequential_monte_carlo.h"
#include "rltuner/evaluation/evaluate.h"
#include "rltuner/evaluation/generation.h"
#include "rltuner/melody/collect.h"
#include "rltuner/melody/encoding.h"
#include "rltuner/nn/kernels.h"
#include "rltuner/nn/lstm.h"
#include "rltuner/recipes/recipes.h"
#include "rltuner/training/note_rnn_training.h"
#include "rltuner/tuning/methods.h"
#include "rltuner/tuning/rollout.h"
#include "rltuner/tuning/value_learner.h"

namespace rltuner::bench {
namespace {

// Operations and bytes of the products of one event: every weight once, but for the one-hot input,
// which is a row.
double ProductOperations(const NetworkShape& shape) {
  return 2.0 * shape.hidden * (4.0 * shape.hidden + shape.vocabulary);
}
double WeightBytes(const NetworkShape& shape) {
  return sizeof(float) * (shape.hidden + 2.0) * (shape.gate_stride() + shape.output_stride());
}

// std::function wants to copy what it holds, and networks' memory is better shared.
template <typename State>
std::shared_ptr<State> Shared(State state) {
  return std::make_shared<State>(std::move(state));
}

std::vector<int> RandomEvents(int count) {
  Random random(1);
  std::vector<int> events(static_cast<std::size_t>(count));
  for (int& event : events) event = static_cast<int>(random.Below(kVocabulary));
  return events;
}

Job FmaPeak(const Model& /*note_rnn*/) {
  constexpr int kRounds = 50;
  return {.run = [] { RunMultiplyAdds(kRounds); }, .amount = RunMultiplyAdds(kRounds)};
}

template <std::size_t kFloats, int kRounds>
Job Read(const Model& /*note_rnn*/) {
  return {.run = [] { ReadFloats(kFloats, kRounds); }, .amount = ReadFloats(kFloats, kRounds)};
}

template <int kBatch>
Job Step(const Model& note_rnn) {
  const NetworkShape& shape = note_rnn.network.shape();
  const auto stepper = Shared(BatchStepper(shape, kBatch));
  const Network& network = note_rnn.network;
  return {
      .run = [stepper, &network, events = RandomEvents(kBatch)] { stepper->Step(network, events); },
      .amount = kBatch,
      .work = kBatch == 1 ? WeightBytes(shape) : kBatch * ProductOperations(shape)};
}

constexpr int kMinibatch = 32;

// Operations of the products of a gradient step of Q-learning: all outputs for s' once, through the
// learning network with Double Q and else through the target network; gates alone for s, backward
// and, with Double Q, for s' through the target network.
double GradientProductOperations(const NetworkShape& shape, bool double_q) {
  const double gates = 8.0 * shape.hidden * shape.hidden;
  return kMinibatch * (ProductOperations(shape) + (double_q ? 3 : 2) * gates);
}

// These products alone, with Double Q.
Job GradientProducts(const Model& note_rnn) {
  const NetworkShape shape = note_rnn.network.shape();
  struct State {
    FloatBuffer h, gates, outputs, recurrent_gradient;
    std::vector<int> events;
  };
  const std::size_t hidden = shape.hidden;
  const auto state = Shared(State{.h = FloatBuffer(kMinibatch * hidden, 0.1F),
                                  .gates = FloatBuffer(kMinibatch * shape.gate_stride()),
                                  .outputs = FloatBuffer(kMinibatch * shape.output_stride()),
                                  .recurrent_gradient = FloatBuffer(hidden * shape.gate_stride()),
                                  .events = RandomEvents(kMinibatch)});
  const Network& network = note_rnn.network;
  const auto run = [state, shape, &network] {
    const int gates = shape.gate_stride();
    const int outputs = shape.output_stride();
    const kernels::MatrixView h{state->h.data(), shape.hidden, 1};
    for (int forward = 0; forward < 3; ++forward) {
      kernels::MatrixProduct(kMinibatch, gates, shape.hidden,
                             {network.bias(0), network.input(0), gates, state->events.data()}, h,
                             network.recurrent(0), gates, state->gates.data(), gates);
    }
    kernels::MatrixProduct(kMinibatch, outputs, shape.hidden, {.values = network.output_bias()}, h,
                           network.output(), outputs, state->outputs.data(), outputs);
    kernels::AddMatrixProduct(shape.hidden, gates, kMinibatch, {state->h.data(), 1, shape.hidden},
                              state->gates.data(), gates, state->recurrent_gradient.data(), gates);
  };
  return {.run = run, .work = GradientProductOperations(shape, true)};
}

// Everything of a gradient step: drawing and gathering the minibatch, three forward passes with
// Double Q and two without, backward, clipping, Adam, target network.
template <bool kDoubleQ>
Job GradientStep(const Model& note_rnn) {
  struct State {
    ValueLearner learner;
    ReplayBuffer replay;
    Random random;
  };
  const NetworkShape shape = note_rnn.network.shape();
  const TuningOptions options{.double_q = kDoubleQ};
  ReplayBuffer replay({.capacity = options.replay_capacity,
                       .state_size = shape.state_size(),
                       .vocabulary = shape.vocabulary,
                       .keeps_log_prior = false,
                       .keeps_after_last = false});
  BatchStepper stepper(shape, 1);
  int event = 0;
  const std::vector<int> actions = RandomEvents(options.replay_capacity);
  for (std::size_t i = 0; i < actions.size(); ++i) {
    replay.Add({.inputs = {&event, 1},
                .state = stepper.state(0),
                .log_prior = {},
                .action = actions[i],
                .reward = 0,
                .last = (i + 1) % kCompositionLength == 0,
                .state_after = {},
                .log_prior_after = {}});
    stepper.Step(note_rnn.network, {&event, 1});
    event = actions[i];
  }
  const std::shared_ptr<State> state(
      new State{.learner = {MethodNamed(options.method), note_rnn.network, options},
                .replay = std::move(replay),
                .random = Random(1)});
  return {.run =
              [state] {
                state->learner.Draw(state->replay, state->random);
                state->learner.Learn(state->replay);
              },
          .work = GradientProductOperations(shape, kDoubleQ),
          .warm_up = 100};
}

// Tuning and the compositions that are sampled to show its progress. It is measured with the replay
// memory full.
Job Tune(const Model& note_rnn, const TuningOptions& options, int slice,
         RuleSet rules = RuleSet::Named("paper")) {
  struct State {
    RuleSet rules;
    std::unique_ptr<Tuning> tuning;
  };
  std::unique_ptr<Tuning> tuning = StartTuning(note_rnn.network, rules, options);
  const auto state = Shared(State{std::move(rules), std::move(tuning)});
  const int sampled = slice * options.progress_compositions / options.progress_every;
  const auto run = [state, slice, sampled] {
    state->tuning->Advance(slice);
    SampleRollouts(state->tuning->Networks(), {.reward = &state->rules}, sampled);
  };
  return {.run = run,
          .amount = static_cast<double>(slice),
          .warm_up = MethodNamed(options.method).on_policy ? 2 : options.replay_capacity / slice};
}

template <const char* kMethod, bool kDoubleQ = true>
Job TuneByValues(const Model& note_rnn) {
  return Tune(note_rnn, {.method = kMethod, .double_q = kDoubleQ}, 5000);
}
constexpr char kQ[] = "q";
constexpr char kPsi[] = "psi";
constexpr char kG[] = "g";

struct DefaultRecipe {
  RecipeText recipe = FindRecipe("tune", "default");
  RuleSet rules = RuleSet::FromRecipe(recipe.text, recipe.source);
  TuningOptions options;

  DefaultRecipe() { ReadOwnTables(recipe.text, recipe.source, std::array{Describe(options)}); }
};

Job TuneByDefaultRecipe(const Model& note_rnn) {
  const DefaultRecipe by;
  return Tune(note_rnn, by.options, by.options.compositions * by.options.length, by.rules);
}

Job EvaluateCompositions(const Model& note_rnn) {
  constexpr int kCompositions = 1024;
  const auto rules = Shared(RuleSet::Named("paper"));
  EvaluationOptions options;
  options.compositions = kCompositions;
  return {.run = [&note_rnn, rules, options] { Evaluate(note_rnn, *rules, options, 1); },
          .amount = kCompositions};
}

// One melody, the best by the rules of a thousand.
Job BestOfThousand(const Model& note_rnn) {
  const auto rules = Shared(RuleSet::Named("paper"));
  return {.run = [&note_rnn, rules] {
    SampleBestOf(NetworksOf(note_rnn), *rules, 1000, {}, 1, [](const Trajectory&, int) {});
  }};
}

// The same by sequential Monte Carlo.
Job SmcOf64(const Model& note_rnn) {
  const auto rules = Shared(RuleSet::Named("paper"));
  return {.run = [&note_rnn, rules] {
    SampleSmc(NetworksOf(note_rnn), *rules, {.particles = 64}, {}, 1,
              [](const Trajectory&, int) {});
  }};
}

// Reading, extracting and checking files that the system has in memory; no dataset is written.
struct Corpus {
  TemporaryFolder folder;
  Extractor extractor{ExtractionOptions{}};

  explicit Corpus(int files) { WriteMidiFiles(folder.path(), files); }
  void Collect(int threads) const {
    Sources sources({folder.path()});
    CollectMelodies(sources, extractor, threads, [](CollectedFile&) { return true; });
  }
};

Job Dataset(const Model& /*note_rnn*/) {
  constexpr int kFiles = 400;
  const auto corpus = std::make_shared<Corpus>(kFiles);
  return {.run = [corpus] { corpus->Collect(1); }, .amount = kFiles};
}

// The three that share their work among threads, with work for some tenths of a second.
Job OnTwoCores(const std::function<void(int threads)>& work) {
  return {.run = [work] { work(2); }, .alone = [work] { work(1); }};
}

Job SeedsOnTwoCores(const Model& note_rnn) {
  constexpr int kSlice = 1000;
  constexpr int kSeeds = 4;
  std::vector<std::shared_ptr<Job>> tunings;
  tunings.reserve(kSeeds);
  for (int i = 0; i < kSeeds; ++i) {
    tunings.push_back(Shared(Tune(note_rnn, {.seed = i, .replay_capacity = 10'000}, kSlice)));
  }
  return OnTwoCores([tunings](int threads) {
    ParallelFor(static_cast<int>(tunings.size()), threads,
                [&](int task, int) { tunings[static_cast<std::size_t>(task)]->run(); });
  });
}

// One run, whose updates or gradient steps are shared.
Job OneTuneOnTwoCores(const Model& note_rnn, const TuningOptions& options, const RuleSet& rules,
                      int slice) {
  std::vector<std::shared_ptr<Tuning>> runs;
  for (const int threads : {1, 2}) {
    runs.push_back(StartTuning(note_rnn.network, rules, options, threads));
  }
  return OnTwoCores(
      [runs, slice](int threads) { runs[static_cast<std::size_t>(threads) - 1]->Advance(slice); });
}

Job TuneQOnTwoCores(const Model& note_rnn) {
  return OneTuneOnTwoCores(note_rnn, {.replay_capacity = 10'000}, RuleSet::Named("paper"), 10'000);
}

Job TunePgOnTwoCores(const Model& note_rnn) {
  const DefaultRecipe by;
  return OneTuneOnTwoCores(note_rnn, by.options, by.rules, 65'536);
}

Job EvaluateOnTwoCores(const Model& note_rnn) {
  const auto rules = Shared(RuleSet::Named("paper"));
  EvaluationOptions options;
  options.compositions = 4096;
  return OnTwoCores(
      [&note_rnn, rules, options](int threads) { Evaluate(note_rnn, *rules, options, threads); });
}

Job DatasetOnTwoCores(const Model& /*note_rnn*/) {
  const auto corpus = std::make_shared<Corpus>(4000);
  return OnTwoCores([corpus](int threads) { corpus->Collect(threads); });
}

// One iteration of back-propagation through time with everything but the held-out measurements.
template <int kThreads>
Job TrainIteration(const Model& note_rnn) {
  constexpr int kBatch = 128;
  constexpr int kSteps = 128;
  const NetworkShape& shape = note_rnn.network.shape();
  NetworkOptions network;
  network.hidden = shape.hidden;
  TrainingOptions options;
  options.batch = kBatch;
  options.steps_per_window = kSteps;
  options.recurrent_dropout = 0;
  options.iterations = 1'000'000'000;
  struct State {
    std::vector<std::vector<std::uint8_t>> melodies;
    std::unique_ptr<NoteRnnTraining> training;
  };
  const auto state = Shared(State{SyntheticMelodies(4 * kBatch, kSteps), nullptr});
  TrainingData data;
  data.training = {state->melodies.begin(), state->melodies.end()};
  state->training = std::make_unique<NoteRnnTraining>(network, options, std::move(data), kThreads);
  return {.run = [state] { state->training->Step(); },
          .work = 3.0 * kBatch * kSteps * ProductOperations(shape),
          .waits = kThreads > 1};
}

// The paper's nine rules, or every rule there is.
template <int kLength, bool kEvery = false>
Job Rules(const Model& /*note_rnn*/) {
  constexpr int kEvents = 4096;
  struct State {
    RuleSet rules;
    std::vector<std::uint8_t> events;
  };
  std::string every;
  for (const RuleInfo& rule : rltuner::Rules()) {
    if (kEvery) every += fmt::format("[rules.{}]\nweight = 1\n", rule.name);
  }
  const auto state =
      Shared(State{RuleSet::FromToml(every, "bench"), SyntheticMelodies(1, kEvents).front()});
  const auto run = [state] {
    for (int i = 0; i < kEvents; ++i) {
      if (i % kLength == 0) state->rules.Start(kLength);
      state->rules.Place(state->events[i]);
    }
  };
  return {.run = run, .amount = kEvents};
}

// What `rltuner generate default --count 1` does, in a process that runs already.
Job GenerateOne(const Model& /*note_rnn*/) {
  const auto run = [] {
    const TemporaryFolder folder;
    GenerationOptions options;
    options.count = 1;
    const Model model = LoadModel(kDefaultModel);
    const RuleSet rules = RuleSet::Named("paper");
    WriteMelodies(folder.path(), Generate(model, rules, options, {}), rules, options, "bench");
  };
  return {.run = run, .waits = true};
}

constexpr Workload kWorkloads[] = {
    {"fma-peak", "GFLOP/s", "multiply-adds in registers: the core's limit", Limit::kNone, FmaPeak},
    {"l2-read", "GB/s", "reading as much as the weights, over and over", Limit::kNone,
     Read<kL2Floats, 20>},
    {"memory-read", "GB/s", "reading 128 MB", Limit::kNone, Read<kMemoryFloats, 1>},
    {"event-step-1", "us/event", "one event through one network", Limit::kL2, Step<1>},
    {"event-step-32", "us/event", "32 sequences in step", Limit::kFma, Step<32>},
    {"event-step-128", "us/event", "128 sequences in step", Limit::kFma, Step<128>},
    {"gradient-products", "us", "only the matrix products of a gradient step", Limit::kFma,
     GradientProducts},
    {"gradient-step", "us", "Double Q-learning, minibatch of 32, all of it", Limit::kFma,
     GradientStep<true>},
    {"gradient-step-single", "us", "the same without Double Q", Limit::kFma, GradientStep<false>},
    {"tune-q", "events/s", "tuning by Q-learning, paper's settings, everything", Limit::kNone,
     TuneByValues<kQ>},
    {"tune-q-single", "events/s", "the same without Double Q", Limit::kNone,
     TuneByValues<kQ, false>},
    {"tune-psi", "events/s", "the same by Psi-learning", Limit::kNone, TuneByValues<kPsi>},
    {"tune-g", "events/s", "the same by G-learning", Limit::kNone, TuneByValues<kG>},
    {"tune-pg", "events/s", "tuning by the default recipe, 256 compositions at once", Limit::kNone,
     TuneByDefaultRecipe},
    {"evaluate", "compositions/s", "compositions of 32 events, all statistics", Limit::kNone,
     EvaluateCompositions},
    {"best-of-1000", "ms", "one melody, the best of a thousand", Limit::kNone, BestOfThousand},
    {"smc-64", "ms", "one melody by SMC with 64 particles", Limit::kNone, SmcOf64},
    {"dataset", "files/s", "melodies out of small MIDI files", Limit::kNone, Dataset},
    {"train", "ms/iteration", "Note RNN, batch 128, 128 steps", Limit::kFma, TrainIteration<1>},
    {"train-2", "ms/iteration", "the same with two threads, by the wall's clock", Limit::kNone,
     TrainIteration<2>},
    {"rules-32", "ns/event", "all nine rules, compositions of 32 events", Limit::kNone, Rules<32>},
    {"rules-4096", "ns/event", "the same, of 4,096 events", Limit::kNone, Rules<4096>},
    {"rules-all-32", "ns/event", "every rule, compositions of 32 events", Limit::kNone,
     Rules<32, true>},
    {"rules-all-4096", "ns/event", "the same, of 4,096 events", Limit::kNone, Rules<4096, true>},
    {"generate", "ms", "one melody with all its files", Limit::kNone, GenerateOne},
    {"tune-q-2", "x", "one tuning by Q-learning on two cores against one", Limit::kNone,
     TuneQOnTwoCores},
    {"tune-pg-2", "x", "one by the default recipe on two cores against one", Limit::kNone,
     TunePgOnTwoCores},
    {"seeds-2", "x", "four tunings on two cores against one", Limit::kNone, SeedsOnTwoCores},
    {"evaluate-2", "x", "the same for evaluate", Limit::kNone, EvaluateOnTwoCores},
    {"dataset-2", "x", "the same for dataset", Limit::kNone, DatasetOnTwoCores},
};

}  // namespace

std::span<const Workload> Workloads() { return kWorkloads; }

}  // namespace rltuner::bench
