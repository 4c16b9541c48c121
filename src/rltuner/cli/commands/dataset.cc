// SPDX-License-Identifier: Apache-2.0
#include "rltuner/melody/dataset.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <numeric>
#include <unordered_set>

#include "rltuner/cli/command.h"
#include "rltuner/cli/interrupt.h"
#include "rltuner/cli/options.h"
#include "rltuner/cli/progress.h"
#include "rltuner/cli/table.h"
#include "rltuner/core/error.h"
#include "rltuner/core/files.h"
#include "rltuner/core/parallel.h"
#include "rltuner/melody/collect.h"
#include "rltuner/melody/journal.h"
#include "rltuner/melody/score_format.h"

namespace rltuner {
namespace {

namespace fs = std::filesystem;

// What became of all files together.
struct Totals {
  std::int64_t files = 0, scores = 0, files_with_melodies = 0;
  std::array<std::int64_t, kRefusals> refused{};
  Extraction sums;  // only its counts are used

  void Add(const FileOutcome& outcome) {
    ++files;
    scores += outcome.score;
    const Extraction& extraction = outcome.extraction;
    for (std::size_t i = 0; i < refused.size(); ++i) refused[i] += extraction.refused[i];
    sums.quantization.Add(extraction.quantization);
    sums.melody_notes += extraction.melody_notes;
    sums.folded_notes += extraction.folded_notes;
    sums.cut_melodies += extraction.cut_melodies;
    sums.estimated_keys += extraction.estimated_keys;
  }
};

std::string CsvField(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (char c : text) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + '"';
}

std::string CsvLine(const FileOutcome& outcome, std::int64_t kept) {
  const Extraction& extraction = outcome.extraction;
  const auto& refused = extraction.refused;
  std::string reason, place, detail;
  for (const Rejection& rejection : extraction.first_rejections) {
    if (reason.empty()) {
      reason = RefusalName(rejection.refusal);
      place = rejection.place.Text();
      detail = rejection.detail;
    } else {
      detail += fmt::format("; also {} at {}: {}", RefusalName(rejection.refusal),
                            rejection.place.Text(), rejection.detail);
    }
  }
  return fmt::format("{},{},{},{},{},{}\n", CsvField(outcome.name), kept,
                     std::accumulate(refused.begin(), refused.end(), std::int64_t{0}), reason,
                     CsvField(place), CsvField(detail));
}

std::string_view Advice(Refusal refusal) {
  switch (refusal) {
    case Refusal::kMetre:
      return " (--metres accepts others)";
    case Refusal::kTooShort:
      return " (see --minimum-bars)";
    case Refusal::kTooFewPitches:
      return " (see --minimum-unique-pitches)";
    case Refusal::kPolyphony:
      return " (see --polyphony)";
    default:
      return "";
  }
}

// The reasons there were, the most frequent first: "metre 12 (--metres accepts others), no_notes
// 1".
std::string MainReasons(const Totals& totals) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < totals.refused.size(); ++i) {
    if (totals.refused[i] > 0) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return totals.refused[a] > totals.refused[b];
  });
  std::string text;
  for (std::size_t i : order) {
    const auto refusal = static_cast<Refusal>(i);
    text += fmt::format("{}{} {}{}", text.empty() ? "" : ", ", RefusalName(refusal),
                        totals.refused[i], Advice(refusal));
  }
  return text;
}

std::string Files(std::int64_t count) {
  return count == 1 ? "the one file" : fmt::format("the {} files", count);
}

double Share(std::int64_t part, std::int64_t all) {
  return all == 0 ? 0 : static_cast<double>(part) / static_cast<double>(all);
}

std::string NameOf(const FileOutcome& outcome, const Melody& melody) {
  return outcome.name + ", " + melody.place.Text();
}

// Which of all melodies are kept, and what is told of them.
class Selection {
 public:
  // Writes a line for every file into `report`, if that is not "".
  Selection(double held_out, const std::string& report) : held_out_share_(held_out) {
    if (report.empty()) return;
    report_ = std::make_unique<AtomicFile>(report);
    report_->Write("file,melodies,refused,reason,place,detail\n");
  }

  // The next file's melodies. Those that were there before become refusals of `outcome`.
  void Add(FileOutcome& outcome) {
    const std::size_t before = sizes_.size();
    for (const Melody& melody : outcome.extraction.melodies) {
      const bool is_new = seen_.insert(HashBytes(std::as_bytes(std::span(melody.events)))).second;
      is_kept_.push_back(is_new);
      if (is_new) {
        Keep(melody, NameOf(outcome, melody));
      } else {
        Reject(outcome.extraction, {Refusal::kDuplicate, melody.place,
                                    "event for event a melody that is there already"});
      }
    }
    const std::size_t kept = sizes_.size() - before;
    totals_.Add(outcome);
    totals_.files_with_melodies += kept > 0;
    if (report_) report_->Write(CsvLine(outcome, static_cast<std::int64_t>(kept)));
  }

