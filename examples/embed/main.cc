// SPDX-License-Identifier: Apache-2.0
// Plays one melody with a model and shows what the music-theory rules make of it.
// Usage: play MODEL.safetensors [SEED]
#include <rltuner/core/error.h>
#include <rltuner/evaluation/generation.h>
#include <rltuner/nn/model_file.h>
#include <rltuner/theory/rule_set.h>

#include <cstdio>
#include <cstdlib>

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: play MODEL.safetensors [SEED]\n");
    return 2;
  }
  try {
    const rltuner::Model model = rltuner::ReadModel(argv[1]);
    const rltuner::RuleSet rules = rltuner::RuleSet::Named("paper");
    rltuner::GenerationOptions options;
    options.count = 1;
    options.seed = argc > 2 ? std::atoi(argv[2]) : 1;

    // An empty primer: the model first hears one random event.
    const rltuner::GeneratedMelody melody = rltuner::Generate(model, rules, options, {}).front();

    std::printf("step  event  log p  reward  by rule\n");
    for (std::size_t t = 0; t < melody.events.size(); ++t) {
      std::printf("%4zu  %-5s %6.2f %7.2f ", t, rltuner::EventName(melody.events[t]).c_str(),
                  melody.log_prior[t], melody.score.total[t]);
      for (int rule = 0; rule < rules.size(); ++rule) {
        const float reward = melody.score.rewards[static_cast<std::size_t>(rule)][t];
        if (reward == 0) continue;
        const std::string name(rules.info(rule).name);
        std::printf(" %s %+.2f", name.c_str(), reward);
      }
      std::printf("\n");
    }
  } catch (const rltuner::Error& error) {
    std::fprintf(stderr, "play: %s\n", error.what());
    return 2;
  }
}
