// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "rltuner/core/error.h"
#include "rltuner/core/random.h"
#include "rltuner/core/reward.h"
#include "rltuner/nn/softmax.h"
#include "rltuner/tuning/maximum_entropy.h"
#include "rltuner/tuning/methods.h"
#include "rltuner/tuning/policy_learning.h"
#include "rltuner/tuning/rollout.h"

namespace rltuner {
namespace {

constexpr std::string_view kMatchOptions[] = {"compositions", "minibatch"};

constexpr std::uint64_t kDrawStream = 2;
// The largest step k of a round towards p exp(w . f), and the effective share of the samples that
// this step alone must leave.
constexpr double kProximity = 0.2;
constexpr double kLeastAnchored = 0.7;

// The means go towards the targets only as far as this effective share of the samples allows.
constexpr double kLeastEffective = 0.4;

// The share of the Note RNN's own distribution in what is learnt. Without it the policy forgets,
// round by round, what is rare in its own samples and counted by no rule, such as notes of other
// lengths and other pitches.
constexpr float kAnchor = 0.15F;

// Each round adds this share of what the played melodies still lack to what it asks for.
constexpr double kCorrection = 0.1;

// The learning rate falls as 1 / (1 + round / this), and to 0 over this last share of the run, so
// that the means of the features settle near their targets.
constexpr double kHalfRateRounds = 20;
constexpr double kFallingShare = 0.5;

// Sequences that are worth a thread of their own.
constexpr int kFewestOfASlice = 16;

// Learns weights w and network together. The goal is the policy nearest to the Note RNN p whose
// melodies have the target means of the features f: pi = p exp(w . f) / Z. A round:
//   play N compositions with the policy pi, and measure their features;
//   weight them by (p / pi)^k exp(v . f), and find v so that the weighted means come as near to the
//       targets as an effective sample size of kLeastEffective allows (maximum_entropy.h). Once
//       they reach the targets, each round raises them by a part of what the network still lacks;
//   draw N compositions by these weights, and train on them once by maximum likelihood. A part of
//       every event's target is the Note RNN's own distribution.
// This moves pi to pi^(1 - k) (p exp(w . f))^k with w = v / k: a proximal step, whose fixed point
// is the goal. Full steps (k = 1) fail, because p / pi of a whole melody varies too much. Policy
// gradient fails too: the Note RNN rarely plays what is rewarded, such as a bar that returns, and
// the reward comes long after its cause. Threads share the playing and the learning, without
// changing a bit.
class Match final : public PolicyLearning {
 public:
  // Error unless the reward is a FeatureReward.
  Match(const Network& note_rnn, const Reward& reward, const TuningOptions& options, int threads,
        const InputRows* inputs);

  // Plays whole rounds, as policy gradient plays whole batches.
  void Advance(std::int64_t iterations) override;
  double c() const override { return 1; }
  void VisitState(StateArchive* archive) override;
  std::span<const double> Weights() const override { return weights_; }

 private:
  static Cut CutOf(const TuningOptions& options, int threads);

  void Play();
  std::vector<double> Goals();
  void FindWeights();
  std::vector<std::uint32_t> Draw();
  void Learn(const std::vector<std::uint32_t>& drawn);
  // Computes the gradients of a slice's gates from its sequences; sets losses_.
  void GoBack(std::span<const std::uint32_t> drawn, Slice* slice);
  double LearningRate() const;

  int threads_, round_size_, length_, minibatch_;
  std::unique_ptr<FeatureReward> reward_;
  std::vector<int> table_of_;
  std::vector<double> losses_;  // [T, minibatch]
  Random random_;
  std::vector<double> weights_;      // [F]
  std::vector<double> corrections_;  // [F] added to the targets
  std::int64_t within_reach_ = 0;    // whether the last round could go all the way to its goals
  std::int64_t rounds_ = 0;

