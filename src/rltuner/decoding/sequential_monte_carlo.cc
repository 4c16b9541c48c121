// SPDX-License-Identifier: Apache-2.0
#include "rltuner/decoding/sequential_monte_carlo.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <optional>

#include "rltuner/core/error.h"
#include "rltuner/core/parallel.h"
#include "rltuner/core/random.h"
#include "rltuner/decoding/selection.h"
#include "rltuner/tuning/policy.h"

namespace rltuner {
namespace {

// log(mean of exp(power * values)).
double LogMeanExp(std::span<const double> values, double power) {
  const double largest = *std::ranges::max_element(values);
  double sum = 0;
  for (const double value : values) sum += std::exp(power * (value - largest));
  return power * largest + std::log(sum / static_cast<double>(values.size()));
}

// How well the log weight after each event predicts the last log weight, [L]: the slope of a
// regression over sequences of the proposal, within 0 .. 1. Empty for the Note RNN, which does not
// plan.
std::vector<double> Forecasts(const PolicyNetworks& networks, const Reward& reward,
                              const SmcOptions& smc, RolloutOptions options) {
  constexpr int kForecastSequences = 512;
  const auto length = static_cast<std::size_t>(options.length);
  if (networks.network == networks.note_rnn) return {};
  std::vector<double> slopes(length, 1);
  options.reward = &reward;
  options.first_stream = 0;
  std::vector<double> log_weights(length * kForecastSequences);  // [L, N], sums up to each event
  SampleRollouts(networks, options, kForecastSequences, [&](const Trajectory& played, int) {
    double sum = 0;
    for (std::size_t t = 0; t < length; ++t) {
      sum += played.rewards[t] / smc.c + static_cast<double>(played.log_prior[t]) -
             static_cast<double>(played.log_policy[t]);
      log_weights[t * kForecastSequences + static_cast<std::size_t>(played.index)] = sum;
    }
  });
  const std::span<const double> last = std::span(log_weights).last(kForecastSequences);
  for (std::size_t t = 0; t < length; ++t) {
    const auto now = std::span(log_weights).subspan(t * kForecastSequences, kForecastSequences);
    const double mean = std::accumulate(now.begin(), now.end(), 0.0) / kForecastSequences;
    double product = 0, square = 0;
    for (std::size_t i = 0; i < now.size(); ++i) {
      product += (now[i] - mean) * last[i];
      square += (now[i] - mean) * now[i];
    }
    if (square > 0) slopes[t] = std::clamp(product / square, 0.0, 1.0);
  }
  return slopes;
}

// One thread's particles, N of them, used for one run after the other. Particles that have played
// the same events share a row of the policy and a reward. Resampling makes such copies, and copies
// that then draw the same action stay together. Only different histories cost a network step.
class Particles {
 public:
  Particles(const PolicyNetworks& networks, const Reward& reward, const SmcOptions& smc,
            const RolloutOptions& options, std::span<const double> forecasts)
      : smc_(smc),
        options_(options),
        forecasts_(forecasts),
        policy_(networks, smc.particles),
        rewards_(Count()),
        events_(Count()),
        first_of_(Count()),
        moved_to_(Count()),
        log_policy_(Count() * policy_.vocabulary()),
        probabilities_(log_policy_.size()),
        child_at_(log_policy_.size(), kNone),
        row_of_(Count()),
        child_of_(Count()),
        actions_(Count() * static_cast<std::size_t>(options.length)),
        log_weights_(Count()),
        total_rewards_(Count()),
        weights_(Count()),
        offspring_(Count()),
        drawn_(Count()),
        next_drawn_(Count()) {
    children_.reserve(Count());
    for (std::unique_ptr<Reward>& of_row : rewards_) of_row = reward.Clone();
  }

