// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>

#include "rltuner/cli/options.h"
#include "rltuner/core/files.h"
#include "rltuner/core/settings.h"
#include "rltuner/evaluation/comparison.h"
#include "rltuner/recipes/recipes.h"
#include "rltuner/tuning/tune.h"

namespace rltuner::cli {
namespace {

class ReportCommand final : public Command {
 public:
  void AddOptions(CLI::App& app) override {
    AddOption(app, "TABLE", &table_,
              "Metrics of two models, as 'rltuner evaluate BEFORE AFTER --json' writes them.")
        ->required();
    AddOption(app, "-o,--output FILE.html", &output_, "The page to write.")->required();
    AddOption(app, "--tuned DIR", &tuned_,
              "Folder of 'rltuner tune': shows the chart of its progress, and its settings.");
    AddOption(app, "--before DIR", &before_,
              "Folder of 'rltuner generate': lets the reader hear melodies before tuning.");
    AddOption(app, "--after DIR", &after_, "The same after tuning.");
    AddOption(app, "--melodies N", &melodies_,
              OptionHelp("Melodies to show from each folder. More make the page larger, by about "
                         "60 KB each.",
                         "1 .. 100", "4"))
        ->check(InRange(1, 100));
    AddOption(app, "--commands FILE", &commands_,
              "Text to show on the page: the commands that made it. Give it so that others can "
              "repeat your run.");
  }

  int Run(const CommandContext& context) override {
    CheckOutput(output_, {table_, commands_});
    ComparisonReport report;
    report.comparison = ReadComparison(ReadTextFile(table_), table_.string());
    report.is_bundled = std::ranges::count(BundledModels(), report.comparison.before.model) > 0;
    if (!before_.empty()) report.before = ReadMelodies(before_, melodies_);
    if (!after_.empty()) report.after = ReadMelodies(after_, melodies_);
    if (!commands_.empty()) report.commands = ReadTextFile(commands_);
    if (!tuned_.empty()) ReadTuned(context, report);
    WriteFileAtomically(output_, ComparisonPage(report));
    context.out() << ComparisonText(report.comparison);
    context.Say(fmt::format("open {} to see the melodies and to hear them", output_.string()));
    return kDone;
  }

 private:
  void ReadTuned(const CommandContext& context, ComparisonReport& report) const {
    const std::filesystem::path recipe = tuned_ / "recipe.toml";
    report.recipe = ReadTextFile(recipe);
    TuningOptions options;
    ReadOwnTables(report.recipe, recipe.string(), std::array{Describe(options)});
    report.iterations = options.iterations;
    const std::filesystem::path matching = tuned_ / "matching.json";
    if (std::filesystem::exists(matching)) {
      report.matched = ReadMatchingJson(ReadTextFile(matching), matching.string());
    }
    const std::filesystem::path chart = tuned_ / "progress.svg";
    if (std::filesystem::exists(chart)) {
      report.progress_chart = ReadTextFile(chart);
    } else {
      context.Warn(fmt::format("{} is missing, so the page has no chart", chart.string()));
    }
  }

  std::filesystem::path table_, output_, tuned_, before_, after_, commands_;
  int melodies_ = 4;
};

}  // namespace

CommandInfo ReportCommandInfo() {
  return {"report",
          "Listen",
          "one page of metrics, pictures and melodies before and after tuning",
          "Puts what evaluate, tune and generate have written on one HTML page that needs no other "
          "file and no network: Table 1 beside the paper's, the progress of tuning, and melodies "
          "with a picture, a play button and a MIDI file each. Prints a short form of the table. A "
          "metric counts as better or worse only if its 95 % intervals do not overlap.",
          {"rltuner report table1.json --output report.html",
           "rltuner report table1.json --tuned tuned --before before --after after "
           "--output report.html"},
          &MakeCommand<ReportCommand>};
}

}  // namespace rltuner::cli
