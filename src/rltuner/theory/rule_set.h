// SPDX-License-Identifier: Apache-2.0
// The music-theory reward r_MT: every rule with a weight, and how the rules judge a composition.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rltuner/core/reward.h"
#include "rltuner/core/settings.h"
#include "rltuner/melody/encoding.h"

namespace rltuner {

class BarClock;
class Rule;

// A rule as the registry describes it.
struct RuleInfo {
  std::string_view name;     // snake_case: the table in a rules file and the key in JSON
  std::string_view summary;  // one sentence, with the sign and the range of the reward
  std::string_view example;  // some events, and the reward of the last one
  std::unique_ptr<Rule> (*make)();
  // In the sets `paper` and `theory`. Files and reports omit a rule of weight 0.
  double weight = 1;
  // The damage that the rule detects: it rates tunes above tunes damaged in this way (damage.h).
  std::string_view damage = "notes_shuffled";
  // Whether the rule judges how a melody ends. Such a rule is measured on the last bars of tunes,
  // because other excerpts have no ending.
  bool of_endings = false;
};

// All rules, in the order of reports. Thread-safe.
std::span<const RuleInfo> Rules();

// The sum of the rules' rewards times their weights. Three sets are built in (docs/rules.md):
// `paper`, the nine rules behind the results of Jaques et al. (2017); `theory`, the same rules,
// corrected where they depart from music theory; `song`, rules that rate real tunes above damaged
// tunes. One object follows one composition.
class RuleSet final : public Reward {
 public:
  // "paper", "theory" or "song"; Error otherwise.
  static RuleSet Named(std::string_view name);

  // A rules file (docs/rules.md): [rules] base = "paper", [rules.key] weight = 2.0 and so on.
  // Values that it omits are those of its base; without a base, of `paper`. `source` names the file
  // in errors.
  static RuleSet FromToml(std::string_view text, std::string_view source) {
    return OnItsBase(text, source, &ReadRecipe);
  }

  // The rules of a recipe, whose other tables are ignored.
  static RuleSet FromRecipe(std::string_view text, std::string_view source) {
    return OnItsBase(text, source, &ReadOwnTables);
  }

  // Parses the argument of --rules: a built-in set's name or the path of a rules file.
  static RuleSet FromNameOrFile(const std::string& name_or_file);

  // Like FromNameOrFile, but also accepts a recipe, such as the recipe.toml of a tuning run.
  static RuleSet FromNameFileOrRecipe(const std::string& name_or_file);

  RuleSet(const RuleSet& other);
  RuleSet(RuleSet&&) noexcept;
  RuleSet& operator=(RuleSet&&) noexcept;
  ~RuleSet() override;

  // The base set's name, even if values have changed since.
  const std::string& base() const { return *base_; }

  // The base set's name if nothing differs from it, else "custom".
  std::string Name();

  // Every parameter: the table [rules], then one table [rules.NAME] per rule. WriteRecipe turns it
  // into text that FromToml reads back to an equal set. Rules beyond the paper's nine are in the
  // text only if they have a weight here or in the base. The fields belong to this object and stay
  // valid while it lives, even if it is moved. Call Prepare after changing values through them.
  std::vector<Settings> Describe();
  void Prepare();

  // The metre and key in which the rules judge all compositions from now on.
  void SetContext(const MusicContext& context);
  const MusicContext& context() const { return context_; }
  RuleSet In(const MusicContext& context) const;  // a copy with this context

  // The rules that reports show, in their order: the paper's nine and those with a weight.
  int size() const { return static_cast<int>(shown_.size()); }
  const RuleInfo& info(int rule) const { return *entry(rule).info; }
  double weight(int rule) const { return entry(rule).parts->weight; }

  // The number of the rule of that name; -1 if reports do not show it, because its weight is 0.
  int Find(std::string_view name) const;
  double WeightOf(std::string_view name) const;

  // Call Prepare afterwards.
  void SetWeight(int rule, double weight) { entry(rule).parts->weight = weight; }

  // The rule itself, for its table. Prepare may change it.
  Rule& rule(int rule) const { return *entry(rule).parts->rule; }

