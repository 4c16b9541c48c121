// SPDX-License-Identifier: Apache-2.0
#include "rewards.h"

#include <fmt/format.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>

#include "rltuner/core/error.h"

namespace nb = nanobind;

namespace rltuner::python {

struct SumReward::Shared {
  std::vector<PythonRewardSpec> specs;
  std::atomic<bool>* interrupted;
  const SumReward* owner = nullptr;  // whose sequence the objects are in

  // The first `columns` of each row of `width` as a numpy array of its own memory, which Python may
  // keep and change.
  static nb::object ArrayOf(std::span<const int> actions, std::size_t width, std::size_t columns) {
    const std::size_t rows = actions.size() / width;
    auto* copy = new std::vector<int>;
    const nb::capsule keep(copy,
                           [](void* p) noexcept { delete static_cast<std::vector<int>*>(p); });
    copy->reserve(rows * columns);
    for (std::size_t b = 0; b < rows; ++b) {
      const std::span<const int> row = actions.subspan(b * width, columns);
      copy->insert(copy->end(), row.begin(), row.end());
    }
    return nb::ndarray<nb::numpy, int>(copy->data(), {rows, columns}, keep).cast();
  }

  // Numbers of any kind as float32; None for anything that numpy cannot turn into real numbers.
  static nb::object FloatsOf(const nb::object& result) {
    if (result.is_none()) return nb::none();
    try {
      const nb::object array = nb::module_::import_("numpy").attr("asarray")(result);
      const auto kind = nb::cast<std::string>(array.attr("dtype").attr("kind"));
      return std::string_view("biufO").find(kind) == std::string_view::npos
                 ? nb::none()
                 : nb::object(array.attr("astype")("float32"));
    } catch (nb::python_error& error) {
      for (PyObject* kind : {PyExc_TypeError, PyExc_ValueError, PyExc_OverflowError}) {
        if (error.matches(kind)) return nb::none();
      }
      throw;
    }
  }

  // Adds weight * result[b] to rewards[b * stride].
  static void AddResult(const PythonRewardSpec& spec, const nb::object& result, std::size_t count,
                        std::size_t stride, float* rewards) {
    nb::ndarray<const float, nb::device::cpu> values;
    if (!nb::try_cast(result, values, false) && !nb::try_cast(FloatsOf(result), values)) {
      Fail("reward {}: returned {}; expected an array of {} numbers, one per sequence", spec.name,
           nb::repr(nb::type_name(result.type())).c_str(), count);
    }
    if (values.ndim() != 1 || values.shape(0) != count) {
      std::string shape;
      for (std::size_t i = 0; i < values.ndim(); ++i) {
        shape += fmt::format("{}{}", i == 0 ? "" : ", ", values.shape(i));
      }
      if (values.ndim() == 1) shape += ",";
      Fail("reward {}: returned an array of shape ({}); expected ({},), one number per sequence",
           spec.name, shape, count);
    }
    for (std::size_t b = 0; b < count; ++b) {
      const float value = values.data()[static_cast<std::ptrdiff_t>(b) * values.stride(0)];
      const float weighted = spec.weight * value;
      if (!std::isfinite(weighted)) {
        Fail(
            "reward {}: returned {} for sequence {} of {}, times its weight {}; expected finite "
            "numbers",
            spec.name, value, b, count, weighted);
      }
      rewards[b * stride] += weighted;
    }
  }

  // Calls `work` with the lock. If Ctrl-C interrupts it inside Python, `work` begins again, so that
  // the run learns and saves the same as without the interruption. A second Ctrl-C is passed on.
  template <typename Work>
  void WithPython(const Work& work) {
    const nb::gil_scoped_acquire lock;
    try {
      work();
    } catch (nb::python_error& error) {
      if (!interrupted || *interrupted || !error.matches(PyExc_KeyboardInterrupt)) throw;
      *interrupted = true;
      owner = nullptr;
      work();
    }
  }

