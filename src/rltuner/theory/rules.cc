// SPDX-License-Identifier: Apache-2.0
#include "rltuner/theory/rule_set.h"

// The registry: one line per rule, each a function that a file of theory/rules/ defines.
#define RLTUNER_RULES(RULE)    \
  RULE(KeyRule)                \
  RULE(TonicRule)              \
  RULE(RepeatRule)             \
  RULE(AutocorrelationRule)    \
  RULE(MotifRule)              \
  RULE(RepeatedMotifRule)      \
  RULE(PreferredIntervalsRule) \
  RULE(LeapRule)               \
  RULE(HighLowUniqueRule)      \
  RULE(MetreRule)              \
  RULE(PhraseRule)             \
  RULE(CadenceRule)            \
  RULE(FormRule)               \
  RULE(ContourRule)            \
  RULE(StepsAndSkipsRule)      \
  RULE(RhythmRule)             \
  RULE(SubdivisionRule)        \
  RULE(BeatNotesRule)          \
  RULE(RangeRule)              \
  RULE(RepetitionRule)         \
  RULE(ChordTonesRule)         \
  RULE(TonalityRule)           \
  RULE(OpeningRule)

namespace rltuner {

#define RLTUNER_DECLARE(name) RuleInfo name();
RLTUNER_RULES(RLTUNER_DECLARE)
#undef RLTUNER_DECLARE

std::span<const RuleInfo> Rules() {
#define RLTUNER_LIST(name) name(),
  static const RuleInfo rules[] = {RLTUNER_RULES(RLTUNER_LIST)};
#undef RLTUNER_LIST
  return rules;
}

}  // namespace rltuner
