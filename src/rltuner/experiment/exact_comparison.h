// SPDX-License-Identifier: Apache-2.0
// How far each method stays from the optimum, on a problem small enough to know the optimum.
#pragma once

#include <string_view>
#include <vector>

#include "rltuner/evaluation/evaluate.h"
#include "rltuner/tuning/exact_problem.h"

namespace rltuner::experiment {

// Sequences of three actions after a priming event, from a vocabulary of three
// (tuning/exact_problem.h), so that every expectation is a sum over all 81 sequences. Nats per
// sequence, means over the priming events.
struct ExactComparison {
  struct Row {
    std::string_view method;              // as in tuning/methods.h, or "note-rnn"
    std::string_view label;               // the method's, or "Note RNN"
    ExactProblem::Expectation of_policy;  // its value() is at most log Z
    double gap = 0;                       // log Z - value, never negative
  };
  double log_z = 0;       // by enumeration
  double optimum_kl = 0;  // of the KL-control optimum, whose value is log_z
  Estimate smc_log_z;     // the estimate of decoding/sequential_monte_carlo.h
  std::vector<Row> rows;  // the Note RNN, then every method trained on the problem
};

// Takes some seconds on one core. With a `share_of_iterations` of 1 every method comes near its
// optimum; less takes less time. The same arguments give the same results.
ExactComparison CompareOnExactProblem(double share_of_iterations = 1, int smc_runs_per_primer = 16);

}  // namespace rltuner::experiment
