// SPDX-License-Identifier: Apache-2.0
// The cost of one event under the music-theory rules; it must not depend on the length.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <string>
#include <vector>

#include "rltuner/core/random.h"
#include "rltuner/melody/encoding.h"
#include "rltuner/theory/rule_set.h"
#include "theory/rule_alone.h"

namespace rltuner {
namespace {

// A melody that wanders by steps, with holds, note offs and some leaps.
std::vector<int> Melody(int length) {
  Random random(1);
  std::vector<int> events;
  int pitch = kTonic;
  for (int i = 0; i < length; ++i) {
    const std::uint32_t kind = random.Below(10);
    if (kind < 4) {
      events.push_back(kind == 0 ? kNoteOff : kNoEvent);
    } else {
      const int reach = kind == 9 ? 9 : 2;
      pitch += static_cast<int>(random.Below(static_cast<std::uint32_t>(2 * reach + 1))) - reach;
      pitch = std::clamp(pitch, kFirstNoteOn, kVocabulary - 1);
      events.push_back(pitch);
    }
  }
  return events;
}

// Always as many events, so that short and long compositions are equally hard to predict.
constexpr int kEvents = 4096;

template <typename Rewarder>
void PlaceMelodies(benchmark::State& state, Rewarder& rewarder) {
  const auto length = static_cast<int>(state.range(0));
  const std::vector<int> melody = Melody(kEvents);
  for (auto _ : state) {
    float sum = 0;
    for (int i = 0; i < kEvents; ++i) {
      if (i % length == 0) rewarder.Start(length);
      sum += rewarder.Place(melody[static_cast<std::size_t>(i)]);
    }
    benchmark::DoNotOptimize(sum);
  }
  state.counters["per_event"] = benchmark::Counter(
      kEvents, benchmark::Counter::kIsIterationInvariantRate | benchmark::Counter::kInvert);
}

void AllRules(benchmark::State& state, const char* set) {
  RuleSet rules = RuleSet::Named(set);
  PlaceMelodies(state, rules);
}

void OneRule(benchmark::State& state, const RuleInfo* info) {
  RuleAlone rule(info->make(), MusicContext());
  PlaceMelodies(state, rule);
}

const bool kRegistered = [] {
  for (const char* set : {"paper", "theory"}) {
    benchmark::RegisterBenchmark((std::string("all/") + set).c_str(), AllRules, set)
        ->Arg(32)
        ->Arg(4096);
  }
  for (const RuleInfo& info : Rules()) {
    benchmark::RegisterBenchmark(std::string(info.name).c_str(), OneRule, &info)
        ->Arg(32)
        ->Arg(4096);
  }
  return true;
}();

}  // namespace
}  // namespace rltuner
