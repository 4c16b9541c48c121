// SPDX-License-Identifier: Apache-2.0
// As much of SQLite as is needed here, with errors as exceptions that name the file. Not
// thread-safe: callers take turns.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace rltuner {

// An open file. Every statement outside of BEGIN ... COMMIT is on the disk when it has run.
class SqliteDatabase {
 public:
  enum class Open { kExisting, kCreate };

  SqliteDatabase(const std::filesystem::path& path, Open how);
  ~SqliteDatabase();
  SqliteDatabase(const SqliteDatabase&) = delete;
  SqliteDatabase& operator=(const SqliteDatabase&) = delete;

  // Statements that have no values and no rows.
  void Run(const std::string& sql) const;

  int changes() const;            // rows that the last statement changed
  std::int64_t last_row() const;  // the id of the row inserted last

  const std::string& path() const { return path_; }

 private:
  friend class SqliteStatement;
  [[noreturn]] void FailHere() const;

  std::string path_;
  sqlite3* handle_ = nullptr;
};

// One statement: bind its values in order, then read its rows. The database must outlive it.
class SqliteStatement {
 public:
  SqliteStatement(const SqliteDatabase& database, const char* sql);
  ~SqliteStatement();
  SqliteStatement(const SqliteStatement&) = delete;
  SqliteStatement& operator=(const SqliteStatement&) = delete;

  SqliteStatement& Bind(std::int64_t value);
  SqliteStatement& Bind(int value) { return Bind(std::int64_t{value}); }
  SqliteStatement& Bind(double value);
  SqliteStatement& Bind(std::string_view text);
  SqliteStatement& Bind(std::span<const std::uint8_t> bytes);

  bool Next();            // true while there is a row to read
  void Run() { Next(); }  // for statements without rows

  // Columns of the row, from 0; a missing value is 0, empty or none.
  std::optional<std::int64_t> Whole(int column) const;
  int Int(int column) const;
  double Real(int column) const;
  std::string Text(int column) const;
  std::vector<std::uint8_t> Bytes(int column) const;

 private:
  SqliteStatement& Bound(int result);

  const SqliteDatabase& database_;
  sqlite3_stmt* statement_ = nullptr;
  int bound_ = 0;
};

}  // namespace rltuner
