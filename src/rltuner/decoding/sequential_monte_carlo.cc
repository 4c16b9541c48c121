// SPDX-License-Identifier: Apache-2.0
#include "rltuner/decoding/sequential_monte_carlo.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <memory>
#include <numeric>
#include <optional>

#include "rltuner/core/parallel.h"
#include "rltuner/core/random.h"
#include "rltuner/decoding/chosen.h"
#include "rltuner/tuning/policy.h"

namespace rltuner {
namespace {

// log(mean of exp(values)).
double LogMeanExp(std::span<const double> values) {
  const double largest = *std::ranges::max_element(values);
  double sum = 0;
  for (const double value : values) sum += std::exp(value - largest);
  return largest + std::log(sum / static_cast<double>(values.size()));
}

// One thread's particles, N of them, used for one run after the other.
class Particles {
 public:
  Particles(const PolicyNetworks& networks, const Reward& reward, const SmcOptions& smc,
            const RolloutOptions& options)
      : smc_(smc),
        options_(options),
        policy_(networks, smc.particles),
        events_(Count()),
        actions_(Count() * static_cast<std::size_t>(options.length)),
        log_weights_(Count()),
        total_rewards_(Count()),
        weights_(Count()),
        offspring_(Count()),
        log_policy_(policy_.vocabulary()),
        probabilities_(policy_.vocabulary()) {
    for (int i = 0; i < smc.particles; ++i) rewards_.push_back(reward.Clone());
  }

  // `index` is what the mask is told. Returns log Z^.
  double Run(int index, std::span<const int> primer, Random& random) {
    Start(primer);
    double log_z = 0;
    for (int t = 0; t < options_.length; ++t) {
      for (int i = 0; i < smc_.particles; ++i) Play(index, i, t, random);
      if (t + 1 == options_.length) break;
      Weigh();
      if (EffectiveSize() < smc_.resample_below * smc_.particles) {
        log_z += LogMeanExp(log_weights_);
        Resample(t + 1, random);
      }
      policy_.Step(events_);
    }
    return log_z + LogMeanExp(log_weights_);
  }

  // A particle of the last run, by its weight; and what it played and got.
  int DrawParticle(Random& random) {
    Weigh();
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
  std::size_t Count() const { return static_cast<std::size_t>(smc_.particles); }
  std::size_t At(int particle, int t) const {
    return static_cast<std::size_t>(particle) * static_cast<std::size_t>(options_.length) +
           static_cast<std::size_t>(t);
  }

  void Start(std::span<const int> primer) {
    policy_.Reset();
    for (const int event : primer) {
      std::ranges::fill(events_, event);
      policy_.Step(events_);
    }
    for (const std::unique_ptr<Reward>& reward : rewards_) reward->Start(options_.length);
    std::ranges::fill(log_weights_, 0.0);
    std::ranges::fill(total_rewards_, 0.0);
  }

  void Play(int index, int i, int t, Random& random) {
    const std::span<float> logits = policy_.logits(i);
    if (options_.mask) {
      options_.mask(index, actions(i).first(static_cast<std::size_t>(t)), logits);
    }
    PolicyDistribution(logits, options_.temperature, log_policy_, probabilities_);
    const int action = DrawAction(probabilities_, random);
    const float reward = rewards_[i]->Place(action);
    events_[i] = action;
    actions_[At(i, t)] = action;
    total_rewards_[i] += reward;
    log_weights_[i] += reward / smc_.c + static_cast<double>(policy_.log_prior(i)[action]) -
                       static_cast<double>(log_policy_[action]);
  }

  // The normalised weights.
  void Weigh() {
    const double largest = *std::ranges::max_element(log_weights_);
    double sum = 0;
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      weights_[i] = std::exp(log_weights_[i] - largest);
      sum += weights_[i];
    }
    for (double& weight : weights_) weight /= sum;
  }

  double EffectiveSize() const {
    return 1 / std::inner_product(weights_.begin(), weights_.end(), weights_.begin(), 0.0);
  }

  // Systematic resampling of particles that have played `played` actions.
  void Resample(int played, Random& random) {
    const double offset = random.UniformDouble();
    double sum = 0;
    int taken = 0;
    for (int i = 0; i < smc_.particles; ++i) {
      sum += weights_[i] * smc_.particles;
      const int until = i + 1 < smc_.particles
                            ? std::min(smc_.particles, static_cast<int>(std::ceil(sum - offset)))
                            : smc_.particles;
      offspring_[i] = until - taken;
      taken = until;
    }
    // A particle with offspring stays where it is; only its further copies move, into the places
    // of those without.
    int place = 0;
    for (int i = 0; i < smc_.particles; ++i) {
      for (int copies = offspring_[i]; copies > 1; --copies) {
        while (offspring_[place] > 0) ++place;
        Copy(i, place++, played);
      }
    }
    std::ranges::fill(log_weights_, 0.0);
  }

