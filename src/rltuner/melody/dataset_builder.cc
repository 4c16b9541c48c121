// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <memory>
#include <span>
#include <unordered_set>

#include "rltuner/core/error.h"
#include "rltuner/core/files.h"
#include "rltuner/melody/collect.h"
#include "rltuner/melody/dataset.h"
#include "rltuner/melody/dataset_report.h"
#include "rltuner/melody/extractor.h"
#include "rltuner/melody/journal.h"
#include "rltuner/melody/score_format.h"
#include "rltuner/melody/sources.h"

namespace rltuner {
namespace {

namespace fs = std::filesystem;

fs::path JournalOf(const fs::path& output) { return output.string() + ".journal"; }

// The names of all melodies of a file: where each comes from, and more if that does not make the
// names unique.
std::vector<std::string> NamesOf(const CollectedFile& outcome) {
  std::vector<std::string> names;
  std::unordered_set<std::string> taken;
  for (const Melody& melody : outcome.extraction.melodies) {
    std::string name = outcome.name + ", " + melody.place.Text();
    if (taken.contains(name)) name += fmt::format(", channel {}", melody.channel);
    if (taken.contains(name)) name += fmt::format(", melody {}", names.size() + 1);
    if (outcome.extraction.melodies.size() > 1) taken.insert(name);
    names.push_back(std::move(name));
  }
  return names;
}

// A melody's hash and the number of its file. It takes only 16 bytes, because there may be
// millions.
struct SeenMelody {
  std::uint64_t low;
  std::uint32_t high, file;
  bool operator==(const SeenMelody& other) const { return low == other.low && high == other.high; }
};
struct HashOfSeen {
  std::size_t operator()(const SeenMelody& seen) const {
    return static_cast<std::size_t>(seen.low);
  }
};

// Decides which melodies are kept, and reports on them.
class Selection {
 public:
  Selection(const DatasetOptions& options, CollectionJournal& journal)
      : held_out_(options.held_out), journal_(journal) {
    if (!options.report.empty()) report_ = std::make_unique<DatasetReport>(options.report);
  }

  // Adds the next file's melodies, which the journal has already. Duplicates become refusals of
  // `outcome`.
  void Add(CollectedFile& outcome, const DatasetCallbacks& callbacks) {
    FileReport row{outcome, {}};
    std::vector<std::string> names = NamesOf(outcome);
    Extraction& extraction = outcome.extraction;
    for (std::size_t i = 0; i < names.size(); ++i) {
      const Melody& melody = extraction.melodies[i];
      const Hash128 hash = HashBytes(std::as_bytes(std::span(melody.events)));
      const auto [seen, is_new] = seen_.insert(
          {hash.low, static_cast<std::uint32_t>(hash.high), static_cast<std::uint32_t>(files_)});
      is_kept_.push_back(is_new);
      if (is_new) {
        sizes_.push_back({static_cast<std::uint32_t>(melody.events.size()),
                          static_cast<std::uint32_t>(names[i].size()),
                          static_cast<std::uint32_t>(melody.context.changes.size())});
        contexts_ |= !IsPlain(melody.context);
        summary_.held_out += IsHeldOut(HashEvents(melody.events), held_out_);
        row.kept.push_back({std::move(names[i]), &melody});
      } else {
        const bool first = extraction.refused[static_cast<std::size_t>(Refusal::kDuplicate)] == 0;
        Reject(extraction,
               {Refusal::kDuplicate, first ? "the same as " + NameOf(melody, seen->file) : "",
                melody.place});
      }
    }
    ++files_;
    summary_.Add(row);
    if (report_) report_->Add(row);
    if (callbacks.file) callbacks.file(row);
  }

  // After the last file.
  void FinishReport() {
    if (report_) report_->Commit();
  }

  // Whether the melody with this number, counted over all files, is kept.
  bool IsKept(std::size_t melody) const { return is_kept_[melody]; }
  std::span<const MelodySize> sizes() const { return sizes_; }  // of those kept
  bool contexts() const { return contexts_; }                   // as in DatasetHeader
  DatasetSummary& summary() { return summary_; }

 private:
  // If the network hears only events, a mode other than major needs no context.
  static bool IsPlain(const MelodyContext& context) {
    return context.metre == Metre() && context.pickup == 0 && context.changes.empty();
  }

  // The name of the melody of file number `file` that has these events.
  std::string NameOf(const Melody& melody, std::uint32_t file) {
    const CollectedFile outcome = journal_.Again(file);
    const std::vector<Melody>& melodies = outcome.extraction.melodies;
    const auto found = std::ranges::find(melodies, melody.events, &Melody::events);
    return found == melodies.end()
               ? outcome.name
               : NamesOf(outcome)[static_cast<std::size_t>(found - melodies.begin())];
  }

