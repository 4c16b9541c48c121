// SPDX-License-Identifier: Apache-2.0
#include "rltuner/cli/command.h"
#include "rltuner/cli/options.h"
#include "rltuner/core/files.h"
#include "rltuner/midi/describe.h"
#include "rltuner/midi/reader.h"

namespace rltuner::cli {
namespace {

class MidiCommand final : public Command {
 public:
  void AddOptions(CLI::App& app) override {
    AddOption(app, "FILE", &file_, "A standard MIDI file, or one wrapped in RIFF.")->required();
    AddOption(
        app, "--json FILE|-", &json_,
        "Write everything as one JSON object to this file, or - for standard output. Use it to "
        "compute with the notes.");
  }

  int Run(const CommandContext& context) override {
    CheckResult(json_, {file_});
    midi::Score score = midi::Read(ReadFile(file_), file_);
    ResultWriter result(context, json_.empty() ? "-" : json_);
    const auto write = [&](std::string_view piece) { result.Write(piece); };
    if (json_.empty()) {
      Describe(score, write);
    } else {
      WriteJson(std::move(score), write);
    }
    result.Commit();
    return kDone;
  }

 private:
  std::string file_, json_;
};

}  // namespace

CommandInfo MidiCommandInfo() {
  return {
      "midi",
      "Data",
      "shows the contents and faults of a MIDI file",
      "Prints tracks, metres, keys, tempos and notes. For a damaged file, it also prints a warning "
      "with track and byte for each fault. A file without any usable music is refused: nothing on "
      "standard output, exit code 2.",
      {"rltuner midi song.mid", "rltuner midi song.mid --json -",
       "rltuner midi song.mid --json song.json"},
      &MakeCommand<MidiCommand>};
}

}  // namespace rltuner::cli