  // `index` is what the mask is told. Returns log Z^.
  double Run(int index, std::span<const int> primer, int phase, Random& random) {
    Start(primer, phase);
    double log_z = 0;
    for (int t = 0; t < options_.length; ++t) {
      if (options_.poll) options_.poll();
      Draw(index, t, random);
      Judge();
      if (t + 1 == options_.length) break;
      // Resampling by a power of the weights leaves the rest of each weight to the particle's
      // copies; Z^ stays unbiased with any powers.
      const double power = forecasts_.empty() ? 1 : forecasts_[static_cast<std::size_t>(t)];
      Weigh(power);
      if (EffectiveSize() < smc_.resample_below * smc_.particles) {
        log_z += LogMeanExp(log_weights_, power);
        Resample(t + 1, power, random);
      }
      Step();
    }
    return log_z + LogMeanExp(log_weights_, 1);
  }

  // Draws a particle of the last run by its weight, with its events and rewards.
  int DrawParticle(Random& random) {
    Weigh(1);
    double left = random.UniformDouble();
    int particle = 0;
    while (particle + 1 < smc_.particles && left >= weights_[particle])
      left -= weights_[particle++];
    return particle;
  }
  std::span<const int> actions(int particle) const {
    return std::span(actions_).subspan(At(particle, 0), options_.length);
  }
  double total_reward(int particle) const { return total_rewards_[particle]; }

 private:
  static constexpr int kNone = -1;

  // A row and an action that was drawn there.
  struct Child {
    int from, action, row;
    float reward = 0;
    double log_weight = 0;
  };

  std::size_t Count() const { return static_cast<std::size_t>(smc_.particles); }
  std::size_t At(int particle, int t) const {
    return static_cast<std::size_t>(particle) * static_cast<std::size_t>(options_.length) +
           static_cast<std::size_t>(t);
  }
  // The part of `values` for a row, [V].
  std::size_t At(int row) const { return static_cast<std::size_t>(row) * policy_.vocabulary(); }
  std::span<float> Of(int row, std::vector<float>& values) {
    return std::span(values).subspan(At(row), policy_.vocabulary());
  }

  void Start(std::span<const int> primer, int phase) {
    policy_.Reset(static_cast<int>(primer.size()), options_.length, {&phase, 1});
    for (const int event : primer) policy_.Step({&event, 1});
    rewards_[0]->StartAt(phase, options_.length);
    rows_ = 1;
    std::ranges::fill(row_of_, 0);
    first_of_[0] = 0;
    std::ranges::fill(log_weights_, 0.0);
    std::ranges::fill(total_rewards_, 0.0);
  }

  void Draw(int index, int t, Random& random) {
    std::ranges::fill(offspring_, 0);
    for (const int row : row_of_) ++offspring_[row];
    std::span<int> undrawn = drawn_;
    for (int row = 0; row < rows_; ++row) {
      const std::span<float> logits = policy_.logits(row);
      if (options_.mask) {
        options_.mask(index, actions(first_of_[row]).first(static_cast<std::size_t>(t)), logits);
      }
      PolicyDistribution(logits, options_.temperature, Of(row, log_policy_),
                         Of(row, probabilities_));
      const auto particles = static_cast<std::size_t>(offspring_[row]);
      DrawActions(Of(row, probabilities_), random, undrawn.first(particles));
      next_drawn_[row] = static_cast<int>(drawn_.size() - undrawn.size());
      undrawn = undrawn.subspan(particles);
    }
    children_.clear();
    for (int i = 0; i < smc_.particles; ++i) {
      const int row = row_of_[i];
      const int action = drawn_[next_drawn_[row]++];
      actions_[At(i, t)] = action;
      int& child = child_at_[At(row) + action];
      if (child == kNone) {
        child = static_cast<int>(children_.size());
        children_.push_back({.from = row, .action = action, .row = kNone});
      }
      child_of_[i] = child;
    }
  }

  // Gives every child a row. The first child of a row stays there; the others get a copy of its
  // reward and state (before the action). Then the actions are judged.
  void Judge() {
    std::ranges::fill(offspring_, 0);
    for (Child& child : children_) {
      child_at_[At(child.from) + child.action] = kNone;
      if (offspring_[child.from]++ == 0) child.row = child.from;
    }
    int free = 0;
    for (Child& child : children_) {
      if (child.row != kNone) continue;
      while (offspring_[free] > 0) ++free;
      child.row = free++;
      rewards_[child.row] = rewards_[child.from]->Clone();
      policy_.CopyState(child.from, child.row);
    }
    for (Child& child : children_) {
      child.reward = rewards_[child.row]->Place(child.action);
      child.log_weight = child.reward / smc_.c +
                         static_cast<double>(policy_.log_prior(child.from)[child.action]) -
                         static_cast<double>(log_policy_[At(child.from) + child.action]);
      events_[child.row] = child.action;
    }
    for (int i = 0; i < smc_.particles; ++i) {
      const Child& child = children_[child_of_[i]];
      row_of_[i] = child.row;
      total_rewards_[i] += child.reward;
      log_weights_[i] += child.log_weight;
    }
  }

