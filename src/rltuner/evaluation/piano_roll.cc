// SPDX-License-Identifier: Apache-2.0
#include "rltuner/evaluation/piano_roll.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <string_view>

#include "rltuner/core/markup.h"
#include "rltuner/core/text.h"
#include "rltuner/melody/bars.h"
#include "rltuner/melody/encoding.h"

namespace rltuner {
namespace {

// Pixels.
constexpr int kMinimumWidth = 900;
constexpr int kLeft = 128;  // room for the names of rows
constexpr int kRight = 64;  // room for the strips' sums
constexpr int kTop = 64;    // room for the title
constexpr int kRowHeight = 10;
constexpr int kEventRowHeight = 14;  // of hold and off
constexpr int kEventRowGap = 6;
constexpr int kStripHeight = 12;
constexpr int kStripGap = 2;
constexpr int kSmallestStep = 12;
constexpr int kLargestStep = 24;

constexpr int kLevels = 25;  // of shading

constexpr std::string_view kInk = "#1f2933";
constexpr std::string_view kMuted = "#6b7785";
constexpr std::string_view kShade = "#2b6cb0";
constexpr std::string_view kPlayed = "#dd6b20";
constexpr std::string_view kPlayedEdge = "#7b341e";
constexpr std::string_view kGain = "#2f855a";
constexpr std::string_view kLoss = "#c53030";

bool IsBlackKey(int pitch) {
  constexpr std::array<bool, 12> kBlack = {false, true,  false, true,  false, false,
                                           true,  false, true,  false, true,  false};
  return kBlack[static_cast<std::size_t>(pitch % 12)];
}

// The opacity of a reward: full at 5, the most that most rules pay, on a logarithmic scale, so that
// both .05 and -100 differ visibly from nothing.
double RewardOpacity(float reward) {
  return std::min(1.0, 0.12 + 0.88 * std::log1p(8 * std::abs(reward)) / std::log1p(40.0));
}

class Drawing : private MarkupWriter {
 public:
  Drawing(const PianoRoll& roll, const std::string& id) : roll_(roll), id_(EscapeXml(id)) {
    const int steps = Steps();
    step_ = std::clamp((kMinimumWidth - kLeft - kRight) / std::max(steps, 1), kSmallestStep,
                       kLargestStep);
    width_ = std::max(kMinimumWidth, kLeft + steps * step_ + kRight);
    strips_top_ = RowTop(kNoteOff) + kEventRowHeight + 24;
    height_ = strips_top_ + 8 + static_cast<int>(roll.strips.size()) * (kStripHeight + kStripGap) +
              (roll.strips.empty() ? 0 : 10);
  }

  std::string Draw() {
    Open();
    Heading();
    Rows();
    Shading();
    Grid();
    Names();
    Played();
    Strips();
    text_ += "</svg>\n";
    return std::move(text_);
  }

 private:
  int PrimerSteps() const { return static_cast<int>(roll_.primer.size()); }
  int Steps() const { return PrimerSteps() + static_cast<int>(roll_.events.size()); }
  int Classes() const { return roll_.playback.classes; }
  int PitchesBottom() const { return kTop + (Classes() - kFirstNoteOn) * kRowHeight; }
  int Pitch(int event) const { return roll_.playback.Pitch(event); }
  int X(int step) const { return kLeft + step * step_; }
  int Event(int step) const {
    return step < PrimerSteps() ? roll_.primer[static_cast<std::size_t>(step)]
                                : roll_.events[static_cast<std::size_t>(step - PrimerSteps())];
  }

  // Pitches from the top down, then hold, then off.
  int RowTop(int event) const {
    if (IsNoteOn(event)) return kTop + (Classes() - 1 - event) * kRowHeight;
    const int below = PitchesBottom() + kEventRowGap;
    return event == kNoEvent ? below : below + kEventRowHeight;
  }
  static int RowHeight(int event) { return IsNoteOn(event) ? kRowHeight : kEventRowHeight; }
  int Bottom() const { return RowTop(kNoteOff) + kEventRowHeight; }

  void Text(double x, double y, std::string_view anchor, int size, std::string_view colour,
            const std::string& text, std::string_view more = "") {
    Put("<text x=\"{}\" y=\"{}\" text-anchor=\"{}\" font-size=\"{}\" fill=\"{}\"{}>{}</text>\n", x,
        y, anchor, size, colour, more, EscapeXml(text));
  }

