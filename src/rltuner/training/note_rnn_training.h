// SPDX-License-Identifier: Apache-2.0
// Training of a Note RNN: back-propagation through time on windows of melodies, softmax
// cross-entropy, Adam or Adagrad, early stopping on held-out melodies (Jaques et al. 2017, section
// 5; that paper's settings are recipe `paper`).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "rltuner/cluster/cluster.h"
#include "rltuner/core/checkpoint.h"
#include "rltuner/core/safetensors.h"
#include "rltuner/melody/dataset.h"
#include "rltuner/nn/lstm.h"
#include "rltuner/nn/model.h"
#include "rltuner/nn/optimizer.h"
#include "rltuner/training/held_out.h"
#include "rltuner/training/melody_windows.h"
#include "rltuner/training/train.h"
#include "rltuner/training/weight_dropout.h"

namespace rltuner {

// The melodies' events must outlive the training. Without held-out melodies nothing is measured,
// and the last weights are the result.
struct TrainingData {
  std::vector<MelodyEvents> training;
  std::vector<MelodyEvents> held_out;
  MelodyCoding coding = {};
  std::vector<PickupShare> pickups = {};  // of the training melodies, for a network that hears bars

  // The `encoding` of a model that learns from this data.
  std::string EncodingJson() const;
};

// The melodies of a dataset in parts of training.bars bars. The inputs are network.inputs or, if
// that is empty, the dataset's. The dataset must outlive the result. Error for names that are no
// inputs.
TrainingData DataOf(const Dataset& dataset, const NetworkOptions& network,
                    const TrainingOptions& training);
// The data of other sequences. Error for options that only melodies have.
TrainingData DataOf(const TokenSequences& tokens, const NetworkOptions& network,
                    const TrainingOptions& training);

// Not thread-safe. Step uses `threads` threads of its own. The weights are the same, bit for bit,
// for any number of them: a batch is cut into groups of 32 streams, whose gradients are added in
// order. The processes of a cluster share the groups of each batch and sum their gradients, so all
// have the same weights. Compared with a single process, the weights differ only by rounding. Every
// process must make the same calls and have all melodies.
class NoteRnnTraining {
 public:
  // Error if no training melody is long enough or an event is not a class. A cluster must outlive
  // the training; none means this process alone.
  NoteRnnTraining(const NetworkOptions& network, const TrainingOptions& options, TrainingData data,
                  int threads, Cluster* cluster = nullptr);

  // One iteration, and a measurement if one is due. Must not be called once done() or after a
  // failure.
  void Step();

  // All iterations are done, or `patience` measurements in a row brought no improvement.
  bool done() const;
  bool ended_early() const;

  // Empty until training cannot continue, because the loss or a gradient is not finite or the loss
  // stayed far above that of guessing. Then one line with the iteration and what to change.
  const std::string& failure() const { return failure_; }
  // False while the loss is so high that a failure may follow. Such weights are not saved.
  bool healthy() const { return failure_.empty() && high_losses_ == 0; }

  const TrainingProgress& progress() const { return progress_; }
  std::span<const TrainingRecord> history() const { return history_; }

  // The weights with the best held-out log perplexity; without held-out melodies the last ones.
  const Network& best() const;

  // Saves and restores the whole state; the first process of a cluster writes the checkpoint. A
  // resumed training equals an uninterrupted one bit for bit. Restore refuses a checkpoint of other
  // melodies or options (except length, patience and checkpoint interval) with an Error that names
  // the difference. After that Error the object is unusable. The metadata key `resolved_recipe` of
  // a checkpoint has all options as TOML.
  void Save(const CheckpointFolder& folder);
  void Restore(const SafetensorsFile& file);

 private:
  static constexpr int kGroup = 32;

  struct Group {
    Group(const NetworkShape& shape, const TrainingOptions& options, int inputs);
    WeightDropout dropout;
    Network dropped;          // the network with this group's dropout
    Network gradient;         // the sum over the group's events
    std::vector<int> inputs;  // [kGroup, K]
    double loss = 0;
  };

  void RunGroup(int index, int thread);
  double GroupLoss(std::span<const MelodyWindow> windows, float scale, Tape* tape) const;
  bool SumGradients();
  void ShareOverCluster(double* loss, std::span<float> gradient);
  double Guessing() const;
  void FollowLoss();
  void Measure();
  std::string FirstBadTensor() const;
  const Network& measured() const { return options_.weight_average > 0 ? average_ : weights_; }
  CheckpointFolder::Metadata Identity() const;
  void VisitState(StateArchive* archive);

  NetworkOptions network_options_;
  TrainingOptions options_;
  TrainingData data_;
  int threads_;
  Cluster* cluster_;                      // or null
  int first_group_ = 0, last_group_ = 0;  // this process computes groups first .. last-1
  Network weights_, average_, best_;
  Optimizer optimizer_;
  MelodyWindows windows_;
  std::vector<std::unique_ptr<Tape>> tapes_;  // one per thread
  std::vector<Group> groups_;
  FloatBuffer states_;  // [batch, S], at each stream's place in its melody

  std::span<const MelodyWindow> batch_;  // of the current iteration
  std::int64_t batch_events_ = 0;        // counted in its loss

  TrainingProgress progress_;
  std::vector<TrainingRecord> history_;
  double loss_sum_ = 0, norm_sum_ = 0;  // since the last record
  std::int64_t since_record_ = 0;
  std::int64_t since_best_ = 0;   // measurements
  double mean_loss_ = 0;          // running, to detect a divergence
  std::int64_t high_losses_ = 0;  // iterations in a row with too high a loss
  std::string failure_;
};

}  // namespace rltuner
