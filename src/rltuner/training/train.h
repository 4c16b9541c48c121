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

#include "rltuner/core/settings.h"
#include "rltuner/melody/dataset.h"
#include "rltuner/nn/model.h"

namespace rltuner {

// How a Note RNN is trained: the tables [network] and [training] of a recipe. The defaults train
// best on a few thousand melodies; recipe `paper` has the values of Jaques et al. (2017).
struct NetworkOptions {
  int hidden = 100;  // LSTM cells of a layer
  int layers = 1;
  std::string inputs = {};  // names (melody/encoding.h); "" = the dataset's
};

struct TrainingOptions {
  int iterations = 20000;  // optimizer steps
  std::int64_t seed = 1;

  // Batches. Each of `batch` streams plays one melody after another, at most `steps_per_window`
  // events at a time; the LSTM's state is carried from window to window of a melody. It is zero at
  // the melody's start, as when melodies are generated.
  int batch = 32;
  int steps_per_window = 128;
  int bars = 0;  // melodies are cut into parts of this many bars; 0 = not cut
  bool similar_lengths = false;
  bool prime = true;  // feed one event, uniform over all classes, before a melody's first
  int first_steps_left_out = 0;

  // Optimizer: the rate is multiplied by `decay` every `decay_steps` iterations.
  std::string optimizer = "adam";
  double learning_rate = 0.01;
  double decay = 0.85;
  int decay_steps = 800;
  double clip = 5;
  double l2 = 0;

  // Regularisation.
  double output_dropout = 0;
  double recurrent_dropout = 0.05;
  double weight_average = 0.999;

  // Held-out metrics: the weights with the best log perplexity are kept.
  int evaluation_interval = 500;
  int patience = 0;  // ends after this many evaluations in a row without improvement; 0 = never

  int checkpoint_interval = 500;
};

// With `short_form`, `inputs`, `bars` and `similar_lengths` are omitted where they have their
// defaults, as in the recipes of models.
Settings Describe(NetworkOptions& options, bool short_form = false);
Settings Describe(TrainingOptions& options, bool short_form = false);

// The learning rate of iteration 0, 1, ...
double LearningRate(const TrainingOptions& options, std::int64_t iteration);

// The resolved recipe as TOML: [network] and [training].
std::string TrainingRecipe(const NetworkOptions& network, const TrainingOptions& training);

// The recipe without the options that may change when a run is resumed, such as its length and how
// often it is measured. Two runs with equal identities pass through the same weights.
std::string TrainingIdentity(const NetworkOptions& network, const TrainingOptions& training);

// How well a network predicts the next event of melodies that it was not trained on.
struct HeldOutMetrics {
  double log_perplexity = 0;  // mean of -log p(event), nats
  double accuracy = 0;        // share of events that were the most likely class
  std::int64_t steps = 0;     // events counted
};

// One measurement: a point of the learning curve.
struct TrainingRecord {
  std::int64_t iteration = 0;
  double learning_rate = 0;  // of the last iteration
  double loss = 0;           // training, nats an event, mean since the previous record
  double gradient_norm = 0;  // norm before clipping, mean since the previous record
  HeldOutMetrics held_out;
};

struct TrainingProgress {
  std::int64_t iteration = 0;  // iterations done
  double loss = 0;             // of the last iteration, nats an event
  double gradient_norm = 0;
  double learning_rate = 0;
  std::int64_t events = 0;  // counted in the loss so far
  std::int64_t best_iteration = 0;
  HeldOutMetrics best;     // of the weights that are kept
  HeldOutMetrics current;  // of the last measurement
};

// Called on the caller's thread; each may be empty.
struct TrainingCallbacks {
  std::function<void(const TrainingProgress&)> progress = {};  // after every iteration
  std::function<bool()> should_stop = {};                      // asked after every iteration
  // A line each, before training: nothing is held out, a checkpoint is damaged or will be replaced.
  std::function<void(const std::string& line)> warn = {};
};

enum class TrainingEnd { kFinished, kEndedEarly, kStopped };

struct TrainOptions {
  int threads = 1;                        // changes no weight
  std::filesystem::path checkpoint = {};  // folder for checkpoints; "" = none are made
  bool resume = false;                    // continue from the checkpoint, if there is one
};

struct TrainedNoteRnn {
  Model model;  // the weights with the best held-out log perplexity
  TrainingEnd end = TrainingEnd::kFinished;
  std::vector<TrainingRecord> history;
};

// Trains on the dataset's training melodies; the same dataset and options give the same weights.
// Error if there is nothing to train on or the training diverges.
TrainedNoteRnn Train(const Dataset& dataset, const NetworkOptions& network,
                     const TrainingOptions& training, const TrainOptions& options = {},
                     const TrainingCallbacks& callbacks = {});

// Sequences of any tokens, numbers below `vocabulary`, which may be up to 65,536.
struct TokenSequences {
  std::vector<std::span<const std::uint16_t>> sequences;  // must outlive the training
  int vocabulary = 0;
  double held_out = .1;  // the share that is not trained on, chosen as for a dataset
};

// Trains on sequences that are not music. `inputs` and `bars` must have their defaults.
TrainedNoteRnn Train(const TokenSequences& tokens, const NetworkOptions& network,
                     const TrainingOptions& training, const TrainOptions& options = {},
                     const TrainingCallbacks& callbacks = {});

// The learning curve as CSV, a line for each measurement; held-out columns are empty where nothing
// was held out.
std::string LearningCurveCsv(std::span<const TrainingRecord> history);

}  // namespace rltuner
