// SPDX-License-Identifier: Apache-2.0
// Save and Restore of note_rnn_training.h.
#include <algorithm>
#include <string>
#include <tuple>

#include "rltuner/core/hash.h"
#include "rltuner/core/state_archive.h"
#include "rltuner/training/note_rnn_training.h"

namespace rltuner {
namespace {

// A hash of melodies in their order.
std::uint64_t HashMelodies(std::span<const MelodyEvents> melodies) {
  std::uint64_t hash = kFnvStart;
  for (const MelodyEvents melody : melodies) {
    hash = Fnv1a(hash, melody.size());
    for (std::size_t i = 0; i < melody.size(); ++i) hash = Fnv1a(hash, melody[i]);
  }
  return hash;
}

}  // namespace

CheckpointFolder::Metadata NoteRnnTraining::Identity() const {
  std::string dataset = fmt::format(
      "training melodies = {}\nheld-out melodies = {}\nhash = {:016x}\n", data_.training.size(),
      data_.held_out.size(), HashMelodies(data_.training) ^ (HashMelodies(data_.held_out) << 1U));
  const std::string encoding = data_.coding.encoding.ToJson();
  if (!encoding.empty()) dataset += fmt::format("encoding = {}\n", encoding);
  return {{"recipe", TrainingIdentity(network_options_, options_)},
          {"dataset", dataset},
          {"resolved_recipe", TrainingRecipe(network_options_, options_)}};
}

void NoteRnnTraining::Save(const CheckpointFolder& folder) {
  if (cluster_ != nullptr && cluster_->rank() != 0) return;
  StateArchive archive;
  VisitState(&archive);
  folder.Save(archive.tensors(), Identity());
}

void NoteRnnTraining::Restore(const SafetensorsFile& file) {
  const CheckpointFolder::Metadata identity = Identity();
  RequireSameMetadata(file, "recipe", identity.at("recipe"), "the recipe");
  RequireSameMetadata(file, "dataset", identity.at("dataset"), "the dataset");
  StateArchive archive(file);
  VisitState(&archive);
}

void NoteRnnTraining::VisitState(StateArchive* archive) {
  archive->Array("weights", weights_.arena());
  archive->Array("average", average_.arena());
  archive->Array("best", best_.arena());
  archive->Array("states", std::span(states_));
  optimizer_.VisitMoments(archive, "optimizer");

  HeldOutMetrics& best = progress_.best;
  HeldOutMetrics& current = progress_.current;
  std::int64_t draws = windows_.draws();
  archive->Numbers<std::int64_t>("counters", progress_.iteration, optimizer_.steps(), draws,
                                 progress_.events, since_record_, since_best_, high_losses_,
                                 progress_.best_iteration, best.steps);
  archive->Require(
      std::min({progress_.iteration, optimizer_.steps(), draws, progress_.events, since_record_,
                since_best_, high_losses_, progress_.best_iteration, best.steps}) >= 0,
      "counters");
  archive->Numbers<double>("figures", progress_.loss, progress_.gradient_norm, best.log_perplexity,
                           best.accuracy, current.log_perplexity, current.accuracy, loss_sum_,
                           norm_sum_, mean_loss_);
  archive->Table<double>("history", &history_, [](TrainingRecord& record) {
    return std::tie(record.iteration, record.learning_rate, record.loss, record.gradient_norm,
                    record.held_out.log_perplexity, record.held_out.accuracy,
                    record.held_out.steps);
  });
  std::vector<MelodyWindows::Position> positions(windows_.positions().begin(),
                                                 windows_.positions().end());
  archive->Table<std::int64_t>("positions", &positions, [](MelodyWindows::Position& position) {
    return std::tie(position.draw, position.step);
  });
  archive->Require(positions.size() == windows_.positions().size(), "positions");
  for (const MelodyWindows::Position& position : positions) {
    archive->Require(position.draw >= 0 && position.draw < draws && position.step >= 0,
                     "positions");
  }
  if (!archive->restoring()) return;
  current.steps = best.steps;
  progress_.learning_rate =
      LearningRate(options_, std::max<std::int64_t>(0, progress_.iteration - 1));
  windows_.Restore(draws, positions);
}

}  // namespace rltuner
