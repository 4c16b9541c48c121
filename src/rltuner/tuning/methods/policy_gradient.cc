// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cassert>
#include <cmath>
#include <memory>
#include <optional>
#include <vector>

#include "rltuner/core/random.h"
#include "rltuner/core/reward.h"
#include "rltuner/nn/softmax.h"
#include "rltuner/tuning/critic.h"
#include "rltuner/tuning/kl_budget.h"
#include "rltuner/tuning/methods.h"
#include "rltuner/tuning/policy_learning.h"
#include "rltuner/tuning/rollout.h"

namespace rltuner {
namespace {

constexpr std::string_view kPolicyGradientOptions[] = {
    "c",         "gamma",       "compositions", "reward_floor", "entropy_floor", "entropy_ceiling",
    "kl_budget", "decay_share", "gae_lambda"};

constexpr std::uint64_t kPlayStream = 1;

// Compositions that one thread plays at a time: fewer if threads would be left without any, but at
// least as many as a matrix product takes at once.
int SliceFor(int threads, int compositions) {
  constexpr int kTileRows = 8;
  const int tiles = compositions / (kTileRows * std::max(1, threads));
  return kTileRows * std::clamp(tiles, 1, 4);
}

// The bonus for each nat of entropy, per nat by which the policy's entropy is below the floor. It
// is large enough to hold the entropy near the floor; an integral of the shortfall would oscillate
// around it.
constexpr double kEntropyGain = 10;

// A policy far above the ceiling earns nothing for entropy, not even -log pi.
constexpr double kLowestEntropyWeight = -1;

// With a KL budget the learning rate falls over this last share of the run, so that KL settles at
// the budget instead of oscillating around it.
constexpr double kRest = 0.4;

// Not in the paper, but tried first today: REINFORCE (Williams, 1992) with a KL-regularised reward
// and full back-propagation through the composition. Each update plays a batch of compositions from
// the policy pi itself; event t of composition i is rewarded with
//   max(reward, reward_floor) / c + log p(a|s) - log pi(a|s)
// Its return is the discounted sum of this and all later rewards. Its advantage is its return minus
// the mean return of the other compositions at t, divided by the batch's standard deviation at t.
// At gamma = 1 the optimum is that of Psi and G: it maximises reward / c - KL(pi || Note RNN).
//
// The entropy of a batch is its mean of -log pi. If it is below entropy_floor, the next batch earns
// a bonus for entropy in proportion to the shortfall, because one melody played for ever can
// satisfy the rules. If it is above entropy_ceiling, the next batch earns less than -log pi for
// entropy, in proportion to the excess, but never less than zero. Of two policies with the same KL,
// the one with lower entropy plays melodies that are likelier under the Note RNN.
//
// Threads share an update (PolicyLearning):
//
//   play       slice by slice: networks, draws, rewards     any thread
//   advantages over the batch                               one thread
//   backward   slice by slice, down to the gates' sums      any thread
//   gradient   columns of the weights; of each the sum over steps and compositions, in their order
//   Adam       one thread
class PolicyGradient final : public PolicyLearning {
 public:
  PolicyGradient(const Network& note_rnn, const Reward& reward, const TuningOptions& options,
                 int threads, const InputRows* inputs);

  // Plays whole batches: iteration() is rounded up to a multiple of a batch's events.
  void Advance(std::int64_t iterations) override;
  void SetKlBudget(double nats) override { kl_budget_.Set(nats); }
  double c() const override { return kl_budget_.c(); }
  void VisitState(StateArchive* archive) override;

 private:
  void PlayBatch();
  void Play(Slice* slice);
  // Adds the rewards that Play leaves out, if the reward judges whole batches.
  void JudgeBatch();
  // Turns log p in returns_[at] into the reward of policy gradient.
  void AddReward(std::size_t at, float reward);
  // Sets the bonus for entropy of the next batch from the entropy of the last.
  void SetEntropyBonus();
  void ComputeAdvantages();
  void Learn();
  // Computes the gradients of the slice's gates from the advantages; sets losses_.
  void GoBack(Slice* slice);
  double LearningRate() const;

  int batch_, length_;
  std::vector<std::unique_ptr<Reward>> rewards_;  // one per composition
  Random random_;

  std::vector<int> primers_;       // [B]
  std::vector<int> phases_;        // [B], as InputRows::DrawPhase gives them
  std::vector<float> draws_;       // [T, B], uniform in [0, 1)
  std::vector<int> actions_;       // [T, B]
  std::vector<float> log_policy_;  // [T, B] of the actions
  std::vector<float> kl_;          // [T, B] over all actions; only with a KL budget
  std::vector<float> returns_;     // [T, B]: rewards, then returns, then advantages
  std::vector<double> losses_;     // [T, B]
  std::vector<int> judged_;        // [B, T], the actions that JudgeBatch shows
  std::vector<float> judgements_;  // [B, T]

