// SPDX-License-Identifier: Apache-2.0
#include "rltuner/cli/options.h"

#include <fmt/format.h>

#include <algorithm>

#include "rltuner/core/parallel.h"
#include "rltuner/evaluation/evaluate.h"
#include "rltuner/recipes/recipes.h"

namespace rltuner::cli {
namespace {

// A word for the value in the help.
std::string TypeName(const Setting& setting) {
  if (std::holds_alternative<double*>(setting.field)) return "X";
  if (std::holds_alternative<std::string*>(setting.field)) {
    return setting.choices.empty() ? "TEXT" : "NAME";
  }
  return "N";
}

std::string DefaultText(const Setting& setting) {
  if (const auto* const* text = std::get_if<std::string*>(&setting.field)) {
    return (*text)->empty() ? "none" : **text;
  }
  return setting.Value();
}

}  // namespace

std::string OptionHelp(std::string_view help, std::string_view range,
                       std::string_view default_text) {
  if (range.empty()) return fmt::format("{} [default {}]", help, default_text);
  return fmt::format("{} [{}; default {}]", help, range, default_text);
}

void SettingOptions::Add(CLI::App& app, Settings settings, const std::string& group,
                         const SpecialSettings& special) {
  if (!recipe_kind_.empty()) {
    ReadOwnTables(FindRecipe(recipe_kind_, "default"), std::span(&settings, 1));
  }
  for (const Setting& setting : settings.entries()) {
    if (std::ranges::count(special.without, setting.name) > 0) continue;
    Entry& entry = entries_.emplace_back();
    entry.setting = setting;
    const std::string name = OptionName(setting.name);
    std::string defaults = DefaultText(setting);
    if (special.otherwise != nullptr) {
      const std::string other = DefaultText(*special.otherwise->Find(setting.name));
      if (other != defaults) defaults += fmt::format("; {} {}", other, special.when);
    }
    const std::string apart = special.apart != nullptr ? special.apart(setting.name) : "";
    const std::string help = OptionHelp(setting.help, setting.Range(), defaults);
    CLI::Option* option = nullptr;
    if (std::holds_alternative<bool*>(setting.field)) {
      const std::string both = fmt::format("{0},!--no-{1}", name, name.substr(2));
      option = app.add_flag(both, entry.text, help);
    } else {
      option = app.add_option(name, entry.text, help)->type_name(TypeName(setting));
    }
    entry.option = option->group(group + apart)->take_last();
  }
  tables_.push_back(std::move(settings));
}

void SettingOptions::AddRecipe(CLI::App& app, const std::string& kind) {
  recipe_kind_ = kind;
  AddOption(app, "--recipe NAME|FILE", &recipe_,
            OptionHelp("Values for the options below: a bundled recipe or a TOML file; options "
                       "given here win.",
                       fmt::format("{}|FILE", fmt::join(RecipeNames(kind), "|")), "default"));
}

void SettingOptions::Resolve() const {
  if (!recipe_.empty()) ReadOwnTables(FindRecipe(recipe_kind_, recipe_), tables_);
  Apply();
}

void SettingOptions::Apply() const {
  for (const Entry& entry : entries_) {
    if (entry.option->count() == 0) continue;
    Setting named = entry.setting;
    named.name = OptionName(named.name);
    named.Assign(entry.text, "command line");
  }
}

bool SettingOptions::Given(std::string_view setting) const {
  return std::ranges::any_of(entries_, [&](const Entry& entry) {
    return entry.setting.name == setting && entry.option->count() > 0;
  });
}

void SettingOptions::Refuse(std::string_view why, std::span<const std::string_view> allowed) const {
  for (const auto& [setting, text, option] : entries_) {
    if (option->count() == 0 || std::ranges::count(allowed, setting.name) > 0) continue;
    Fail("{}: {}", OptionName(setting.name), why);
  }
}

CLI::Option* AddRulesOption(CLI::App& app, std::string* rules, const std::string& help,
                            const std::string& otherwise) {
  return AddOption(app, "--rules NAME|FILE", rules,
                   OptionHelp(help, "paper|theory|song|FILE", rules->empty() ? otherwise : *rules));
}

std::string NothingSaved(const std::filesystem::path& folder) {
  return fmt::format("nothing is saved in {} yet; starting from the beginning", folder.string());
}

CLI::Option* AddThreadsOption(CLI::App& app, int* threads, std::string_view limits) {
  constexpr int kMostThreads = 1024;
  *threads = HardwareThreads();
  const std::string help = OptionHelp(
      fmt::format("Threads to use; the results are the same for any number. {}Use fewer to leave "
                  "cores to other programs.",
                  limits),
      fmt::format("1 .. {}", kMostThreads), fmt::format("all {}", *threads));
  return AddOption(app, "--threads N", threads, help)->check(InRange(1, kMostThreads));
}

ResultWriter::ResultWriter(const CommandContext& context, const std::string& target) {
  if (target == "-") {
    out_ = &context.out();
  } else {
    file_.emplace(target);
  }
}

void ResultWriter::Write(std::string_view text) {
  if (out_ != nullptr) {
    *out_ << text;
  } else {
    file_->Write(text);
  }
}

void ResultWriter::Commit() {
  if (file_) file_->Commit();
}

void CheckResult(const std::string& target, const std::vector<std::filesystem::path>& others) {
  if (!target.empty() && target != "-") CheckOutput(target, others);
}

void WriteResult(const CommandContext& context, const std::string& target, std::string_view text) {
  ResultWriter result(context, target);
  result.Write(text);
  result.Commit();
}

Model LoadModelToTune(const CommandContext& context, const std::string& default_or_path) {
  Model model = LoadModel(default_or_path);
  if (model.tuned()) {
    context.Warn(fmt::format("{} is a tuned model ({}); starting from its Note RNN",
                             default_or_path, model.method));
  }
  return model;
}

}  // namespace rltuner::cli
