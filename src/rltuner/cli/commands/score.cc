// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <string_view>

#include "rltuner/cli/command.h"
#include "rltuner/cli/compositions.h"
#include "rltuner/cli/options.h"
#include "rltuner/evaluation/evaluate.h"
#include "rltuner/recipes/recipes.h"
#include "rltuner/theory/score_json.h"
#include "rltuner/theory/score_tables.h"

namespace rltuner::cli {
namespace {

// For more or longer compositions only the sums are shown.
constexpr std::size_t kShownWhole = 3;
constexpr std::size_t kShownEvents = 10'000;

constexpr std::array<std::string_view, 3> kOfEncoding = {"lowest_pitch", "highest_pitch",
                                                         "steps_per_quarter"};

class ScoreCommand final : public Command {
 public:
  void AddOptions(CLI::App& app) override {
    AddOption(app, "FILE", &file_,
              "JSON Lines, one {\"events\":[...]} of classes per line; or a file with music, "
              "each melody of which is a composition.")
        ->required();
    AddRulesOption(app, &rules_,
                   "The rules. Compare sets, or try a file of your own before you tune with it.");
    CLI::Option* const model =
        AddOption(app, "--model MODEL", &model_,
                  "Use the range and grid of this model. Give the model that played the melodies. "
                  "Default: those of the options below, which are the paper's unless changed.");
    AddOption(
        app, "--key KEY", &options_.key,
        "The key for rules that follow one: 'D dorian', 'E minor', 'Bb'. For a file with music "
        "it may instead say how melodies are first moved to the white keys, as in 'rltuner "
        "dataset': signature, as_written or estimate. Default: the key on the line of JSON, or C "
        "major; nothing is moved.");
    AddOption(app, "--metre METRE", &options_.metre,
              "The metre for rules that hear bars, such as 6/8. Default: the metre of the file "
              "or, for JSON Lines, of the line; or else 4/4.");
    AddOption(app, "--json FILE|-", &json_,
              "Write JSON Lines, one object for each composition, to this file, or - for standard "
              "output. Use it to compute with the rewards.");
    settings_.Add(app, rltuner::Describe(options_.extraction), "How a file is read",
                  {.without = {"minimum_bars", "minimum_unique_pitches", "maximum_steps",
                               "continue_long_melodies", "key"}});
    for (const auto setting : kOfEncoding) model->excludes(app.get_option(OptionName(setting)));
  }

  int Run(const CommandContext& context) override {
    settings_.Apply();
    CheckResult(json_, {file_, rules_, model_});
    RuleSet rules = RuleSet::FromNameFileOrRecipe(rules_);
    if (!model_.empty()) {
      const Encoding encoding = MelodyEncodingOf(LoadModel(model_), model_);
      options_.extraction.lowest_pitch = encoding.lowest_pitch;
      options_.extraction.highest_pitch = encoding.highest_pitch;
      options_.extraction.steps_per_quarter = encoding.steps_per_quarter;
    }
    const Compositions compositions(file_, options_);
    if (compositions.melodies().empty()) {
      settings_.Refuse("has no effect on JSON Lines", kOfEncoding);
    }
    int number = 0;
    for (const Melody& melody : compositions.melodies()) {
      context.Say(fmt::format("composition {}: {}", ++number, melody.place.Text()));
    }
    // A first pass only checks, so that a file with an error in its last line prints nothing.
    std::size_t count = 0;
    compositions.ForEach([&](const auto&, const MusicContext&) { ++count; });
    ScoreSums sums;
    ResultWriter result(context, json_.empty() ? "-" : json_);
    compositions.ForEach([&](const auto& events, const MusicContext& music) {
      rules.SetContext(music);
      const Score score = ScoreComposition(rules, events);
      if (!json_.empty()) {
        result.Write(ScoreJson(rules, score) + '\n');
      } else if (count <= kShownWhole && events.size() <= kShownEvents) {
        result.Write(EventTable(rules, events, score) + '\n');
      }
      sums.Add(score);
    });
    if (json_.empty()) result.Write(sums.ToText(rules));
    result.Commit();
    return kDone;
  }

 private:
  std::string file_, json_, model_, rules_ = "paper";
  CompositionOptions options_;
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
          {"rltuner score melodies.jsonl", "rltuner score reel.mid --rules song --key 'D dorian'",
           "rltuner score melodies.jsonl --rules paper --json scores.jsonl"},
          &MakeCommand<ScoreCommand>};
}

}  // namespace rltuner::cli