  // The present round.
  std::vector<std::uint8_t> events_;  // [N, 1 + T], each after its primer
  std::vector<int> phases_;           // [N]
  FeatureSamples samples_;            // log weights: log p - log pi + the reward's fixed part
  std::vector<double> shares_;        // [N] how often to learn each
};

}  // namespace

Match::Match(const Network& note_rnn, const Reward& reward, const TuningOptions& options,
             int threads, const InputRows* inputs)
    : PolicyLearning(note_rnn, options, CutOf(options, threads), inputs),
      threads_(threads),
      round_size_(options.compositions),
      length_(options.length),
      minibatch_(std::min(options.minibatch, options.compositions)),
      losses_(static_cast<std::size_t>(minibatch_) * options.length),
      random_(static_cast<std::uint64_t>(options.seed), kDrawStream) {
  std::unique_ptr<Reward> clone = reward.Clone();
  auto* const features = dynamic_cast<FeatureReward*>(clone.get());
  if (features == nullptr || features->features() == 0) {
    Fail("method match has nothing to match; expected targets of a recipe or --match DATASET");
  }
  clone.release();
  reward_.reset(features);
  for (int i = 0; i < reward_->features(); ++i) table_of_.push_back(reward_->TableOf(i));
  weights_.resize(table_of_.size());
  corrections_.resize(table_of_.size());
}

// A slice for every thread.
Match::Cut Match::CutOf(const TuningOptions& options, int threads) {
  const int batch = std::min(options.minibatch, options.compositions);
  const int slices = std::clamp(batch / kFewestOfASlice, 1, std::max(1, threads));
  return {.batch = batch, .slice = (batch + slices - 1) / slices, .threads = threads};
}

void Match::Advance(std::int64_t iterations) {
  const std::int64_t end = iteration_ + iterations;
  while (iteration_ < end && Failure().empty()) {
    Play();
    FindWeights();
    Learn(Draw());
    ++rounds_;
    iteration_ += static_cast<std::int64_t>(round_size_) * length_;
  }
}

void Match::Play() {
  const auto size = static_cast<std::size_t>(round_size_);
  const auto width = static_cast<std::size_t>(length_) + 1;
  events_.resize(size * width);
  phases_.resize(size);
  samples_ = {.features = reward_->features(),
              .values = std::vector<double>(size * table_of_.size()),
              .log_weights = std::vector<double>(size)};
  std::vector<std::unique_ptr<Reward>> rewards;
  for (int i = 0; i < std::max(1, threads_); ++i) rewards.push_back(reward_->Clone());
  const RolloutOptions rollout{.length = length_,
                               .seed = static_cast<std::uint64_t>(options_.seed),
                               .first_stream = rounds_ * round_size_,
                               .threads = std::max(1, threads_)};
  SampleRollouts(Networks(), rollout, round_size_, [&](const Trajectory& played, int thread) {
    const auto at = static_cast<std::size_t>(played.index);
    auto* events = events_.data() + at * width;
    *events++ = static_cast<std::uint8_t>(played.primer.back());
    phases_[at] = played.phase;
    auto& reward = static_cast<FeatureReward&>(*rewards[static_cast<std::size_t>(thread)]);
    reward.StartAt(played.phase, length_);
    for (const int action : played.actions) {
      reward.Place(action);
      *events++ = static_cast<std::uint8_t>(action);
    }
    reward.Features(std::span(samples_.values).subspan(at * table_of_.size(), table_of_.size()));
    samples_.log_weights[at] = SumOf(played.log_prior) - SumOf(played.log_policy) + reward.Fixed();
  });
}

std::vector<double> Match::Goals() {
  const std::vector<double> even(samples_.size(), 1.0 / static_cast<double>(samples_.size()));
  const std::vector<double> played = Reweighted{.shares = even}.Means(samples_);
  std::vector<double> goals;
  for (std::size_t k = 0; k < played.size(); ++k) {
    const double target = reward_->targets()[k];
    if (within_reach_) corrections_[k] += kCorrection * (target - played[k]);
    const double goal = target + corrections_[k];
    goals.push_back(table_of_[k] < 0 ? goal : std::max(goal, target / 2));
  }
  std::vector<double> sums(goals.size());  // of tables, whose shares add up to 1
  for (std::size_t k = 0; k < goals.size(); ++k) {
    if (table_of_[k] >= 0) sums[static_cast<std::size_t>(table_of_[k])] += goals[k];
  }
  for (std::size_t k = 0; k < goals.size(); ++k) {
    if (table_of_[k] >= 0) goals[k] /= sums[static_cast<std::size_t>(table_of_[k])];
  }
  return goals;
}

void Match::FindWeights() {
  const std::vector<double> none(weights_.size());
  FeatureSamples anchored = samples_;
  double proximity = kProximity;
  Reweighted now;
  for (;; proximity *= 0.8) {
    for (std::size_t i = 0; i < anchored.size(); ++i) {
      anchored.log_weights[i] = proximity * samples_.log_weights[i];
    }
    now = Reweigh(anchored, none);
    if (now.effective >= kLeastAnchored || proximity < 1e-3) break;
  }
  const std::vector<double> means = now.Means(anchored);
  const std::vector<double> goals = Goals();
  std::vector<double> step;
  for (double way = 1; way > 0.01; way *= 0.7) {
    std::vector<double> targets(means);
    for (std::size_t k = 0; k < targets.size(); ++k) targets[k] += way * (goals[k] - means[k]);
    step = MatchMeans(anchored, targets, table_of_, none);
    now = Reweigh(anchored, step);
    within_reach_ = way == 1;
    if (now.effective >= kLeastEffective) break;
  }
  for (std::size_t k = 0; k < step.size(); ++k) weights_[k] = step[k] / proximity;
  shares_ = std::move(now.shares);
}

std::vector<std::uint32_t> Match::Draw() {
  std::vector<int> counts(shares_.size());
  DrawCounts(shares_, round_size_, random_, counts);
  std::vector<std::uint32_t> drawn;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    drawn.insert(drawn.end(), static_cast<std::size_t>(counts[i]), static_cast<std::uint32_t>(i));
  }
  Shuffle(drawn, random_);
  return drawn;
}

