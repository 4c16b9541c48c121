// SPDX-License-Identifier: Apache-2.0
// A dataset of melodies: made from files with music in one call, then opened for reading.
//
//   DatasetOptions options;
//   options.extraction.metres = "4/4, 2/4, 2/2";
//   const DatasetSummary summary = BuildDataset({"my_midi_folder"}, "my.safetensors", options);
//   const Dataset dataset("my.safetensors");
//
// It is one safetensors file:
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

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rltuner/core/settings.h"
#include "rltuner/melody/context.h"
#include "rltuner/melody/encoding.h"
#include "rltuner/melody/extraction.h"

namespace rltuner {

class SafetensorsFile;

struct DatasetOptions {
  ExtractionOptions extraction = {};
  double held_out = .1;          // share of the melodies never trained on, 0 .. 0.9
  std::string inputs = "event";  // the inputs of a network (encoding.h)
  int threads = 1;               // below 1 counts as 1
  bool resume = false;           // continue from OUTPUT.journal, if there is one
  std::filesystem::path report;  // CSV to write, and ReportOfMelodies beside it; "" = none
};

// The tables [extraction] and [dataset], which the dataset file keeps.
std::vector<Settings> Describe(DatasetOptions& options);

// The outcome of one input file: a row of the report.
struct FileReport {
  struct Kept {
    std::string name;  // in the dataset; unique
    const Melody* melody;
  };

  const FileOutcome& outcome;  // duplicates are among its refusals
  std::vector<Kept> kept;      // of outcome.extraction.melodies
};

// Sums over all files. Counts of notes cover only the melodies in the dataset.
struct DatasetSummary {
  bool stopped = false;      // `progress` returned false: no dataset, but a journal
  std::int64_t resumed = 0;  // files that an earlier run processed
  std::int64_t files = 0, scores = 0, files_with_melodies = 0, files_with_warnings = 0;
  std::int64_t melodies = 0, held_out = 0;
  std::array<std::int64_t, 3> events{};               // note off, no event, note on
  std::array<std::int64_t, kRefusals> refused{};      // passages, voices or files, by Refusal
  std::array<std::int64_t, kBoundaries> too_short{};  // of these, by Boundary
  std::array<std::int64_t, kKeySources> keys{};       // melodies, by KeySource
  std::int64_t parts = 0;                             // melodies that are parts of longer passages
  std::int64_t off_grid = 0;    // melodies with a grid error above kOffGridError on every grid
  std::int64_t finer_grid = 0;  // melodies that lost notes on this grid but fit a finer one
  std::int64_t folded_notes = 0, cut_notes = 0;
  QuantizationCounts quantization;

  void Add(const FileReport& file);
};

// A melody with a larger grid error, in steps, is reported as off the grid.
inline constexpr double kOffGridError = .1;

// Each may be empty. Called from one thread at a time.
struct DatasetCallbacks {
  // After every file, with the files and archives begun and their total. Returns false to stop.
  std::function<bool(std::int64_t begun, std::int64_t total)> progress = {};
  // In the order of the sources, before `progress`. The report is valid during the call.
  std::function<void(const FileReport& file)> file = {};
  std::function<void(const std::string& text)> warn = {};  // one line
};

// Makes the dataset file. Every file is read and its melodies are extracted. If melodies are equal
// event for event, only the first is kept. The dataset and the report depend only on the files,
// their order and the options, not on the number of threads. Progress is kept in OUTPUT.journal
// until the end, so a run that was stopped at any moment can be resumed and writes the same bytes.
//
// Throws Error, and writes no dataset, if a path does not exist, options are wrong, a file cannot
// be written, the journal belongs to another run, or no melody was found. An input that cannot be
// read is a row of the report, never an Error.
DatasetSummary BuildDataset(const std::vector<std::filesystem::path>& paths,
                            const std::filesystem::path& output, DatasetOptions options,
                            const DatasetCallbacks& callbacks = {});

// The sums as a table to print, with the shares of the events below it.
std::string SummaryText(const DatasetSummary& summary);

// The refusals that occurred, the most frequent first, each with the option that avoids it.
std::string RefusalText(const DatasetSummary& summary);

// Advice for melodies with notes finer than the grid: " (--steps-per-quarter 12 ...)".
std::string FinerGridAdvice();

// "my.melodies.csv" of "my.csv".
std::filesystem::path ReportOfMelodies(const std::filesystem::path& report);

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

  // The context of a melody. Its tonic is that of the white key of its mode. ContextOf takes the
  // events that Melody returned, or a part of them.
  MelodyContext Context(std::size_t index) const;
  MelodyContext ContextOf(Events events) const;

  const Encoding& encoding() const { return encoding_; }

  // Throws an Error that names dataset and model unless the melodies have the model's range and
  // grid.
  void ExpectEventsOf(const Encoding& model, std::string_view name) const;

  // The two parts of the dataset, each in the order of the file. If there are few melodies, one
  // part may be empty.
  const std::vector<Events>& TrainingMelodies() const { return training_; }
  const std::vector<Events>& HeldOutMelodies() const { return held_out_; }

  // The settings that made the file, as TOML; "" if the file does not have them.
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

// For each metre, the share of its training melodies with each length of pickup. Omits metres of
// fewer than ten melodies, metres without pickups, and pickups of fewer than one melody in 200.
std::vector<PickupShare> PickupsOf(const Dataset& dataset);

// 64 bits that depend on every event and are the same on every machine.
std::uint64_t HashEvents(std::span<const std::uint8_t> events);
std::uint64_t HashEvents(std::span<const std::uint16_t> events);  // the same below 256

// Whether a melody is held out when `share` (0 .. 1) of all are. Depends on the hash of its events
// alone, not on the number or order of the files.
bool IsHeldOut(std::uint64_t hash, double share);

// ForEachMelody calls its argument for every melody with its name and context, and for the same
// melodies on every call. Melodies have one or more events, which are classes (asserted).
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

// Writes a dataset of at least one melody (asserted), atomically. `sizes` has the size of every
// melody (their sum is asserted). The melodies are visited several times, not kept in memory. Equal
// melodies, names and headers give equal bytes.
void WriteDataset(const std::filesystem::path& path, std::span<const MelodySize> sizes,
                  const ForEachMelody& melodies, const DatasetHeader& header);

}  // namespace rltuner
