// SPDX-License-Identifier: Apache-2.0
#include "rltuner/theory/rule_set.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cassert>
#include <filesystem>

#include "rltuner/core/error.h"
#include "rltuner/core/files.h"
#include "rltuner/melody/bars.h"
#include "rltuner/theory/rule.h"

namespace rltuner {
namespace {

constexpr std::string_view kPaper = "paper";
constexpr std::string_view kTheory = "theory";
constexpr std::string_view kSong = "song";
constexpr std::uint64_t kLongestFile = 1 << 20;

// The changes of the set `theory` to `paper`.
constexpr std::string_view kMends = R"(
[rules.repeat]
count_holds = false
[rules.autocorrelation]
over = "pitch"
[rules.preferred_intervals]
in_key_needs_both = true
[rules.high_low_unique]
pitches_only = true
)";

// The set `song`: the rules that `rltuner rules --check` finds to order tunes above damaged ones.
constexpr std::string_view kSongRules[] = {
    "metre",       "phrase",     "cadence", "form",       "contour", "steps_and_skips", "rhythm",
    "subdivision", "beat_notes", "range",   "repetition", "opening", "tonality"};

const std::vector<std::string>& BaseNames() {
  static const std::vector<std::string> names = {std::string(kPaper), std::string(kTheory),
                                                 std::string(kSong)};
  return names;
}

double WeightIn(std::string_view base, const RuleInfo& info) {
  if (base != kSong) return info.weight;
  return std::ranges::count(kSongRules, info.name) > 0 ? 1 : 0;
}

}  // namespace

RuleSet::RuleSet()
    : base_(std::make_unique<std::string>(kPaper)), clock_(std::make_unique<BarClock>()) {
  for (const RuleInfo& info : Rules()) {
    entries_.push_back({&info, std::make_unique<Parts>(Parts{info.make(), info.weight})});
  }
  Prepare();
}

RuleSet::RuleSet(const RuleSet& other) : RuleSet(other, false) {}
RuleSet::RuleSet(RuleSet&&) noexcept = default;
RuleSet& RuleSet::operator=(RuleSet&&) noexcept = default;
RuleSet::~RuleSet() = default;

RuleSet::RuleSet(const RuleSet& other, bool only_shown)
    : Reward(other),
      base_(std::make_unique<std::string>(*other.base_)),
      context_(other.context_),
      clock_(std::make_unique<BarClock>(*other.clock_)),
      pickup_(other.pickup_) {
  entries_.reserve(other.entries_.size());
  for (const Entry& entry : other.entries_) {
    if (only_shown && !IsShown(entry)) continue;
    Parts parts{entry.parts->rule->Clone(), entry.parts->weight};
    entries_.push_back({entry.info, std::make_unique<Parts>(std::move(parts))});
  }
  Index();
}

RuleSet RuleSet::Named(std::string_view name) {
  if (std::ranges::find(BaseNames(), name) == BaseNames().end()) {
    Fail("rule set {} is unknown, expected {}", name, fmt::join(BaseNames(), ", "));
  }
  RuleSet set;
  *set.base_ = name;
  for (const Entry& entry : set.entries_) entry.parts->weight = WeightIn(name, *entry.info);
  if (name == kTheory) ReadRecipe(kMends, kTheory, set.Describe());
  set.Prepare();
  return set;
}

// The first reading checks the text and finds the base; the second applies it on top of that.
RuleSet RuleSet::OnItsBase(std::string_view text, std::string_view source,
                           decltype(&ReadRecipe) read) {
  RuleSet first;
  read(text, source, first.Describe());
  RuleSet set = Named(first.base());
  read(text, source, set.Describe());
  try {
    set.Prepare();
  } catch (const Error& error) {
    Fail("{}: {}", source, error.what());
  }
  return set;
}

RuleSet RuleSet::FromNameOrFile(const std::string& name_or_file) {
  return FromNameOr(&FromToml, name_or_file);
}

RuleSet RuleSet::FromNameFileOrRecipe(const std::string& name_or_file) {
  return FromNameOr(&FromRecipe, name_or_file);
}

