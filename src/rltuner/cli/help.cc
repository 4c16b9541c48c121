// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <sstream>

#include "rltuner/cli/command_line.h"

namespace rltuner::cli {
namespace {

constexpr std::size_t kWidth = 80;
constexpr std::size_t kOptionColumn = 30;

// Paragraphs wrapped to kWidth. All lines are indented except the first, which already begins at
// that column.
std::string Wrap(std::string_view text, std::size_t indent) {
  std::string wrapped;
  std::istringstream paragraphs{std::string(text)};
  std::string paragraph;
  std::size_t column = indent;
  const auto new_line = [&] {
    wrapped += '\n' + std::string(indent, ' ');
    column = indent;
  };
  bool first = true;
  while (std::getline(paragraphs, paragraph)) {
    if (!first) new_line();
    first = false;
    std::istringstream words(paragraph);
    std::string word;
    while (words >> word) {
      if (column > indent && column + 1 + word.size() > kWidth) new_line();
      if (column > indent) {
        wrapped += ' ';
        ++column;
      }
      wrapped += word;
      column += word.size();
    }
  }
  return wrapped;
}

std::string ArgumentName(const CLI::Option& option) {
  const std::string name = option.get_name(true);
  return option.get_expected_max() > 1 ? name + "..." : name;
}

// Without CLI11's text for checks; the range in the help says more.
std::string TypeOf(const CLI::Option& option) {
  const std::string type = option.get_type_name();
  return type.substr(0, type.find(':'));
}

std::string OptionText(const CLI::Option& option) {
  std::vector<std::string> names;
  for (const std::string& name : option.get_snames()) names.push_back('-' + name);
  const auto& long_names = option.get_lnames();
  const bool has_opposite = long_names.size() == 2 && long_names[1] == "no-" + long_names[0];
  for (const std::string& name : long_names) {
    names.push_back((has_opposite ? "--[no-]" : "--") + name);
    if (has_opposite) break;
  }
  std::string text = fmt::format("{}", fmt::join(names, ", "));
  if (option.get_type_size() > 0 && option.get_items_expected_max() > 0) {
    text += ' ' + TypeOf(option);
  }
  return text;
}

std::string Row(const std::string& left, const std::string& right) {
  std::string row = "  " + left;
  if (row.size() + 2 > kOptionColumn) {
    row += '\n' + std::string(kOptionColumn, ' ');
  } else {
    row.resize(kOptionColumn, ' ');
  }
  return row + Wrap(right, kOptionColumn) + '\n';
}

std::string Usage(const CommandInfo& info, const CLI::App& app) {
  std::string usage = fmt::format("rltuner {}", info.name);
  for (const CLI::Option* option : app.get_options()) {
    if (!option->get_positional()) continue;
    const std::string name = ArgumentName(*option);
    usage += option->get_required() ? ' ' + name : fmt::format(" [{}]", name);
  }
  for (const CLI::Option* option : app.get_options()) {
    if (!option->get_positional() && option->get_required()) {
      usage += fmt::format(" {} {}", option->get_name(), TypeOf(*option));
    }
  }
  return usage + " [options]";
}

}  // namespace

std::string Overview() {
  std::string text =
      "rltuner: trains a melody model on MIDI files and tunes it with music-theory rules\n\n"
      "Try first:\n"
      "  rltuner generate default --count 4 --output out/melodies\n"
      "      melodies of the bundled model, as MIDI\n"
      "  rltuner tune --method q --output out/tuned\n"
      "      tunes the bundled model with rules, in about a minute\n"
      "  rltuner evaluate out/tuned/model.safetensors\n"
      "      measures the tuned model\n";
  std::vector<std::string_view> groups;
  for (const CommandInfo& info : Commands()) {
    if (std::ranges::find(groups, info.group) == groups.end()) {
      groups.push_back(info.group);
    }
  }
  for (const std::string_view group : groups) {
    text += fmt::format("\n{}:\n", group);
    for (const CommandInfo& info : Commands()) {
      if (info.group == group) text += fmt::format("  {:<10} {}\n", info.name, info.summary);
    }
  }
  text +=
      "\n'rltuner help COMMAND' explains a command and all its options.\n"
      "'rltuner --version' prints the version.\n";
  return text;
}

std::string HelpText(const CommandInfo& info, const CLI::App& app) {
  std::string text = fmt::format("rltuner {}: {}\n\nUsage: {}\n\n", info.name, info.summary,
                                 Wrap(Usage(info, app), 7));
  text += Wrap(info.description, 0) + '\n';

  std::string arguments;
  std::vector<std::string> groups{"Options"};
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_positional()) {
      arguments += Row(ArgumentName(*option), option->get_description());
    } else if (std::ranges::find(groups, option->get_group()) == groups.end()) {
      groups.push_back(option->get_group());
    }
  }
  if (!arguments.empty()) text += "\nArguments:\n" + arguments;
  for (const std::string& group : groups) {
    std::string rows;
    for (const CLI::Option* option : app.get_options()) {
      if (option->get_positional() || option->get_group() != group || group.empty()) continue;
      rows += Row(OptionText(*option), option->get_description());
    }
    if (!rows.empty()) text += fmt::format("\n{}:\n{}", group, rows);
  }
  if (!info.examples.empty()) text += "\nExamples:\n";
  for (const std::string_view example : info.examples) text += fmt::format("  {}\n", example);
  return text;
}

}  // namespace rltuner::cli
