// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <cmath>

#include "rltuner/training/train.h"

namespace rltuner {

Settings Describe(NetworkOptions& options, bool short_form) {
  Settings settings("network");
  settings
      .Add("hidden", &options.hidden, 1, 4096,
           "LSTM cells of each layer. With more, the network learns more from a large dataset but "
           "takes longer.")
      .Add("layers", &options.layers, 1, 16,
           "LSTM layers. One is enough for the paper's melodies; try two on a large dataset.");
  if (short_form && options.inputs.empty()) return settings;
  settings.Add("inputs", &options.inputs, {},
               "What the network hears: 'event', the last event alone; 'all', also position, "
               "metre, bars left, mode and what came 1, 2, 4 and 8 bars before; 'rules', what the "
               "rules depend on; or single names from docs/formats.md, such as "
               "event,position,mode. If it is not given, the dataset names the inputs.");
  return settings;
}

Settings Describe(TrainingOptions& options, bool short_form) {
  Settings settings("training");
  settings
      .Add("iterations", &options.iterations, 1, kNoMaximum,
           "Optimizer steps to train for. Raise it if the held-out perplexity still falls at the "
           "end.")
      .Add("seed", &options.seed, 0, kNoMaximum,
           "Seed of the first weights, the order of melodies, priming and dropout. Train with "
           "several to see how much is chance.")
      .Add("batch", &options.batch, 1, 65536,
           "Melodies in a step. With more, steps are steadier and can use more threads, but each "
           "takes longer.")
      .Add("steps_per_window", &options.steps_per_window, 2, 8192,
           "Events through which gradients go back; longer melodies are cut into equal windows, "
           "and the state is carried over. Raise it to learn from events further back; this takes "
           "more memory.")
      .Add("prime", &options.prime,
           "Feed one random event before each melody, as generation does, so that the first event "
           "is learnt too. Turn it off to train as in the paper.")
      .Add("first_steps_left_out", &options.first_steps_left_out, 0, kNoMaximum,
           "Events at the start of each melody that are not in the loss. Raise it if the "
           "beginnings are hard to predict and matter less.")
      .Add("optimizer", &options.optimizer, {"adam", "adagrad"},
           "The optimizer. The paper uses adagrad with a high learning rate; adam works with more "
           "learning rates.")
      .Add("learning_rate", &options.learning_rate, 1e-9, 100,
           "Learning rate of the first iteration. Lower it if the loss jumps, raise it if it falls "
           "slowly.")
      .Add("decay", &options.decay, 1e-3, 1,
           "Factor of the learning rate after every decay_steps iterations. Raise it towards 1 for "
           "a longer training.")
      .Add("decay_steps", &options.decay_steps, 1, kNoMaximum,
           "Iterations between two decays of the learning rate. Raise it in proportion to "
           "iterations.")
      .Add("clip", &options.clip, 1e-6, kNoMaximum,
           "Largest Euclidean norm of the whole gradient; longer ones are shortened. Lower it if "
           "the loss has spikes.")
      .Add("l2", &options.l2, 0, 1,
           "Penalty on half the sum of the squared weights. Raise it if the training loss falls "
           "while the held-out one rises.")
      .Add("output_dropout", &options.output_dropout, 0, 0.95,
           "Share of the top layer's cells hidden from the output, drawn for 32 melodies at a "
           "time. Raise it for a small dataset.")
      .Add("recurrent_dropout", &options.recurrent_dropout, 0, 0.95,
           "Share of the recurrent weights set to zero, drawn for 32 melodies at a time. Raise it "
           "for a small dataset.")
      .Add("weight_average", &options.weight_average, 0, 0.99999,
           "Decay of the moving average of the weights that is measured and kept. 0 keeps the last "
           "weights; closer to 1 averages over more iterations.")
      .Add("evaluation_interval", &options.evaluation_interval, 1, kNoMaximum,
           "Iterations between two measurements on the held-out melodies. Raise it if they take "
           "much of the time.")
      .Add("patience", &options.patience, 0, kNoMaximum,
           "Measurements in a row without improvement before training ends; 0 never ends early. "
           "Raise it if the curve is noisy.")
      .Add("checkpoint_interval", &options.checkpoint_interval, 1, kNoMaximum,
           "Iterations between two checkpoints. Lower it to lose less work if the run is killed.");
  if (!short_form || options.bars > 0) {
    settings.Add("bars", &options.bars, 0, 10'000,
                 "Cut melodies into parts of this many bars; each is trained on and measured "
                 "alone. 0: whole melodies. Give it to train for short compositions.");
  }
  if (!short_form || options.similar_lengths) {
    settings.Add("similar_lengths", &options.similar_lengths,
                 "Train on melodies of similar length together, 32 at a time. Turn it on to save "
                 "time if lengths differ and most melodies are shorter than steps_per_window.");
  }
  return settings;
}

double LearningRate(const TrainingOptions& options, std::int64_t iteration) {
  const std::int64_t decays = iteration / options.decay_steps;
  return options.learning_rate * std::pow(options.decay, static_cast<double>(decays));
}

std::string TrainingRecipe(const NetworkOptions& network, const TrainingOptions& training) {
  NetworkOptions network_copy = network;
  TrainingOptions training_copy = training;
  const std::array tables = {Describe(network_copy, true), Describe(training_copy, true)};
  return WriteRecipe(tables);
}

std::string TrainingIdentity(const NetworkOptions& network, const TrainingOptions& training) {
  const TrainingOptions defaults;
  TrainingOptions identity = training;
  identity.iterations = defaults.iterations;
  identity.patience = defaults.patience;
  identity.checkpoint_interval = defaults.checkpoint_interval;
  return TrainingRecipe(network, identity);
}

}  // namespace rltuner
