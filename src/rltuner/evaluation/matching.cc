// SPDX-License-Identifier: Apache-2.0
#include "rltuner/evaluation/matching.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "rltuner/core/error.h"
#include "rltuner/core/files.h"
#include "rltuner/core/settings.h"
#include "rltuner/core/text_table.h"
#include "rltuner/evaluation/rule_check.h"
#include "rltuner/tuning/policy.h"
#include "rltuner/tuning/rollout.h"

namespace rltuner {

namespace {
using Json = nlohmann::ordered_json;
}  // namespace

RuleTargets TargetsOfDataset(const Dataset& tunes, const RuleSet& rules, int length,
                             const MusicContext& playing, const Encoding& of_model) {
  CheckOptions options;
  options.metre = playing.melody.metre.Text();
  options.bars = std::max(1, length / playing.BarSteps());
  if (of_model.Hears(Input::kMode)) options.mode = playing.melody.mode;
  options.pickups = !of_model.PickupsIn(playing.melody.metre).empty();
  Excerpts excerpts = ExcerptsOf(tunes, tunes.TrainingMelodies(), options);
  for (Tunes* const part : {&excerpts.first, &excerpts.last}) {
    for (MusicContext& context : part->contexts) {
      const int pickup = std::exchange(context, playing).melody.pickup;
      context.melody.pickup = pickup;
    }
  }
  return TargetsOf(rules, excerpts);
}

std::vector<MatchedFeature> Matched(const RuleFeatures& features, std::span<const double> weights,
                                    const PolicyNetworks& tuned, const TuningOptions& options,
                                    int threads) {
  constexpr int kPlayed = 2000;
  std::vector<MatchedFeature> compared(weights.size());
  for (std::size_t i = 0; i < compared.size(); ++i) {
    compared[i] = {.name = features.Name(static_cast<int>(i)),
                   .weight = weights[i],
                   .target = features.targets()[i],
                   .least = 1e9,
                   .most = -1e9};
  }
  const auto add = [&](const Network* network, double MatchedFeature::*mean) {
    PolicyNetworks networks = tuned;
    networks.network = network;
    std::vector<double> values(kPlayed * weights.size());
    std::vector<std::unique_ptr<Reward>> judges;
    for (int i = 0; i < std::max(1, threads); ++i) judges.push_back(features.Clone());
    const RolloutOptions rollout{.length = options.length,
                                 .seed = static_cast<std::uint64_t>(options.seed),
                                 .threads = threads};
    SampleRollouts(networks, rollout, kPlayed, [&](const Trajectory& played, int thread) {
      auto& judge = static_cast<FeatureReward&>(*judges[static_cast<std::size_t>(thread)]);
      judge.StartAt(played.phase, options.length);
      for (const int action : played.actions) judge.Place(action);
      judge.Features(std::span(values).subspan(
          static_cast<std::size_t>(played.index) * weights.size(), weights.size()));
    });
    for (std::size_t i = 0; i < values.size(); ++i) {
      MatchedFeature& feature = compared[i % compared.size()];
      feature.*mean += values[i] / kPlayed;
      feature.least = std::min(feature.least, values[i]);
      feature.most = std::max(feature.most, values[i]);
    }
  };
  add(tuned.note_rnn, &MatchedFeature::before);
  add(tuned.network, &MatchedFeature::after);
  return compared;
}

std::string MatchedRules(const RuleFeatures& features, std::span<const MatchedFeature> matched) {
  std::vector<double> weights;
  for (const MatchedFeature& feature : matched) weights.push_back(feature.weight);
  RuleSet weighted = features.Weighted(weights);
  return WriteRecipe(weighted.Describe());
}

void WriteMatching(const std::filesystem::path& folder, const RuleFeatures& features,
                   std::span<const MatchedFeature> matched) {
  WriteFileAtomically(folder / "rules.toml", MatchedRules(features, matched));
  WriteFileAtomically(folder / "matching.json", MatchingJson(matched));
}

std::string MatchingJson(std::span<const MatchedFeature> features) {
  Json list = Json::array();
  for (const MatchedFeature& feature : features) {
    list.push_back({{"feature", feature.name},
                    {"weight", feature.weight},
                    {"wanted", feature.target},
                    {"note_rnn", feature.before},
                    {"tuned", feature.after}});
  }
  return list.dump(2) + '\n';
}

std::vector<MatchedFeature> ReadMatchingJson(std::string_view json, std::string_view source) {
  try {
    std::vector<MatchedFeature> features;
    for (const Json& object : Json::parse(json)) {
      features.push_back({.name = object.at("feature"),
                          .weight = object.at("weight"),
                          .target = object.at("wanted"),
                          .before = object.at("note_rnn"),
                          .after = object.at("tuned")});
    }
    return features;
  } catch (const Json::exception& error) {
    Fail("{}: not as `rltuner tune --match` writes it: {}", source, error.what());
  }
}

std::string MatchingText(std::span<const MatchedFeature> features) {
  TextTable table({"mean of a melody", "weight", "target", "Note RNN", "tuned"});
  for (const MatchedFeature& feature : features) {
    table.AddRow({feature.name, fmt::format("{:.3f}", feature.weight),
                  fmt::format("{:.3f}", feature.target), fmt::format("{:.3f}", feature.before),
                  fmt::format("{:.3f}", feature.after)});
  }
  return table.ToText() + '\n';
}

std::string OutOfReach(std::span<const MatchedFeature> features) {
  constexpr double kChance = 0.01;  // a share so small may be missing by chance
  std::vector<std::string> names;
  for (const MatchedFeature& feature : features) {
    if (feature.target <= feature.most + kChance && feature.target >= feature.least - kChance) {
      continue;
    }
    names.push_back(fmt::format("{} = {:.3g} ({:.3g} .. {:.3g})", feature.name, feature.target,
                                feature.least, feature.most));
  }
  if (names.empty()) return "";
  return fmt::format(
      "out of reach: {}; in brackets what the melodies of Note RNN and tuned model "
      "have. Ask for less, or for longer melodies",
      fmt::join(names, ", "));
}

}  // namespace rltuner
