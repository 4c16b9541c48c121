// SPDX-License-Identifier: Apache-2.0
#include "rltuner/evaluation/evaluate.h"

#include <algorithm>
#include <memory>
#include <mutex>

#include "rltuner/core/error.h"
#include "rltuner/decoding/decodings.h"
#include "rltuner/evaluation/copied_runs.h"
#include "rltuner/evaluation/metrics.h"
#include "rltuner/melody/model_inputs.h"
#include "rltuner/tuning/rollout.h"

namespace rltuner {

Settings Describe(EvaluationOptions& options) {
  Settings settings("evaluation");
  settings
      .Add("compositions", &options.compositions, 1, 10'000'000,
           "Compositions to play. Four times as many halve the intervals; 1,000 are enough for a "
           "first look.")
      .Add("length", &options.length, 1, 65'536,
           "Events in a composition; 16 are a bar of 4/4. Use the length of the tuning: some rules "
           "look at the ending.")
      .Add("temperature", &options.temperature, 0, 100,
           "Divides the logits. Below 1 unlikely events become rarer, above 1 more frequent; 0 "
           "always plays the likeliest.")
      .Add("seed", &options.seed, 0, kNoMaximum,
           "Seed of the random numbers. Another one shows how much is chance.")
      .Add("decoding", &options.decoding, {},
           "How the model is played: " + DecodingHelp() +
               ". Change it to compare tuning with ways that need none.")
      .Add("c", &options.c, 1e-3, 1e3,
           "For decoding smc: the rules' weight is 1 / c. Lower it to follow the rules more "
           "closely.");
  return settings;
}

Encoding MelodyEncodingOf(const Model& model, std::string_view source) {
  const NetworkShape& shape = model.network.shape();
  return EncodingOfNetwork(model.encoding, shape.vocabulary, shape.inputs(0), source);
}

bool HearMode(std::span<const Model> models) {
  return !models.empty() && std::ranges::all_of(models, [](const Model& model) {
    return MelodyEncodingOf(model).Hears(Input::kMode);
  });
}

bool PlayPickups(std::span<const Model> models, const Metre& metre) {
  return !models.empty() && std::ranges::all_of(models, [&](const Model& model) {
    return !MelodyEncodingOf(model).PickupsIn(metre).empty();
  });
}

Model WithInputs(const Model& model, std::span<const Input> inputs) {
  Encoding encoding = MelodyEncodingOf(model);
  for (const Input input : inputs) {
    if (!encoding.Hears(input)) encoding.inputs.push_back(input);
  }
  return {.network = model.note_rnn().WithContext(encoding.width() - encoding.classes()),
          .encoding = encoding.ToJson()};
}

Metrics Evaluate(const Model& model, const RuleSet& rules, const EvaluationOptions& options,
                 int threads, const std::function<void(int finished)>& progress,
                 const CopiedRuns* training) {
  CheckFields(options);
  const Encoding encoding = MelodyEncodingOf(model);
  const RuleSet heard = rules.In(MusicContext(options.context, encoding));
  const std::unique_ptr<InputRows> inputs = InputsOf(encoding, options.context);
  const Decoder play = MakeDecoder(options.decoding);
  threads = std::max(1, threads);
  MetricCollector collector(options.compositions, options.length, heard, training);
  std::vector<std::optional<RuleSet>> rules_of(static_cast<std::size_t>(threads));
  std::mutex mutex;
  int finished = 0;
  const RolloutOptions rollout{.length = options.length,
                               .temperature = static_cast<float>(options.temperature),
                               .seed = static_cast<std::uint64_t>(options.seed),
                               .threads = threads,
                               .batch = MetricCollector::kBlock,
                               .poll = [&] {  // a block of best-of=1000 takes many seconds
                                 const std::unique_lock lock(mutex, std::try_to_lock);
                                 if (lock && progress) progress(finished);
                               }};
  play(NetworksOf(model, inputs.get()), heard, options.c, rollout, options.compositions,
       [&](const Trajectory& trajectory, int thread) {
         std::optional<RuleSet>& mine = rules_of[static_cast<std::size_t>(thread)];
         if (!mine) mine.emplace(heard);
         collector.Add(trajectory, *mine);
         const int next = trajectory.index + 1;
         if (next % MetricCollector::kBlock != 0 && next != options.compositions) return;
         if (!progress) return;
         const std::scoped_lock lock(mutex);
         finished += (trajectory.index % MetricCollector::kBlock) + 1;
         progress(finished);
       });
  return collector.Finish();
}

void RefuseUnusedC(bool given, std::string_view decoding) {
  if (!given || decoding.starts_with("smc")) return;
  Fail("--c: has no effect without --decoding smc=N");
}

}  // namespace rltuner