  void Rectangle(double x, double y, double width, double height, std::string_view more) {
    Put("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" {}/>\n", x, y, width, height, more);
  }

  void Open() {
    Put("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} "
        "{1}\" role=\"img\" aria-labelledby=\"{2}-title {2}-desc\" font-family=\"system-ui, "
        "-apple-system, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif\">\n",
        width_, height_, id_);
    Put("<title id=\"{}-title\">{}</title>\n", id_, EscapeXml(roll_.title));
    Put("<desc id=\"{}-desc\">{}</desc>\n", id_, EscapeXml(roll_.description));
    Rectangle(0, 0, width_, height_, "fill=\"#fff\"");
  }

  void Heading() {
    Text(16, 26, "start", 16, kInk, roll_.title, " font-weight=\"600\"");
    Text(16, 45, "start", 12, kMuted, roll_.subtitle);
    if (roll_.probabilities.empty()) return;
    constexpr int kSwatch = 9;
    constexpr int kSwatches = 11;
    const int left = X(Steps()) - kSwatch * kSwatches;
    Text(left - 6, 29, "end", 11, kMuted, "probability of the next event");
    for (int i = 0; i < kSwatches; ++i) {
      Rectangle(left + kSwatch * i, 20, kSwatch, 10,
                fmt::format("fill=\"{}\" fill-opacity=\"{:.2f}\"", kShade,
                            ShadeOf(i * kLevels / (kSwatches - 1))));
    }
    Text(left, 42, "start", 10, kMuted, "0");
    Text(left + kSwatch * kSwatches, 42, "end", 10, kMuted, "1");
  }

  void Rows() {
    const int width = Steps() * step_;
    std::string black;
    for (int event = kFirstNoteOn; event < Classes(); ++event) {
      if (!IsBlackKey(Pitch(event))) continue;
      black += fmt::format("M{} {}h{}v{}h-{}z", kLeft, RowTop(event), width, kRowHeight, width);
    }
    Put("<path fill=\"#f1f3f5\" d=\"{}\"/>\n", black);
    if (PrimerSteps() > 0) {
      Rectangle(kLeft, kTop, PrimerSteps() * step_, Bottom() - kTop,
                "fill=\"#b7791f\" fill-opacity=\".09\"");
      Text(kLeft + 2, kTop - 5, "start", 10, kMuted, "primer");
    }
  }

  // A little above the probability, so that unlikely events can be seen.
  static double ShadeOf(int level) {
    return std::pow(static_cast<double>(level) / kLevels, 0.7) * 0.9;
  }

  // One path for each level of shading keeps a picture of 1,216 cells small.
  void Shading() {
    if (roll_.probabilities.empty()) return;
    std::array<std::string, kLevels + 1> levels;
    const int steps = static_cast<int>(roll_.events.size());
    for (int step = 0; step < steps; ++step) {
      for (int event = 0; event < Classes(); ++event) {
        const float p = roll_.probabilities[static_cast<std::size_t>(step) * Classes() + event];
        const int level = std::clamp(static_cast<int>(std::lround(p * kLevels)), 0, kLevels);
        // The limit is below the first level, which would hide everything under 2 %.
        if (p < 0.005F) continue;
        levels[static_cast<std::size_t>(std::max(level, 1))] +=
            fmt::format("M{} {}h{}v{}h-{}z", X(PrimerSteps() + step), RowTop(event), step_,
                        RowHeight(event), step_);
      }
    }
    Put("<g fill=\"{}\">\n", kShade);
    for (int level = 1; level <= kLevels; ++level) {
      const std::string& path = levels[static_cast<std::size_t>(level)];
      if (!path.empty()) Put("<path fill-opacity=\"{:.3f}\" d=\"{}\"/>\n", ShadeOf(level), path);
    }
    Put("</g>\n");
  }

  int BeatSteps(const Bars::Position& place) const {
    return place.metre.BeatSteps(roll_.playback.steps_per_quarter);
  }

  void Grid() {
    std::string beats;
    std::string bars;
    const Bars in_bars(roll_.playback.music, roll_.playback.steps_per_quarter);
    for (int step = 0; step <= Steps(); ++step) {
      const Bars::Position place = in_bars.At(step);
      const bool bar = place.position == 0 || step == Steps();
      if (!bar && place.position % BeatSteps(place) != 0) continue;
      (bar ? bars : beats) += fmt::format("M{}.5 {}V{}M{}.5 {}V{}", X(step), kTop, PitchesBottom(),
                                          X(step), RowTop(kNoEvent), Bottom());
    }
    std::string octaves;
    for (int event = kFirstNoteOn; event < Classes(); ++event) {
      if (Pitch(event) % 12 != 0) continue;
      octaves += fmt::format("M{} {}.5h{}", kLeft, RowTop(event) + kRowHeight, Steps() * step_);
    }
    Put("<g fill=\"none\" shape-rendering=\"crispEdges\"><path stroke=\"#d5dae0\" d=\"{}\"/><path "
        "stroke=\"#c3cad2\" d=\"{}\"/><path stroke=\"#7d8894\" d=\"{}\"/></g>\n",
        beats, octaves, bars);
  }

  void Names() {
    for (int event = kFirstNoteOn; event < Classes(); ++event) {
      if (IsBlackKey(Pitch(event))) continue;
      const bool c = Pitch(event) % 12 == 0;
      Text(kLeft - 6, RowTop(event) + 8.5, "end", c ? 10 : 9, c ? kInk : kMuted,
           EventName(event, roll_.playback));
    }
    Text(kLeft - 6, RowTop(kNoEvent) + 10.5, "end", 10, kMuted, "hold");
    Text(kLeft - 6, RowTop(kNoteOff) + 10.5, "end", 10, kMuted, "off");
    const Bars bars(roll_.playback.music, roll_.playback.steps_per_quarter);
    const std::int64_t first_bar = std::max<std::int64_t>(0, bars.At(PrimerSteps()).bar);
    double text_end = 0;  // of the text before
    for (int step = PrimerSteps(); step < Steps(); ++step) {
      const Bars::Position place = bars.At(step);
      if (place.position % BeatSteps(place) != 0) continue;
      const std::int64_t bar = place.bar - first_bar + 1;
      const int beat = place.position / BeatSteps(place) + 1;
      const bool first = beat == 1;
      const std::string text = first ? fmt::format("bar {}", bar) : std::to_string(beat);
      if (X(step) < text_end) continue;
      text_end = X(step) + 6.0 * static_cast<double>(text.size());
      Text(X(step) + 2, Bottom() + 13, "start", 10, first ? kInk : kMuted, text);
    }
  }

  // A note from its onset to its end; a dot for each hold and off.
  void Played() {
    std::string dots;
    const char* const unit =
        roll_.playback.steps_per_quarter == kStepsPerQuarter ? "sixteenth" : "step";
    Put("<g fill=\"{}\" stroke=\"{}\" stroke-width=\"1\">\n", kPlayed, kPlayedEdge);
    for (int step = 0; step < Steps(); ++step) {
      const int event = Event(step);
      if (!IsNoteOn(event)) {
        dots += fmt::format("<circle cx=\"{}\" cy=\"{}\" r=\"3\"/>\n", X(step) + step_ / 2.0,
                            RowTop(event) + kEventRowHeight / 2.0);
        continue;
      }
      int end = step + 1;
      while (end < Steps() && Event(end) == kNoEvent) ++end;
      Put("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"2\"><title>{}, "
          "{}</title></rect>\n",
          X(step) + 1.5, RowTop(event) + 0.5, (end - step) * step_ - 2.0, kRowHeight - 1,
          EventName(event, roll_.playback), Counted(end - step, unit));
    }
    Put("</g>\n<g fill=\"{}\">\n{}</g>\n", kPlayed, dots);
  }

  void Strips() {
    if (roll_.strips.empty()) return;
    int top = strips_top_ + 8;
    Text(X(Steps()) + kRight - 12, top - 6, "end", 10, kMuted, "sum");
    for (const PianoRoll::Strip& strip : roll_.strips) {
      Text(kLeft - 6, top + 9, "end", 10, kMuted, strip.label);
      Rectangle(kLeft, top, Steps() * step_, kStripHeight, "fill=\"#f7f8f9\"");
      for (std::size_t t = 0; t < strip.values.size(); ++t) {
        const float value = strip.values[t];
        if (value == 0) continue;
        Put("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" fill=\"{}\" "
            "fill-opacity=\"{:.2f}\"><title>{}: {:+.2f}</title></rect>\n",
            X(PrimerSteps() + static_cast<int>(t)) + 1, top, step_ - 1, kStripHeight,
            value > 0 ? kGain : kLoss, RewardOpacity(value), EscapeXml(strip.label), value);
      }
      const double sum = std::accumulate(strip.values.begin(), strip.values.end(), 0.0);
      Text(X(Steps()) + kRight - 12, top + 9, "end", 10,
           std::abs(sum) < 0.005 ? kMuted
           : sum > 0             ? kGain
                                 : kLoss,
           std::abs(sum) < 0.005 ? "0" : fmt::format("{:+.2f}", sum));
      top += kStripHeight + kStripGap;
    }
  }

  const PianoRoll& roll_;
  std::string id_;
  int step_, width_, strips_top_, height_;
};

}  // namespace

std::string DrawPianoRoll(const PianoRoll& roll, const std::string& id) {
  return Drawing(roll, id).Draw();
}

}  // namespace rltuner
