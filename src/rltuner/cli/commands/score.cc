// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <array>
#include <cmath>
#include <functional>
#include <utility>

#include "rltuner/cli/command.h"
#include "rltuner/cli/options.h"
#include "rltuner/cli/table.h"
#include "rltuner/core/error.h"
#include "rltuner/core/files.h"
#include "rltuner/melody/events.h"
#include "rltuner/melody/extraction.h"
#include "rltuner/melody/score_format.h"
#include "rltuner/theory/score_json.h"

namespace rltuner::cli {
namespace {

using Composition = std::vector<std::uint8_t>;

constexpr std::uint64_t kLongestInput = std::uint64_t{1} << 30;  // bytes
// More or longer compositions are shown by their sums only.
constexpr std::size_t kShownWhole = 3;
constexpr std::size_t kShownEvents = 10'000;

// A score is taken as it stands: whole, in its key and octave, however short.
ExtractionOptions AsItStands() {
  ExtractionOptions options;
  options.minimum_bars = 0;
  options.minimum_unique_pitches = 1;
  options.maximum_steps = 1 << 20;
  options.gap_bars = 0;
  options.metres = "4/4,2/4,2/2,3/4,6/8";
  options.key = "none";
  options.maximum_grid_error = .5;
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
  // What is printed of all compositions together.
  struct Sums {
    std::size_t compositions = 0, events = 0;
    std::vector<double> rewards;  // by rule
    double total = 0;
    TheoryCounts counts;
    std::array<double, 3> autocorrelation{};
    std::array<int, 3> defined{};  // compositions that have such a coefficient

    void Add(const Score& score) {
      ++compositions;
      events += score.total.size();
      rewards.resize(score.rewards.size());
      for (std::size_t rule = 0; rule < rewards.size(); ++rule) {
        for (const float reward : score.rewards[rule]) rewards[rule] += reward;
      }
      for (const float reward : score.total) total += reward;
      for (const TheoryCountInfo& info : TheoryCountInfos()) {
        counts.*info.field += score.counts.*info.field;
      }
      for (std::size_t lag = 0; lag < autocorrelation.size(); ++lag) {
        if (std::isnan(score.autocorrelation[lag])) continue;
        autocorrelation[lag] += score.autocorrelation[lag];
        ++defined[lag];
      }
    }
  };

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
    Sums sums;
    for_each([&](const Composition& events) {
      const Score score = ScoreComposition(rules, events);
      if (whole && events.size() <= kShownEvents) {
        context.out() << EventTable(rules, events, score) << '\n';
      }
      sums.Add(score);
    });
    context.out() << RewardTable(rules, sums) << '\n' << CountTable(sums);
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

  static std::string RewardTable(const RuleSet& rules, const Sums& sums) {
    Table table({"rule", "mean reward per event"});
    const auto add = [&](std::string_view name, double sum) {
      const double mean = sums.events > 0 ? sum / static_cast<double>(sums.events) : 0;
      table.AddRow({std::string(name), fmt::format("{:.4f}", mean)});
    };
    for (int rule = 0; rule < rules.size(); ++rule) {
      add(rules.info(rule).name, sums.rewards[static_cast<std::size_t>(rule)]);
    }
    add("total", sums.total);
    return table.ToText();
  }

  static std::string CountTable(const Sums& sums) {
    Table table(
        {fmt::format("counts of {} compositions, {} events", sums.compositions, sums.events), ""});
    for (const TheoryCountInfo& info : TheoryCountInfos()) {
      table.AddRow({std::string(info.name), fmt::format("{}", sums.counts.*info.field)});
    }
    for (std::size_t lag = 0; lag < sums.autocorrelation.size(); ++lag) {
      const int defined = sums.defined[lag];
      table.AddRow(
          {fmt::format("mean autocorrelation, lag {}", lag + 1),
           defined > 0 ? fmt::format("{:.4f}", sums.autocorrelation[lag] / defined) : "none"});
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

}  // namespace rltuner::cli
