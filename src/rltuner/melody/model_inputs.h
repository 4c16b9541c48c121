// SPDX-License-Identifier: Apache-2.0
// Computes a network's inputs (encoding.h) from a melody, as rows of its input weights.
//
//   MelodyInputs inputs(encoding, context);
//   inputs.Start(1, length);                       // a priming event, then `length` events
//   inputs.Place(priming_event);   inputs.rows();  // to predict event 0
//   inputs.Place(event_0);         inputs.rows();  // to predict event 1
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "rltuner/core/reward.h"
#include "rltuner/melody/autocorrelation.h"
#include "rltuner/melody/bars.h"
#include "rltuner/melody/encoding.h"
#include "rltuner/melody/open_leap.h"

namespace rltuner {

// The events given to Start are the beginning of the melody; a single event is a priming event. The
// context says where bars are; `bars_left` counts to the last bar of the length. The phase is the
// length of the melody's own pickup in steps, drawn by the encoding's shares; 0 keeps the context's
// pickup.
class MelodyInputs final : public InputRows {
 public:
  explicit MelodyInputs(const Encoding& encoding, const MelodyContext& context = {});

  // Sets the context of melodies that start from now on.
  void SetContext(const MelodyContext& context);

  int count() const override { return static_cast<int>(rows_.size()); }
  int DrawPhase(Random& random) const override;
  void Start(int given, int length, int phase) override;
  void Place(int event) override;
  std::span<const int> rows() const override { return rows_; }
  std::unique_ptr<InputRows> Clone() const override {
    return std::make_unique<MelodyInputs>(*this);
  }

 private:
  static constexpr std::array kBarsBack = {1, 2, 4, 8};

  // What rules depend on in a melody.
  struct Remembered {
    void Add(int event);

    int highest = 0, lowest = 0;  // classes; 0 = no note
    bool highest_once = true, lowest_once = true;
    int last_note = 0;  // a class, too
    OpenLeap leap;
    RunningAutocorrelation series;
  };

  int RowOf(Input input, const Bars::Position& place) const;
  int RememberedRow(Input input) const;

  Encoding encoding_;
  MelodyContext context_;
  Bars bars_;
  std::vector<PickupShare> pickups_;  // in the context's metre
  int pickup_ = 0;                    // of bars_
  int mode_ = 0;
  bool has_priming_event_ = false;    // a priming event is still to be placed
  std::int64_t last_bar_ = 0;         // of the melody
  std::vector<std::uint8_t> events_;  // so far
  std::array<int, 4> back_{};         // by kBarsBack: the class that many bars before the next
                                      // event; the number of classes if there is none
  std::array<int, 4> agreeing_{};     // by kBarsBack: events in a row that agreed
  bool remembers_ = false;            // whether an input needs remembered_
  Remembered remembered_;
  std::vector<int> first_rows_, rows_;  // by encoding_.inputs
};

// The metres that a network with the input `metre` distinguishes.
std::vector<Metre> KnownMetres();

// Null for an encoding whose only input is the event.
std::unique_ptr<InputRows> InputsOf(const Encoding& encoding, const MelodyContext& context);

}  // namespace rltuner
