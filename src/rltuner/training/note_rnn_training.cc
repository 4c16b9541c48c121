// SPDX-License-Identifier: Apache-2.0
#include "rltuner/training/note_rnn_training.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <limits>
#include <utility>

#include "rltuner/core/error.h"
#include "rltuner/core/parallel.h"
#include "rltuner/core/random.h"
#include "rltuner/nn/softmax.h"

namespace rltuner {
namespace {

// A run has diverged if the running mean of its loss stays this far above that of guessing for so
// many iterations. A healthy run may peak there for a few iterations.
constexpr double kMeanDecay = 0.95;
constexpr double kHighLoss = 1.0;
constexpr int kHighLossIterations = 50;

Network FirstWeights(const NetworkOptions& network, const TrainingOptions& options,
                     const Encoding& encoding) {
  Random random(options.seed, StreamOf(RandomPurpose::kWeights, 0));
  return Network::Random({.vocabulary = encoding.classes(),
                          .hidden = network.hidden,
                          .layers = network.layers,
                          .context = encoding.width() - encoding.classes()},
                         random);
}

Optimizer::Kind KindOf(const std::string& name) {
  return name == "adagrad" ? Optimizer::Kind::kAdagrad : Optimizer::Kind::kAdam;
}

// How many melodies in a row are of similar length: whole groups of the streams.
int Alike(const TrainingOptions& options, int group) {
  if (!options.similar_lengths) return 1;
  return options.batch % group == 0 ? group : options.batch;
}

TrainingData Checked(TrainingData data, const TrainingOptions& options) {
  const auto has_steps = [&](MelodyEvents melody) {
    return StepsOf(melody, options.prime) > options.first_steps_left_out;
  };
  if (data.training.empty() && !data.held_out.empty()) {
    Fail(
        "all {} melodies are held out, none is left to train on; expected more melodies, or a "
        "smaller share held out",
        data.held_out.size());
  }
  if (std::ranges::none_of(data.training, has_steps)) {
    Fail("no training melody has more than {} events, the first_steps_left_out; nothing to learn",
         options.first_steps_left_out);
  }
  for (const auto* part : {&data.training, &data.held_out}) {
    for (const MelodyEvents melody : *part) {
      for (std::size_t i = 0; i < melody.size(); ++i) {
        if (data.coding.encoding.IsEvent(melody[i])) continue;
        Fail("a melody has event {}; expected 0 .. {}", melody[i],
             data.coding.encoding.classes() - 1);
      }
    }
  }
  return data;
}

}  // namespace

TrainingData DataOf(const Dataset& dataset, const NetworkOptions& network,
                    const TrainingOptions& training) {
  MelodyCoding coding{
      .encoding = dataset.encoding(),
      .context_of = [&dataset](MelodyEvents events) { return dataset.ContextOf(events.bytes()); }};
  if (!network.inputs.empty()) coding.encoding.inputs = ParseInputs(network.inputs, "inputs");
  const auto pieces = [&](const std::vector<Dataset::Events>& melodies) {
    if (training.bars == 0) return std::vector<MelodyEvents>(melodies.begin(), melodies.end());
    std::vector<MelodyEvents> all;
    for (const MelodyEvents melody : melodies) {
      const std::vector<MelodyEvents> cut = CutIntoBars(melody, coding, training.bars);
      all.insert(all.end(), cut.begin(), cut.end());
    }
    return all;
  };
  TrainingData data{pieces(dataset.TrainingMelodies()), pieces(dataset.HeldOutMelodies()), coding};
  if (coding.encoding.Hears(Input::kPosition)) data.pickups = PickupsOf(dataset);
  return data;
}

std::string TrainingData::EncodingJson() const {
  if (!coding.context_of) return "";
  Encoding encoding = coding.encoding;
  encoding.pickups = pickups;
  return encoding.ToJson();
}

TrainingData DataOf(const TokenSequences& tokens, const NetworkOptions& network,
                    const TrainingOptions& training) {
  constexpr int kMostTokens = 1 << 16;
  if (tokens.vocabulary < 2 || tokens.vocabulary > kMostTokens) {
    Fail("the vocabulary has {} tokens; training expects 2 .. {}", tokens.vocabulary, kMostTokens);
  }
  if (!network.inputs.empty() || training.bars > 0) {
    Fail("the options inputs and bars are for melodies, not for other tokens");
  }
  TrainingData data;
  for (const std::span<const std::uint16_t> sequence : tokens.sequences) {
    const bool held_out = IsHeldOut(HashEvents(sequence), tokens.held_out);
    (held_out ? data.held_out : data.training).push_back(sequence);
  }
  // An encoding with as many classes as tokens; its pitches mean nothing.
  data.coding.encoding = {.lowest_pitch = 0, .highest_pitch = tokens.vocabulary - kFirstNoteOn - 1};
  return data;
}

NoteRnnTraining::Group::Group(const NetworkShape& shape, const TrainingOptions& options,
                              int inputs_of_each)
    : dropout(shape, options.output_dropout, options.recurrent_dropout),
      dropped(shape),
      gradient(shape),
      inputs(static_cast<std::size_t>(kGroup) * inputs_of_each) {}

NoteRnnTraining::NoteRnnTraining(const NetworkOptions& network, const TrainingOptions& options,
                                 TrainingData data, int threads, Cluster* cluster)
    : network_options_(network),
      options_(options),
      data_(Checked(std::move(data), options)),
      threads_(std::clamp(threads, 1, (options.batch + kGroup - 1) / kGroup)),
      cluster_(cluster),
      weights_(FirstWeights(network, options, data_.coding.encoding)),
      average_(weights_),
      best_(weights_),
      optimizer_(KindOf(options.optimizer), weights_.arena().size()),
      windows_(data_.training, data_.coding, options.batch, options.steps_per_window, options.prime,
               options.seed, Alike(options, kGroup)) {
  const NetworkShape& shape = weights_.shape();
  for (int thread = 0; thread < threads_; ++thread) {
    tapes_.push_back(std::make_unique<Tape>(shape, std::min(kGroup, options.batch),
                                            windows_.longest(), windows_.inputs()));
  }
  const int groups = (options.batch + kGroup - 1) / kGroup;
  for (int group = 0; group < groups; ++group)
    groups_.emplace_back(shape, options, windows_.inputs());
  const int processes = cluster == nullptr ? 1 : cluster->size();
  const int rank = cluster == nullptr ? 0 : cluster->rank();
  first_group_ = groups * rank / processes;
  last_group_ = groups * (rank + 1) / processes;
  states_.resize(static_cast<std::size_t>(options.batch) * shape.state_size());
  progress_.best.log_perplexity = std::numeric_limits<double>::infinity();
  mean_loss_ = Guessing();
}

// The loss of guessing all classes with equal probability.
double NoteRnnTraining::Guessing() const {
  return std::log(static_cast<double>(weights_.shape().vocabulary));
}

bool NoteRnnTraining::ended_early() const {
  return options_.patience > 0 && since_best_ >= options_.patience;
}

bool NoteRnnTraining::done() const {
  return progress_.iteration >= options_.iterations || ended_early();
}

const Network& NoteRnnTraining::best() const {
  return data_.held_out.empty() || progress_.best_iteration == 0 ? measured() : best_;
}

void NoteRnnTraining::Step() {
  assert(!done() && failure_.empty());
  batch_ = windows_.Next();
  batch_events_ = 0;
  for (const MelodyWindow& window : batch_) {
    batch_events_ +=
        std::max(0, window.steps - std::max(0, options_.first_steps_left_out - window.first));
  }
  ParallelFor(last_group_ - first_group_, threads_,
              [this](int group, int thread) { RunGroup(first_group_ + group, thread); });
  progress_.learning_rate = LearningRate(options_, progress_.iteration);
  ++progress_.iteration;
  if (!SumGradients()) return;
  if (batch_events_ > 0) {
    const double norm = progress_.gradient_norm;
    const float scale = norm > options_.clip ? static_cast<float>(options_.clip / norm) : 1.0F;
    Network& gradient = groups_[0].gradient;
    if (options_.weight_average > 0) {
      // The first averages cover fewer steps, or the first weights would stay in the average.
      const double steps = static_cast<double>(optimizer_.steps());
      const double rate = std::max(1 - options_.weight_average, 10 / (10 + steps));
      optimizer_.StepAndFollow(progress_.learning_rate, scale, static_cast<float>(rate),
                               gradient.arena(), weights_.arena(), average_.arena());
    } else {
      optimizer_.Step(progress_.learning_rate, scale, gradient.arena(), weights_.arena());
    }
    progress_.events += batch_events_;
    FollowLoss();
  }
  if (failure_.empty() && (progress_.iteration % options_.evaluation_interval == 0 ||
                           progress_.iteration == options_.iterations)) {
    Measure();
  }
}

// The streams of one group, forward and backward, to the group's gradient.
void NoteRnnTraining::RunGroup(int index, int thread) {
  Group& group = groups_[index];
  Tape& tape = *tapes_[thread];
  const std::size_t first = static_cast<std::size_t>(index) * kGroup;
  const std::span<const MelodyWindow> windows =
      batch_.subspan(first, std::min<std::size_t>(kGroup, batch_.size() - first));
  const std::ptrdiff_t s = weights_.shape().state_size();
  const int rows = static_cast<int>(windows.size());
  const int steps = windows[0].steps;  // the longest

  const Network* network = &weights_;
  if (group.dropout.active()) {
    const std::int64_t number =
        progress_.iteration * static_cast<std::int64_t>(groups_.size()) + index;
    Random random(options_.seed, StreamOf(RandomPurpose::kDropout, number));
    group.dropout.Draw(weights_, random, &group.dropped);
    network = &group.dropped;
  }

  tape.ResetStates();
  for (int row = 0; row < rows; ++row) {
    if (windows[row].first == 0) continue;
    tape.SetState(row, std::span(states_).subspan(windows[row].stream * s, s));
  }
  const std::size_t count = windows_.inputs();
  for (int t = 0; t < steps; ++t) {
    for (int row = 0; row < rows; ++row) {
      const MelodyWindow& window = windows[row];
      if (t >= window.steps) continue;  // past its end it is fed its last inputs again
      std::ranges::copy(window.inputs.subspan(t * count, count),
                        group.inputs.begin() + static_cast<std::ptrdiff_t>(row * count));
    }
    tape.Forward(*network, t, std::span(group.inputs).first(windows.size() * count));
  }
  for (int row = 0; row < rows; ++row) {
    const std::span<const float> state = tape.state_after(windows[row].steps - 1, row);
    std::ranges::copy(state, states_.data() + windows[row].stream * s);
  }

  // Batches of similar lengths are weighted by their events, or short melodies would count more.
  const double events = options_.similar_lengths ? options_.batch * windows_.mean_steps()
                                                 : static_cast<double>(batch_events_);
  const float scale = batch_events_ > 0 ? 1.0F / static_cast<float>(events) : 0.0F;
  group.loss = GroupLoss(windows, scale, &tape);
  std::fill(group.gradient.arena().begin(), group.gradient.arena().end(), 0.0F);
  tape.Backward(*network, steps, &group.gradient);
  if (group.dropout.active()) group.dropout.MaskGradient(&group.gradient);
}

// The sum of -log p over the counted events; their gradients, times `scale`, go into the tape.
double NoteRnnTraining::GroupLoss(std::span<const MelodyWindow> windows, float scale,
                                  Tape* tape) const {
  double loss = 0;
  for (int t = 0; t < windows[0].steps; ++t) {
    for (std::size_t b = 0; b < windows.size(); ++b) {
      const MelodyWindow& window = windows[b];
      const int row = static_cast<int>(b);
      const std::span<float> gradients = tape->output_gradients(t, row);
      const int step = window.first + t;
      if (t >= window.steps || step < options_.first_steps_left_out) {
        std::ranges::fill(gradients, 0.0F);
        continue;
      }
      Softmax(tape->outputs(t, row), gradients);
      const int target = TargetAt(window.melody, options_.prime, step);
      loss -= std::log(gradients[target]);
      gradients[target] -= 1.0F;
      for (float& gradient : gradients) gradient *= scale;
    }
  }
  return loss;
}

// Adds the groups' and the penalty's gradients to the first group's. False, and a failure, if the
// sum is not finite.
bool NoteRnnTraining::SumGradients() {
  Network& sum = groups_[0].gradient;
  double loss = 0;
  if (first_group_ == 0 && last_group_ > 0) {
    loss = groups_[0].loss;
  } else {
    std::fill(sum.arena().begin(), sum.arena().end(), 0.0F);
  }
  for (int group = std::max(1, first_group_); group < last_group_; ++group) {
    loss += groups_[group].loss;
    float* to = sum.arena().data();
    const float* from = groups_[group].gradient.arena().data();
    for (std::size_t i = 0; i < sum.arena().size(); ++i) to[i] += from[i];
  }
  if (cluster_ != nullptr) ShareOverCluster(&loss, sum.arena());
  if (batch_events_ == 0) return true;
  progress_.loss = loss / static_cast<double>(batch_events_);
  AddL2Gradient(weights_, options_.l2, &sum);
  progress_.gradient_norm = GradientNorm(sum.arena());
  if (std::isfinite(progress_.loss) && std::isfinite(progress_.gradient_norm)) return true;
  failure_ = fmt::format(
      "training broke at iteration {}: loss {}, gradient norm {}, first in tensor {}; try a "
      "learning_rate below {}",
      progress_.iteration, progress_.loss, progress_.gradient_norm, FirstBadTensor(),
      progress_.learning_rate);
  return false;
}

// A stream's next window may be computed by another process, so its state goes to all.
void NoteRnnTraining::ShareOverCluster(double* loss, std::span<float> gradient) {
  cluster_->Sum(std::span(loss, 1));
  cluster_->Sum(gradient);
  const std::ptrdiff_t s = weights_.shape().state_size();
  for (std::size_t i = 0; i < batch_.size(); ++i) {
    const int group = static_cast<int>(i) / kGroup;
    if (group >= first_group_ && group < last_group_) continue;
    std::fill_n(states_.data() + batch_[i].stream * s, s, 0.0F);
  }
  cluster_->Sum(std::span<float>(states_));
}

std::string NoteRnnTraining::FirstBadTensor() const {
  const std::string name = groups_[0].gradient.FirstNonFinite();
  return name.empty() ? "none (the loss or the norm overflows)" : name;
}

void NoteRnnTraining::FollowLoss() {
  loss_sum_ += progress_.loss;
  norm_sum_ += progress_.gradient_norm;
  ++since_record_;
  mean_loss_ += (1 - kMeanDecay) * (progress_.loss - mean_loss_);
  high_losses_ = mean_loss_ > Guessing() + kHighLoss ? high_losses_ + 1 : 0;
  if (high_losses_ < kHighLossIterations) return;
  failure_ = fmt::format(
      "training diverges: at iteration {} the running mean of the loss is {:.3g}, where guessing "
      "gives {:.3g}; try a learning_rate below {} or another optimizer than {}",
      progress_.iteration, mean_loss_, Guessing(), progress_.learning_rate, options_.optimizer);
}

void NoteRnnTraining::Measure() {
  TrainingRecord record;
  record.iteration = progress_.iteration;
  record.learning_rate = progress_.learning_rate;
  const double steps = static_cast<double>(std::max<std::int64_t>(1, since_record_));
  record.loss = loss_sum_ / steps;
  record.gradient_norm = norm_sum_ / steps;
  loss_sum_ = norm_sum_ = 0;
  since_record_ = 0;
  record.held_out = MeasureHeldOut(measured(), data_.held_out, options_.prime,
                                   options_.first_steps_left_out, threads_, data_.coding);
  history_.push_back(record);
  if (record.held_out.steps == 0) return;
  progress_.current = record.held_out;
  ++since_best_;
  if (record.held_out.log_perplexity < progress_.best.log_perplexity) {
    progress_.best = record.held_out;
    progress_.best_iteration = progress_.iteration;
    best_ = measured();
    since_best_ = 0;
  }
}

}  // namespace rltuner