  // After the last file.
  void FinishReport() {
    if (report_) report_->Commit();
  }

  // Of the melody with this number, counted over all files.
  bool IsKept(std::size_t melody) const { return is_kept_[melody]; }
  std::span<const MelodySize> sizes() const { return sizes_; }           // of those kept
  std::int64_t held_out() const { return held_out_; }                    // how many of these
  const std::array<std::int64_t, 3>& events() const { return events_; }  // off, none, on
  const Totals& totals() const { return totals_; }

 private:
  void Keep(const Melody& melody, const std::string& name) {
    sizes_.push_back({static_cast<std::uint32_t>(melody.events.size()),
                      static_cast<std::uint32_t>(name.size())});
    for (const int event : melody.events) ++events_[std::min(event, 2)];
    held_out_ += IsHeldOut(melody.events, held_out_share_);
  }

  double held_out_share_;
  std::unique_ptr<AtomicFile> report_;
  std::unordered_set<Hash128, HashOfHash128> seen_;
  std::vector<bool> is_kept_;
  std::vector<MelodySize> sizes_;
  std::int64_t held_out_ = 0;
  std::array<std::int64_t, 3> events_{};
  Totals totals_;
};

class DatasetCommand : public Command {
 public:
  void AddOptions(CLI::App& app) override {
    app.add_option("PATH", paths_,
                   "MIDI files, folders (with all below) and archives (.zip, .tar, .tar.gz)")
        ->required();
    app.add_option("--output", output_, "dataset to write (safetensors)")
        ->required()
        ->type_name("FILE");
    app.add_option("--report", report_,
                   "CSV with a line for every file: file, melodies kept, pieces refused, and the "
                   "first refusal's reason, place and detail")
        ->type_name("FILE.csv");
    app.add_flag(
        "--resume", resume_,
        "Go on with a run that was stopped, from FILE.journal beside the output: files done "
        "and not changed since are not read again. The end is the same, byte for byte.");
    AddThreadsOption(app, &threads_);
    Settings split("dataset");
    split.Add("held_out", &held_out_, 0, .9,
              "share of the melodies kept from training, chosen by a hash of their events");
    options_.Add(app, Describe(extraction_), "Rules");
    options_.Add(app, std::move(split), "Split");
  }

  int Run(const CommandContext& context) override {
    options_.Apply();
    const Extractor extractor(extraction_);
    CheckOutput();
    Sources sources(std::vector<fs::path>(paths_.begin(), paths_.end()), {},
                    {output_, report_, JournalPath()});
    // To the end: what follows the collection takes seconds and is not worth stopping.
    const InterruptGuard interrupt;
    CollectionJournal journal = OpenJournal(context);
    Selection selection(held_out_, report_);
    if (!Collect(context, sources, extractor, interrupt, journal, selection)) return kInterrupted;
    selection.FinishReport();
    if (selection.sizes().empty()) {
      journal.Remove();
      FailEmpty(selection.totals());
    }
    WriteDataset(
        output_, selection.sizes(),
        [&](const TakeMelody& take) {
          std::size_t number = 0;
          journal.ForEach([&](const FileOutcome& outcome) {
            for (const Melody& melody : outcome.extraction.melodies) {
              if (selection.IsKept(number++)) take(melody.events, NameOf(outcome, melody));
            }
          });
        },
        WriteRecipe(options_.tables()), held_out_);
    journal.Remove();
    Print(context, selection);
    return kDone;
  }

 private:
  std::string JournalPath() const { return output_ + ".journal"; }

  // Before the work, not after it.
  void CheckOutput() const {
    std::error_code ignored;
    for (const std::string& path : paths_) {
      for (const std::string& written : {output_, report_}) {
        if (fs::equivalent(path, written, ignored)) {
          Fail("{}: is among the files to read; choose another name to write", written);
        }
      }
    }
    if (fs::is_directory(output_, ignored)) {
      Fail("--output {}: is a folder, expected a file to write", output_);
    }
    for (const std::string& written : {output_, report_}) {
      if (written.empty()) continue;
      RemoveTemporaryFilesOf(written);  // of a run that was killed
      const AtomicFile probe(written);
    }
  }

  CollectionJournal OpenJournal(const CommandContext& context) {
    const std::string path = JournalPath();
    std::error_code ignored;
    if (!resume_ && fs::exists(path, ignored)) {
      context.Warn(fmt::format(
          "{}: what an earlier run did will be done again; to go on with that run, give "
          "--resume",
          path));
    }
    std::vector<std::string> warnings;
    CollectionJournal journal(path, WriteRecipe(options_.tables()), resume_, &warnings);
    for (const std::string& warning : warnings) context.Warn(warning);
    if (resume_) context.Say(fmt::format("{} files were done before", journal.size()));
    return journal;
  }