  void Copy(int from, int to, int played) {
    policy_.CopyState(from, to);
    events_[to] = events_[from];
    std::copy_n(&actions_[At(from, 0)], played, &actions_[At(to, 0)]);
    total_rewards_[to] = total_rewards_[from];
    rewards_[to] = rewards_[from]->Clone();
  }

  const SmcOptions smc_;
  const RolloutOptions& options_;
  Policy policy_;
  std::vector<std::unique_ptr<Reward>> rewards_;  // [N], as are the next
  std::vector<int> events_;
  std::vector<int> actions_;  // [N, L]
  std::vector<double> log_weights_, total_rewards_, weights_;
  std::vector<int> offspring_;
  std::vector<float> log_policy_, probabilities_;  // [V]
};

// Made when a thread first needs them.
class ParticlesOfThreads {
 public:
  ParticlesOfThreads(const PolicyNetworks& networks, const Reward& reward, const SmcOptions& smc,
                     const RolloutOptions& options)
      : networks_(networks),
        reward_(reward),
        smc_(smc),
        options_(options),
        particles_(static_cast<std::size_t>(std::max(1, options.threads))) {
    assert(smc.particles >= 1 && smc.c > 0 && options.temperature > 0);
  }

  Particles& Of(int thread) {
    std::optional<Particles>& particles = particles_[static_cast<std::size_t>(thread)];
    if (!particles) particles.emplace(networks_, reward_, smc_, options_);
    return *particles;
  }

 private:
  const PolicyNetworks& networks_;
  const Reward& reward_;
  const SmcOptions& smc_;
  const RolloutOptions& options_;
  std::vector<std::optional<Particles>> particles_;
};

}  // namespace

void SampleSmc(const PolicyNetworks& networks, const Reward& reward, const SmcOptions& smc,
               const RolloutOptions& options, int count, const TrajectoryVisitor& visit) {
  ParticlesOfThreads particles_of(networks, reward, smc, options);
  const std::uint64_t seed = SeedOfChoice(options.seed);
  const auto choose = [&](int first, std::span<ChosenSequence> sequences, int thread) {
    Particles& particles = particles_of.Of(thread);
    int index = first;
    for (ChosenSequence& chosen : sequences) {
      Random random(seed, static_cast<std::uint64_t>(options.first_stream + index));
      const double log_z = particles.Run(index, chosen.primer, random);
      const int drawn = particles.DrawParticle(random);
      const std::span<const int> actions = particles.actions(drawn);
      chosen.actions.assign(actions.begin(), actions.end());
      chosen.kl_bound = particles.total_reward(drawn) / smc.c - log_z;
      ++index;
    }
  };
  VisitChosen(networks, reward, options, count, choose, visit);
}

LogZ EstimateLogZ(const PolicyNetworks& networks, const Reward& reward, const SmcOptions& smc,
                  const RolloutOptions& options, int runs_per_primer) {
  assert(runs_per_primer >= 2);
  const bool every_primer = options.primer.empty();
  const int primers = every_primer ? networks.network->shape().vocabulary : 1;
  ParticlesOfThreads particles_of(networks, reward, smc, options);
  const std::uint64_t seed = SeedOfChoice(options.seed);
  std::vector<double> log_z(static_cast<std::size_t>(primers) * runs_per_primer);
  ParallelFor(primers * runs_per_primer, std::max(1, options.threads), [&](int run, int thread) {
    const int event = run / runs_per_primer;
    Random random(seed, static_cast<std::uint64_t>(options.first_stream + run));
    log_z[run] = particles_of.Of(thread).Run(
        run, every_primer ? std::span(&event, 1) : std::span<const int>(options.primer), random);
  });

  LogZ result{.runs = primers * runs_per_primer};
  const auto runs = static_cast<double>(runs_per_primer);
  double variance = 0;
  for (int primer = 0; primer < primers; ++primer) {
    const std::span<const double> of_primer = std::span(log_z).subspan(
        static_cast<std::size_t>(primer) * runs_per_primer, runs_per_primer);
    const double log_mean = LogMeanExp(of_primer);
    double squares = 0;
    for (const double run : of_primer) squares += std::pow(std::exp(run - log_mean) - 1, 2);
    const double relative_variance = squares / (runs * (runs - 1));
    // The logarithm of a mean lies below that of what it estimates by half its variance.
    result.value += (log_mean + relative_variance / 2) / primers;
    variance += relative_variance;
    result.mean_log += std::accumulate(of_primer.begin(), of_primer.end(), 0.0) / result.runs;
  }
  result.standard_error = std::sqrt(variance) / primers;
  return result;
}

}  // namespace rltuner
