// SPDX-License-Identifier: Apache-2.0
// The tuning methods by name. A new one is a file in methods/ and a line in methods.cc.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "rltuner/core/reward.h"
#include "rltuner/tuning/tuning.h"

namespace rltuner {

struct MethodInfo {
  std::string_view name;     // as in --method and in a model file's metadata
  std::string_view label;    // in tables and pictures
  std::string_view title;    // within a sentence
  std::string_view summary;  // a sentence for somebody who only hears the result
  bool explores;             // whether TuningOptions::exploration means anything to it
  std::unique_ptr<Tuning> (*make)(const Network& note_rnn, const Reward& reward,
                                  const TuningOptions& options);
};

const std::vector<MethodInfo>& Methods();
std::vector<std::string> MethodNames();

// nullptr for an unknown one.
const MethodInfo* FindMethod(std::string_view name);
bool Explores(std::string_view method);

// A run of options.method at iteration 0; Error for an unknown method. The Note RNN is copied and
// the reward cloned.
std::unique_ptr<Tuning> StartTuning(const Network& note_rnn, const Reward& reward,
                                    const TuningOptions& options);

}  // namespace rltuner
