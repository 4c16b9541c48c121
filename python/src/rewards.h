// SPDX-License-Identifier: Apache-2.0
// Rewards written in Python, and the built-in rules added to them, as one reward of the library.
#pragma once

#include <nanobind/nanobind.h>

#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "rltuner/core/reward.h"
#include "rltuner/theory/rule_set.h"

namespace rltuner::python {

// How Python is asked for rewards.
enum class RewardForm {
  kEvent,     // f(events [B, t+1]) -> [B], for t = 0 .. T-1
  kSequence,  // f(sequences [B, T]) -> [B], which the last event earns
  kObject     // start(T), then place(event) -> number, sequence by sequence
};

struct PythonRewardSpec {
  nanobind::object target;
  RewardForm form;
  float weight;
  std::string name;  // for errors
};

// The weighted sum of rules and Python rewards. Copies share the Python objects, which are called
// from one thread at a time, with the interpreter's lock; the constructor and the destructor take
// it too. An exception from Python passes through the library as nanobind::python_error; only the
// first Ctrl-C sets `interrupted` instead, if that is not null, and the call is made again.
class SumReward final : public Reward {
 public:
  // `ends_with`: after this event a sequence is over; what follows is hidden from Python and earns
  // nothing. -1 = none.
  SumReward(std::optional<RuleSet> rules, std::vector<PythonRewardSpec> rewards, int ends_with,
            std::atomic<bool>* interrupted);

  void Start(int length) override { StartAt(0, length); }
  void StartAt(int phase, int length) override;  // Python hears of no phase
  float Place(int action) override;
  bool Over() const override { return ended_; }
  std::unique_ptr<Reward> Clone() const override;
  bool JudgesBatches() const override { return rewards_ != nullptr; }
  void Judge(std::span<const int> actions, int length, std::span<const int> phases,
             std::span<float> rewards) override;

 private:
  // The Python rewards; destroyed with the lock held.
  struct Shared;

  SumReward(const SumReward& other);

  std::optional<RuleSet> rules_;
  std::shared_ptr<Shared> rewards_;  // null without any
  int ends_with_;
  int length_ = 0;
  bool ended_ = false;
  std::vector<int> placed_;
};

}  // namespace rltuner::python
