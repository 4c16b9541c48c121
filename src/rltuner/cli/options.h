// SPDX-License-Identifier: Apache-2.0
// Settings (core/settings.h) as command-line options, and the values that options share.
#pragma once

#include <fmt/ranges.h>

#include <CLI/App.hpp>
#include <deque>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rltuner/cli/command.h"
#include "rltuner/core/error.h"
#include "rltuner/core/files.h"
#include "rltuner/core/settings.h"
#include "rltuner/nn/model.h"

namespace rltuner::cli {

// Exceptions for some of the settings.
struct SpecialSettings {
  std::vector<std::string> without = {};  // keys of the recipe that have no option
  // For a command whose defaults depend on another option: other defaults, which the help also
  // shows, followed by `when`.
  const Settings* otherwise = nullptr;
  std::string when = {};
  // Returns a text to add to the heading of a setting's option, which groups options of one kind.
  std::string (*apart)(std::string_view setting) = nullptr;
};

// The options of one command that come from Settings. Call Add in AddOptions, then, in Run, Resolve
// (with a recipe) or Apply (without). The command line overrides the recipe, and the recipe
// overrides the defaults.
class SettingOptions {
 public:
  // Adds an option for every setting, under the heading `group` of the help: `learning_rate`
  // becomes --learning-rate, and a bool `x` becomes --x and --no-x. The struct behind `settings`
  // must outlive this object; its present values are the defaults that the help shows.
  void Add(CLI::App& app, Settings settings, const std::string& group,
           const SpecialSettings& special = {});

  // Adds --recipe NAME|FILE: one of the bundled recipes of `kind` (see recipes/recipes.h) or a TOML
  // file. Resolve reads it. Without the option, recipe 'default' of that kind is used, and Add
  // shows its values as defaults.
  void AddRecipe(CLI::App& app, const std::string& kind);

  // Stores the recipe's values, then the command line's. Errors name the recipe's line, or the
  // option with its value and range.
  void Resolve() const;

  // Stores the command line's values alone.
  void Apply() const;

  // True if the command line gives this setting (named as in the recipe).
  bool Given(std::string_view setting) const;

  // Error, "--x: `why`", if the command line gives a setting that is not one of `allowed`.
  void Refuse(std::string_view why, std::span<const std::string_view> allowed = {}) const;

  // The tables behind the options; WriteRecipe turns them into the resolved recipe.
  const std::vector<Settings>& tables() const { return tables_; }

 private:
  struct Entry {
    Setting setting;
    std::string text;  // the value as given
    const CLI::Option* option = nullptr;
  };

  std::deque<Entry> entries_;  // addresses stay: CLI11 writes into `text`
  std::vector<Settings> tables_;
  std::string recipe_kind_, recipe_;
};

// Returns an option's help with its range and default: "One sentence. [0 .. 1; default 0.5]".
std::string OptionHelp(std::string_view help, std::string_view range,
                       std::string_view default_text);

// Adds an option, written as the help shows it: "--output DIR", "-o,--output DIR", or "FILE" for a
// positional argument. An empty value, such as an unset variable of a script, is refused.
template <typename T>
CLI::Option* AddOption(CLI::App& app, const std::string& usage, T* field, const std::string& help) {
  const std::size_t space = usage.find(' ');
  CLI::Option* option = app.add_option(usage.substr(0, space), *field, help);
  if (space != std::string::npos) option->type_name(usage.substr(space + 1));
  return option->check([](const std::string& value) { return value.empty() ? "is empty" : ""; });
}

// Checks the number given to an option of AddOption. The message is worded like that of a setting.
template <typename Number>
std::function<std::string(const std::string&)> InRange(Number lowest, Number highest) {
  return [=](const std::string& text) -> std::string {
    Number value{};
    Setting setting{"", &value, "", static_cast<double>(lowest), static_cast<double>(highest), {}};
    try {
      setting.Assign(text, "");
    } catch (const Error& error) {
      return std::string(error.what()).substr(std::string_view(error.what()).find("is "));
    }
    return "";
  };
}

// A list separated by commas. The help shows its present values as the default.
template <typename T>
CLI::Option* AddListOption(CLI::App& app, const std::string& usage, std::vector<T>* field,
                           const std::string& help, const std::string& range) {
  const std::string values = fmt::format("{}", fmt::join(*field, ","));
  return AddOption(app, usage, field, OptionHelp(help, range, values))->delimiter(',');
}

// --rules NAME|FILE. The help shows the present value of `rules` as the default, or `otherwise` if
// it is empty.
CLI::Option* AddRulesOption(CLI::App& app, std::string* rules, const std::string& help,
                            const std::string& otherwise = "");

// The message when --resume finds no checkpoint, for instance because the run was killed before it
// saved one.
std::string NothingSaved(const std::filesystem::path& folder);

// --threads N; the default is the number of threads that the machine runs at once. CLI11 checks the
// value. `limits`: sentences to add to the help, each followed by a space.
CLI::Option* AddThreadsOption(CLI::App& app, int* threads, std::string_view limits = "");

// Writes a result of any length piece by piece: to standard output if `target` is "-", else to the
// file of that name, which appears whole with Commit. Errors are those of AtomicFile.
class ResultWriter {
 public:
  ResultWriter(const CommandContext& context, const std::string& target);

  void Write(std::string_view text);
  void Commit();

 private:
  std::ostream* out_ = nullptr;  // null: to the file
  std::optional<AtomicFile> file_;
};

// Calls CheckOutput for a target of WriteResult, unless it is "-" or "" (no target). Call it before
// the work.
void CheckResult(const std::string& target, const std::vector<std::filesystem::path>& others = {});

// Writes a result: text to standard output if `target` is "-", else to the file, atomically.
void WriteResult(const CommandContext& context, const std::string& target, std::string_view text);

// Loads a model as LoadModel does. Warns if it is tuned, because tuning starts from its Note RNN.
Model LoadModelToTune(const CommandContext& context, const std::string& default_or_path);

}  // namespace rltuner::cli
