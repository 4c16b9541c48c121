// SPDX-License-Identifier: Apache-2.0
// From files with music to a dataset file, in one call:
//
//   DatasetOptions options;
//   options.extraction.metres = "4/4, 2/4, 2/2";
//   const DatasetSummary summary = BuildDataset({"my_midi_folder"}, "my.safetensors", options);
//
// Every file is read and its melodies are extracted; of melodies that are equal event for event the
// first is kept. The dataset (dataset.h) and the report depend on the files, their order and the
// options only, not on the number of threads. Progress is kept in OUTPUT.journal until the end, so
// a run that was stopped at any moment can be resumed and writes the same bytes.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "rltuner/core/settings.h"
#include "rltuner/melody/extraction.h"

namespace rltuner {

struct DatasetOptions {
  ExtractionOptions extraction = {};
  double held_out = .1;          // share of the melodies kept from training
  std::string inputs = "event";  // what a network will be fed (encoding.h)
  int threads = 1;               // 1 or more
  bool resume = false;           // from OUTPUT.journal, if there is one
  std::filesystem::path report;  // CSV to write, with ReportOfMelodies beside it; "" = none
};

// The tables [extraction] and [dataset], which the dataset file keeps.
std::vector<Settings> Describe(DatasetOptions& options);

// What became of one input file: a row of the report.
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
  bool stopped = false;      // by `progress`: no dataset was written; the journal remains
  std::int64_t resumed = 0;  // files that an earlier run had done
  std::int64_t files = 0, scores = 0, files_with_melodies = 0, files_with_warnings = 0;
  std::int64_t melodies = 0, held_out = 0;
  std::array<std::int64_t, 3> events{};               // note off, no event, note on
  std::array<std::int64_t, kRefusals> refused{};      // pieces, voices or files, by Refusal
  std::array<std::int64_t, kBoundaries> too_short{};  // of these, by Boundary
  std::array<std::int64_t, kKeySources> keys{};       // melodies, by KeySource
  std::int64_t parts = 0;                             // melodies that are parts of longer pieces
  std::int64_t off_grid = 0;    // melodies with a grid error above kOffGridError on any grid
  std::int64_t finer_grid = 0;  // melodies that fit a finer grid and lost notes on this one
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

// Throws Error if a path does not exist, options are wrong, a file cannot be written, the journal
// is of another run, or no melody was found; then no dataset is written. An input that cannot be
// read is a row of the report, never an Error.
DatasetSummary BuildDataset(const std::vector<std::filesystem::path>& paths,
                            const std::filesystem::path& output, DatasetOptions options,
                            const DatasetCallbacks& callbacks = {});

// The refusals that occurred, the most frequent first, each with the option that avoids it.
std::string RefusalText(const DatasetSummary& summary);

// For melodies that are finer than the grid: " (--steps-per-quarter 12 ...)".
std::string FinerGridAdvice();

// "my.melodies.csv" of "my.csv".
std::filesystem::path ReportOfMelodies(const std::filesystem::path& report);

}  // namespace rltuner
