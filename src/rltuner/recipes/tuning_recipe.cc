// SPDX-License-Identifier: Apache-2.0
#include "rltuner/recipes/tuning_recipe.h"

#include <fmt/format.h>

#include <array>

#include "rltuner/core/settings.h"
#include "rltuner/recipes/bundled.h"

namespace rltuner {

RuleSet ResolveTuning(const std::string& recipe_name, const std::string& rules,
                      const std::function<void()>& assign, TuningOptions* options,
                      std::vector<std::string>* notes) {
  const RecipeText recipe = FindRecipe("tune", recipe_name.empty() ? "default" : recipe_name);
  ReadOwnTables(recipe.text, recipe.source, std::array{Describe(*options)});
  const std::string method = options->method;
  assign();
  const bool other_method = options->method != method;
  if (other_method && recipe_name.empty()) {
    *options = {};
    assign();
    notes->push_back(
        fmt::format("--method {}: {} is for {} and is not used; settings{} are the paper's",
                    options->method, recipe.source, method, rules.empty() ? " and rules" : ""));
    return RuleSet::FromNameOrFile(rules.empty() ? "paper" : rules);
  }
  if (other_method) {
    notes->push_back(
        fmt::format("--method {}: {} is for {}; what it sets for {} alone has no effect",
                    options->method, recipe.source, method, method));
  }
  if (rules.empty()) return RuleSet::FromRecipe(recipe.text, recipe.source);
  if (recipe.text.find("[rules") != std::string::npos) {
    notes->push_back(fmt::format("--rules {} replaces the rules of {}", rules, recipe.source));
  }
  return RuleSet::FromNameOrFile(rules);
}

std::string TuningRecipe(TuningOptions options, RuleSet& rules) {
  std::vector<Settings> tables = rules.Describe();
  tables.insert(tables.begin(), Describe(options));
  return WriteRecipe(tables);
}

}  // namespace rltuner
