// SPDX-License-Identifier: Apache-2.0
// What an iteration costs as one size grows and the others stay the paper's (38 classes, 100 cells,
// one layer, minibatch of 32, compositions of 32 events). bench/scaling draws it.
#include <benchmark/benchmark.h>

#include <memory>
#include <vector>

#include "rltuner/core/random.h"
#include "rltuner/evaluation/evaluate.h"
#include "rltuner/melody/encoding.h"
#include "rltuner/nn/lstm.h"
#include "rltuner/theory/rule_set.h"
#include "rltuner/tuning/methods.h"

namespace rltuner {
namespace {

NetworkShape Shape(int hidden, int layers) {
  return {.vocabulary = kVocabulary, .hidden = hidden, .layers = layers};
}

Network RandomNetwork(const NetworkShape& shape) {
  Random random(1);
  return Network::Random(shape, random);
}

// One iteration is an event, and a fifth of a gradient step.
void Tune(benchmark::State& state, const NetworkShape& shape, const TuningOptions& options) {
  const Network note_rnn = RandomNetwork(shape);
  const RuleSet rules = RuleSet::Named("paper");
  const std::unique_ptr<Tuning> tuning = StartTuning(note_rnn, rules, options);
  tuning->Advance(2 * options.minibatch);
  const int slice = options.gradient_every;
  for (auto _ : state) tuning->Advance(slice);
  state.counters["per_iteration"] = benchmark::Counter(
      slice, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

// A state of the largest network is 24 KB: the paper's 100,000 of them would be the machine.
constexpr int kReplay = 5'000;

void Hidden(benchmark::State& state) {
  const NetworkShape shape =
      Shape(static_cast<int>(state.range(0)), static_cast<int>(state.range(1)));
  Tune(state, shape, {.replay_capacity = kReplay});
}
BENCHMARK(Hidden)->ArgsProduct({{64, 128, 256, 512, 1024}, {1, 2, 3}});

void Minibatch(benchmark::State& state) {
  Tune(state, Shape(100, 1),
       {.replay_capacity = kReplay, .minibatch = static_cast<int>(state.range(0))});
}
BENCHMARK(Minibatch)->RangeMultiplier(2)->Range(8, 512);

void Length(benchmark::State& state) {
  Tune(state, Shape(100, 1),
       {.length = static_cast<int>(state.range(0)), .replay_capacity = kReplay});
}
BENCHMARK(Length)->RangeMultiplier(2)->Range(32, 4096);

// Sequences that step together, one event each.
void Together(benchmark::State& state) {
  const NetworkShape shape = Shape(100, 1);
  const int batch = static_cast<int>(state.range(0));
  const Network network = RandomNetwork(shape);
  BatchStepper stepper(shape, batch);
  const std::vector<int> events(static_cast<std::size_t>(batch), kTonic);
  for (auto _ : state) stepper.Step(network, events);
  state.counters["per_iteration"] = benchmark::Counter(
      batch, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK(Together)->RangeMultiplier(2)->Range(1, 1024);

void Threads(benchmark::State& state) {
  constexpr int kCompositions = 4096;
  const Model model{.network = RandomNetwork(Shape(100, 1)), .prior = {}};
  const RuleSet rules = RuleSet::Named("paper");
  EvaluationOptions options;
  options.compositions = kCompositions;
  for (auto _ : state) Evaluate(model, rules, options, static_cast<int>(state.range(0)));
  state.counters["per_iteration"] = benchmark::Counter(
      kCompositions, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}
BENCHMARK(Threads)->DenseRange(1, 2)->RangeMultiplier(2)->Range(4, 64)->UseRealTime();

}  // namespace
}  // namespace rltuner
