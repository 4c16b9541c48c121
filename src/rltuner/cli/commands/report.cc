// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <array>
#include <filesystem>

#include "rltuner/cli/command.h"
#include "rltuner/cli/table.h"
#include "rltuner/core/files.h"
#include "rltuner/core/settings.h"
#include "rltuner/evaluation/comparison.h"
#include "rltuner/evaluation/metric_text.h"
#include "rltuner/tuning/tuning_options.h"

namespace rltuner::cli {
namespace {

class ReportCommand final : public Command {
 public:
  void AddOptions(CLI::App& app) override {
    app.add_option("TABLE", table_,
                   "Figures of two models, as 'rltuner evaluate BEFORE AFTER --json' writes them.")
        ->required()
        ->type_name("FILE.json");
    app.add_option("-o,--output", output_, "The page to write.")
        ->required()
        ->type_name("FILE.html");
    app.add_option("--tuned", tuned_,
                   "Folder of 'rltuner tune', for the chart of its progress and its settings.")
        ->type_name("DIR");
    app.add_option("--before", before_, "Folder of 'rltuner generate': melodies before tuning.")
        ->type_name("DIR");
    app.add_option("--after", after_, "Folder of 'rltuner generate': melodies after tuning.")
        ->type_name("DIR");
    app.add_option("--melodies", melodies_,
                   "Melodies to show from each folder. [1 .. 100; default 4]")
        ->check(CLI::Range(1, 100))
        ->type_name("N");
    app.add_option("--commands", commands_, "Text to show as what made the page.")
        ->type_name("FILE");
  }

  int Run(const CommandContext& context) override {
    ComparisonReport report;
    report.comparison = ReadComparison(ReadTextFile(table_), table_.string());
    if (!before_.empty()) report.before = ReadMelodies(before_, melodies_);
    if (!after_.empty()) report.after = ReadMelodies(after_, melodies_);
    if (!commands_.empty()) report.commands = ReadTextFile(commands_);
    if (!tuned_.empty()) ReadTuned(context, report);
    WriteFileAtomically(output_, ComparisonPage(report));
    context.out() << TextTable(report.comparison);
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
    const std::filesystem::path chart = tuned_ / "progress.svg";
    if (std::filesystem::exists(chart)) {
      report.progress_chart = ReadTextFile(chart);
    } else {
      context.Warn(fmt::format("{} is missing, so the page has no chart", chart.string()));
    }
  }

  // Short enough for a terminal: intervals and the paper's other models are on the page.
  static std::string TextTable(const Comparison& comparison) {
    Table table({fmt::format("{} compositions each", comparison.after.options.compositions),
                 "before", "after", "change", "paper Note RNN", "paper Q"});
    for (const auto* figures : {&comparison.table1, &comparison.further}) {
      for (const ComparedMetric& figure : *figures) {
        std::vector<std::string> row{figure.label, MetricText(figure.before.value, figure.kind),
                                     MetricText(figure.after.value, figure.kind),
                                     std::string(ChangeText(figure.change))};
        if (figure.paper) {
          row.push_back(MetricText((*figure.paper)[0], figure.kind));
          row.push_back(MetricText((*figure.paper)[1], figure.kind));
        }
        table.AddRow(std::move(row));
      }
    }
    return table.ToText();
  }

  std::filesystem::path table_, output_, tuned_, before_, after_, commands_;
  int melodies_ = 4;
};

}  // namespace

CommandInfo ReportCommandInfo() {
  return {"report",
          "Listen",
          "one page of figures, pictures and melodies before and after tuning",
          "Puts what evaluate, tune and generate have written on one HTML page that needs no other "
          "file and no network: Table 1 beside the paper's, the progress of tuning, and melodies "
          "with a picture, a play button and a MIDI file each. Prints a short form of the table. "
          "'better' and 'worse' are by what the rules want, where the 95 % intervals do not "
          "overlap.",
          {"rltuner report table1.json --output report.html",
           "rltuner report table1.json --tuned tuned --before before --after after "
           "--output report.html"},
          &MakeCommand<ReportCommand>};
}

}  // namespace rltuner::cli
