// SPDX-License-Identifier: Apache-2.0
#include "rltuner/training/melody_windows.h"

#include <algorithm>
#include <cassert>
#include <numeric>
#include <utility>

#include "rltuner/melody/bars.h"

namespace rltuner {

std::vector<MelodyEvents> CutIntoBars(MelodyEvents melody, const MelodyCoding& coding, int bars) {
  const Bars of_melody(coding.context_of ? coding.context_of(melody) : MelodyContext(),
                       coding.encoding.steps_per_quarter);
  std::vector<MelodyEvents> pieces;
  std::int64_t bar = 0;
  for (std::size_t begin = 0; begin < melody.size();) {
    bar += bars;
    const auto end = std::min<std::size_t>(of_melody.StepAt(bar, 0), melody.size());
    pieces.push_back(melody.bytes().subspan(begin, end - begin));
    begin = end;
  }
  return pieces;
}

MelodyFeed::MelodyFeed(const MelodyCoding& coding) {
  if (coding.encoding.inputs.size() > 1) inputs_.emplace(coding.encoding);
}

void MelodyFeed::Start(const MelodyCoding& coding, MelodyEvents melody, bool prime,
                       int priming_event) {
  melody_ = melody;
  prime_ = prime;
  priming_event_ = priming_event;
  step_ = 0;
  if (!inputs_) return;
  inputs_->SetContext(coding.context_of ? coding.context_of(melody) : MelodyContext());
  const int size = static_cast<int>(melody.size());
  inputs_->Start(prime ? 1 : size, prime ? size : 0, 0);
}

std::span<const int> MelodyFeed::Next() {
  event_ = InputAt(melody_, prime_, priming_event_, step_++);
  if (!inputs_) return {&event_, 1};
  inputs_->Place(event_);
  return inputs_->rows();
}

MelodyWindows::MelodyWindows(std::span<const MelodyEvents> melodies, MelodyCoding coding,
                             int streams, int steps_per_window, bool prime, std::uint64_t seed,
                             int alike)
    : coding_(std::move(coding)),
      steps_per_window_(steps_per_window),
      prime_(prime),
      seed_(seed),
      alike_(alike),
      positions_(streams),
      current_(streams),
      windows_(streams),
      feeds_(streams, MelodyFeed(coding_)),
      inputs_(static_cast<std::size_t>(streams) * steps_per_window * inputs()) {
  double steps = 0;
  double windows_of_all = 0;
  for (const MelodyEvents melody : melodies) {
    if (StepsOf(melody, prime) <= 0) continue;
    melodies_.push_back(melody);
    steps += StepsOf(melody, prime);
    windows_of_all += WindowsIn(StepsOf(melody, prime));
    longest_ = std::max(longest_, LongestOf(StepsOf(melody, prime)));
  }
  assert(!melodies_.empty());
  mean_steps_ = steps / windows_of_all;
  order_.resize(melodies_.size());
  for (int stream = 0; stream < streams; ++stream) StartMelody(stream);
}

void MelodyWindows::ShuffleFor(std::int64_t pass) {
  Random random(seed_, StreamOf(RandomPurpose::kOrder, pass));
  std::iota(order_.begin(), order_.end(), 0U);
  Shuffle(order_, random);
  if (alike_ > 1) PutAlikeTogether(pass, random);
  pass_ = pass;
}

// The draws before the first whole run of this pass and after the last one stay as they are.
void MelodyWindows::PutAlikeTogether(std::int64_t pass, Random& random) {
  const std::int64_t count = static_cast<std::int64_t>(order_.size());
  const std::int64_t before = std::min((alike_ - pass * count % alike_) % alike_, count);
  std::vector<std::int64_t> runs((count - before) / alike_);
  const auto first = order_.begin() + before;
  const auto last = first + std::ssize(runs) * alike_;
  std::ranges::stable_sort(first, last, {}, [&](std::uint32_t m) { return melodies_[m].size(); });
  std::iota(runs.begin(), runs.end(), 0);
  Shuffle(runs, random);
  const std::vector<std::uint32_t> sorted(first, last);
  auto to = first;
  for (const std::int64_t run : runs) {
    to = std::copy_n(sorted.begin() + run * alike_, alike_, to);
  }
}

std::uint32_t MelodyWindows::MelodyOf(std::int64_t draw) {
  const std::int64_t count = static_cast<std::int64_t>(melodies_.size());
  if (draw / count != pass_) ShuffleFor(draw / count);
  return order_[draw % count];
}

void MelodyWindows::Fill(int stream, std::uint32_t melody) {
  Random random(seed_, StreamOf(RandomPurpose::kPriming, positions_[stream].draw));
  MelodyWindow& window = current_[stream];
  window.stream = stream;
  window.melody = melodies_[melody];
  window.priming_event = static_cast<int>(random.Below(coding_.encoding.classes()));
  feeds_[stream].Start(coding_, window.melody, prime_, window.priming_event);
}

void MelodyWindows::StartMelody(int stream) {
  positions_[stream] = {draws_, 0};
  Fill(stream, MelodyOf(draws_));
  ++draws_;
}

std::span<const MelodyWindow> MelodyWindows::Next() {
  for (MelodyWindow& window : current_) {
    if (positions_[window.stream].step >= StepsOf(window.melody, prime_)) {
      StartMelody(window.stream);
    }
    Position& position = positions_[window.stream];
    window.first = static_cast<int>(position.step);
    const int left = StepsOf(window.melody, prime_) - window.first;
    window.steps = LongestOf(left);
    position.step += window.steps;
    const auto to = std::span(inputs_).subspan(
        static_cast<std::size_t>(window.stream) * steps_per_window_ * inputs(),
        static_cast<std::size_t>(window.steps) * inputs());
    for (int step = 0; step < window.steps; ++step) {
      std::ranges::copy(feeds_[window.stream].Next(), to.begin() + std::ptrdiff_t{step} * inputs());
    }
    window.inputs = to;
  }
  windows_ = current_;
  std::ranges::sort(windows_, {},
                    [](const MelodyWindow& w) { return std::pair(-w.steps, w.stream); });
  return windows_;
}

void MelodyWindows::Restore(std::int64_t draws, std::span<const Position> positions) {
  assert(positions.size() == positions_.size());
  draws_ = draws;
  std::ranges::copy(positions, positions_.begin());
  // In the order of draws, so that each pass is shuffled once.
  std::vector<int> streams(positions_.size());
  std::iota(streams.begin(), streams.end(), 0);
  std::ranges::sort(streams, {}, [&](int stream) { return positions_[stream].draw; });
  for (const int stream : streams) {
    Fill(stream, MelodyOf(positions_[stream].draw));
    for (std::int64_t step = 0; step < positions_[stream].step; ++step) feeds_[stream].Next();
  }
}

}  // namespace rltuner
