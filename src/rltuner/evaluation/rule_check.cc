// SPDX-License-Identifier: Apache-2.0
#include "rltuner/evaluation/rule_check.h"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <numeric>

#include "rltuner/core/error.h"
#include "rltuner/decoding/decodings.h"
#include "rltuner/evaluation/metrics.h"
#include "rltuner/melody/bars.h"
#include "rltuner/melody/model_inputs.h"
#include "rltuner/tuning/rollout.h"

namespace rltuner {
namespace {

constexpr std::uint64_t kDamageStream = 0x64616D616765;

// The reward of each rule for each melody: [rule][melody].
using Totals = std::vector<std::vector<double>>;

Totals TotalsOf(RuleSet& rules, const Tunes& tunes) {
  Totals totals(static_cast<std::size_t>(rules.size()));
  std::vector<float> by_rule(totals.size());
  for (std::size_t i = 0; i < tunes.events.size(); ++i) {
    rules.SetContext(tunes.contexts[i]);
    rules.Start(static_cast<int>(tunes.events[i].size()));
    std::vector<double> sums(totals.size());
    for (const std::uint8_t event : tunes.events[i]) {
      rules.Place(event, by_rule);
      for (std::size_t rule = 0; rule < sums.size(); ++rule) sums[rule] += by_rule[rule];
    }
    for (std::size_t rule = 0; rule < sums.size(); ++rule) totals[rule].push_back(sums[rule]);
  }
  return totals;
}

Tunes Damaged(const Tunes& tunes, const DamageInfo& damage, std::uint64_t seed) {
  Tunes damaged{.events = {}, .contexts = tunes.contexts, .classes = tunes.classes};
  for (std::size_t i = 0; i < tunes.events.size(); ++i) {
    Random random(seed, kDamageStream + i);
    damaged.events.push_back(damage.apply(tunes, i, random));
  }
  return damaged;
}

RuleSample SampleOf(std::span<const double> tunes, std::span<const double> sample, bool paired) {
  return {MeanOfDraws(sample), OrderedShare(tunes, sample, paired)};
}

}  // namespace

Settings Describe(CheckOptions& options) {
  Settings settings("check");
  settings.Add("metre", &options.metre, {}, "Time signature of the tunes to use, such as 6/8.")
      .Add("bars", &options.bars, 1, 1024,
           "Bars of each tune, from its first bar line, or from its pickup if all models play "
           "pickups.")
      .Add("compositions", &options.compositions, 2, 1'000'000, "Melodies that each model plays.")
      .Add("seed", &options.seed, 0, kNoMaximum, "Seed of the random numbers.");
  return settings;
}

Excerpts ExcerptsOf(const Dataset& dataset, std::span<const Dataset::Events> melodies,
                    const CheckOptions& options) {
  const Metre metre = ParseMetre(options.metre, "metre");
  const int steps_per_quarter = dataset.encoding().steps_per_quarter;
  const auto bar = static_cast<std::size_t>(metre.BarSteps(steps_per_quarter));
  const std::size_t length = static_cast<std::size_t>(options.bars) * bar;
  const Tunes none{.events = {}, .contexts = {}, .classes = dataset.encoding().classes()};
  Excerpts tunes{none, none};
  const auto add = [length](Tunes& excerpts, Dataset::Events events, const MusicContext& context) {
    excerpts.events.emplace_back(events.begin(), events.end());
    excerpts.events.back().resize(length, kNoEvent);
    excerpts.contexts.push_back(context);
  };
  for (const Dataset::Events melody : melodies) {
    const MelodyContext context = dataset.ContextOf(melody);
    const auto pickup = static_cast<std::size_t>(context.pickup);
    const std::size_t before = options.pickups ? 0 : pickup;
    const bool changes =
        !context.changes.empty() && context.changes[0].step < static_cast<int>(before + length);
    if (melody.size() < before + length || changes ||
        context.metre.IsCompound() != metre.IsCompound() ||
        context.metre.BarSteps(steps_per_quarter) != metre.BarSteps(steps_per_quarter) ||
        (options.mode && IsMinor(context.mode) != IsMinor(*options.mode))) {
      continue;
    }
    MusicContext heard({.metre = metre, .tonic = context.tonic, .mode = context.mode},
                       dataset.encoding());
    const MusicContext without_pickup = heard;
    if (options.pickups) heard.melody.pickup = static_cast<int>(pickup % bar);
    add(tunes.first, melody.subspan(before, length), heard);
    if (!context.changes.empty()) continue;
    if (options.pickups && Bars(context, steps_per_quarter)
                               .CompletesPickup(static_cast<std::int64_t>(melody.size()))) {
      add(tunes.last, melody.last(length), heard);
      continue;
    }
    const std::size_t bars = (melody.size() - pickup + bar - 1) / bar;
    if (bars * bar < length) continue;
    add(tunes.last, melody.subspan(pickup + bars * bar - length), without_pickup);
  }
  if (tunes.first.events.size() < 2) {
    Fail("{}: {} of {} {}melodies have {} bars of {}{}, expected at least two",
         dataset.path().string(), tunes.first.events.size(), melodies.size(),
         melodies.size() == dataset.size()                     ? ""
         : melodies.data() == dataset.HeldOutMelodies().data() ? "held-out "
                                                               : "training ",
         options.bars, options.metre,
         !options.mode            ? ""
         : IsMinor(*options.mode) ? " in minor"
                                  : " in major");
  }
  if (tunes.last.events.size() < 2) tunes.last = tunes.first;
  return tunes;
}

Tunes Played(const Model& model, const Tunes& tunes, const CheckOptions& options, int threads,
             const std::function<void(int finished)>& progress) {
  Encoding encoding = MelodyEncodingOf(model);
  if (!options.pickups) encoding.pickups.clear();
  const auto count = static_cast<std::size_t>(options.compositions);
  const Mode mode = options.mode.value_or(Mode::kMajor);
  const MusicContext context(
      {.metre = ParseMetre(options.metre, "metre"), .tonic = WhiteKey(mode).tonic, .mode = mode},
      encoding);
  const std::unique_ptr<InputRows> inputs = InputsOf(encoding, context.melody);
  Tunes played{.events = std::vector<std::vector<std::uint8_t>>(count),
               .contexts = std::vector(count, context),
               .classes = tunes.classes};
  const Playing& playing = options.playing;
  std::mutex mutex;
  int finished = 0;
  MakeDecoder(playing.decoding)(
      NetworksOf(model, inputs.get()), playing.rules, playing.c,
      {.length = static_cast<int>(tunes.events[0].size()),
       .temperature = static_cast<float>(playing.temperature),
       .seed = static_cast<std::uint64_t>(options.seed),
       .threads = threads},
      options.compositions, [&](const Trajectory& trajectory, int /*thread*/) {
        const auto at = static_cast<std::size_t>(trajectory.index);
        played.events[at].assign(trajectory.actions.begin(), trajectory.actions.end());
        played.contexts[at].melody.pickup = trajectory.phase;
        const std::scoped_lock lock(mutex);
        if (progress) progress(++finished);
      });
  return played;
}

std::vector<RuleCheck> CheckRules(RuleSet rules, const Excerpts& tunes,
                                  std::span<const Model> models, const CheckOptions& options,
                                  int threads) {
  for (const Settings& table : rules.Describe()) {
    if (const Setting* const weight = table.Find("weight")) weight->Assign("1", "weight");
  }
  rules.Prepare();
  const auto seed = static_cast<std::uint64_t>(options.seed);
  const auto totals_of = [&](const Excerpts& excerpts) {
    Totals totals = TotalsOf(rules, excerpts.first), of_endings = TotalsOf(rules, excerpts.last);
    for (std::size_t rule = 0; rule < totals.size(); ++rule) {
      if (rules.info(static_cast<int>(rule)).of_endings) totals[rule].swap(of_endings[rule]);
    }
    return totals;
  };
  const Totals whole = totals_of(tunes);
  std::vector<Totals> damaged;
  for (const DamageInfo& damage : Damages()) {
    damaged.push_back(
        totals_of({Damaged(tunes.first, damage, seed), Damaged(tunes.last, damage, seed)}));
  }
  std::vector<Totals> played;
  for (const Model& model : models) {
    played.push_back(TotalsOf(rules, Played(model, tunes.first, options, threads)));
  }
  std::vector<RuleCheck> checks;
  for (std::size_t rule = 0; rule < whole.size(); ++rule) {
    const auto sample = [&](std::string_view damage) {
      const auto at = static_cast<std::size_t>(&DamageNamed(damage) - Damages().data());
      return SampleOf(whole[rule], damaged[at][rule], true);
    };
    RuleCheck check{.rule = &rules.info(static_cast<int>(rule)), .tunes = MeanOfDraws(whole[rule])};
    check.bars_shuffled = sample("bars_shuffled");
    check.notes_shuffled = sample("notes_shuffled");
    check.damaged = sample(check.rule->damage);
    for (const Totals& totals : played) {
      check.models.push_back(SampleOf(whole[rule], totals[rule], false));
    }
    checks.push_back(std::move(check));
  }
  return checks;
}

Estimate OrderedShare(std::span<const double> a, std::span<const double> b, bool paired) {
  // The share of `others` below each value, ties half.
  const auto placements = [](std::span<const double> values, std::span<const double> others) {
    std::vector<double> sorted(others.begin(), others.end());
    std::ranges::sort(sorted);
    std::vector<double> shares;
    for (const double value : values) {
      const auto low = std::ranges::lower_bound(sorted, value);
      const auto high = std::ranges::upper_bound(sorted, value);
      shares.push_back(
          (static_cast<double>(low - sorted.begin()) + static_cast<double>(high - sorted.begin())) /
          2 / static_cast<double>(sorted.size()));
    }
    return shares;
  };
  const auto variance = [](std::span<const double> values) {
    double sum = 0;
    double squares = 0;
    for (const double value : values) sum += value;
    const double mean = sum / static_cast<double>(values.size());
    for (const double value : values) squares += (value - mean) * (value - mean);
    return squares / static_cast<double>(values.size() - 1) / static_cast<double>(values.size());
  };
  std::vector<double> of_a = placements(a, b);
  const std::vector<double> of_b = placements(b, a);
  const double share =
      std::accumulate(of_a.begin(), of_a.end(), 0.0) / static_cast<double>(of_a.size());
  double error = 0;
  if (paired) {
    for (std::size_t i = 0; i < of_a.size(); ++i) of_a[i] -= of_b[i];
    error = std::sqrt(variance(of_a));
  } else {
    error = std::sqrt(variance(of_a) + variance(of_b));
  }
  return {share, std::max(0.0, share - kNormalQuantile * error),
          std::min(1.0, share + kNormalQuantile * error)};
}

}  // namespace rltuner
