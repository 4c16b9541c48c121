// SPDX-License-Identifier: Apache-2.0
// From a folder of MIDI files to tuned melodies. Usage: embed MIDI_FOLDER OUTPUT_FOLDER
#include <rltuner/core/error.h>
#include <rltuner/evaluation/generation.h>
#include <rltuner/melody/dataset.h>
#include <rltuner/training/train.h>
#include <rltuner/tuning/tune.h>

#include <cstdio>

int main(int argc, char** argv) try {
  if (argc != 3) return std::fprintf(stderr, "usage: embed MIDI_FOLDER OUTPUT_FOLDER\n"), 2;
  const std::filesystem::path output = argv[2];

  // Every MIDI file below the folder; what becomes of each is told to a callback.
  const rltuner::DatasetOptions every_metre;
  const rltuner::DatasetCallbacks say{.file = [](const rltuner::FileReport& file) {
    std::printf("%s: %zu melodies\n", file.outcome.name.c_str(), file.kept.size());
  }};
  rltuner::BuildDataset({argv[1]}, output / "dataset.safetensors", every_metre, say);
  const rltuner::Dataset dataset(output / "dataset.safetensors");
  const rltuner::TrainedNoteRnn trained =
      rltuner::Train(dataset, {.hidden = 32}, {.iterations = 200});

  // Returning true from should_stop ends a run early; what it has learnt is kept.
  const rltuner::RuleSet rules = rltuner::RuleSet::Named("theory");
  const rltuner::TunedModel tuned = rltuner::Tune(
      trained.model, rules, {.method = "pg", .gamma = 1, .iterations = 40'000}, {},
      {.measured = [](const rltuner::ProgressRow& row) {
        std::printf("event %lld: rules %.2f, KL %.2f\n", static_cast<long long>(row.iteration),
                    row.mean_reward, row.kl_to_prior);
      }});

  rltuner::WriteModel(output / "tuned.safetensors", tuned.model);
  const rltuner::GenerationOptions options{.count = 4};
  rltuner::WriteMelodies(output, rltuner::Generate(tuned.model, rules, options, {}), rules, options,
                         "the tuned model");
} catch (const rltuner::Error& error) {
  return std::fprintf(stderr, "embed: %s\n", error.what()), 2;
}
