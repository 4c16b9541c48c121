// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cmath>

#include "rltuner/cli/command.h"
#include "rltuner/cli/options.h"
#include "rltuner/cli/table.h"
#include "rltuner/core/error.h"
#include "rltuner/core/files.h"
#include "rltuner/melody/events.h"
#include "rltuner/melody/extraction.h"
#include "rltuner/melody/score_format.h"
#include "rltuner/theory/score_json.h"

namespace rltuner {
namespace {

using Composition = std::vector<std::uint8_t>;

constexpr std::uint64_t kLongestInput = std::uint64_t{1} << 30;  // bytes
constexpr std::size_t kShownWhole = 3;  // with more compositions only the sums are shown

// A score is taken as it stands: whole, in its key and octave, however short.
ExtractionOptions AsItStands() {
  ExtractionOptions options;
  options.minimum_bars = 0;
  options.minimum_unique_pitches = 1;
  options.maximum_steps = 1 << 20;
  options.gap_bars = 0;
  options.metres = "4/4,2/4,2/2,3/4,6/8";
  options.key = "none";
  options.split_at_tempo_changes = false;
  options.centre_octave = false;
  return options;
}

class ScoreCommand final : public Command {
 public:
  void AddOptions(CLI::App& app) override {
    app.add_option("FILE", file_,
                   "JSON Lines, one {\"events\":[...]} of classes 0 .. 37 a line; or a MIDI file, "
                   "each melody of which is a composition.")
        ->required();
    app.add_option(
           "--rules", rules_,
           OptionHelp("The rules: a built-in set or a TOML file.", "paper|theory|FILE", rules_))
        ->type_name("NAME|FILE");
    app.add_option("--json", json_,
                   "Write JSON Lines, one object for each composition, to this file, or - for "
                   "standard output.")
        ->type_name("FILE|-");
    settings_.Add(app, rltuner::Describe(extraction_), "How a MIDI file is read",
                  {"minimum_bars", "minimum_unique_pitches", "maximum_steps"});
  }

  int Run(const CommandContext& context) override {
    settings_.Apply();
    RuleSet rules = RuleSet::FromNameOrFile(rules_);
    const std::vector<Composition> compositions = ReadCompositions(context);
    std::vector<Score> scores;
    scores.reserve(compositions.size());
    for (const Composition& events : compositions) {
      scores.push_back(ScoreComposition(rules, events));
    }
    if (json_.empty()) {
      WriteTables(context, rules, compositions, scores);
    } else {
      std::string lines;
      for (const Score& score : scores) lines += ScoreJson(rules, score) + '\n';
      WriteResult(context, json_, lines);
    }
    return kDone;
  }

 private:
  std::vector<Composition> ReadCompositions(const CommandContext& context) const {
    const std::vector<std::uint8_t> bytes = ReadFile(file_, kLongestInput);
    const std::span<const std::uint8_t> all(bytes);
    const ScoreFormat* const format =
        FindScoreFormat(file_, all.first(std::min(all.size(), kSniffBytes)));
    if (format == nullptr) {
      return ParseCompositions({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, file_);
    }
    MidiScore score;
    format->read(bytes, file_, score);
    const Extraction extraction = Extractor(extraction_).Extract(score);
    if (extraction.melodies.empty()) {
      const auto& reasons = extraction.first_rejections;
      Fail("{}: no melody in it{}", file_,
           reasons.empty() ? ""
                           : fmt::format(": {} {}", RefusalName(reasons.front().refusal),
                                         reasons.front().detail));
    }
    std::vector<Composition> compositions;
    for (const Melody& melody : extraction.melodies) {
      context.Say(fmt::format("composition {}: {}", compositions.size() + 1, melody.place.Text()));
      compositions.push_back(melody.events);
    }
    return compositions;
  }

  static void WriteTables(const CommandContext& context, const RuleSet& rules,
                          const std::vector<Composition>& compositions,
                          const std::vector<Score>& scores) {
    if (scores.size() <= kShownWhole) {
      for (std::size_t i = 0; i < scores.size(); ++i) {
        context.out() << EventTable(rules, compositions[i], scores[i]) << '\n';
      }
    }
    context.out() << SumTable(rules, scores) << '\n' << CountTable(scores);
  }

  // A row per event, a column per rule; rewards of zero stay empty.
  static std::string EventTable(const RuleSet& rules, const Composition& events,
                                const Score& score) {
    std::vector<std::string> header{"step", "event"};
    for (int rule = 0; rule < rules.size(); ++rule) header.emplace_back(rules.info(rule).name);
    header.emplace_back("total");
    Table table(std::move(header));
    for (std::size_t t = 0; t < events.size(); ++t) {
      std::vector<std::string> row{fmt::format("{}", t), fmt::format("{}", events[t])};
      for (const std::vector<float>& rewards : score.rewards) {
        row.push_back(rewards[t] == 0 ? "" : fmt::format("{:.2f}", rewards[t]));
      }
      row.push_back(fmt::format("{:.2f}", score.total[t]));
      table.AddRow(std::move(row));
    }
    return table.ToText();
  }

  static std::string SumTable(const RuleSet& rules, const std::vector<Score>& scores) {
    double events = 0;
    for (const Score& score : scores) events += static_cast<double>(score.total.size());
    Table table({"rule", "mean reward per event"});
    const auto add = [&](std::string_view name, const auto& rewards_of) {
      double sum = 0;
      for (const Score& score : scores) {
        for (const float reward : rewards_of(score)) sum += reward;
      }
      table.AddRow({std::string(name), fmt::format("{:.4f}", events > 0 ? sum / events : 0)});
    };
    for (int rule = 0; rule < rules.size(); ++rule) {
      add(rules.info(rule).name, [rule](const Score& score) -> const std::vector<float>& {
        return score.rewards[static_cast<std::size_t>(rule)];
      });
    }
    add("total", [](const Score& score) -> const std::vector<float>& { return score.total; });
    return table.ToText();
  }

  static std::string CountTable(const std::vector<Score>& scores) {
    std::size_t events = 0;
    for (const Score& score : scores) events += score.total.size();
    Table table({fmt::format("counts of {} compositions, {} events", scores.size(), events), ""});
    for (const TheoryCountInfo& info : TheoryCountInfos()) {
      std::int64_t sum = 0;
      for (const Score& score : scores) sum += score.counts.*info.field;
      table.AddRow({std::string(info.name), fmt::format("{}", sum)});
    }
    for (std::size_t lag = 0; lag < 3; ++lag) {
      double sum = 0;
      int defined = 0;
      for (const Score& score : scores) {
        if (std::isnan(score.autocorrelation[lag])) continue;
        sum += score.autocorrelation[lag];
        ++defined;
      }
      table.AddRow({fmt::format("mean autocorrelation, lag {}", lag + 1),
                    defined > 0 ? fmt::format("{:.4f}", sum / defined) : "none"});
    }
    return table.ToText();
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
          "length, which some rules look at.",
          {"rltuner score melodies.jsonl", "rltuner score song.mid --rules theory",
           "rltuner score melodies.jsonl --rules paper --json scores.jsonl"},
          &MakeCommand<ScoreCommand>};
}

}  // namespace rltuner