  std::optional<Critic> critic_;  // if gae_lambda is below 1
  KlBudget kl_budget_;
  double entropy_weight_ = 0;  // bonus of the next batch for each nat of entropy
};

}  // namespace

PolicyGradient::PolicyGradient(const Network& note_rnn, const Reward& reward,
                               const TuningOptions& options, int threads, const InputRows* inputs)
    : PolicyLearning(note_rnn, options,
                     {.batch = options.compositions,
                      .slice = SliceFor(threads, options.compositions),
                      .threads = threads},
                     inputs),
      batch_(options.compositions),
      length_(options.length),
      random_(static_cast<std::uint64_t>(options.seed), kPlayStream),
      primers_(options.compositions),
      phases_(options.compositions),
      draws_(static_cast<std::size_t>(options.compositions) * options.length),
      actions_(draws_.size()),
      log_policy_(draws_.size()),
      kl_(options.kl_budget > 0 ? draws_.size() : 0),
      returns_(draws_.size()),
      losses_(draws_.size()),
      kl_budget_(options.kl_budget, options.c) {
  assert(batch_ >= 2);
  if (reward.JudgesBatches()) {
    judged_.resize(draws_.size());
    judgements_.resize(draws_.size());
  }
  for (int i = 0; i < batch_; ++i) rewards_.push_back(reward.Clone());
  if (options.gae_lambda < 1) {
    critic_.emplace(length_, batch_, note_rnn.shape(), SequenceInputs::CountOf(inputs));
  }
}

void PolicyGradient::PlayBatch() {
  for (int& primer : primers_) {
    primer = static_cast<int>(random_.Below(note_rnn_.shape().vocabulary));
  }
  if (rows_) {
    for (int& phase : phases_) phase = rows_->DrawPhase(random_);
  }
  for (float& draw : draws_) draw = random_.Uniform();
  ForSlices([this](Slice* slice) { Play(slice); });
  if (rewards_[0]->JudgesBatches()) JudgeBatch();
  if (kl_budget_.active()) {
    kl_budget_.Observe(MeanOf(kl_));
  } else {
    SetEntropyBonus();
  }
}

void PolicyGradient::Play(Slice* slice) {
  Tape& tape = slice->tape;
  tape.ResetStates();
  slice->note_rnn.ResetStates();
  slice->inputs.Start(1, length_, std::span(phases_).subspan(slice->first, slice->count));
  for (int b = 0; b < slice->count; ++b) {
    rewards_[slice->first + b]->StartAt(phases_[slice->first + b], length_);
    slice->heard[b] = primers_[slice->first + b];
  }
  const bool judged_later = rewards_[0]->JudgesBatches();
  const auto rows = static_cast<std::size_t>(slice->inputs.count());
  for (int t = 0; t < length_; ++t) {
    const std::span<const int> inputs = slice->inputs.Place(slice->heard);
    tape.Forward(network_, t, inputs);
    slice->note_rnn.Step(note_rnn_, inputs);
    for (int b = 0; b < slice->count; ++b) {
      if (critic_) {
        critic_->Hear(t, slice->first + b, tape.state_after(t, b), inputs.subspan(b * rows, rows));
      }
      const std::size_t at = static_cast<std::size_t>(t) * batch_ + slice->first + b;
      const std::span<const float> logits = tape.outputs(t, b);
      // The logits are kept where the gradients will be.
      const std::span<float> probabilities = tape.output_gradients(t, b);
      const auto [action, log_policy] = DrawSoftmax(logits, draws_[at], probabilities);
      const std::span<const float> prior = slice->note_rnn.outputs(b);
      const float prior_normalizer = LogSumExp(prior);
      const float log_prior = prior[action] - prior_normalizer;
      actions_[at] = action;
      log_policy_[at] = log_policy;
      returns_[at] = log_prior;
      if (!judged_later) AddReward(at, rewards_[slice->first + b]->Place(action));
      slice->heard[b] = action;
      if (!kl_budget_.active()) continue;
      // The normalisers are the differences between logits and log probabilities.
      float difference = 0;
      for (std::size_t a = 0; a < prior.size(); ++a) {
        difference += probabilities[a] * (logits[a] - prior[a]);
      }
      kl_[at] = difference + prior_normalizer - (logits[action] - log_policy);
    }
  }
}

void PolicyGradient::AddReward(std::size_t at, float reward) {
  const auto floor = static_cast<float>(options_.reward_floor);
  const auto scale = static_cast<float>(1 / kl_budget_.c());
  const auto entropy_scale = static_cast<float>(1 + entropy_weight_);
  returns_[at] = std::max(reward, floor) * scale + returns_[at] - entropy_scale * log_policy_[at];
}

void PolicyGradient::JudgeBatch() {
  const auto index = [this](int t, int b) { return static_cast<std::size_t>(b) * length_ + t; };
  for (int t = 0; t < length_; ++t) {
    for (int b = 0; b < batch_; ++b) {
      judged_[index(t, b)] = actions_[static_cast<std::size_t>(t) * batch_ + b];
    }
  }
  rewards_[0]->Judge(judged_, length_, phases_, judgements_);
  for (int t = 0; t < length_; ++t) {
    for (int b = 0; b < batch_; ++b) {
      AddReward(static_cast<std::size_t>(t) * batch_ + b, judgements_[index(t, b)]);
    }
  }
}

void PolicyGradient::SetEntropyBonus() {
  const double mean = -MeanOf(log_policy_);
  const double missing = std::clamp(mean, options_.entropy_floor, options_.entropy_ceiling) - mean;
  entropy_weight_ = std::max(kLowestEntropyWeight, kEntropyGain * missing);
}

void PolicyGradient::ComputeAdvantages() {
  if (critic_) {
    critic_->Judge(options_.gamma, options_.gae_lambda, returns_);
  } else {
    const auto gamma = static_cast<float>(options_.gamma);
    for (int t = length_ - 2; t >= 0; --t) {
      float* now = returns_.data() + static_cast<std::ptrdiff_t>(t) * batch_;
      for (int b = 0; b < batch_; ++b) now[b] += gamma * now[batch_ + b];
    }
  }
  const double others = batch_ - 1;
  for (int t = 0; t < length_; ++t) {
    const std::span<float> step =
        std::span(returns_).subspan(static_cast<std::size_t>(t) * batch_, batch_);
    double sum = 0;
    double squares = 0;
    for (const float value : step) sum += value;
    const double mean = sum / batch_;
    for (const float value : step) squares += (value - mean) * (value - mean);
    const double deviation = std::sqrt(squares / batch_) + 1e-6;
    // value - (sum - value) / others, scaled.
    for (float& value : step) {
      value = static_cast<float>((value - (sum - value) / others) / deviation);
    }
  }
}

void PolicyGradient::GoBack(Slice* slice) {
  const float scale = 1.0F / static_cast<float>(actions_.size());
  for (int t = 0; t < length_; ++t) {
    for (int b = 0; b < slice->count; ++b) {
      const std::size_t at = static_cast<std::size_t>(t) * batch_ + slice->first + b;
      const std::span<float> d_logits = slice->tape.output_gradients(t, b);
      const float weight = scale * returns_[at];
      losses_[at] = weight * std::log(std::max(d_logits[actions_[at]], 1e-30F));
      for (float& value : d_logits) value *= weight;
      d_logits[actions_[at]] -= weight;
    }
  }
  slice->tape.BackwardStates(network_, length_);
}

double PolicyGradient::LearningRate() const {
  const double share = std::max(options_.decay_share, kl_budget_.active() ? kRest : 0);
  if (share == 0) return options_.learning_rate;
  const double falling = share * static_cast<double>(options_.iterations);
  const auto left = static_cast<double>(options_.iterations - iteration_);
  return options_.learning_rate * std::clamp(left / falling, 0.0, 1.0);
}

void PolicyGradient::Learn() {
  ForSlices([this](Slice* slice) { GoBack(slice); });
  SumGradients();
  double loss = 0;
  for (const double of_event : losses_) loss -= of_event;
  TakeStep(LearningRate(), loss);
}

void PolicyGradient::Advance(std::int64_t iterations) {
  const std::int64_t end = iteration_ + iterations;
  while (iteration_ < end && Failure().empty()) {
    PlayBatch();
    ComputeAdvantages();
    iteration_ += static_cast<std::int64_t>(actions_.size());
    Learn();
  }
}

void PolicyGradient::VisitState(StateArchive* archive) {
  archive->Numbers<std::int64_t>("counters", iteration_, steps_);
  archive->Require(iteration_ >= 0 && steps_ >= 0, "counters");
  archive->Numbers<double>("entropy_weight", entropy_weight_);
  archive->Require(entropy_weight_ >= kLowestEntropyWeight, "entropy_weight");
  archive->Generator("random.play", &random_);
  kl_budget_.VisitState(archive);
  if (critic_) critic_->VisitState(archive);
  VisitLearning(archive);
}

extern constinit const MethodInfo kPolicyGradient = {
    .name = "pg",
    .label = "PG",
    .title = "policy gradient",
    .summary = "Learns from whole melodies that it plays itself; quick and varied.",
    .on_policy = true,
    .options = kPolicyGradientOptions,
    .make = [](const MethodInfo& /*method*/, const Network& note_rnn, const Reward& reward,
               const TuningOptions& options, int threads,
               const InputRows* inputs) -> std::unique_ptr<Tuning> {
      return std::make_unique<PolicyGradient>(note_rnn, reward, options, threads, inputs);
    }};

}  // namespace rltuner