RuleSet RuleSet::FromNameOr(RuleSet (*read)(std::string_view text, std::string_view source),
                            const std::string& name_or_file) {
  if (std::ranges::count(BaseNames(), name_or_file) > 0) return Named(name_or_file);
  std::error_code error;
  if (!std::filesystem::exists(name_or_file, error)) {
    Fail("rules {}: neither a rule set ({}) nor a file", name_or_file,
         fmt::join(BaseNames(), ", "));
  }
  return read(ReadTextFile(name_or_file, kLongestFile), name_or_file);
}

std::string RuleSet::Name() {
  RuleSet plain = Named(base());
  return WriteRecipe(plain.Describe()) == WriteRecipe(Describe()) ? base() : "custom";
}

std::vector<Settings> RuleSet::Describe() {
  std::vector<Settings> tables;
  tables.emplace_back("rules").Add("base", base_.get(), BaseNames(),
                                   "The rule set that gives everything not named here");
  for (const Entry& entry : entries_) {
    Settings& table = tables.emplace_back("rules." + std::string(entry.info->name));
    table.Add("weight", &entry.parts->weight, kLowestReward, kHighestReward,
              "Factor of this rule's reward; 0 switches the rule off. Raise it to hear more of the "
              "rule, at the cost of the others.");
    entry.parts->rule->Describe(table);
    if (!IsShown(entry) && WeightIn(base(), *entry.info) == 0) table.LeaveUnwritten();
  }
  return tables;
}

void RuleSet::Prepare() {
  clock_->Prepare(context_);
  pickup_ = context_.melody.pickup;
  for (const Entry& entry : entries_) entry.parts->rule->Prepare(context_);
  Index();
}

void RuleSet::Index() {
  active_.clear();
  shown_.clear();
  for (const Entry& entry : entries_) {
    if (IsShown(entry)) shown_.push_back(static_cast<std::size_t>(&entry - entries_.data()));
    if (entry.parts->weight != 0) {
      active_.push_back({entry.parts->rule.get(), static_cast<float>(entry.parts->weight)});
    }
  }
}

void RuleSet::SetContext(const MusicContext& context) {
  context_ = context;
  Prepare();
}

int RuleSet::Find(std::string_view name) const {
  for (int rule = 0; rule < size(); ++rule) {
    if (info(rule).name == name) return rule;
  }
  return -1;
}

double RuleSet::WeightOf(std::string_view name) const {
  const int rule = Find(name);
  return rule < 0 ? 0 : weight(rule);
}

unsigned RuleSet::fired(int rule) const { return entry(rule).parts->rule->fired(); }

RuleSet RuleSet::In(const MusicContext& context) const {
  RuleSet copy(*this);
  copy.SetContext(context);
  return copy;
}

bool RuleSet::IsShown(const Entry& entry) {
  return entry.info->weight != 0 || entry.parts->weight != 0;
}

void RuleSet::StartAt(int phase, int length) {
  assert(length >= 0);
  if (const int pickup = phase > 0 ? phase : context_.melody.pickup; pickup != pickup_) {
    clock_->SetPickup(pickup_ = pickup);
  }
  clock_->Start(length);
  for (const std::size_t shown : shown_) entries_[shown].parts->rule->Start(*clock_);
}

float RuleSet::Place(int event) {
  float total = 0;
  for (const Active& active : active_) total += active.weight * active.rule->Place(event, *clock_);
  clock_->Advance();
  return total;
}

float RuleSet::Place(int event, std::span<float> by_rule) {
  assert(by_rule.size() == shown_.size());
  float total = 0;
  for (std::size_t i = 0; i < shown_.size(); ++i) {
    const Parts& parts = *entries_[shown_[i]].parts;
    by_rule[i] = static_cast<float>(parts.weight) * parts.rule->Place(event, *clock_);
    total += by_rule[i];
  }
  clock_->Advance();
  return total;
}

std::unique_ptr<Reward> RuleSet::Clone() const {
  return std::unique_ptr<RuleSet>(new RuleSet(*this, true));
}

}  // namespace rltuner
