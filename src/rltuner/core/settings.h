// SPDX-License-Identifier: Apache-2.0
// Each option is declared once: a Settings object names, documents and bounds the fields of an
// options struct. Recipe files, command-line flags, help texts and the resolved recipe in every
// checkpoint all come from that list.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace rltuner {

// A maximum for numbers that only their type limits.
inline constexpr double kNoMaximum = std::numeric_limits<double>::infinity();

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

// The options of one TOML table. It points into a struct, which must outlive it.
class Settings {
 public:
  explicit Settings(std::string table) : table_(std::move(table)) {}

  // An integer or real number with its closed range.
  Settings& Add(std::string name, Setting::Field field, double minimum, double maximum,
                std::string help);
  Settings& Add(std::string name, bool* field, std::string help);
  Settings& Add(std::string name, std::string* field, std::vector<std::string> choices,
                std::string help);

  // Makes WriteRecipe omit the table. ReadRecipe still reads it.
  void LeaveUnwritten() { written_ = false; }
  bool written() const { return written_; }

  const std::string& table() const { return table_; }
  std::span<const Setting> entries() const { return entries_; }

  // nullptr if there is none of that name.
  const Setting* Find(std::string_view name) const;

 private:
  std::string table_;
  bool written_ = true;
  std::vector<Setting> entries_;
};

// Error for a field whose value is outside its range, such as one that a program has set.
void CheckRanges(const Settings& settings);
template <typename Options>
void CheckFields(Options options) {
  CheckRanges(Describe(options));
}

// Reads TOML text into `tables` (nested tables have dotted names; "" is the top level). Fields that
// the text does not mention keep their values. An unknown table or key is an Error that names the
// source, the line, the key and the nearest known one. A value of the wrong type or out of range is
// an Error too; an integer is accepted where a real number is expected. Several Settings may share
// a table. Text of more than 256 KiB and keys of more than 16 dots are refused. After an Error some
// values may already have been stored.
void ReadRecipe(std::string_view text, std::string_view source, std::span<const Settings> tables);

// The tables of a recipe. The part of the program that uses a table describes and reads it.
inline constexpr std::array<std::string_view, 9> kRecipeTables = {
    "network", "training", "tuning", "music", "policy", "rules", "targets", "wishes", "evaluation"};

// ReadRecipe for code that uses only the tables `own` of a recipe. The other tables of
// kRecipeTables, and their subtables, are neither checked nor stored.
void ReadOwnTables(std::string_view text, std::string_view source, std::span<const Settings> own);

// The tables as TOML text. ReadRecipe reads it back to exactly equal values.
std::string WriteRecipe(std::span<const Settings> tables);

// How messages name a setting: "--learning-rate" for "learning_rate".
std::string OptionName(std::string_view setting);

// The name among `known` with the smallest edit distance, or "" when none is near.
std::string NearestName(std::string_view name, std::span<const std::string> known);

// The items of a comma-separated list, trimmed. An empty text gives one empty item.
std::vector<std::string_view> ListItems(std::string_view list);

}  // namespace rltuner
