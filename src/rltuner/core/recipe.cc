// SPDX-License-Identifier: Apache-2.0
// Settings as TOML text: ReadRecipe and WriteRecipe of settings.h.
#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <optional>

#include "rltuner/core/error.h"
#include "rltuner/core/settings.h"

namespace rltuner {
namespace {

std::string Join(std::string_view table, std::string_view key) {
  return table.empty() ? std::string(key) : fmt::format("{}.{}", table, key);
}

std::string Place(std::string_view table) {
  return table.empty() ? "at the top level" : fmt::format("in [{}]", table);
}

// Shortened for messages, because names come from the file.
std::string Shortened(const std::string& text) {
  constexpr std::size_t kLongest = 100;
  return text.size() <= kLongest ? text : text.substr(0, kLongest) + "...";
}

// The position after the TOML string that begins at `begin`.
std::size_t EndOfString(std::string_view text, std::size_t begin) {
  const char quote = text[begin];
  const std::string_view three = quote == '"' ? "\"\"\"" : "'''";
  const bool multiline = text.substr(begin).starts_with(three);
  std::size_t i = begin + (multiline ? 3 : 1);
  for (; i < text.size(); ++i) {
    if (text[i] == '\\' && quote == '"') {
      ++i;
    } else if (!multiline && (text[i] == quote || text[i] == '\n')) {
      return i + 1;
    } else if (multiline && text.substr(i).starts_with(three)) {
      i += 3;  // two more quotes may belong to the text
      for (int more = 0; more < 2 && i < text.size() && text[i] == quote; ++more) ++i;
      return i;
    }
  }
  return text.size();
}

// The parser makes a table for every part of a dotted key and takes nested tables apart by
// recursion, so a key of very many parts would exhaust the stack.
void RequireShallowKeys(std::string_view text, std::string_view source) {
  constexpr int kMostDots = 16;
  int dots = 0;
  for (std::size_t i = 0; i < text.size();) {
    if (text[i] == '"' || text[i] == '\'') {
      i = EndOfString(text, i);
      continue;
    }
    if (text[i] == '#') {
      i = std::min(text.find('\n', i), text.size());
      continue;
    }
    if (std::string_view("=,[]{}\n").find(text[i]) != std::string_view::npos) dots = 0;
    if (text[i] == '.' && ++dots > kMostDots) {
      Fail("{}:{}: a key with more than {} dots", source,
           1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(i), '\n'),
           kMostDots);
    }
    ++i;
  }
}

std::string Hint(std::string_view name, const std::vector<std::string>& known) {
  const std::string nearest = NearestName(name, known);
  if (!nearest.empty()) return fmt::format("; did you mean {}?", nearest);
  if (known.empty()) return "; nothing is expected there";
  return fmt::format("; known: {}", fmt::join(known, ", "));
}

// The text Setting::Assign parses; nullopt if the node's type does not suit the field.
std::optional<std::string> TextFor(const Setting& setting, const toml::node& node) {
  if (std::holds_alternative<bool*>(setting.field)) {
    if (const auto* flag = node.as_boolean()) return flag->get() ? "true" : "false";
  } else if (std::holds_alternative<std::string*>(setting.field)) {
    if (const auto* text = node.as_string()) return text->get();
  } else {
    if (const auto* whole = node.as_integer()) return fmt::format("{}", whole->get());
    const auto* real = node.as_floating_point();
    if (real != nullptr && std::holds_alternative<double*>(setting.field)) {
      return fmt::format("{}", real->get());
    }
  }
  return std::nullopt;
}

std::string_view ExpectedType(const Setting& setting) {
  if (std::holds_alternative<bool*>(setting.field)) return "true or false";
  if (std::holds_alternative<std::string*>(setting.field)) return "a text in quotes";
  if (std::holds_alternative<double*>(setting.field)) return "a number";
  return "a whole number";
}

class RecipeReader {
 public:
  RecipeReader(std::string_view source, std::span<const Settings> tables,
               std::span<const std::string_view> others)
      : source_(source), tables_(tables), others_(others) {}

