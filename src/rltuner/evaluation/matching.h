// SPDX-License-Identifier: Apache-2.0
// The targets and the results of a tuning by the method `match`, for the command and the library.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rltuner/melody/dataset.h"
#include "rltuner/nn/model.h"
#include "rltuner/theory/rule_features.h"
#include "rltuner/tuning/tune.h"

namespace rltuner {

// The targets that a dataset's training melodies set for melodies of `length` events in the metre
// of `playing`. They are measured on the first bars, in that context, like the model's melodies. A
// model that hears the mode gets only tunes in the mode of `playing`, major or minor; one that
// plays pickups gets tunes with theirs. Error if too few tunes are long enough.
RuleTargets TargetsOfDataset(const Dataset& tunes, const RuleSet& rules, int length,
                             const MusicContext& playing, const Encoding& of_model);

// One feature: its target, its mean in melodies of the Note RNN and of the tuned policy, and its
// lowest and highest value in any of these melodies.
struct MatchedFeature {
  std::string name;
  double weight = 0, target = 0, before = 0, after = 0, least = 0, most = 0;
};

// The text of matching.json in the folder of a tuning; `source` names it in errors.
std::string MatchingJson(std::span<const MatchedFeature> features);
std::vector<MatchedFeature> ReadMatchingJson(std::string_view json, std::string_view source);

std::string MatchingText(std::span<const MatchedFeature> features);  // a table for people

// One line to print with the targets that no weight can reach; "" if there are none.
std::string OutOfReach(std::span<const MatchedFeature> features);

// What the weights that a tuning found ([features()]) achieve, in 2,000 melodies of `tuned` and as
// many of its Note RNN.
std::vector<MatchedFeature> Matched(const RuleFeatures& features, std::span<const double> weights,
                                    const PolicyNetworks& tuned, const TuningOptions& options,
                                    int threads);

// The rules with the weights found: the text of rules.toml.
std::string MatchedRules(const RuleFeatures& features, std::span<const MatchedFeature> matched);

// Writes the weights to folder/rules.toml, and what they achieve to folder/matching.json.
void WriteMatching(const std::filesystem::path& folder, const RuleFeatures& features,
                   std::span<const MatchedFeature> matched);

}  // namespace rltuner
