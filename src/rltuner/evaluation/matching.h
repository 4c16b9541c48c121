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
#include "rltuner/tuning/policy.h"
#include "rltuner/tuning/tune.h"
#include "rltuner/tuning/tuning.h"

namespace rltuner {

// The targets that a dataset's training tunes set for melodies of `length` events in the metre of
// `playing`: their first bars, heard in that context, as what a model plays will be. Error if too
// few of them are long enough. `of_its_mode` takes only tunes in major or in minor, whichever
// `playing` is, if there are any; a model that hears the mode plays no others.
RuleTargets TargetsOfDataset(const Dataset& tunes, const RuleSet& rules, int length,
                             const MusicContext& playing, bool of_its_mode);

// One feature: its target, and its mean in melodies of the Note RNN and of the tuned policy.
struct MatchedFeature {
  std::string name;
  double weight = 0, target = 0, before = 0, after = 0;
};
std::vector<MatchedFeature> CompareFeatures(const RuleFeatures& features,
                                            std::span<const double> weights,
                                            const PolicyNetworks& tuned, int length,
                                            int compositions, std::uint64_t seed, int threads);

// As the folder of a tuning keeps them, matching.json; `source` names the text in errors.
std::string MatchingJson(std::span<const MatchedFeature> features);
std::vector<MatchedFeature> ReadMatchingJson(std::string_view json, std::string_view source);

// Writes the weights that a tuning found to folder/rules.toml, and what they achieve to
// folder/matching.json. Returns a table of both.
std::string WriteMatching(const std::filesystem::path& folder, const RuleFeatures& features,
                          const Tuning& tuning, const TuningOptions& options, int threads);

}  // namespace rltuner
