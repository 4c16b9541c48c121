// SPDX-License-Identifier: Apache-2.0
// A reward that is not music: sequences of four tokens out of five that should climb. The problem
// is small enough to solve exactly, so that what tuning reaches can be compared with what there is.
//
// Every policy pi has E[sum of r / c] - KL(pi || p) <= log Z, Z = E_p[exp(sum of r / c)], with p
// the model before tuning. Here p is uniform, so log Z is a sum over the 625 sequences.
#include <rltuner/core/reward.h>
#include <rltuner/tuning/rollout.h>
#include <rltuner/tuning/tune.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>

namespace {

constexpr int kTokens = 5;
constexpr int kLength = 4;
constexpr double kC = 0.5;

// 1 for a token one above the one before it, -1 for the same token again.
class Climbing final : public rltuner::Reward {
 public:
  void Start(int /*length*/) override { last_ = -1; }
  float Place(int token) override {
    const int step = last_ < 0 ? kTokens : token - last_;
    last_ = token;
    return step == 1 ? 1.0F : step == 0 ? -1.0F : 0.0F;
  }
  std::unique_ptr<Reward> Clone() const override { return std::make_unique<Climbing>(*this); }

 private:
  int last_ = -1;
};

double LogZ() {
  double sum = 0;
  int count = 1;
  for (int i = 0; i < kLength; ++i) count *= kTokens;
  for (int sequence = 0; sequence < count; ++sequence) {
    Climbing reward;
    reward.Start(kLength);
    double total = 0;
    for (int i = 0, rest = sequence; i < kLength; ++i, rest /= kTokens) {
      total += reward.Place(rest % kTokens);
    }
    sum += std::exp(total / kC);
  }
  return std::log(sum / count);
}

}  // namespace

int main() {
  // Every token is equally likely.
  const rltuner::Model uniform{.network = rltuner::Network::EquallyLikely(
                                   {.vocabulary = kTokens, .hidden = 16, .layers = 1}, 1),
                               .prior = {}};
  const Climbing reward;
  const rltuner::TunedModel tuned =
      rltuner::Tune(uniform, reward,
                    {.method = "pg",
                     .c = kC,
                     .gamma = 1,
                     .iterations = 400'000,
                     .length = kLength,
                     .learning_rate = 5e-3,
                     .compositions = 128},
                    {}, {.measured = [](const rltuner::ProgressRow& row) {
                      std::printf("%7lld events: reward %.3f a token\n",
                                  static_cast<long long>(row.iteration), row.mean_reward);
                    }});

  constexpr int kSequences = 20'000;
  const rltuner::Rollouts played = rltuner::SampleRollouts(
      rltuner::NetworksOf(tuned.model), {.length = kLength, .reward = &reward}, kSequences);
  const double value =
      kLength * (rltuner::MeanOf(played.rewards) / kC - rltuner::MeanOf(played.kl));
  const double optimum = LogZ();
  std::printf("reward / c - KL: %.3f nats a sequence; the optimum, log Z: %.3f\n", value, optimum);
  return value > optimum - 0.1 && value < optimum + 0.1 ? EXIT_SUCCESS : EXIT_FAILURE;
}