double Match::LearningRate() const {
  const double left =
      1 - static_cast<double>(iteration_) / static_cast<double>(options_.iterations);
  return options_.learning_rate / (1 + static_cast<double>(rounds_) / kHalfRateRounds) *
         std::clamp(left / kFallingShare, 0.0, 1.0);
}

void Match::Learn(const std::vector<std::uint32_t>& drawn) {
  const auto batch = static_cast<std::size_t>(minibatch_);
  for (std::size_t first = 0; first + batch <= drawn.size(); first += batch) {
    const std::span<const std::uint32_t> learnt = std::span(drawn).subspan(first, batch);
    ForSlices([&](Slice* slice) { GoBack(learnt, slice); });
    SumGradients();
    double loss = 0;
    for (const double of_event : losses_) loss += of_event;
    TakeStep(LearningRate(), loss);
    if (!Failure().empty()) return;
  }
}

void Match::GoBack(std::span<const std::uint32_t> drawn, Slice* slice) {
  const auto width = static_cast<std::size_t>(length_) + 1;
  const auto event = [&](int b, int t) {
    const std::size_t sequence = drawn[slice->first + b];
    return static_cast<int>(events_[sequence * width + static_cast<std::size_t>(t)]);
  };
  const float scale = 1.0F / static_cast<float>(losses_.size());
  slice->tape.ResetStates();
  slice->note_rnn.ResetStates();
  std::vector<int> phases(slice->count);
  for (int b = 0; b < slice->count; ++b) phases[b] = phases_[drawn[slice->first + b]];
  slice->inputs.Start(1, length_, phases);
  std::vector<float> nearby(note_rnn_.shape().vocabulary);  // what the Note RNN would play
  for (int t = 0; t < length_; ++t) {
    for (int b = 0; b < slice->count; ++b) slice->heard[b] = event(b, t);
    const std::span<const int> rows = slice->inputs.Place(slice->heard);
    slice->tape.Forward(network_, t, rows);
    slice->note_rnn.Step(note_rnn_, rows);
    for (int b = 0; b < slice->count; ++b) {
      const std::span<float> gradient = slice->tape.output_gradients(t, b);
      const auto next = static_cast<std::size_t>(event(b, t + 1));
      Softmax(slice->tape.outputs(t, b), gradient);
      losses_[static_cast<std::size_t>(t) * minibatch_ + slice->first + b] =
          -scale * std::log(std::max(gradient[next], 1e-30F));
      Softmax(slice->note_rnn.outputs(b), nearby);
      for (std::size_t a = 0; a < gradient.size(); ++a) {
        gradient[a] = scale * (gradient[a] - kAnchor * nearby[a]);
      }
      gradient[next] -= (1 - kAnchor) * scale;
    }
  }
  slice->tape.BackwardStates(network_, length_);
}

void Match::VisitState(StateArchive* archive) {
  archive->Numbers<std::int64_t>("counters", iteration_, rounds_, steps_);
  archive->Require(iteration_ >= 0 && rounds_ >= 0 && steps_ >= 0, "counters");
  archive->Generator("random.draw", &random_);
  VisitLearning(archive);
  archive->Array("weights", std::span(weights_));
  archive->Array("corrections", std::span(corrections_));
  archive->Numbers<std::int64_t>("reach", within_reach_);
}

extern constinit const MethodInfo kMatch = {
    .name = "match",
    .label = "Match",
    .title = "matching",
    .summary =
        "Finds the weights under which its melodies have the features of tunes, and tunes "
        "with them.",
    .on_policy = true,
    .finds_weights = true,
    .options = kMatchOptions,
    .make = [](const MethodInfo& /*method*/, const Network& note_rnn, const Reward& reward,
               const TuningOptions& options, int threads,
               const InputRows* inputs) -> std::unique_ptr<Tuning> {
      return std::make_unique<Match>(note_rnn, reward, options, threads, inputs);
    }};

}  // namespace rltuner
