// SPDX-License-Identifier: Apache-2.0
// A dataset of melodies in one safetensors file:
//   events   U8  [total]         the classes (events.h) of all melodies, one after the other
//   offsets  I64 [melodies + 1]  melody i is events[offsets[i] .. offsets[i + 1])
//   names, name_offsets          in the same way, UTF-8: where each melody comes from
// with metadata `format` = "rltuner-dataset", `version`, `settings` (TOML: what it was made with)
// and `held_out` (the share kept from training). Reading needs only events and offsets.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rltuner/core/safetensors.h"

namespace rltuner {

// 64 bits that depend on every event and are the same on every machine.
std::uint64_t HashEvents(std::span<const std::uint8_t> events);

// Whether a melody is kept from training when `share` (0 .. 1) of all are. Depends on its events
// alone: more files, or the same in another order, do not move it.
bool IsHeldOut(std::span<const std::uint8_t> events, double share);

// Gives every melody (at least one event, all of them classes: asserted) and the text that says
// where it is from to its argument, the same ones each time it is called.
using TakeMelody = std::function<void(std::span<const std::uint8_t> events, std::string_view name)>;
using ForEachMelody = std::function<void(const TakeMelody& take)>;

// How many bytes a melody and its name have.
struct MelodySize {
  std::uint32_t events, name;
};

// Writes a dataset of at least one melody (asserted), atomically. `sizes` are those of the melodies
// (their sum asserted), through which it goes twice instead of holding them. Equal melodies, names
// and settings give equal bytes.
void WriteDataset(const std::filesystem::path& path, std::span<const MelodySize> sizes,
                  const ForEachMelody& melodies, const std::string& settings, double held_out);

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

  // Where a melody is from, as the file says; "" if it does not.
  std::string_view Name(std::size_t index) const;

  // The two parts of the file, each in its order. One may be empty if there are few melodies.
  const std::vector<Events>& TrainingMelodies() const { return training_; }
  const std::vector<Events>& HeldOutMelodies() const { return held_out_; }

  // What the file was made with, as TOML; "" if it does not say.
  std::string settings() const;

 private:
  SafetensorsFile file_;
  std::span<const std::uint8_t> events_;
  std::span<const std::int64_t> offsets_;
  std::span<const char> names_;
  std::span<const std::int64_t> name_offsets_;  // empty if there are no names
  std::vector<Events> training_, held_out_;
};

}  // namespace rltuner
