// SPDX-License-Identifier: Apache-2.0
// The registry: one declaration and one line per command.
#include <array>

#include "rltuner/cli/command.h"

namespace rltuner::cli {

CommandInfo BenchCommandInfo();
CommandInfo DatasetCommandInfo();
CommandInfo EvaluateCommandInfo();
CommandInfo ExportCommandInfo();
CommandInfo GenerateCommandInfo();
CommandInfo ImportCommandInfo();
CommandInfo MidiCommandInfo();
CommandInfo ReportCommandInfo();
CommandInfo ReproduceCommandInfo();
CommandInfo RulesCommandInfo();
CommandInfo ScoreCommandInfo();
CommandInfo ShowCommandInfo();
CommandInfo StudioCommandInfo();
CommandInfo StudyCommandInfo();
CommandInfo TrainCommandInfo();
CommandInfo TuneCommandInfo();

std::span<const CommandInfo> Commands() {
  static const std::array commands{
      BenchCommandInfo(),     DatasetCommandInfo(), EvaluateCommandInfo(), ExportCommandInfo(),
      GenerateCommandInfo(),  ImportCommandInfo(),  MidiCommandInfo(),     ReportCommandInfo(),
      ReproduceCommandInfo(), RulesCommandInfo(),   ScoreCommandInfo(),    ShowCommandInfo(),
      StudioCommandInfo(),    StudyCommandInfo(),   TrainCommandInfo(),    TuneCommandInfo(),
  };
  return commands;
}

}  // namespace rltuner::cli