  // Steps all rows that still have a particle, after moving them to the front.
  void Step() {
    std::ranges::fill(first_of_, kNone);
    rows_ = 0;
    for (int i = smc_.particles - 1; i >= 0; --i) {
      int& first = first_of_[row_of_[i]];
      if (first == kNone) ++rows_;
      first = i;
    }
    std::iota(moved_to_.begin(), moved_to_.end(), 0);
    int free = 0;
    for (int row = rows_; row < smc_.particles; ++row) {
      if (first_of_[row] == kNone) continue;
      while (first_of_[free] != kNone) ++free;
      policy_.CopyState(row, free);
      std::swap(rewards_[row], rewards_[free]);
      events_[free] = events_[row];
      first_of_[free] = first_of_[row];
      moved_to_[row] = free;
    }
    for (int& row : row_of_) row = moved_to_[row];
    policy_.Step(std::span(events_).first(rows_));
  }

  // The normalised weights to this power.
  void Weigh(double power) {
    const double largest = *std::ranges::max_element(log_weights_);
    double sum = 0;
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      weights_[i] = std::exp(power * (log_weights_[i] - largest));
      sum += weights_[i];
    }
    for (double& weight : weights_) weight /= sum;
  }

  double EffectiveSize() const {
    return 1 / std::inner_product(weights_.begin(), weights_.end(), weights_.begin(), 0.0);
  }

  // Resamples particles that have played `played` actions.
  void Resample(int played, double power, Random& random) {
    DrawCounts(weights_, smc_.particles, random, offspring_);
    // A particle with offspring stays where it is; only its further copies move, into the places
    // of those without.
    int place = 0;
    for (int i = 0; i < smc_.particles; ++i) {
      for (int copies = offspring_[i]; copies > 1; --copies) {
        while (offspring_[place] > 0) ++place;
        Copy(i, place++, played);
      }
    }
    for (double& log_weight : log_weights_) log_weight *= 1 - power;
  }

  void Copy(int from, int to, int played) {
    row_of_[to] = row_of_[from];
    std::copy_n(&actions_[At(from, 0)], played, &actions_[At(to, 0)]);
    total_rewards_[to] = total_rewards_[from];
    log_weights_[to] = log_weights_[from];
  }

  const SmcOptions smc_;
  const RolloutOptions& options_;
  const std::span<const double> forecasts_;  // [L], or empty: 1 after every event
  Policy policy_;
  // [N], by row, of which the first rows_ have a policy for the next action.
  int rows_ = 0;
  std::vector<std::unique_ptr<Reward>> rewards_;
  std::vector<int> events_, first_of_, moved_to_;
  std::vector<float> log_policy_, probabilities_;  // [N, V], by row
  std::vector<int> child_at_;                      // [N, V], of children_
  std::vector<Child> children_;
  // [N], by particle.
  std::vector<int> row_of_, child_of_;
  std::vector<int> actions_;  // [N, L]
  std::vector<double> log_weights_, total_rewards_, weights_;
  std::vector<int> offspring_;           // also by row
  std::vector<int> drawn_, next_drawn_;  // actions, row by row; by row
};

// Made when a thread first needs them.
class ParticlesOfThreads {
 public:
  ParticlesOfThreads(const PolicyNetworks& networks, const Reward& reward, const SmcOptions& smc,
                     const RolloutOptions& options, const std::vector<double>& forecasts)
      : networks_(networks),
        reward_(reward),
        smc_(smc),
        options_(options),
        forecasts_(forecasts),
        particles_(static_cast<std::size_t>(std::max(1, options.threads))) {
    if (smc.particles < 1) Fail("smc: particles is {}, expected 1 or more", smc.particles);
    if (!(smc.c > 0)) Fail("smc: c is {}, expected more than 0", smc.c);
    if (!(options.temperature > 0)) {
      Fail("smc: temperature is {}, expected more than 0", options.temperature);
    }
  }