  // What the rule found in the last event placed with `by_rule` (Rule::fired).
  unsigned fired(int rule) const;

  void Start(int length) override { StartAt(0, length); }

  // A phase above 0 is the length of the composition's pickup in steps; it replaces the context's
  // pickup.
  void StartAt(int phase, int length) override;

  // The weighted sum. Rules of weight 0 are not run.
  float Place(int event) override;

  // The weighted sum, and in by_rule each rule's part of it ([size()], in the order of info). Also
  // runs the paper's rules of weight 0, for Rule::fired. Use one form of Place in a composition.
  float Place(int event, std::span<float> by_rule);

  std::unique_ptr<Reward> Clone() const override;

 private:
  // On the heap, so that Describe's pointers survive a move.
  struct Parts {
    std::unique_ptr<Rule> rule;
    double weight = 1;
  };
  struct Entry {
    const RuleInfo* info;
    std::unique_ptr<Parts> parts;
  };
  struct Active {
    Rule* rule;
    float weight;
  };

  RuleSet();

  RuleSet(const RuleSet& other, bool only_shown);

  static bool IsShown(const Entry& entry);
  void Index();  // fills shown_ and active_
  static RuleSet FromNameOr(RuleSet (*read)(std::string_view text, std::string_view source),
                            const std::string& name_or_file);
  static RuleSet OnItsBase(std::string_view text, std::string_view source,
                           decltype(&ReadRecipe) read);

  const Entry& entry(int rule) const { return entries_[shown_[static_cast<std::size_t>(rule)]]; }

  std::unique_ptr<std::string> base_;
  MusicContext context_;
  std::unique_ptr<BarClock> clock_;  // at the next event
  int pickup_ = 0;                   // as the clock has it
  std::vector<Entry> entries_;       // every rule there is
  std::vector<std::size_t> shown_;   // of entries_
  std::vector<Active> active_;       // the entries whose weight is not 0
};

// The counts of Table 1 of Jaques et al. (2017), of one composition or of several added up by the
// caller. Rules of weight 0 are counted too.
struct TheoryCounts {
  int notes_not_in_key = 0;         // events where rule key fires
  int num_starting_tonic = 0;       // 1 if the first event is the tonic
  int num_repeated_notes = 0;       // events where rule repeat fires
  int notes_in_motif = 0;           // events where rule motif fires
  int notes_in_repeated_motif = 0;  // events where rule repeated_motif fires
  int num_resolved_leaps = 0;
  int num_leap_twice = 0;   // a second leap in the same direction
  int num_high_unique = 0;  // 1 if the highest note occurs once
  int num_low_unique = 0;
};

// The counts by the names that JSON uses, in that order.
struct TheoryCountInfo {
  std::string_view name;
  std::string_view rule;  // the rule that finds it
  unsigned bit;           // and the bit of Rule::fired
  int TheoryCounts::*field;
};
std::span<const TheoryCountInfo> TheoryCountInfos();

// A composition as the rules see it.
struct Score {
  std::vector<std::vector<float>> rewards;  // [rule][event], weighted; rules as in RuleSet::info
  std::vector<float> total;                 // [event]
  TheoryCounts counts;
  // Lags 1, 2, 3 over the classes of the whole composition, for any rule set. NaN if all events are
  // equal or there are no more events than the lag.
  std::array<double, 3> autocorrelation{};
  double mean_reward = 0;  // the mean of `total`; 0 without events
};

// Places the events (classes of any encoding) as one composition of that length, which begins at
// `phase` (RuleSet::StartAt). Restarts `rules`.
Score ScoreComposition(RuleSet& rules, std::span<const std::uint8_t> events, int phase = 0);

// Shares of the events, 0 .. 1, all 0 for no events. A rest is every event in which nothing
// sounds: a note off, holds after it, and holds before the first note.
struct EventShares {
  double note_ons = 0;
  double holds = 0;  // holds of a sounding note
  double rests = 0;
};
EventShares SharesOf(std::span<const std::uint8_t> events);

}  // namespace rltuner
