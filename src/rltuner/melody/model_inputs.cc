// SPDX-License-Identifier: Apache-2.0
#include "rltuner/melody/model_inputs.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cmath>
#include <iterator>
#include <utility>

#include "rltuner/core/random.h"

namespace rltuner {
namespace {

// In the order of their rows. All other metres share the last row.
constexpr Metre kKnownMetres[] = {{4, 4}, {2, 4}, {3, 4}, {2, 2}, {6, 8}, {3, 8}, {9, 8}, {12, 8},
                                  {5, 4}, {7, 8}, {6, 4}, {3, 2}, {5, 8}, {7, 4}, {4, 2}};
static_assert(std::size(kKnownMetres) == kMetreWidth - 1);

// Semitones, as in the rule `leap`.
constexpr int kSmallestLeap = 7;

}  // namespace

MelodyInputs::MelodyInputs(const Encoding& encoding, const MelodyContext& context)
    : encoding_(encoding), bars_(context, encoding.steps_per_quarter) {
  SetContext(context);
  int first = 0;
  for (const Input input : encoding.inputs) {
    first_rows_.push_back(first);
    first += encoding.Width(input);
    remembers_ = remembers_ || input >= Input::kHighest;
  }
  rows_.resize(first_rows_.size());
}

void MelodyInputs::SetContext(const MelodyContext& context) {
  context_ = context;
  pickup_ = context.pickup;
  bars_ = Bars(context, encoding_.steps_per_quarter);
  const bool draws = context.pickup == 0 && context.changes.empty();
  pickups_ = draws ? encoding_.PickupsIn(context.metre) : std::vector<PickupShare>();
  mode_ = IsMinor(context.mode) ? 1 : 0;
}

int MelodyInputs::DrawPhase(Random& random) const {
  if (pickups_.empty()) return 0;
  double sum = 0;
  for (const PickupShare& pickup : pickups_) sum += pickup.share;
  double left = random.UniformDouble() * sum;
  for (const PickupShare& pickup : pickups_) {
    left -= pickup.share;
    if (left < 0) return pickup.steps;
  }
  return 0;
}

void MelodyInputs::Start(int given, int length, int phase) {
  assert(given >= 1 && (given == 1 || phase == 0));
  if (const int pickup = phase > 0 ? phase : context_.pickup; pickup != pickup_) {
    MelodyContext context = context_;
    context.pickup = pickup_ = pickup;
    bars_ = Bars(context, encoding_.steps_per_quarter);
  }
  has_priming_event_ = given == 1;
  const int total = length + (has_priming_event_ ? 0 : given);
  last_bar_ = bars_.At(std::max(0, total - 1)).bar;
  events_.clear();
  events_.reserve(static_cast<std::size_t>(total));
  back_.fill(encoding_.classes());
  agreeing_.fill(0);
  remembered_ = {};
}

void MelodyInputs::Place(int event) {
  if (!std::exchange(has_priming_event_, false)) {
    events_.push_back(static_cast<std::uint8_t>(event));
    if (remembers_) remembered_.Add(event);
    for (std::size_t i = 0; i < back_.size(); ++i) {
      agreeing_[i] = event == back_[i] ? agreeing_[i] + 1 : 0;
    }
  }
  const Bars::Position place = bars_.At(static_cast<int>(events_.size()));
  for (std::size_t i = 0; i < back_.size(); ++i) {
    const std::int64_t step = bars_.StepAt(place.bar - kBarsBack[i], place.position);
    back_[i] = step < 0 ? encoding_.classes() : events_[static_cast<std::size_t>(step)];
  }
  rows_[0] = event;
  for (std::size_t i = 1; i < rows_.size(); ++i) {
    rows_[i] = first_rows_[i] + RowOf(encoding_.inputs[i], place);
  }
}

int MelodyInputs::RowOf(Input input, const Bars::Position& place) const {
  const auto held = [&](int row) { return std::min(row, encoding_.Width(input) - 1); };
  if (input == Input::kPosition) return held(place.position);
  if (input == Input::kMode) return mode_;
  if (input == Input::kBarsLeft)
    return held(static_cast<int>(std::max<std::int64_t>(0, last_bar_ - place.bar)));
  if (input == Input::kMetre) {
    return static_cast<int>(std::ranges::find(kKnownMetres, place.metre) - kKnownMetres);
  }
  if (input >= Input::kHighest) return RememberedRow(input);
  const auto distance =
      (static_cast<std::size_t>(input) - static_cast<std::size_t>(Input::kLookback1)) %
      back_.size();
  if (input < Input::kAgreement1) return back_[distance];
  // 0, 1, 2-3, 4-7, 8-15, 16 or more.
  return held(std::bit_width(static_cast<unsigned>(agreeing_[distance])));
}

void MelodyInputs::Remembered::Add(int event) {
  series.Add(event);
  if (event < kFirstNoteOn) return;
  if (highest == 0 || event >= highest) highest_once = std::exchange(highest, event) != event;
  if (lowest == 0 || event <= lowest) lowest_once = std::exchange(lowest, event) != event;
  const int from = std::exchange(last_note, event);
  leap.Move(from == 0 ? event : from, event, kSmallestLeap);
}

int MelodyInputs::RememberedRow(Input input) const {
  const int none = 2 * encoding_.pitches();
  const auto note = [none](int event, bool second) {
    return event == 0 ? none : 2 * (event - kFirstNoteOn) + (second ? 1 : 0);
  };
  const Remembered& melody = remembered_;
  if (input == Input::kHighest) return note(melody.highest, melody.highest_once);
  if (input == Input::kLowest) return note(melody.lowest, melody.lowest_once);
  if (input == Input::kLeap) {
    return note(melody.leap.direction == 0 ? 0 : melody.leap.from, melody.leap.direction > 0);
  }
  if (!melody.series.HasVariance()) return kAutocorrelationWidth - 1;
  const auto lag =
      static_cast<std::size_t>(input) - static_cast<std::size_t>(Input::kAutocorrelation1);
  const double steps = std::floor(10 * melody.series.Coefficients()[lag] + 6);
  return static_cast<int>(std::clamp(steps, 0.0, kAutocorrelationWidth - 2.0));
}

std::vector<Metre> KnownMetres() { return {std::begin(kKnownMetres), std::end(kKnownMetres)}; }

std::unique_ptr<InputRows> InputsOf(const Encoding& encoding, const MelodyContext& context) {
  if (encoding.inputs.size() == 1) return nullptr;
  return std::make_unique<MelodyInputs>(encoding, context);
}

}  // namespace rltuner
