// SPDX-License-Identifier: Apache-2.0
// A dataset of melodies in one safetensors file:
//   events   U8  [total]         the classes (events.h) of all melodies, one after the other
//   offsets  I64 [melodies + 1]  melody i is events[offsets[i] .. offsets[i + 1])
// with metadata `format` = "rltuner-dataset", `version`, `names` (JSON list: where each melody
// comes from), `settings` (TOML: what it was made with) and `held_out` (the share kept from
// training).
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "rltuner/core/safetensors.h"

namespace rltuner {

// 64 bits that depend on every event and are the same on every machine.
std::uint64_t HashEvents(std::span<const std::uint8_t> events);

// Whether a melody is kept from training when `share` (0 .. 1) of all are. Depends on its events
// alone: more files, or the same in another order, do not move it.
bool IsHeldOut(std::span<const std::uint8_t> events, double share);

// Collects melodies without exact duplicates and writes them. Not thread-safe.
class DatasetBuilder {
 public:
  // Adds a melody (at least one event, all of them classes: asserted) and the text that says where
  // it is from (UTF-8). Returns false, and adds nothing, if it is there already, event for event.
  bool Add(std::span<const std::uint8_t> events, std::string name);

  std::size_t size() const { return names_.size(); }
  std::span<const std::uint8_t> Melody(std::size_t index) const;

  // Writes atomically; equal melodies, names and settings give equal bytes.
  void Write(const std::filesystem::path& path, const std::string& settings, double held_out) const;

 private:
  std::vector<std::uint8_t> events_;
  std::vector<std::int64_t> offsets_ = {0};
  std::vector<std::string> names_;
  std::unordered_multimap<std::uint64_t, std::size_t> by_hash_;
};

// A dataset file opened for reading, memory-mapped. Opening checks the whole file; each fault is an
// Error with the path and what was found. Safe to read from many threads.
class Dataset {
 public:
  using Events = std::span<const std::uint8_t>;

  explicit Dataset(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return file_.path(); }

  // At least one melody, each with at least one event. The spans live as long as the dataset.
  std::size_t size() const { return offsets_.size() - 1; }
  Events Melody(std::size_t index) const;

  // The two parts of the file, each in its order. One may be empty if there are few melodies.
  const std::vector<Events>& TrainingMelodies() const { return training_; }
  const std::vector<Events>& HeldOutMelodies() const { return held_out_; }

  // What the file was made with, as TOML; "" if it does not say.
  std::string settings() const;

 private:
  SafetensorsFile file_;
  std::span<const std::uint8_t> events_;
  std::span<const std::int64_t> offsets_;
  std::vector<Events> training_, held_out_;
};

}  // namespace rltuner
