// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "rltuner/cli/command.h"
#include "rltuner/cli/options.h"
#include "rltuner/core/error.h"
#include "rltuner/core/files.h"
#include "rltuner/core/random.h"
#include "rltuner/core/text.h"
#include "rltuner/core/text_table.h"
#include "rltuner/evaluation/generation.h"
#include "rltuner/melody/bars.h"
#include "rltuner/melody/dataset.h"
#include "rltuner/melody/encoding.h"

namespace rltuner::cli {
namespace {

class ShowCommand final : public Command {
 public:
  void AddOptions(CLI::App& app) override {
    AddOption(app, "DATASET", &dataset_, "Dataset file, as 'rltuner dataset' writes it.")
        ->required();
    AddOption(
        app, "-o,--output DIR", &folder_,
        "Folder for MIDI files and pictures; made if it does not exist. Without it the melodies "
        "are only listed.");
    AddOption(app, "--melody N|NAME", &chosen_,
              "A melody: its number from 1, or part of its name, which shows every match. Can be "
              "repeated. Default: some at random.");
    Settings settings("show");
    settings
        .Add("count", &count_, 1, 100'000,
             "Melodies to show, at most. More give a better impression of a large dataset.")
        .Add("seed", &generation_.seed, 0, kNoMaximum,
             "Seed of the random choice. Another one shows other melodies.")
        .Add("quarters_per_minute", &generation_.playback.quarters_per_minute, 4, 1000,
             "Tempo of the MIDI files. A dataset does not keep the tempo of its sources.");
    settings_.Add(app, std::move(settings), "Melodies");
  }

  int Run(const CommandContext& context) override {
    settings_.Apply();
    const Dataset dataset(dataset_);
    if (!folder_.empty()) CheckOutput(folder_ / "index.html");
    generation_.playback.SetClasses(dataset.encoding());
    const std::vector<std::size_t> melodies = Choose(dataset);
    TextTable table({"name", "number", "metre", "bars", "notes", "range"});
    for (const std::size_t i : melodies) table.AddRow(RowOf(dataset, i));
    context.out() << table.ToText();
    context.Say(
        fmt::format("{} of {}", melodies.size(), Counted(dataset.size(), "melody", "melodies")));
    if (folder_.empty()) return kDone;
    RuleSet rules = RuleSet::Named("paper");
    std::vector<GeneratedMelody> shown;
    for (const std::size_t i : melodies) {
      GeneratedMelody& melody = shown.emplace_back();
      melody.title = fmt::format("{}: {}", i + 1, dataset.Name(i));
      melody.events.assign(dataset.Melody(i).begin(), dataset.Melody(i).end());
      melody.context = dataset.ContextOf(dataset.Melody(i));
      rules.SetContext(MusicContext(*melody.context, dataset.encoding()));
      melody.score = ScoreComposition(rules, melody.events);
    }
    WriteMelodies(folder_, shown, rules, generation_, dataset_.filename().string());
    context.Say(fmt::format("open {} to see and hear them", (folder_ / "index.html").string()));
    return kDone;
  }

 private:
  std::vector<std::size_t> Choose(const Dataset& dataset) const {
    std::vector<std::size_t> melodies;
    if (chosen_.empty()) {
      melodies.resize(dataset.size());
      std::iota(melodies.begin(), melodies.end(), std::size_t{0});
      Random random(static_cast<std::uint64_t>(generation_.seed));
      KeepRandom(melodies, std::min(melodies.size(), static_cast<std::size_t>(count_)), random);
    }
    for (const std::string& melody : chosen_) {
      const std::size_t before = melodies.size();
      if (const auto number = ParseNumber<std::size_t>(melody)) {
        if (*number >= 1 && *number <= dataset.size()) melodies.push_back(*number - 1);
      } else {
        for (std::size_t i = 0; i < dataset.size(); ++i) {
          if (dataset.Name(i).find(melody) != std::string_view::npos) melodies.push_back(i);
        }
      }
      if (melodies.size() == before) {
        Fail("--melody {}: none in {}; expected a number, 1 .. {}, or a part of a name", melody,
             dataset_.string(), dataset.size());
      }
    }
    std::ranges::sort(melodies);
    melodies.erase(std::unique(melodies.begin(), melodies.end()), melodies.end());
    melodies.resize(std::min(melodies.size(), static_cast<std::size_t>(count_)));
    return melodies;
  }

  std::vector<std::string> RowOf(const Dataset& dataset, std::size_t i) const {
    const Dataset::Events events = dataset.Melody(i);
    const Playback& playback = generation_.playback;
    const MelodyContext context = dataset.ContextOf(events);
    const Bars bars(context, playback.steps_per_quarter);
    int notes = 0, lowest = kMostClasses, highest = -1;
    for (const int event : events) {
      if (!IsNoteOn(event)) continue;
      ++notes;
      lowest = std::min(lowest, event);
      highest = std::max(highest, event);
    }
    return {std::string(dataset.Name(i)),
            std::to_string(i + 1),
            context.metre.Text(),
            std::to_string(bars.At(static_cast<int>(events.size()) - 1).bar + 1),
            std::to_string(notes),
            notes == 0 ? "" : EventName(lowest, playback) + " .. " + EventName(highest, playback)};
  }

  std::filesystem::path dataset_, folder_;
  std::vector<std::string> chosen_;
  int count_ = 10;
  GenerationOptions generation_;
  SettingOptions settings_;
};

}  // namespace

CommandInfo ShowCommandInfo() {
  return {
      "show",
      "Data",
      "melodies of a dataset as a list, MIDI files and pictures",
      "Lists melodies of a dataset with their bars, notes and range. With --output, it also writes "
      "each as a MIDI file and a piano roll with the rewards of the paper's rules, and index.html "
      "with all pictures. Use it to see and hear what was extracted before you train on it.",
      {"rltuner show my.safetensors",
       "rltuner show my.safetensors --count 20 --seed 2 --output shown",
       "rltuner show my.safetensors --melody 'song.mid, track 2' --output shown"},
      &MakeCommand<ShowCommand>};
}

}  // namespace rltuner::cli
