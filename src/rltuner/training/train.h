// SPDX-License-Identifier: Apache-2.0
// From a dataset to a Note RNN, in one call:
//
//   const Dataset dataset("my.safetensors");
//   const TrainedNoteRnn trained = Train(dataset, {}, {.iterations = 5000});
//   WriteModel("note_rnn.safetensors", trained.model);
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "rltuner/melody/dataset.h"
#include "rltuner/nn/model_file.h"
#include "rltuner/training/training_options.h"

namespace rltuner {

// How well a network says the next event of melodies it was not trained on.
struct HeldOutMetrics {
  double log_perplexity = 0;  // mean of -log p(event), nats
  double accuracy = 0;        // share of events that were the most likely class
  std::int64_t steps = 0;     // events counted
};

// One measurement; what the learning curve is drawn from.
struct TrainingRecord {
  std::int64_t iteration = 0;
  double learning_rate = 0;  // of the last iteration
  double loss = 0;           // training, nats an event, mean since the record before
  double gradient_norm = 0;  // before clipping, mean since the record before
  HeldOutMetrics held_out;
};

struct TrainingProgress {
  std::int64_t iteration = 0;  // done
  double loss = 0;             // of the last iteration, nats an event
  double gradient_norm = 0;
  double learning_rate = 0;
  std::int64_t events = 0;  // counted in the loss so far
  std::int64_t best_iteration = 0;
  HeldOutMetrics best;     // of the weights that are kept
  HeldOutMetrics current;  // of the last measurement
};

// Both are called after every iteration, on the caller's thread, and may be empty.
struct TrainingCallbacks {
  std::function<void(const TrainingProgress&)> progress = {};
  std::function<bool()> should_stop = {};
};

enum class TrainingEnd { kFinished, kEndedEarly, kStopped };

struct TrainOptions {
  int threads = 1;                        // changes no weight
  std::filesystem::path checkpoint = {};  // folder for checkpoints; "" = none are made
  bool resume = false;                    // from the checkpoint, if there is one
};

struct TrainedNoteRnn {
  Model model;  // the weights with the best held-out log perplexity
  TrainingEnd end = TrainingEnd::kFinished;
  std::vector<TrainingRecord> history;
};

// Trains on the dataset's training melodies; the same dataset and options give the same weights.
// Error if nothing can be trained on or the training diverges.
TrainedNoteRnn Train(const Dataset& dataset, const NetworkOptions& network,
                     const TrainingOptions& training, const TrainOptions& options = {},
                     const TrainingCallbacks& callbacks = {});

// The learning curve as CSV, a line for each measurement; held-out columns are empty where nothing
// was held out.
std::string LearningCurveCsv(std::span<const TrainingRecord> history);

}  // namespace rltuner
