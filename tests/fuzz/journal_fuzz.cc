// SPDX-License-Identifier: Apache-2.0
// Any bytes are a journal to go on from, or are dropped from the first damage on. An input whose
// first byte is odd is what a record holds, so that the record's hash does not end every input.
#include "fuzz/fuzz_target.h"
#include "rltuner/melody/journal.h"

namespace rltuner {
namespace {

void FuzzJournal(std::span<const std::uint8_t> input) {
  if (input.empty()) return;
  if (input[0] % 2 == 1) {
    CollectedFile outcome;
    if (!ParseOutcome(AsText(input.subspan(1)), &outcome)) return;
    std::string bytes;
    AppendOutcome(outcome, &bytes);
    CollectedFile again;
    Require(ParseOutcome(bytes, &again));
    std::string more;
    AppendOutcome(again, &more);
    Require(more == bytes);
    return;
  }
  static const InputFile file("fuzz.journal");
  std::vector<std::string> warnings;
  CollectionJournal journal(file.Write(input.subspan(1)), "settings", true, &warnings);
  CollectedFile outcome;
  outcome.name = "a";
  journal.Add(outcome);
  int outcomes = 0;
  journal.ForEach([&](const CollectedFile& read) {
    Require(read.name == "a");
    ++outcomes;
  });
  Require(outcomes == 1);
}

const FuzzTarget kJournalTarget("journal", FuzzJournal);

}  // namespace
}  // namespace rltuner
