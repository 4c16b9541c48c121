// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <functional>
#include <utility>

#include "rltuner/cli/command.h"
#include "rltuner/cli/options.h"
#include "rltuner/core/error.h"
#include "rltuner/core/files.h"
#include "rltuner/core/text_table.h"
#include "rltuner/melody/events.h"
#include "rltuner/melody/extractor.h"
#include "rltuner/melody/score_format.h"
#include "rltuner/theory/score_json.h"
#include "rltuner/theory/score_tables.h"

namespace rltuner::cli {
namespace {

using Composition = std::vector<std::uint8_t>;

constexpr std::uint64_t kLongestInput = std::uint64_t{1} << 30;  // bytes
// More or longer compositions are shown by their sums only.
constexpr std::size_t kShownWhole = 3;
constexpr std::size_t kShownEvents = 10'000;

// A score is not changed: it stays whole, in its key and octave, however short.
ExtractionOptions AsItStands() {
  ExtractionOptions options;
  options.minimum_bars = 0;
  options.minimum_unique_pitches = 1;
  options.maximum_steps = 1 << 20;
  options.gap_bars = 0;
  options.key = "none";
  options.maximum_grid_error = .5;
  options.split_at_tempo_changes = false;
  options.centre_octave = false;
  return options;
}

class ScoreCommand final : public Command {
 public:
  void AddOptions(CLI::App& app) override {
    AddOption(app, "FILE", &file_,
              "JSON Lines, one {\"events\":[...]} of classes 0 .. 37 a line; or a MIDI file, each "
              "melody of which is a composition.")
        ->required();
    AddRulesOption(app, &rules_,
                   "The rules. Compare sets, or try a file of your own before you tune with it.");
    AddOption(app, "--json FILE|-", &json_,
              "Write JSON Lines, one object for each composition, to this file, or - for standard "
              "output. Use it to compute with the rewards.");
    settings_.Add(app, rltuner::Describe(extraction_), "How a MIDI file is read",
                  {.without = {"minimum_bars", "minimum_unique_pitches", "maximum_steps"}});
  }

  int Run(const CommandContext& context) override {
    settings_.Apply();
    RuleSet rules = RuleSet::FromNameOrFile(rules_);
    const ForEach for_each = Open(context);
    // Once only to check: a file that is refused in its last line prints nothing.
    std::size_t compositions = 0;
    for_each([&](const Composition&) { ++compositions; });
    if (json_.empty()) {
      WriteTables(context, for_each, rules, compositions <= kShownWhole);
    } else {
      ResultWriter result(context, json_);
      for_each([&](const Composition& events) {
        result.Write(ScoreJson(rules, ScoreComposition(rules, events)));
        result.Write("\n");
      });
      result.Commit();
    }
    return kDone;
  }

 private:
  // Calls its argument for every composition of the file.
  using ForEach = std::function<void(const TakeComposition& take)>;

  ForEach Open(const CommandContext& context) const {
    std::vector<std::uint8_t> bytes = ReadFile(file_, kLongestInput);
    const std::span<const std::uint8_t> all(bytes);
    const ScoreFormat* const format =
        FindScoreFormat(file_, all.first(std::min(all.size(), kSniffBytes)));
    if (format == nullptr) {
      return [bytes = std::move(bytes), file = file_](const TakeComposition& take) {
        ForEachComposition({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, file, take);
      };
    }
    midi::Score score;
    format->read(bytes, file_, score);
    Extraction extraction = Extractor(extraction_).Extract(score);
    if (extraction.melodies.empty()) {
      const auto& reasons = extraction.first_rejections;
      Fail("{}: no melody in it{}", file_,
           reasons.empty() ? ""
                           : fmt::format(": {} {}", RefusalName(reasons.front().refusal),
                                         reasons.front().detail));
    }
    int number = 0;
    for (const Melody& melody : extraction.melodies) {
      context.Say(fmt::format("composition {}: {}", ++number, melody.place.Text()));
    }
    return [melodies = std::move(extraction.melodies)](const TakeComposition& take) {
      for (const Melody& melody : melodies) take(melody.events);
    };
  }

  static void WriteTables(const CommandContext& context, const ForEach& for_each, RuleSet& rules,
                          bool whole) {
    ScoreSums sums;
    for_each([&](const Composition& events) {
      const Score score = ScoreComposition(rules, events);
      if (whole && events.size() <= kShownEvents) {
        context.out() << EventTable(rules, events, score) << '\n';
      }
      sums.Add(score);
    });
    context.out() << sums.ToText(rules);
  }

  std::string file_, json_;
  std::string rules_ = "paper";
  ExtractionOptions extraction_ = AsItStands();
  SettingOptions settings_;
};

}  // namespace

CommandInfo ScoreCommandInfo() {
  return {"score",
          "Listen",
          "rewards of given melodies, event by event and rule by rule",
          "Prints the music-theory reward of every event by every rule, the means, and the counts "
          "behind Table 1 of the paper. The number of events on a line is the composition's "
          "length, on which some rules depend.",
          {"rltuner score melodies.jsonl", "rltuner score song.mid --rules theory",
           "rltuner score melodies.jsonl --rules paper --json scores.jsonl"},
          &MakeCommand<ScoreCommand>};
}

}  // namespace rltuner::cli
