// SPDX-License-Identifier: Apache-2.0
// Ways to damage a tune. For each rule there is one that destroys what the rule judges: the rule
// should rate real tunes above tunes damaged in that way (`rltuner rules --check`, docs/rules.md).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "rltuner/core/random.h"
#include "rltuner/melody/encoding.h"

namespace rltuner {

// Tunes in one metre, all of the same length in whole bars. Each begins on a bar line, or with a
// pickup whose steps its last bar lacks.
struct Tunes {
  std::vector<std::vector<std::uint8_t>> events;
  std::vector<MusicContext> contexts;  // one for each
  int classes = kVocabulary;
};

// The first bars and the last bars of each tune, equally many. A tune whose metre changes may have
// no last bars.
struct Excerpts {
  Tunes first, last;
};

struct DamageInfo {
  std::string_view name;     // "bars_shuffled"
  std::string_view summary;  // the effect of the damage, to show to users
  std::vector<std::uint8_t> (*apply)(const Tunes& tunes, std::size_t tune, Random& random);
};

// Every damage, in the order of reports. Thread-safe.
std::span<const DamageInfo> Damages();

// The damage of that name, which must exist (asserted).
const DamageInfo& DamageNamed(std::string_view name);

}  // namespace rltuner
