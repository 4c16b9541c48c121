// SPDX-License-Identifier: Apache-2.0
// The pieces of a tuning iteration, one core, at the paper's size (38 classes, 100 cells, batch
// 32).
#include <benchmark/benchmark.h>

#include <algorithm>
#include <vector>

#include "rltuner/core/random.h"
#include "rltuner/nn/kernels.h"
#include "rltuner/nn/lstm.h"
#include "rltuner/nn/optimizer.h"
#include "rltuner/nn/simd.h"

namespace rltuner {
namespace {

constexpr NetworkShape kShape{.vocabulary = 38, .hidden = 100, .layers = 1};

// The most this core can do: independent fused multiply-adds in registers.
void FmaPeak(benchmark::State& state) {
  constexpr int kSums = 12;
  simd::Floats sums[kSums];
  for (int i = 0; i < kSums; ++i) sums[i] = simd::Broadcast(static_cast<float>(i));
  simd::Floats a = simd::Broadcast(1.0000001F);
  simd::Floats b = simd::Broadcast(1e-9F);
  for (auto _ : state) {
    for (int n = 0; n < 1000; ++n) {
      for (simd::Floats& sum : sums) sum = sum * a + b;
    }
    for (simd::Floats& sum : sums) benchmark::DoNotOptimize(sum);
  }
  state.counters["GFLOP/s"] = benchmark::Counter(
      2.0 * 1000 * kSums * simd::kLanes * static_cast<double>(state.iterations()),
      benchmark::Counter::kIsRate, benchmark::Counter::kIs1000);
}
BENCHMARK(FmaPeak);

void Step(benchmark::State& state) {
  const int batch = static_cast<int>(state.range(0));
  Random random(1);
  const Network network = Network::Random(kShape, random);
  BatchStepper stepper(kShape, batch);
  std::vector<int> events(batch);
  for (int& event : events) event = static_cast<int>(random.Below(38));
  for (auto _ : state) {
    stepper.Step(network, events);
    benchmark::DoNotOptimize(stepper.outputs(0).data());
  }
  state.counters["us/event"] =
      benchmark::Counter(static_cast<double>(batch) * static_cast<double>(state.iterations()) / 1e6,
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}
BENCHMARK(Step)->Arg(1)->Arg(32)->Arg(64)->Arg(128)->Unit(benchmark::kMicrosecond);

void OneStepGradient(benchmark::State& state) {
  constexpr int kBatch = 32;
  Random random(1);
  const Network network = Network::Random(kShape, random);
  Network gradient(kShape);
  Tape tape(kShape, kBatch, 1);
  std::vector<int> events(kBatch);
  for (int& event : events) event = static_cast<int>(random.Below(38));
  const std::vector<float> derivatives(kBatch, 1e-3F);
  std::vector<float> values(kBatch);
  for (auto _ : state) {
    tape.ForwardOneOutput(network, events, events, values);
    tape.BackwardOneOutput(network, events, derivatives, &gradient);
    benchmark::ClobberMemory();
  }
}
BENCHMARK(OneStepGradient)->Unit(benchmark::kMicrosecond);

void ClipAdamTarget(benchmark::State& state) {
  Random random(1);
  Network network = Network::Random(kShape, random);
  Network target = network;
  Network gradient(kShape);
  Optimizer adam(Optimizer::Kind::kAdam, kShape.arena_size());
  for (auto _ : state) {
    // The step clears the gradient, and moments that decay to denormals take twice the time.
    std::ranges::fill(gradient.arena(), 0.01F);
    const double norm = GradientNorm(gradient.arena());
    adam.StepAndFollow(1e-3, norm > 5 ? static_cast<float>(5 / norm) : 1.0F, 0.01F,
                       gradient.arena(), network.arena(), target.arena());
    benchmark::ClobberMemory();
  }
}
BENCHMARK(ClipAdamTarget)->Unit(benchmark::kMicrosecond);

void TrainingPass(benchmark::State& state) {
  constexpr int kBatch = 32;
  constexpr int kSteps = 128;
  Random random(1);
  const Network network = Network::Random(kShape, random);
  Network gradient(kShape);
  Tape tape(kShape, kBatch, kSteps);
  std::vector<int> events(kBatch);
  for (int& event : events) event = static_cast<int>(random.Below(38));
  for (auto _ : state) {
    for (int t = 0; t < kSteps; ++t) tape.Forward(network, t, events);
    for (int t = 0; t < kSteps; ++t) {
      for (int b = 0; b < kBatch; ++b) {
        for (float& d : tape.output_gradients(t, b)) d = 1e-3F;
      }
    }
    tape.Backward(network, kSteps, &gradient);
  }
}
BENCHMARK(TrainingPass)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace rltuner