  double held_out_;
  CollectionJournal& journal_;
  std::unique_ptr<DatasetReport> report_;
  std::unordered_set<SeenMelody, HashOfSeen> seen_;
  std::vector<bool> is_kept_;
  std::vector<MelodySize> sizes_;
  std::size_t files_ = 0;
  bool contexts_ = false;
  DatasetSummary summary_;
};

[[noreturn]] void FailEmpty(const std::vector<fs::path>& paths, const DatasetSummary& summary,
                            const fs::path& report) {
  const std::string more = paths.size() > 1 ? fmt::format(" and {} more", paths.size() - 1) : "";
  const std::string files =
      summary.files == 1 ? "the one file" : fmt::format("the {} files", summary.files);
  if (summary.refused[static_cast<std::size_t>(Refusal::kNotAScore)] == summary.files) {
    Fail("{}{}: no music in {} there; expected {}", paths.front().string(), more, files,
         ScoreFormatNames());
  }
  Fail("{}{}: no melody in {} there; refused: {}; {}", paths.front().string(), more, files,
       RefusalText(summary),
       report.empty() ? "--report FILE.csv lists every file"
                      : "every file is in " + report.string());
}

}  // namespace

std::vector<Settings> Describe(DatasetOptions& options) {
  Settings split("dataset");
  split
      .Add("held_out", &options.held_out, 0, .9,
           "Share of the melodies kept from training, chosen by a hash of their events. Raise it "
           "for a small dataset, whose held-out metrics are uncertain.")
      .Add(
          "inputs", &options.inputs, {},
          "What a network trained on this dataset hears: event, all, rules, or names from "
          "docs/formats.md, such as event,position,mode. Add inputs to learn bars and repeats from "
          "a large dataset.");
  return {Describe(options.extraction), split};
}

void DatasetSummary::Add(const FileReport& file) {
  ++files;
  scores += file.outcome.score;
  files_with_melodies += !file.kept.empty();
  files_with_warnings += file.outcome.warnings > 0;
  for (std::size_t i = 0; i < refused.size(); ++i) refused[i] += file.outcome.extraction.refused[i];
  for (std::size_t i = 0; i < too_short.size(); ++i) {
    too_short[i] += file.outcome.extraction.too_short[i];
  }
  melodies += static_cast<std::int64_t>(file.kept.size());
  for (const FileReport::Kept& kept : file.kept) {
    const Melody& melody = *kept.melody;
    for (const int event : melody.events) ++events[static_cast<std::size_t>(std::min(event, 2))];
    ++keys[static_cast<std::size_t>(melody.key_source)];
    parts += melody.part > 0;
    const bool off = melody.quantization.GridError() > kOffGridError;
    off_grid += off && !melody.quantization.FitFinerGrid();
    finer_grid += off && melody.quantization.FitFinerGrid() && melody.quantization.merged_notes > 0;
    folded_notes += melody.folded_notes;
    cut_notes += melody.cut_notes;
    quantization.Add(melody.quantization);
  }
}

DatasetSummary BuildDataset(const std::vector<fs::path>& paths, const fs::path& output,
                            DatasetOptions options, const DatasetCallbacks& callbacks) {
  constexpr std::int64_t kFlushedTogether = 256;
  std::ranges::for_each(Describe(options), CheckRanges);
  Encoding encoding = EncodingOf(options.extraction);
  encoding.inputs = ParseInputs(options.inputs, "inputs");
  options.extraction.bars_are_heard = encoding.inputs.size() > 1;
  const Extractor extractor(options.extraction);
  const fs::path journal_path = JournalOf(output);
  std::vector<fs::path> written = {output, journal_path};
  if (!options.report.empty()) {
    written.push_back(options.report);
    written.push_back(ReportOfMelodies(options.report));
  }
  std::vector<fs::path> others = paths;
  for (const fs::path& file : written) {
    CheckOutput(file, others);
    others.push_back(file);
  }
  Sources sources(paths, {}, written);

  const auto warn = [&](const std::string& text) {
    if (callbacks.warn) callbacks.warn(text);
  };
  std::error_code ignored;
  if (!options.resume && fs::exists(journal_path, ignored)) {
    warn(fmt::format("{}: the work of an earlier run is done again; --resume continues that run",
                     journal_path.string()));
  }
  const std::string settings = WriteRecipe(Describe(options));
  std::vector<std::string> warnings;
  CollectionJournal journal(journal_path, settings, options.resume, &warnings);
  std::ranges::for_each(warnings, warn);

  Selection selection(options, journal);
  DatasetSummary& summary = selection.summary();
  summary.resumed = static_cast<std::int64_t>(journal.size());
  CollectMelodies(
      sources, extractor, std::max(1, options.threads),
      [&](CollectedFile& outcome) {
        journal.Add(outcome);
        selection.Add(outcome, callbacks);
        if (summary.files % kFlushedTogether == 0) journal.Flush();
        summary.stopped =
            callbacks.progress && !callbacks.progress(static_cast<std::int64_t>(sources.begun()),
                                                      static_cast<std::int64_t>(sources.total()));
        return !summary.stopped;
      },
      [&](const Hash128& identity) { return journal.Has(identity); });
  journal.Flush();
  if (summary.stopped) return summary;
  selection.FinishReport();
  if (summary.melodies == 0) {
    journal.Remove();
    FailEmpty(paths, summary, options.report);
  }
  WriteDataset(
      output, selection.sizes(),
      [&](const TakeMelody& take) {
        std::size_t number = 0;
        journal.ForEach([&](const CollectedFile& outcome) {
          const std::vector<std::string> names = NamesOf(outcome);
          for (std::size_t i = 0; i < names.size(); ++i) {
            const Melody& melody = outcome.extraction.melodies[i];
            if (selection.IsKept(number++)) take(melody.events, names[i], melody.context);
          }
        });
      },
      {settings, options.held_out, encoding, selection.contexts() || encoding.inputs.size() > 1});
  journal.Remove();
  return summary;
}

}  // namespace rltuner
