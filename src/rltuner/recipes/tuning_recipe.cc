// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <array>
#include <utility>

#include "rltuner/core/settings.h"
#include "rltuner/evaluation/evaluate.h"
#include "rltuner/evaluation/matching.h"
#include "rltuner/melody/dataset.h"
#include "rltuner/melody/encoding.h"
#include "rltuner/melody/model_inputs.h"
#include "rltuner/recipes/recipes.h"
#include "rltuner/tuning/methods.h"

namespace rltuner {
namespace {

Settings DescribePolicy(std::string& inputs) {
  return std::move(Settings("policy").Add("inputs", &inputs, {}, "inputs of the policy"));
}

// Reads all but the rules, whose tables depend on their base.
TuningRecipe ReadAllButRules(const RecipeText& recipe) {
  TuningRecipe read;
  ReadOwnTables(
      recipe, std::array{Describe(read.options), Describe(read.music), DescribePolicy(read.inputs),
                         read.targets.Describe("targets"), read.wishes.Describe("wishes")});
  const std::string where = recipe.source + ": ";
  ParseMusic(read.music, where);
  if (!read.inputs.empty()) ParseInputs(read.inputs, where + "inputs");
  return read;
}

// Keeps the events of an update if `setting` was given and has changed the length from `length`.
void KeepUpdate(const TuningRequest& request, std::string_view setting, int length,
                TuningOptions* options) {
  const bool keeps = request.given(setting) && !request.given("compositions");
  if (keeps) KeepEventsPerUpdate(length, options);
}

}  // namespace

std::vector<std::string> WithoutEffect(TuningOptions options, const TuningRequest& request) {
  std::vector<std::string> lines;
  if (!request.match.empty() && !MethodNamed(options.method).finds_weights) {
    lines.push_back(fmt::format("--match has no effect with --method {}", options.method));
  }
  const Settings settings = Describe(options);
  for (const Setting& setting : settings.entries()) {
    if (!request.given(setting.name)) continue;
    if (!MethodNamed(options.method).Takes(setting.name)) {
      lines.push_back(fmt::format("{} has no effect with --method {}", OptionName(setting.name),
                                  options.method));
    }
    const bool by_budget = options.kl_budget > 0 && setting.name.starts_with("entropy_");
    if (by_budget || (options.exploration == "boltzmann" && setting.name.starts_with("epsilon_"))) {
      lines.push_back(fmt::format("{} has no effect with --{}", OptionName(setting.name),
                                  by_budget ? "kl-budget" : "exploration boltzmann"));
    }
  }
  return lines;
}

TuningRecipe ReadTuningRecipe(const RecipeText& recipe) {
  TuningRecipe read = ReadAllButRules(recipe);
  read.rules = RuleSet::FromRecipe(recipe.text, recipe.source);
  return read;
}

std::string WriteTuningRecipe(const TuningRecipe& recipe) {
  TuningRecipe written(recipe);
  std::vector<Settings> tables = {Describe(written.options)};
  std::string targets;
  if (written.has_rules) {
    for (Settings& table : written.rules.Describe()) tables.push_back(std::move(table));
    targets = written.targets.ToToml("targets") + written.wishes.ToToml("wishes");
  }
  std::string text = WriteRecipe(tables) + targets;
  if (!written.has_rules) {  // without rules it would read back as the paper's
    text += "\n# The run had rewards of its own, which no recipe can hold, and no rules.\n";
    text += "[rules]\nbase = \"paper\"\n";
    const RuleSet paper = RuleSet::Named("paper");
    for (int rule = 0; rule < paper.size(); ++rule) {
      text += fmt::format("\n[rules.{}]\nweight = 0.0\n", paper.info(rule).name);
    }
  }
  const MusicOptions& music = recipe.music;
  if (!music.metre.empty() || !music.key.empty() || !music.mode.empty()) {
    text += '\n' + WriteRecipe(std::array{Describe(written.music)});
  }
  if (!recipe.inputs.empty()) {
    text += '\n' + WriteRecipe(std::array{DescribePolicy(written.inputs)});
  }
  return text;
}

TuningNotes ResolveTuning(const TuningRequest& request, TuningRecipe* tuning) {
  TuningNotes all_notes;
  std::vector<std::string>& notes = all_notes.of_recipe;
  const std::string otherwise = request.match.empty() ? "default" : "song";
  const bool is_named = !request.recipe.empty() || !request.match.empty();
  const RecipeText recipe = FindRecipe("tune", request.recipe.empty() ? otherwise : request.recipe);
  TuningRecipe read = ReadAllButRules(recipe);
  tuning->options = read.options;
  request.assign();
  const std::string& method = read.options.method;
  const bool other_method = tuning->options.method != method;
  const std::string& rules = request.rules;
  const bool takes_recipe = is_named || !other_method;
  if (!takes_recipe) {
    tuning->options = {};
    request.assign();
    notes.push_back(fmt::format(
        "--method {}: {} is for {} and is not used; settings{} are the paper's",
        tuning->options.method, recipe.source, method, rules.empty() ? " and rules" : ""));
  } else {
    Complete(tuning->music, read.music);
    if (!request.given("bars") && !request.given("length")) tuning->music.bars = read.music.bars;
    if (tuning->inputs.empty()) tuning->inputs = std::move(read.inputs);
    tuning->targets = std::move(read.targets);
    tuning->wishes = std::move(read.wishes);
    if (other_method) {
      notes.push_back(
          fmt::format("--method {}: {} is for {}; what it sets for {} alone has no effect",
                      tuning->options.method, recipe.source, method, method));
    }
    if (!rules.empty() && recipe.text.find("[rules") != std::string::npos) {
      notes.push_back(fmt::format("--rules {} replaces the rules of {}", rules, recipe.source));
    }
  }
  KeepUpdate(request, "length", takes_recipe ? read.options.length : TuningOptions().length,
             &tuning->options);
  tuning->rules = !rules.empty() ? RuleSet::FromNameOrFile(rules)
                  : takes_recipe ? RuleSet::FromRecipe(recipe.text, recipe.source)
                                 : RuleSet::Named("paper");
  all_notes.of_given = WithoutEffect(tuning->options, request);
  return all_notes;
}

TuningSetup SetUpTuning(const Model& model, const TuningRequest& request, TuningRecipe* tuning) {
  TuningSetup setup{.model = tuning->inputs.empty()
                                 ? model
                                 : WithInputs(model, ParseInputs(tuning->inputs, "--inputs"))};
  const Encoding encoding = MelodyEncodingOf(setup.model);
  const MelodyContext context = ContextOf(tuning->music, encoding);
  TuningOptions& options = tuning->options;
  const int length = options.length;
  SetLength(tuning->music, encoding, context.metre, request.given("length"), Describe(options));
  KeepUpdate(request, "bars", length, &options);
  if (context == MelodyContext() && tuning->music.key.empty()) tuning->music = {};
  setup.inputs = InputsOf(encoding, context);
  tuning->rules.SetContext(MusicContext(context, encoding));
  if (!request.match.empty()) {
    const Dataset tunes(request.match);
    tunes.ExpectEventsOf(encoding, "the model");
    tuning->targets =
        TargetsOfDataset(tunes, tuning->rules, options.length, tuning->rules.context(), encoding);
  }
  if (MethodNamed(options.method).finds_weights) {
    setup.features.emplace(tuning->rules, tuning->targets, tuning->wishes);
  }
  setup.recipe = WriteTuningRecipe(*tuning);
  return setup;
}

std::string InputsWithoutEffect(const Model& model, const TuningSetup& setup,
                                const TuningRecipe& tuning, std::string_view name) {
  if (tuning.inputs.empty() || setup.model.encoding != model.encoding) return "";
  return fmt::format("inputs {} have no effect: {} hears them already", tuning.inputs, name);
}

}  // namespace rltuner
