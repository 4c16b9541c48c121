// SPDX-License-Identifier: Apache-2.0
#include "rltuner/melody/autocorrelation.h"

#include <array>
#include <cmath>
#include <cstdint>

#include "rltuner/melody/encoding.h"
#include "rltuner/theory/rule.h"

namespace rltuner {
namespace {

// Values are stored relative to the middle of their range: the coefficients are the same and the
// sums stay small.
constexpr int kMiddle = kVocabulary / 2;

// A coefficient this close to the threshold may equal it. The limit is far above any rounding
// error, and far below the distance of any coefficient that is not equal to the threshold.
constexpr double kTie = 1e-9;

// Fired: 1, 2, 4 = the coefficient at lag 1, 2, 3 is above the threshold.
class Autocorrelation final : public RuleOf<Autocorrelation> {
 public:
  void Describe(Settings& settings) override {
    settings
        .Add("over", &over_, {"class", "pitch"},
             "The series: every event's class (the paper's), or the sounding pitch, without rests. "
             "Choose pitch if holds should not count as low notes.")
        .Add("threshold", &threshold_, 0, 1,
             "Coefficients up to this size are not punished. Raise it to allow more regular "
             "melodies.")
        .Add("reward", &reward_, kLowestReward, kHighestReward,
             "Reward for a coefficient of size 1 at one lag; a smaller one in proportion. Move it "
             "towards 0 if melodies become erratic.");
  }

  void Prepare(const MusicContext& /*context*/) override { over_pitch_ = over_ == "pitch"; }

  void Start(const BarClock& /*clock*/) override {
    series_.Reset();
    sounding_ = kNoteOff;
  }

  float Place(int event, const BarClock& /*clock*/) override {
    if (over_pitch_) {
      if (event != kNoEvent) sounding_ = event;
      if (sounding_ == kNoteOff) {
        series_.AddEmpty();
      } else {
        series_.Add(sounding_ - kMiddle);
      }
    } else {
      if (series_.size() < kLongestPublished) {
        first_[static_cast<std::size_t>(series_.size())] = static_cast<std::uint8_t>(event);
      }
      series_.Add(event - kMiddle);
    }
    fired_ = 0;
    if (!series_.HasVariance()) return 0;
    const auto coefficients = series_.Coefficients();
    double size = 0;
    for (int i = 0; i < RunningAutocorrelation::kLags; ++i) {
      const double coefficient = std::abs(coefficients[static_cast<std::size_t>(i)]);
      if (IsAbove(coefficient, i + 1)) {
        size += coefficient;
        fired_ |= 1U << i;
      }
    }
    return static_cast<float>(reward_ * size);
  }

 private:
  bool IsAbove(double coefficient, int lag) const {
    if (std::abs(coefficient - threshold_) < kTie && !over_pitch_ &&
        series_.size() <= kLongestPublished) {
      const std::span<const std::uint8_t> all(first_.data(),
                                              static_cast<std::size_t>(series_.size()));
      return std::abs(PublishedAutocorrelation(all, lag)) > threshold_;
    }
    return coefficient > threshold_;
  }

  std::string over_ = "class";
  double threshold_ = 0.15;
  double reward_ = -3;

  bool over_pitch_ = false;
  int sounding_ = kNoteOff;  // the class that sounds; a note off = none
  RunningAutocorrelation series_;
  std::array<std::uint8_t, kLongestPublished> first_{};  // the first events, to settle ties
};

}  // namespace

RuleInfo AutocorrelationRule() {
  return {
      "autocorrelation",
      "-3 times each of the autocorrelations at lags 1, 2, 3 whose size is above 0.15; -9 .. 0.",
      "C4 then any other event: -1.5, because two different values correlate by -0.5.",
      MakeRule<Autocorrelation>};
}

}  // namespace rltuner
