// SPDX-License-Identifier: Apache-2.0
#include "rltuner/melody/dataset.h"

#include <fmt/format.h>

#include <optional>

#include "rltuner/cli/command.h"
#include "rltuner/cli/interrupt.h"
#include "rltuner/cli/options.h"
#include "rltuner/cli/progress_bar.h"
#include "rltuner/core/text.h"

namespace rltuner::cli {
namespace {

class DatasetCommand : public Command {
 public:
  void AddOptions(CLI::App& app) override {
    AddOption(app, "PATH", &paths_,
              "MIDI, MusicXML and ABC files, folders (with everything below) and archives (.zip, "
              ".tar, .tar.gz).")
        ->required();
    AddOption(app, "--output FILE", &output_, "The dataset to write (safetensors).")->required();
    AddOption(
        app, "--report FILE.csv", &dataset_.report,
        "CSV with a line for every file: melodies kept, passages refused, and why. Read it to find "
        "the rule that refuses too much. FILE.melodies.csv has a line for every melody.");
    app.add_flag("--resume", dataset_.resume,
                 "Resume from FILE.journal beside the output: finished files that have not changed "
                 "are not read again. The dataset is the same, byte for byte.");
    AddThreadsOption(app, &dataset_.threads);
    const std::vector<Settings> tables = Describe(dataset_);
    options_.Add(app, tables[0], "Rules");
    options_.Add(app, tables[1], "Split");
  }

  int Run(const CommandContext& context) override {
    options_.Apply();
    // The guard stays until the end: the work after the collection takes only seconds.
    const InterruptGuard interrupt;
    std::optional<ProgressBar> progress;
    DatasetCallbacks callbacks;
    callbacks.warn = [&](const std::string& text) { context.Warn(text); };
    callbacks.progress = [&](std::int64_t begun, std::int64_t total) {
      if (!progress) progress.emplace(context, "dataset", total, "files and archives");
      progress->Update(begun);
      return !interrupt.Requested();
    };
    const DatasetSummary summary = BuildDataset(paths_, output_, dataset_, callbacks);
    if (progress) progress->Finish(Counted(summary.files, "file"));
    if (dataset_.resume) context.Say(fmt::format("{} of them done before", summary.resumed));
    if (summary.stopped) {
      context.Warn(
          fmt::format("interrupted after {}, saved in {}.journal; resume with the same "
                      "command and --resume",
                      Counted(summary.files, "file"), output_.string()));
      return kInterrupted;
    }
    Print(context, summary);
    return kDone;
  }

 private:
  void Print(const CommandContext& context, const DatasetSummary& summary) const {
    context.out() << SummaryText(summary);
    const std::string refused = RefusalText(summary);
    if (!refused.empty()) context.Say("refused: " + refused);
    if (summary.finer_grid > 0)
      context.Say("melodies finer than the grid lost notes" + FinerGridAdvice());
    const std::string& metres = dataset_.extraction.metres;
    if (dataset_.inputs == "event" && metres != "any" && metres != "4/4,2/4,2/2") {  // the paper's
      context.Say(
          "pickups were not looked for: for rules that hear bars, leave out --metres or give "
          "--inputs all");
    }
    context.Say(fmt::format(
        "wrote {0}; next: rltuner show {0} --output DIR, or rltuner train {0} --output MODEL",
        output_.string()));
  }

  std::vector<std::filesystem::path> paths_;
  std::filesystem::path output_;
  DatasetOptions dataset_;
  SettingOptions options_;
};

}  // namespace

CommandInfo DatasetCommandInfo() {
  return {
      "dataset",
      "Data",
      "makes a dataset of melodies from MIDI, MusicXML and ABC files",
      "Extracts the melodies of every file, by the rules below, and writes them as one dataset. A "
      "file that cannot be read or has no melody is counted with its reason; --report lists the "
      "files. If several melodies are equal event for event, one is kept. The result is the same "
      "for any number of threads. Progress is kept in FILE.journal beside the output until the "
      "end, so that --resume can continue an interrupted run.",
      {"rltuner dataset my_midi_folder --output my.safetensors --report my.csv",
       "rltuner dataset songs.zip more.tar.gz --output songs.safetensors --metres 4/4,2/4,2/2",
       "rltuner dataset pop.zip --output pop.safetensors --tracks 'melody, vocal' --metres any"},
      MakeCommand<DatasetCommand>};
}

}  // namespace rltuner::cli
