// SPDX-License-Identifier: Apache-2.0
#include "rltuner/study/sqlite.h"

#include <sqlite3.h>

#include <system_error>

#include "rltuner/core/error.h"

namespace rltuner::study {
namespace {

constexpr int kWaitMilliseconds = 5000;  // for another process that is writing

}  // namespace

SqliteDatabase::SqliteDatabase(const std::filesystem::path& path) : path_(path.string()) {
  if (sqlite3_open(path_.c_str(), &handle_) != SQLITE_OK) {
    const int error = sqlite3_system_errno(handle_);
    sqlite3_close(handle_);
    Fail("cannot open {}: {}", path_, std::generic_category().message(error));
  }
  sqlite3_busy_timeout(handle_, kWaitMilliseconds);
}

SqliteDatabase::~SqliteDatabase() { sqlite3_close(handle_); }

void SqliteDatabase::FailHere() const {
  if (sqlite3_errcode(handle_) == SQLITE_BUSY) {
    Fail("{}: another program has locked the file; expected it to be free within {} seconds", path_,
         kWaitMilliseconds / 1000);
  }
  if (sqlite3_errcode(handle_) == SQLITE_NOTADB) FailForNoStudy();
  Fail("{}: {}", path_, sqlite3_errmsg(handle_));
}

void SqliteDatabase::FailForNoStudy() const {
  Fail("{}: not a study; 'rltuner study create' makes one", path_);
}

void SqliteDatabase::Run(const std::string& sql) const {
  if (sqlite3_exec(handle_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) FailHere();
}

std::int64_t SqliteDatabase::last_row() const { return sqlite3_last_insert_rowid(handle_); }

void SqliteStatement::Prepare(const std::string& sql) {
  Check(sqlite3_prepare_v2(database_.handle_, sql.c_str(), -1, &statement_, nullptr));
}

SqliteStatement::~SqliteStatement() { sqlite3_finalize(statement_); }

void SqliteStatement::Check(int result) const {
  if (result != SQLITE_OK) database_.FailHere();
}

void SqliteStatement::Bind(std::int64_t value) {
  Check(sqlite3_bind_int64(statement_, ++bound_, value));
}

void SqliteStatement::Bind(double value) {
  Check(sqlite3_bind_double(statement_, ++bound_, value));
}

void SqliteStatement::Bind(std::string_view text) {
  Check(sqlite3_bind_text(statement_, ++bound_, text.data(), static_cast<int>(text.size()),
                          SQLITE_TRANSIENT));
}

void SqliteStatement::Bind(std::span<const std::uint8_t> bytes) {
  Check(sqlite3_bind_blob(statement_, ++bound_, bytes.data(), static_cast<int>(bytes.size()),
                          SQLITE_TRANSIENT));
}

bool SqliteStatement::Next() {
  const int result = sqlite3_step(statement_);
  if (result != SQLITE_ROW && result != SQLITE_DONE) database_.FailHere();
  return result == SQLITE_ROW;
}

std::int64_t SqliteStatement::Int64(int column) const {
  return sqlite3_column_int64(statement_, column);
}

double SqliteStatement::Real(int column) const { return sqlite3_column_double(statement_, column); }

std::string SqliteStatement::Text(int column) const {
  const std::vector<std::uint8_t> bytes = Bytes(column);
  return {bytes.begin(), bytes.end()};
}

std::vector<std::uint8_t> SqliteStatement::Bytes(int column) const {
  const auto* bytes = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_, column));
  return {bytes, bytes + sqlite3_column_bytes(statement_, column)};
}

}  // namespace rltuner::study
