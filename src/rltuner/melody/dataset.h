// SPDX-License-Identifier: Apache-2.0
// A dataset of melodies in one safetensors file:
//   events   U8  [total]         the classes (encoding.h) of all melodies, one after the other
//   offsets  I64 [melodies + 1]  melody i is events[offsets[i] .. offsets[i + 1])
//   names, name_offsets          in the same way, UTF-8: where each melody comes from
//   metres   U8  [melodies, 2]   numerator and denominator at the beginning; without it, 4/4
//   modes    U8  [melodies]      context.h's Mode, 0 major, 1 minor, ...; without it, major
//   pickups  I32 [melodies]      steps before the first full bar; without it, 0
//   metre_changes  I32 [changes, 4]  melody, step, numerator, denominator, in their order; a bar
//                                    begins at the step; without it, there is none
// with metadata `format` = "rltuner-dataset", `version`, `settings` (TOML: what it was made with),
// `held_out` (the share kept from training) and `encoding` (encoding.h; without it, the paper's,
// except for a grid in the settings). Reading needs only events and offsets.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rltuner/melody/context.h"
#include "rltuner/melody/encoding.h"

namespace rltuner {

class SafetensorsFile;

// 64 bits that depend on every event and are the same on every machine.
std::uint64_t HashEvents(std::span<const std::uint8_t> events);
std::uint64_t HashEvents(std::span<const std::uint16_t> events);  // the same below 256

// Whether a melody is held out when `share` (0 .. 1) of all are. Depends on the hash of its events
// alone, not on the number or order of the files.
bool IsHeldOut(std::uint64_t hash, double share);

// ForEachMelody passes every melody with its name and context to its argument, the same melodies on
// every call. A melody has at least one event, and all events are classes (asserted).
using TakeMelody = std::function<void(std::span<const std::uint8_t> events, std::string_view name,
                                      const MelodyContext& context)>;
using ForEachMelody = std::function<void(const TakeMelody& take)>;

// How many bytes a melody and its name have, and how many changes of metre.
struct MelodySize {
  std::uint32_t events, name;
  std::uint32_t metre_changes = 0;
};

struct DatasetHeader {
  std::string settings;
  double held_out = .1;
  Encoding encoding = {};
  bool contexts = false;  // false: all melodies are in 4/4 and major, without a pickup
};

// Writes a dataset of at least one melody (asserted), atomically. `sizes` are those of the melodies
// (their sum asserted), which are visited several times instead of being held in memory. Equal
// melodies, names and headers give equal bytes.
void WriteDataset(const std::filesystem::path& path, std::span<const MelodySize> sizes,
                  const ForEachMelody& melodies, const DatasetHeader& header);

// A dataset file opened for reading, memory-mapped. Opening checks the whole file; each fault is an
// Error with the path and what was found. Safe to read from many threads.
class Dataset {
 public:
  using Events = std::span<const std::uint8_t>;

  explicit Dataset(const std::filesystem::path& path);
  static bool IsFileOf(const SafetensorsFile& file);  // by its metadata
  Dataset(Dataset&&) noexcept;
  ~Dataset();

  const std::filesystem::path& path() const;

  // At least one melody, each with at least one event. The spans live as long as the dataset.
  std::size_t size() const { return offsets_.size() - 1; }
  Events Melody(std::size_t index) const;

  // All melodies, one after the other: melody i is events()[offsets()[i] .. offsets()[i + 1]).
  Events events() const { return events_; }
  std::span<const std::int64_t> offsets() const { return offsets_; }

  // Where a melody comes from; "" if the file does not say.
  std::string_view Name(std::size_t index) const;

  // The context of a melody; the tonic is that of the mode's white key. ContextOf takes the events
  // that Melody returned, or a part of them.
  MelodyContext Context(std::size_t index) const;
  MelodyContext ContextOf(Events events) const;

  const Encoding& encoding() const { return encoding_; }

  // Throws an Error that names both unless the melodies have the range and grid of the model.
  void ExpectEventsOf(const Encoding& model, std::string_view name) const;

  // The two parts of the dataset, each in the file's order. One may be empty if there are few
  // melodies.
  const std::vector<Events>& TrainingMelodies() const { return training_; }
  const std::vector<Events>& HeldOutMelodies() const { return held_out_; }

  // What the file was made with, as TOML; "" if it does not say.
  std::string settings() const;

 private:
  template <typename T>
  std::span<const T> PerMelody(const char* tensor, std::int64_t columns) const;
  void ReadContexts();

  std::unique_ptr<const SafetensorsFile> file_;
  Encoding encoding_;
  std::span<const std::uint8_t> events_;
  std::span<const std::int64_t> offsets_;
  std::span<const char> names_;
  std::span<const std::int64_t> name_offsets_;  // empty if there are no names
  // Each empty if the file has none.
  std::span<const std::uint8_t> metres_, modes_;
  std::span<const std::int32_t> pickups_, changes_;
  std::vector<Events> training_, held_out_;
};

// The shares of the training melodies of each metre by the length of their pickup. Omits metres of
// fewer than ten melodies, metres without pickups, and pickups of fewer than one melody in 200.
std::vector<PickupShare> PickupsOf(const Dataset& dataset);

}  // namespace rltuner