  void Read(const toml::table& table, const std::string& path) const {
    for (const auto& [key, node] : table) {
      const std::string name(key.str());
      const std::string where = fmt::format("{}:{}", source_, key.source().begin.line);
      if (const Setting* setting = Find(path, name)) {
        const std::optional<std::string> text = TextFor(*setting, node);
        if (!text) {
          Fail("{}: {} has the wrong type, expected {}", where, Join(path, name),
               ExpectedType(*setting));
        }
        Setting qualified = *setting;
        qualified.name = Join(path, name);
        qualified.Assign(*text, where);
      } else if (const toml::table* inner = node.as_table()) {
        const std::string inner_path = Join(path, name);
        if (!IsTable(inner_path)) {
          if (std::ranges::find(others_, inner_path) != others_.end()) continue;
          Fail("{}: unknown table [{}]{}", where, Shortened(inner_path),
               Hint(inner_path, TableNames()));
        }
        Read(*inner, inner_path);
      } else {
        Fail("{}: unknown key {} {}{}", where, Shortened(name), Place(path),
             Hint(name, KeyNames(path)));
      }
    }
  }

 private:
  const Setting* Find(std::string_view table, std::string_view name) const {
    for (const Settings& settings : tables_) {
      if (settings.table() != table) continue;
      if (const Setting* found = settings.Find(name)) return found;
    }
    return nullptr;
  }

  // A known table or a parent of one: [rules] where [rules.key] is known.
  bool IsTable(const std::string& path) const {
    return std::ranges::any_of(tables_, [&](const Settings& settings) {
      return settings.table() == path || settings.table().starts_with(path + '.');
    });
  }

  std::vector<std::string> TableNames() const {
    std::vector<std::string> names(others_.begin(), others_.end());
    for (const Settings& settings : tables_) {
      if (!settings.table().empty()) names.push_back(settings.table());
    }
    return names;
  }

  std::vector<std::string> KeyNames(std::string_view table) const {
    std::vector<std::string> names;
    for (const Settings& settings : tables_) {
      if (settings.table() != table) continue;
      for (const Setting& entry : settings.entries()) names.push_back(entry.name);
    }
    return names;
  }

  std::string_view source_;
  std::span<const Settings> tables_;
  std::span<const std::string_view> others_;  // tables to pass over
};

void ReadTables(std::string_view text, std::string_view source, std::span<const Settings> tables,
                std::span<const std::string_view> others) {
  constexpr std::size_t kLongest = 256 << 10;  // a table takes up to 100 times its text
  if (text.size() > kLongest) {
    Fail("{}: {} bytes, expected at most {} of TOML", source, text.size(), kLongest);
  }
  RequireShallowKeys(text, source);
  toml::table root;
  try {
    root = toml::parse(text);
  } catch (const toml::parse_error& error) {
    const toml::source_position at = error.source().begin;
    Fail("{}:{}:{}: {}", source, at.line, at.column, Shortened(std::string(error.description())));
  }
  RecipeReader(source, tables, others).Read(root, "");
}

}  // namespace

void ReadRecipe(std::string_view text, std::string_view source, std::span<const Settings> tables) {
  ReadTables(text, source, tables, {});
}

void ReadOwnTables(std::string_view text, std::string_view source, std::span<const Settings> own) {
  ReadTables(text, source, own, kRecipeTables);
}

std::string WriteRecipe(std::span<const Settings> tables) {
  std::vector<const Settings*> ordered;
  for (const Settings& settings : tables) {
    if (settings.written()) ordered.push_back(&settings);
  }
  // Keys of the top level must stand before the first table, and a table may open only once.
  const auto first_of = [&](const Settings* settings) {
    if (settings->table().empty()) return std::ptrdiff_t{-1};
    return std::ranges::find_if(
               tables, [&](const Settings& other) { return other.table() == settings->table(); }) -
           tables.begin();
  };
  std::ranges::stable_sort(
      ordered, [&](const Settings* a, const Settings* b) { return first_of(a) < first_of(b); });
  std::string text;
  std::string open;
  for (const Settings* settings : ordered) {
    if (settings->table() != open) {
      open = settings->table();
      text += fmt::format("{}[{}]\n", text.empty() ? "" : "\n", open);
    }
    for (const Setting& entry : settings->entries()) {
      text += fmt::format("{} = {}\n", entry.name, entry.Value());
    }
  }
  return text;
}

}  // namespace rltuner
