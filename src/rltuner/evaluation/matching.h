// SPDX-License-Identifier: Apache-2.0
// The targets and the results of a tuning by the method `match`, for the command and the library.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rltuner/evaluation/rule_check.h"
#include "rltuner/melody/dataset.h"
#include "rltuner/theory/rule_features.h"
#include "rltuner/tuning/tune.h"
#include "rltuner/tuning/tuning.h"

namespace rltuner {

// The targets that a dataset's training tunes set for melodies of `length` events in the metre of
// `playing`: their first bars, heard in that context, as what a model plays will be. Error if too
// few of them are long enough. For a model that hears the mode, only tunes in major or in minor,
// whichever `playing` is; for one that plays pickups, tunes with theirs.
RuleTargets TargetsOfDataset(const Dataset& tunes, const RuleSet& rules, int length,
                             const MusicContext& playing, const Encoding& of_model);

// One feature: its target, its mean in melodies of the Note RNN and of the tuned policy, and the
// least and the most that any of these melodies has.
struct MatchedFeature {
  std::string name;
  double weight = 0, target = 0, before = 0, after = 0, least = 0, most = 0;
};

// As the folder of a tuning keeps them, matching.json; `source` names the text in errors.
std::string MatchingJson(std::span<const MatchedFeature> features);
std::vector<MatchedFeature> ReadMatchingJson(std::string_view json, std::string_view source);

std::string MatchingText(std::span<const MatchedFeature> features);  // a table for people

// Which targets no weight can reach, as a line for people; "" if there are none.
std::string OutOfReach(std::span<const MatchedFeature> features);

// Writes the weights that a tuning found to folder/rules.toml, and what they achieve, which it
// returns, to folder/matching.json.
std::vector<MatchedFeature> WriteMatching(const std::filesystem::path& folder,
                                          const RuleFeatures& features, const Tuning& tuning,
                                          const TuningOptions& options, int threads);

}  // namespace rltuner
