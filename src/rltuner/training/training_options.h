// SPDX-License-Identifier: Apache-2.0
// How a Note RNN is trained: the tables [network] and [training] of a recipe. The defaults are what
// trains best on a few thousand melodies; recipe `paper` has the values of Jaques et al. (2017).
#pragma once

#include <cstdint>
#include <string>

#include "rltuner/core/settings.h"

namespace rltuner {

struct NetworkOptions {
  int hidden = 100;  // LSTM cells of a layer
  int layers = 1;
  std::string inputs = {};  // what it is fed (melody/encoding.h); "" = what the dataset says
};

struct TrainingOptions {
  int iterations = 20000;  // optimizer steps
  std::int64_t seed = 1;

  // Batches. Each of `batch` streams plays one melody after another, `steps_per_window` events or
  // less at a time; the LSTM's state is carried from window to window of a melody and is zero at
  // its start, so that generation from a zero state is what was trained.
  int batch = 32;
  int steps_per_window = 128;
  int bars = 0;  // melodies are cut into pieces of so many bars; 0 = whole
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

  // Held-out figures: the weights of the best log perplexity are kept.
  int evaluation_interval = 500;
  int patience = 0;  // evaluations without a better one before the end; 0 = never end early

  int checkpoint_interval = 500;
};

// `inputs`, `bars` and `similar_lengths` are omitted where they have their defaults, if so asked
// for: so they are in recipes of models.
Settings Describe(NetworkOptions& options, bool short_form = false);
Settings Describe(TrainingOptions& options, bool short_form = false);

// The learning rate of iteration 0, 1, ...
double LearningRate(const TrainingOptions& options, std::int64_t iteration);

// The resolved recipe as TOML: [network] and [training].
std::string TrainingRecipe(const NetworkOptions& network, const TrainingOptions& training);

// The same without the options that may change when a run is resumed: its length and how often it
// is measured. Two runs with equal identities pass through the same weights.
std::string TrainingIdentity(const NetworkOptions& network, const TrainingOptions& training);

}  // namespace rltuner
