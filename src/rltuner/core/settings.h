// SPDX-License-Identifier: Apache-2.0
// Options declared once: a Settings object names, documents and bounds the fields of one options
// struct. Recipe files, command-line flags, help texts and the resolved recipe that is stored in
// every checkpoint all come from that one list.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace rltuner {

// One option. Names are snake_case (recipe keys); the command line shows them with dashes.
struct Setting {
  using Field = std::variant<int*, std::int64_t*, double*, bool*, std::string*>;

  std::string name;
  Field field;
  std::string help;                  // one sentence, with the unit
  double minimum = 0, maximum = 0;   // numbers: the closed range
  std::vector<std::string> choices;  // strings: the values allowed; empty = any

  // The field's value as TOML.
  std::string Value() const;

  // "0 .. 1", "1 or more", "any" (number), "a|b|c", "true|false" or "" (any text).
  std::string Range() const;

  // Parses and stores; Error names `where`, the setting, the value and the range.
  void Assign(std::string_view value, std::string_view where) const;
};

// A TOML table's worth of options that points into a struct which must outlive it.
class Settings {
 public:
  explicit Settings(std::string table) : table_(std::move(table)) {}

  Settings& Add(std::string name, int* field, int minimum, int maximum, std::string help);
  Settings& Add(std::string name, std::int64_t* field, std::int64_t minimum, std::int64_t maximum,
                std::string help);
  Settings& Add(std::string name, double* field, double minimum, double maximum, std::string help);
  Settings& Add(std::string name, bool* field, std::string help);
  Settings& Add(std::string name, std::string* field, std::vector<std::string> choices,
                std::string help);

  const std::string& table() const { return table_; }
  std::span<const Setting> entries() const { return entries_; }

  // nullptr if there is none of that name.
  const Setting* Find(std::string_view name) const;

 private:
  Settings& Add(Setting entry);

  std::string table_;
  std::vector<Setting> entries_;
};

// Reads TOML text whose tables are `tables` (dotted names for nested ones, "" for the top level);
// what the text leaves out keeps its value. An unknown table or key is an Error that names the
// source, the line, the key and the nearest known one; so is a value of the wrong type or range (a
// whole number is fine where a number is wanted). Several Settings may share a table. Text of more
// than 256 KiB and keys of more than 16 dots are refused. After an Error some of the values may
// have been stored.
void ReadRecipe(std::string_view text, std::string_view source, std::span<const Settings> tables);

// The tables of a recipe. Each is described, and read, by the part of the program that it is for.
inline constexpr std::array<std::string_view, 5> kRecipeTables = {"network", "training", "tuning",
                                                                  "rules", "evaluation"};

// ReadRecipe of a whole recipe: those of kRecipeTables that are not `own`, and the tables below
// them, are neither checked nor stored.
void ReadOwnTables(std::string_view text, std::string_view source, std::span<const Settings> own);

// The tables as TOML text that ReadRecipe reads back to equal values, byte for byte.
std::string WriteRecipe(std::span<const Settings> tables);

// The name among `known` with the smallest edit distance, or "" when none is near.
std::string NearestName(std::string_view name, std::span<const std::string> known);

// The items of a comma list without the spaces around them; one item, "", of an empty text.
std::vector<std::string_view> ListItems(std::string_view list);

}  // namespace rltuner