  float PlaceInObject(const PythonRewardSpec& spec, int action) const {
    const nb::object result = spec.target.attr("place")(action);
    double value = 0;
    if (!nb::try_cast(result, value)) {
      Fail("reward {}: place returned {}; expected a number", spec.name,
           nb::repr(nb::type_name(result.type())).c_str());
    }
    const float weighted = spec.weight * static_cast<float>(value);
    if (!std::isfinite(weighted)) {
      Fail("reward {}: place returned {}, times its weight {}; expected a finite number", spec.name,
           value, weighted);
    }
    return weighted;
  }
};

SumReward::SumReward(std::optional<RuleSet> rules, std::vector<PythonRewardSpec> rewards,
                     int ends_with, std::atomic<bool>* interrupted)
    : rules_(std::move(rules)), ends_with_(ends_with) {
  if (rewards.empty()) return;
  rewards_.reset(new Shared{.specs = std::move(rewards), .interrupted = interrupted},
                 [](Shared* shared) {
                   const nb::gil_scoped_acquire lock;
                   delete shared;
                 });
}

SumReward::SumReward(const SumReward& other) = default;

std::unique_ptr<Reward> SumReward::Clone() const {
  return std::unique_ptr<Reward>(new SumReward(*this));
}

void SumReward::StartAt(int phase, int length) {
  length_ = length;
  ended_ = false;
  placed_.clear();
  if (rules_) rules_->StartAt(phase, length);
  if (rewards_ && rewards_->owner == this) rewards_->owner = nullptr;
}

float SumReward::Place(int action) {
  if (ended_) return 0;
  const float of_rules = rules_ ? rules_->Place(action) : 0;
  placed_.push_back(action);
  ended_ = action == ends_with_;
  if (!rewards_) return of_rules;
  const std::size_t size = placed_.size();
  const auto length = static_cast<std::size_t>(length_);
  float reward = 0;
  rewards_->WithPython([&] {
    reward = of_rules;
    const bool moved = std::exchange(rewards_->owner, this) != this;
    for (const PythonRewardSpec& spec : rewards_->specs) {
      if (spec.form == RewardForm::kObject) {
        if (moved) {  // another sequence was placed in between: again from the start
          spec.target.attr("start")(length_);
          for (std::size_t i = 0; i + 1 < size; ++i) spec.target.attr("place")(placed_[i]);
        }
        reward += rewards_->PlaceInObject(spec, action);
      } else if (spec.form == RewardForm::kEvent) {
        Shared::AddResult(spec, spec.target(Shared::ArrayOf(placed_, size, size)), 1, 1, &reward);
      } else if (ended_ || size == length) {
        std::vector<int> whole = placed_;
        whole.resize(length, ends_with_);
        Shared::AddResult(spec, spec.target(Shared::ArrayOf(whole, length, length)), 1, 1, &reward);
      }
    }
  });
  return reward;
}

void SumReward::Judge(std::span<const int> actions, int length, std::span<const int> phases,
                      std::span<float> rewards) {
  if (!rewards_) return Reward::Judge(actions, length, phases, rewards);
  std::ranges::fill(rewards, 0.0F);
  const auto width = static_cast<std::size_t>(length);
  const std::size_t rows = actions.size() / width;
  // Events after an end are shown as ends.
  std::vector<int> shown(actions.begin(), actions.end());
  std::vector<std::size_t> sizes(rows, width);
  for (std::size_t b = 0; b < rows; ++b) {
    const auto row = std::span(shown).subspan(b * width, width);
    const auto end = std::ranges::find(row, ends_with_);
    std::fill(end, row.end(), ends_with_);
    if (end != row.end()) sizes[b] = static_cast<std::size_t>(end - row.begin()) + 1;
    if (!rules_) continue;
    rules_->StartAt(phases[b], length);
    for (std::size_t t = 0; t < sizes[b]; ++t) rewards[b * width + t] = rules_->Place(row[t]);
  }
  const std::vector<float> of_rules(rewards.begin(), rewards.end());
  rewards_->WithPython([&] {
    std::ranges::copy(of_rules, rewards.begin());
    rewards_->owner = nullptr;
    for (const PythonRewardSpec& spec : rewards_->specs) {
      if (spec.form == RewardForm::kSequence) {
        std::vector<float> totals(rows);
        Shared::AddResult(spec, spec.target(Shared::ArrayOf(shown, width, width)), rows, 1,
                          totals.data());
        for (std::size_t b = 0; b < rows; ++b) rewards[b * width + sizes[b] - 1] += totals[b];
      } else if (spec.form == RewardForm::kEvent) {
        for (std::size_t t = 0; t < width; ++t) {
          const nb::object seen = Shared::ArrayOf(shown, width, t + 1);
          Shared::AddResult(spec, spec.target(seen), rows, width, rewards.data() + t);
        }
      } else {
        for (std::size_t b = 0; b < rows; ++b) {
          spec.target.attr("start")(length);
          for (std::size_t t = 0; t < sizes[b]; ++t) {
            rewards[b * width + t] += rewards_->PlaceInObject(spec, shown[b * width + t]);
          }
        }
      }
    }
    if (ends_with_ < 0) return;
    for (std::size_t b = 0; b < rows; ++b) {
      std::fill(rewards.begin() + static_cast<std::ptrdiff_t>(b * width + sizes[b]),
                rewards.begin() + static_cast<std::ptrdiff_t>((b + 1) * width), 0.0F);
    }
  });
}

}  // namespace rltuner::python