  // Fills the journal and the selection; false if interrupted.
  bool Collect(const CommandContext& context, Sources& sources, const Extractor& extractor,
               const InterruptGuard& interrupt, CollectionJournal& journal,
               Selection& selection) const {
    constexpr std::int64_t kFlushedTogether = 256;
    std::int64_t files = 0;
    Progress progress(context, "dataset", static_cast<std::int64_t>(sources.total()),
                      "files and archives");
    CollectMelodies(
        sources, extractor, threads_,
        [&](FileOutcome& outcome) {
          journal.Add(outcome);
          selection.Add(outcome);
          if (++files % kFlushedTogether == 0) journal.Flush();
          progress.Update(static_cast<std::int64_t>(sources.begun()));
          return !interrupt.Requested();
        },
        [&](const Hash128& identity) { return journal.Has(identity); });
    journal.Flush();
    progress.Finish(fmt::format("{} files", files));
    if (!interrupt.Requested()) return true;
    context.Warn(
        fmt::format("interrupted after {} files, saved in {}; go on with the same command "
                    "and --resume",
                    files, JournalPath()));
    return false;
  }

  [[noreturn]] void FailEmpty(const Totals& totals) const {
    const std::string& where = paths_.front();
    const std::string more =
        paths_.size() > 1 ? fmt::format(" and {} more", paths_.size() - 1) : "";
    if (totals.refused[static_cast<std::size_t>(Refusal::kNotAScore)] == totals.files) {
      Fail("{}{}: no music in {} there; expected {}", where, more, Files(totals.files),
           ScoreFormatNames());
    }
    Fail("{}{}: no melody in {} there; refused: {}; {}", where, more, Files(totals.files),
         MainReasons(totals),
         report_.empty() ? "--report FILE.csv lists every file" : "every file is in " + report_);
  }

  void Print(const CommandContext& context, const Selection& selection) const {
    const Totals& totals = selection.totals();
    const std::array<std::int64_t, 3>& events = selection.events();
    const auto melodies = static_cast<std::int64_t>(selection.sizes().size());
    const std::int64_t all = events[0] + events[1] + events[2];

    Table table({"", "count"});
    const auto row = [&](std::string name, std::int64_t count) {
      table.AddRow({std::move(name), std::to_string(count)});
    };
    row("files", totals.files);
    row("files read as music", totals.scores);
    row("files with a melody kept", totals.files_with_melodies);
    row("melodies kept", melodies);
    row("  for training", melodies - selection.held_out());
    row("  held out", selection.held_out());
    for (int i = 0; i < kRefusals; ++i) {
      if (totals.refused[i] == 0) continue;
      row(fmt::format("refused: {}", RefusalName(static_cast<Refusal>(i))), totals.refused[i]);
    }
    const Extraction& sums = totals.sums;
    row("melodies cut at the maximum length", sums.cut_melodies);
    row("melodies transposed by an estimated key", sums.estimated_keys);
    row("notes folded into the range", sums.folded_notes);
    row("notes merged by quantization", sums.quantization.merged_notes);
    row("notes dropped under a higher one", sums.quantization.dropped_notes);
    context.out() << table.ToText();
    context.out() << fmt::format(
        "\n{} events, {:.1f} a melody: {:.1f} % note on, {:.1f} % no event, {:.1f} % note off\n"
        "mean quantization error {:.3f} steps\n",
        all, Share(all, melodies), 100 * Share(events[2], all), 100 * Share(events[1], all),
        100 * Share(events[0], all),
        sums.quantization.notes == 0
            ? 0
            : sums.quantization.error_steps / static_cast<double>(sums.quantization.notes));
    context.Say(fmt::format("wrote {}; next: rltuner train {} --output MODEL", output_, output_));
  }

  std::vector<std::string> paths_;
  std::string output_, report_;
  bool resume_ = false;
  int threads_ = HardwareThreads();
  double held_out_ = .1;
  ExtractionOptions extraction_;
  SettingOptions options_;
};

}  // namespace

CommandInfo DatasetCommandInfo() {
  return {
      "dataset",
      "Data",
      "makes a dataset of melodies from MIDI files, folders and archives",
      "Takes the melodies out of every MIDI file it is given, by the rules below, and writes "
      "them as one dataset. A file that cannot be read or gives no melody is counted with its "
      "reason; --report says so file by file. Melodies that are equal event for event are "
      "kept once. The result is the same for any number of threads. What is done is kept in "
      "FILE.journal beside the output until the end, so that a run that was stopped at any moment "
      "goes on with --resume.",
      {"rltuner dataset my_midi_folder --output my.safetensors --report my.csv",
       "rltuner dataset songs.zip more.tar.gz --output songs.safetensors --metres 4/4,2/4,2/2",
       "rltuner dataset my_midi_folder --output my.safetensors --polyphony skip --key estimate"},
      MakeCommand<DatasetCommand>};
}

}  // namespace rltuner
