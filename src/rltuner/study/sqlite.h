// SPDX-License-Identifier: Apache-2.0
// SQLite's C interface with errors as exceptions that name the file. Not thread-safe.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace rltuner::study {

// An open file. A statement outside of BEGIN ... COMMIT is on the disk when it has run.
class SqliteDatabase {
 public:
  // Makes the file if it does not exist.
  explicit SqliteDatabase(const std::filesystem::path& path);
  ~SqliteDatabase();
  SqliteDatabase(const SqliteDatabase&) = delete;
  SqliteDatabase& operator=(const SqliteDatabase&) = delete;

  // Runs statements that have no values and no rows.
  void Run(const std::string& sql) const;

  std::int64_t last_row() const;  // the id of the row inserted last

  [[noreturn]] void FailForNoStudy() const;

  const std::string& path() const { return path_; }

 private:
  friend class SqliteStatement;
  [[noreturn]] void FailHere() const;

  std::string path_;
  sqlite3* handle_ = nullptr;
};

// One statement with the values of its question marks, in order: integers, floating-point numbers,
// texts or spans of bytes. The database must outlive it.
class SqliteStatement {
 public:
  template <typename... Values>
  SqliteStatement(const SqliteDatabase& database, const std::string& sql, const Values&... values)
      : database_(database) {
    Prepare(sql);
    (Bind(values), ...);
  }
  ~SqliteStatement();
  SqliteStatement(const SqliteStatement&) = delete;
  SqliteStatement& operator=(const SqliteStatement&) = delete;

  // Runs the statement, or moves to its next row; true while there is a row to read.
  bool Next();

  // Columns of the row, from 0; a missing value is 0 or empty.
  std::int64_t Int64(int column) const;
  int Int(int column) const { return static_cast<int>(Int64(column)); }
  double Real(int column) const;
  std::string Text(int column) const;
  std::vector<std::uint8_t> Bytes(int column) const;

 private:
  void Prepare(const std::string& sql);
  void Bind(std::int64_t value);
  void Bind(int value) { Bind(std::int64_t{value}); }
  void Bind(double value);
  void Bind(std::string_view text);
  void Bind(std::span<const std::uint8_t> bytes);
  void Check(int result) const;

  const SqliteDatabase& database_;
  sqlite3_stmt* statement_ = nullptr;
  int bound_ = 0;
};

}  // namespace rltuner::study
