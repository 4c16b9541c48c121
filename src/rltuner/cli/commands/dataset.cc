// SPDX-License-Identifier: Apache-2.0
#include "rltuner/melody/dataset.h"

#include <algorithm>
#include <filesystem>
#include <memory>
#include <numeric>

#include "rltuner/cli/command.h"
#include "rltuner/cli/interrupt.h"
#include "rltuner/cli/options.h"
#include "rltuner/cli/progress.h"
#include "rltuner/cli/table.h"
#include "rltuner/core/error.h"
#include "rltuner/core/files.h"
#include "rltuner/core/parallel.h"
#include "rltuner/melody/collect.h"
#include "rltuner/melody/events.h"
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

class DatasetCommand : public Command {
 public:
  void AddOptions(CLI::App& app) override {
    app.add_option("paths", paths_,
                   "MIDI files, folders (with all below) and archives (.zip, .tar, .tar.gz)")
        ->required()
        ->type_name("PATH");
    app.add_option("--output", output_, "dataset to write (safetensors)")
        ->required()
        ->type_name("FILE");
    app.add_option("--report", report_,
                   "CSV with a line for every file: file, melodies kept, pieces refused, and the "
                   "first refusal's reason, place and detail")
        ->type_name("FILE.csv");
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
    Sources sources(std::vector<fs::path>(paths_.begin(), paths_.end()));
    CheckOutput();
    std::unique_ptr<AtomicFile> report;
    if (!report_.empty()) {
      report = std::make_unique<AtomicFile>(report_);
      report->Write("file,melodies,refused,reason,place,detail\n");
    }
    const InterruptGuard interrupt;
    DatasetBuilder builder;
    Totals totals;
    {
      Progress progress(context, "dataset", static_cast<std::int64_t>(sources.total()),
                        "files and archives");
      CollectMelodies(sources, extractor, threads_, [&](FileOutcome& outcome) {
        const std::int64_t kept = AddMelodies(outcome, builder);
        totals.Add(outcome);
        totals.files_with_melodies += kept > 0;
        if (report) report->Write(CsvLine(outcome, kept));
        progress.Update(static_cast<std::int64_t>(sources.begun()),
                        fmt::format("{} melodies", builder.size()));
        return !interrupt.Requested();
      });
      progress.Finish(fmt::format("{} melodies", builder.size()));
    }
    if (report) report->Commit();
    if (builder.size() == 0) {
      if (interrupt.Requested()) return kInterrupted;
      FailEmpty(totals);
    }
    builder.Write(output_, WriteRecipe(options_.tables()), held_out_);
    Print(context, builder, totals);
    if (!interrupt.Requested()) return kDone;
    context.Warn(fmt::format("interrupted: {} holds the melodies of the first {} files only",
                             output_, totals.files));
    return kInterrupted;
  }

 private:
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
    const AtomicFile probe(output_);
  }

  // Returns how many were new; duplicates become refusals of the outcome.
  static std::int64_t AddMelodies(FileOutcome& outcome, DatasetBuilder& builder) {
    std::int64_t kept = 0;
    for (const Melody& melody : outcome.extraction.melodies) {
      if (builder.Add(melody.events, outcome.name + ", " + melody.place.Text())) {
        ++kept;
      } else {
        Reject(outcome.extraction, {Refusal::kDuplicate, melody.place,
                                    "event for event a melody that is there already"});
      }
    }
    return kept;
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

  void Print(const CommandContext& context, const DatasetBuilder& builder,
             const Totals& totals) const {
    std::array<std::int64_t, 3> events{};  // note offs, no events, note ons
    std::int64_t held_out = 0;
    for (std::size_t i = 0; i < builder.size(); ++i) {
      const auto melody = builder.Melody(i);
      for (int event : melody) ++events[std::min(event, 2)];
      held_out += IsHeldOut(melody, held_out_);
    }
    const auto melodies = static_cast<std::int64_t>(builder.size());
    const std::int64_t all = events[0] + events[1] + events[2];

    Table table({"", "count"});
    const auto row = [&](std::string name, std::int64_t count) {
      table.AddRow({std::move(name), std::to_string(count)});
    };
    row("files", totals.files);
    row("files read as music", totals.scores);
    row("files with a melody kept", totals.files_with_melodies);
    row("melodies kept", melodies);
    row("  for training", melodies - held_out);
    row("  held out", held_out);
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
      "kept once. The result is the same for any number of threads.",
      {"rltuner dataset my_midi_folder --output my.safetensors --report my.csv",
       "rltuner dataset songs.zip more.tar.gz --output songs.safetensors --metres 4/4,2/4,2/2",
       "rltuner dataset my_midi_folder --output my.safetensors --polyphony skip --key estimate"},
      MakeCommand<DatasetCommand>};
}

}  // namespace rltuner