  Particles& Of(int thread) {
    std::optional<Particles>& particles = particles_[static_cast<std::size_t>(thread)];
    if (!particles) particles.emplace(networks_, reward_, smc_, options_, forecasts_);
    return *particles;
  }

 private:
  const PolicyNetworks& networks_;
  const Reward& reward_;
  const SmcOptions& smc_;
  const RolloutOptions& options_;
  const std::vector<double> forecasts_;
  std::vector<std::optional<Particles>> particles_;
};

}  // namespace

void SampleSmc(const PolicyNetworks& networks, const Reward& reward, const SmcOptions& smc,
               const RolloutOptions& options, int count, const TrajectoryVisitor& visit) {
  Check(options, count);
  ParticlesOfThreads particles_of(networks, reward, smc, options,
                                  Forecasts(networks, reward, smc, options));
  const std::uint64_t seed = SeedOfChoice(options.seed);
  const auto choose = [&](int first, std::span<SelectedSequence> sequences, int thread) {
    Particles& particles = particles_of.Of(thread);
    int index = first;
    for (SelectedSequence& selected : sequences) {
      Random random(seed, static_cast<std::uint64_t>(options.first_stream + index));
      const double log_z = particles.Run(index, selected.primer, selected.phase, random);
      const int drawn = particles.DrawParticle(random);
      const std::span<const int> actions = particles.actions(drawn);
      selected.actions.assign(actions.begin(), actions.end());
      selected.kl_bound = particles.total_reward(drawn) / smc.c - log_z;
      ++index;
    }
  };
  VisitSelected(networks, reward, options, count, choose, visit);
}

LogZ EstimateLogZ(const PolicyNetworks& networks, const Reward& reward, const SmcOptions& smc,
                  const RolloutOptions& options, int runs_per_primer) {
  Check(options, 0);
  if (runs_per_primer < 2) Fail("smc: runs_per_primer is {}, expected 2 or more", runs_per_primer);
  const bool every_primer = options.primer.empty();
  const int primers = every_primer ? networks.network->shape().vocabulary : 1;
  ParticlesOfThreads particles_of(networks, reward, smc, options,
                                  Forecasts(networks, reward, smc, options));
  const std::uint64_t seed = SeedOfChoice(options.seed);
  std::vector<double> log_z(static_cast<std::size_t>(primers) * runs_per_primer);
  ParallelFor(primers * runs_per_primer, std::max(1, options.threads), [&](int run, int thread) {
    const int event = run / runs_per_primer;
    const int phase = PhaseOf(networks, options, event);
    Random random(seed, static_cast<std::uint64_t>(options.first_stream + run));
    log_z[run] = particles_of.Of(thread).Run(
        run, every_primer ? std::span(&event, 1) : std::span<const int>(options.primer), phase,
        random);
  });

  LogZ result{.runs = primers * runs_per_primer, .at_least = -std::log(40) / primers};
  double variance = 0;
  for (int primer = 0; primer < primers; ++primer) {
    const std::span<const double> of_primer = std::span(log_z).subspan(
        static_cast<std::size_t>(primer) * runs_per_primer, runs_per_primer);
    const double log_mean = LogMeanExp(of_primer, 1);
    double squares = 0;
    for (const double run : of_primer) squares += std::pow(std::exp(run - log_mean) - 1, 2);
    const double relative_variance = squares / runs_per_primer / (runs_per_primer - 1);
    // The logarithm of a mean is on average too low, by half the variance of that logarithm.
    result.value += (log_mean + relative_variance / 2) / primers;
    result.at_least += log_mean / primers;
    variance += relative_variance;
    result.mean_log += std::accumulate(of_primer.begin(), of_primer.end(), 0.0) / result.runs;
  }
  result.standard_error = std::sqrt(variance) / primers;
  return result;
}

}  // namespace rltuner
