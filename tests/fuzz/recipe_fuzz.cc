// SPDX-License-Identifier: Apache-2.0
// Any text is a recipe or is refused; what was read is written and read again the same.
#include "fuzz/fuzz_target.h"
#include "rltuner/training/train.h"
#include "rltuner/tuning/tune.h"

namespace rltuner {
namespace {

struct Recipe {
  NetworkOptions network;
  TrainingOptions training;
  TuningOptions tuning;

  std::vector<Settings> tables() {
    return {Describe(network), Describe(training), Describe(tuning)};
  }
};

void FuzzRecipe(std::span<const std::uint8_t> input) {
  Recipe recipe;
  ReadOwnTables(AsText(input), "fuzz", recipe.tables());
  const std::string text = WriteRecipe(recipe.tables());
  Recipe again;
  ReadOwnTables(text, "written", again.tables());
  Require(WriteRecipe(again.tables()) == text);
}

const FuzzTarget kRecipeTarget("recipe", FuzzRecipe);

}  // namespace
}  // namespace rltuner
