// SPDX-License-Identifier: Apache-2.0
#include "rltuner/tuning/value_tuning.h"

#include <algorithm>

#include "rltuner/nn/softmax.h"

namespace rltuner {
namespace {

// Streams of the run's seed.
constexpr std::uint64_t kActorStream = 1;
constexpr std::uint64_t kSampleStream = 2;
constexpr std::uint64_t kWeightStream = 3;

Network StartNetwork(const MethodInfo& method, const Network& note_rnn,
                     const TuningOptions& options) {
  if (method.starts_from_note_rnn) return note_rnn;
  Random random(static_cast<std::uint64_t>(options.seed), kWeightStream);
  return Network::Random(note_rnn.shape(), random);
}

}  // namespace

ValueTuning::ValueTuning(const MethodInfo& method, const Network& note_rnn, const Reward& reward,
                         const TuningOptions& options, const InputRows* inputs)
    : options_(options),
      method_(method),
      note_rnn_(note_rnn),
      reward_(reward.Clone()),
      rows_(inputs == nullptr ? nullptr : inputs->Clone()),
      learner_(method, StartNetwork(method, note_rnn, options), options,
               SequenceInputs::CountOf(inputs)),
      exploration_(options),
      replay_({.capacity = options.replay_capacity,
               .state_size = note_rnn.shape().state_size(),
               .vocabulary = note_rnn.shape().vocabulary,
               .keeps_log_prior = PlaysWithNoteRnn(),
               .keeps_after_last = !options.terminal,
               .inputs = SequenceInputs::CountOf(inputs),
               .context = note_rnn.shape().context}),
      play_random_(static_cast<std::uint64_t>(options.seed), kActorStream),
      sample_random_(static_cast<std::uint64_t>(options.seed), kSampleStream),
      sequence_(inputs, 1),
      inputs_(sequence_.count()),
      value_stepper_(note_rnn.shape(), 1, sequence_.count()),
      note_rnn_stepper_(note_rnn.shape(), 1, sequence_.count()),
      state_(note_rnn.shape().state_size()),
      log_prior_(note_rnn.shape().vocabulary),
      log_prior_after_(note_rnn.shape().vocabulary),
      logits_(note_rnn.shape().vocabulary),
      played_inputs_(sequence_.count()) {
  placed_.reserve(options.length);
  if (method.rewards_likelihood) {
    likelihood_.emplace(note_rnn.shape(), sequence_.count(), options.length);
  }
  StartComposition();
}

void ValueTuning::StartComposition() {
  placed_.clear();
  phase_ = rows_ ? rows_->DrawPhase(play_random_) : 0;
  reward_->StartAt(phase_, options_.length);
  value_stepper_.ResetStates();
  note_rnn_stepper_.ResetStates();
  sequence_.Start(1, options_.length, {&phase_, 1});
  primer_ = static_cast<int>(play_random_.Below(note_rnn_.shape().vocabulary));
  Hear(primer_);
}

// Sets what the networks hear next; they hear it when the following event is played.
void ValueTuning::Hear(int event) {
  event_ = event;
  std::ranges::copy(sequence_.Place({&event_, 1}), inputs_.begin());
}

void ValueTuning::StepNoteRnn() {
  note_rnn_stepper_.Step(note_rnn_, inputs_);
  LogSoftmax(note_rnn_stepper_.outputs(0), log_prior_);
}

std::span<const float> ValueTuning::PolicyLogits() {
  value_stepper_.ComputeOutputs(learner_.network(), 1);
  std::ranges::copy(value_stepper_.outputs(0), logits_.begin());
  if (PlaysWithNoteRnn()) {
    for (std::size_t i = 0; i < logits_.size(); ++i) logits_[i] += log_prior_[i];
  }
  return logits_;
}

void ValueTuning::PlayEvent() {
  std::ranges::copy(inputs_, played_inputs_.begin());
  std::ranges::copy(value_stepper_.state(0), state_.begin());
  value_stepper_.StepStates(learner_.network(), inputs_);
  if (PlaysWithNoteRnn()) StepNoteRnn();
  const int action = exploration_.Choose(
      note_rnn_.shape().vocabulary, [this] { return PolicyLogits(); }, iteration_, play_random_);
  Hear(action);
  placed_.push_back(action);
  float reward = reward_->Place(action) / static_cast<float>(options_.c);
  const bool last = static_cast<int>(placed_.size()) == options_.length || reward_->Over();
  if (likelihood_) likelihood_->Add(played_inputs_, action, last);

  std::span<const float> log_prior = log_prior_;
  if (last && !options_.terminal && PlaysWithNoteRnn()) {
    // The published code's bootstrap: the state after the last event, as if the piece continued.
    std::ranges::copy(log_prior_, log_prior_after_.begin());
    log_prior = log_prior_after_;
    StepNoteRnn();
  }
  replay_.Add({.inputs = played_inputs_,
               .state = state_,
               .log_prior = log_prior,
               .action = action,
               .reward = reward,
               .last = last,
               .state_after = value_stepper_.state(0),
               .log_prior_after = log_prior_,
               .inputs_after = inputs_});
  if (likelihood_ && likelihood_->full()) RewardLikelihoods();
  if (last) StartComposition();
}

void ValueTuning::RewardLikelihoods() {
  if (likelihood_) replay_.AddToLastRewards(likelihood_->Compute(note_rnn_));
}

void ValueTuning::Advance(std::int64_t iterations) {
  for (std::int64_t i = 0; i < iterations && Failure().empty(); ++i) {
    const bool learns = (iteration_ + 1) % options_.gradient_every == 0 &&
                        replay_.sampleable_after_add() >= options_.minibatch;
    // Drawn before the event, so that the minibatch is loaded from memory while the event is
    // played.
    const int newest = learns ? learner_.Draw(replay_, sample_random_, true) : 0;
    PlayEvent();
    ++iteration_;
    if (!learns) continue;
    // The newest transition of all cannot be drawn.
    if (likelihood_ && newest > replay_.sampleable() - likelihood_->waiting()) RewardLikelihoods();
    const ValueLearner::Step step = learner_.Learn(replay_);
    CountStep(step.loss, step.gradient_norm, learner_.gradient());
  }
}

PolicyNetworks ValueTuning::Networks() const {
  return {.network = &learner_.network(),
          .note_rnn = &note_rnn_,
          .form = method_.policy,
          .inputs = rows_.get()};
}

void ValueTuning::SetNetwork(const Network& network) { learner_.SetNetwork(network); }

void ValueTuning::VisitState(StateArchive* archive) {
  RewardLikelihoods();  // also of a run that a reward's exception has stopped
  const auto known = [&](int event) { return event >= 0 && event < note_rnn_.shape().vocabulary; };
  archive->Numbers<std::int64_t>("counters", iteration_, steps_, event_);
  archive->Require(iteration_ >= 0 && steps_ >= 0 && known(event_), "counters");
  archive->Numbers<double>("sums", loss_sum_, norm_sum_);
  archive->Generator("random.play", &play_random_);
  archive->Generator("random.sample", &sample_random_);
  archive->List("placed", &placed_);
  archive->Require(
      static_cast<int>(placed_.size()) < options_.length && std::ranges::all_of(placed_, known),
      "placed");
  if (rows_) {  // in one number, which was the priming event before there were phases
    std::int64_t opening = std::int64_t{phase_} * note_rnn_.shape().vocabulary + primer_;
    archive->Numbers<std::int64_t>("primer", opening);
    phase_ = static_cast<int>(opening / note_rnn_.shape().vocabulary);
    primer_ = static_cast<int>(opening % note_rnn_.shape().vocabulary);
  }
  archive->Require(known(primer_) && phase_ >= 0, "primer");
  archive->Array("state.value", value_stepper_.state(0),
                 [&](std::span<const float> state) { value_stepper_.SetState(0, state); });
  archive->Array("state.note_rnn", likelihood_ ? likelihood_->state() : note_rnn_stepper_.state(0),
                 [&](std::span<const float> state) {
                   if (likelihood_) likelihood_->SetState(state);
                   note_rnn_stepper_.SetState(0, state);
                 });
  learner_.VisitState(archive);
  replay_.VisitState(archive);
  if (!archive->restoring()) return;
  // The states of reward and inputs follow from the composition so far.
  reward_->StartAt(phase_, options_.length);
  for (const int action : placed_) reward_->Place(action);
  sequence_.Start(1, options_.length, {&phase_, 1});
  const int event = event_;
  Hear(placed_.empty() ? event : primer_);
  for (const int action : placed_) Hear(action);
}

std::unique_ptr<Tuning> MakeValueTuning(const MethodInfo& method, const Network& note_rnn,
                                        const Reward& reward, const TuningOptions& options,
                                        int /*threads*/, const InputRows* inputs) {
  return std::make_unique<ValueTuning>(method, note_rnn, reward, options, inputs);
}

}  // namespace rltuner
