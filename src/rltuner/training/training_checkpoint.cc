// SPDX-License-Identifier: Apache-2.0
// Save and Restore of note_rnn_training.h.
#include <algorithm>
#include <array>
#include <string>

#include "rltuner/core/error.h"
#include "rltuner/training/note_rnn_training.h"

namespace rltuner {
namespace {

constexpr int kCounters = 9;
constexpr int kFigures = 9;
constexpr int kRecordColumns = 7;

// A hash of melodies in their order (FNV-1a, 64 bits).
std::uint64_t HashMelodies(std::span<const MelodyEvents> melodies) {
  std::uint64_t hash = 0xCBF29CE484222325U;
  const auto mix = [&](std::uint64_t value) { hash = (hash ^ value) * 0x100000001B3U; };
  for (const MelodyEvents melody : melodies) {
    mix(melody.size());
    for (const std::uint8_t event : melody) mix(event);
  }
  return hash;
}

void Restore(const SafetensorsFile& file, const std::string& name, std::span<float> to) {
  const std::array shape = {static_cast<std::int64_t>(to.size())};
  const std::span<const float> values = file.Get(name, DType::kF32, shape).as<float>();
  std::copy(values.begin(), values.end(), to.begin());
}

Tensor Flat(std::string name, std::span<const float> values) {
  return MakeTensor(std::move(name), {static_cast<std::int64_t>(values.size())}, values);
}

}  // namespace

CheckpointFolder::Metadata NoteRnnTraining::Identity() const {
  const std::string dataset = fmt::format(
      "training melodies = {}\nheld-out melodies = {}\nhash = {:016x}\n", data_.training.size(),
      data_.held_out.size(), HashMelodies(data_.training) ^ (HashMelodies(data_.held_out) << 1U));
  return {{"recipe", TrainingIdentity(network_options_, options_)},
          {"dataset", dataset},
          {"resolved_recipe", TrainingRecipe(network_options_, options_)}};
}

void NoteRnnTraining::Save(const CheckpointFolder& folder) const {
  if (cluster_ != nullptr && cluster_->rank() != 0) return;
  const std::array<std::int64_t, kCounters> counters = {
      progress_.iteration, optimizer_.steps(), windows_.draws(), progress_.events,
      since_record_,       since_best_,        high_losses_,     progress_.best_iteration,
      progress_.best.steps};
  const std::array<double, kFigures> figures = {progress_.loss,
                                                progress_.gradient_norm,
                                                progress_.best.log_perplexity,
                                                progress_.best.accuracy,
                                                progress_.current.log_perplexity,
                                                progress_.current.accuracy,
                                                loss_sum_,
                                                norm_sum_,
                                                mean_loss_};
  std::vector<std::int64_t> positions;
  for (const MelodyWindows::Position& position : windows_.positions()) {
    positions.push_back(position.draw);
    positions.push_back(position.step);
  }
  std::vector<double> history;
  for (const TrainingRecord& record : history_) {
    for (const double value :
         {static_cast<double>(record.iteration), record.learning_rate, record.loss,
          record.gradient_norm, record.held_out.log_perplexity, record.held_out.accuracy,
          static_cast<double>(record.held_out.steps)}) {
      history.push_back(value);
    }
  }
  const std::array tensors = {
      Flat("weights", weights_.arena()),
      Flat("average", average_.arena()),
      Flat("best", best_.arena()),
      Flat("optimizer.first", optimizer_.first_moment()),
      Flat("optimizer.second", optimizer_.second_moment()),
      Flat("states", states_),
      MakeTensor<std::int64_t>("counters", {kCounters}, counters),
      MakeTensor<double>("figures", {kFigures}, figures),
      MakeTensor<std::int64_t>("positions", {options_.batch, 2}, positions),
      MakeTensor<double>("history", {static_cast<std::int64_t>(history_.size()), kRecordColumns},
                         history)};
  folder.Save(tensors, Identity());
}

void NoteRnnTraining::Restore(const SafetensorsFile& file) {
  const CheckpointFolder::Metadata identity = Identity();
  RequireSameMetadata(file, "recipe", identity.at("recipe"), "the recipe");
  RequireSameMetadata(file, "dataset", identity.at("dataset"), "the dataset");
  rltuner::Restore(file, "weights", weights_.arena());
  rltuner::Restore(file, "average", average_.arena());
  rltuner::Restore(file, "best", best_.arena());
  rltuner::Restore(file, "states", states_);
  RestoreCounters(file);
  RestoreHistory(file);
}

void NoteRnnTraining::RestoreCounters(const SafetensorsFile& file) {
  const std::array<std::int64_t, 1> counter_shape = {kCounters};
  const auto counters = file.Get("counters", DType::kI64, counter_shape).as<std::int64_t>();
  const std::array<std::int64_t, 1> figure_shape = {kFigures};
  const auto figures = file.Get("figures", DType::kF64, figure_shape).as<double>();
  if (std::any_of(counters.begin(), counters.end(), [](std::int64_t n) { return n < 0; })) {
    Fail("{}: tensor counters holds a negative number", file.path().string());
  }
  progress_.iteration = counters[0];
  progress_.events = counters[3];
  since_record_ = counters[4];
  since_best_ = counters[5];
  high_losses_ = counters[6];
  progress_.best_iteration = counters[7];
  progress_.best = {figures[2], figures[3], counters[8]};
  progress_.current = {figures[4], figures[5], counters[8]};
  progress_.loss = figures[0];
  progress_.gradient_norm = figures[1];
  progress_.learning_rate = LearningRate(options_, std::max<std::int64_t>(0, counters[0] - 1));
  loss_sum_ = figures[6];
  norm_sum_ = figures[7];
  mean_loss_ = figures[8];

  const std::array first_shape = {static_cast<std::int64_t>(optimizer_.first_moment().size())};
  const std::array second_shape = {static_cast<std::int64_t>(optimizer_.second_moment().size())};
  optimizer_.Restore(counters[1], file.Get("optimizer.first", DType::kF32, first_shape).as<float>(),
                     file.Get("optimizer.second", DType::kF32, second_shape).as<float>());

  const std::array<std::int64_t, 2> position_shape = {options_.batch, 2};
  const auto values = file.Get("positions", DType::kI64, position_shape).as<std::int64_t>();
  std::vector<MelodyWindows::Position> positions;
  for (std::size_t i = 0; i < values.size(); i += 2) {
    if (values[i] < 0 || values[i] >= counters[2] || values[i + 1] < 0) {
      Fail("{}: tensor positions holds a place in no melody", file.path().string());
    }
    positions.push_back({values[i], values[i + 1]});
  }
  windows_.Restore(counters[2], positions);
}

void NoteRnnTraining::RestoreHistory(const SafetensorsFile& file) {
  const std::array<std::int64_t, 2> shape = {-1, kRecordColumns};
  const auto values = file.Get("history", DType::kF64, shape).as<double>();
  history_.clear();
  for (std::size_t i = 0; i < values.size(); i += kRecordColumns) {
    TrainingRecord record;
    record.iteration = static_cast<std::int64_t>(values[i]);
    record.learning_rate = values[i + 1];
    record.loss = values[i + 2];
    record.gradient_norm = values[i + 3];
    record.held_out = {values[i + 4], values[i + 5], static_cast<std::int64_t>(values[i + 6])};
    history_.push_back(record);
  }
}

}  // namespace rltuner
