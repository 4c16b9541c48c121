// SPDX-License-Identifier: Apache-2.0
#include "rltuner/study/store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cassert>
#include <cerrno>

#include "rltuner/core/error.h"
#include "rltuner/study/sqlite.h"

namespace rltuner {
namespace {

// In the file's header: which program's file it is, and which version of the tables below.
constexpr int kApplication = 0x726c7473, kVersion = 2;

constexpr const char* kTables = R"sql(
  CREATE TABLE study (recipe TEXT NOT NULL);
  CREATE TABLE model (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
  CREATE TABLE melody (model INTEGER NOT NULL REFERENCES model, number INTEGER NOT NULL,
                       events BLOB NOT NULL, PRIMARY KEY (model, number));
  CREATE TABLE session (participant INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE,
                        repeated INTEGER NOT NULL DEFAULT 0);
  CREATE TABLE answer (participant INTEGER NOT NULL REFERENCES session, question INTEGER NOT NULL,
                       first_model INTEGER NOT NULL, first_melody INTEGER NOT NULL,
                       second_model INTEGER NOT NULL, second_melody INTEGER NOT NULL,
                       preference INTEGER NOT NULL CHECK (preference BETWEEN -2 AND 2),
                       first_heard REAL NOT NULL, second_heard REAL NOT NULL, taken REAL NOT NULL,
                       PRIMARY KEY (participant, question));
)sql";

// What version 2 has more than version 1. An answer without a time was stored by version 1.
constexpr const char* kSinceVersion2 = R"sql(
  ALTER TABLE answer ADD COLUMN time INTEGER;
  ALTER TABLE answer ADD COLUMN repeats INTEGER NOT NULL DEFAULT 0;
  CREATE TRIGGER count_repeat AFTER UPDATE OF repeats ON answer BEGIN
    UPDATE session SET repeated = repeated + 1 WHERE participant = new.participant;
  END;
  CREATE TABLE link (token TEXT NOT NULL, port INTEGER NOT NULL);
)sql";

}  // namespace

struct StudyStore::ServerLock {
  explicit ServerLock(const std::filesystem::path& path)
      : file(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    // A file system without locks is no reason not to serve.
    if (flock(file, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
      close(file);
      Fail("{}: another server serves this study; expected one server at a time", path.string());
    }
  }
  ~ServerLock() { close(file); }
  ServerLock(const ServerLock&) = delete;
  ServerLock& operator=(const ServerLock&) = delete;

  int file;
};

void StudyStore::Create(const std::filesystem::path& path, const StudyOptions& options,
                        std::span<const StudyModel> models) {
  if (std::filesystem::exists(path))
    Fail("{}: exists; a study is never written over", path.string());
  std::filesystem::path temporary = path;
  temporary += ".new";
  std::filesystem::remove(temporary);
  {
    const SqliteDatabase database(temporary, SqliteDatabase::Open::kCreate);
    database.Run("BEGIN");
    database.Run(fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {};", kApplication,
                             kVersion));
    database.Run(kTables);
    database.Run(kSinceVersion2);
    StudyOptions copy = options;
    const std::vector<Settings> tables = {Describe(copy)};
    SqliteStatement(database, "INSERT INTO study VALUES (?)")
        .Bind(std::string_view{WriteRecipe(tables)})
        .Run();
    for (std::size_t m = 0; m < models.size(); ++m) {
      SqliteStatement(database, "INSERT INTO model VALUES (?, ?)")
          .Bind(static_cast<int>(m))
          .Bind(std::string_view{models[m].name})
          .Run();
      for (std::size_t i = 0; i < models[m].melodies.size(); ++i) {
        SqliteStatement(database, "INSERT INTO melody VALUES (?, ?, ?)")
            .Bind(static_cast<int>(m))
            .Bind(static_cast<int>(i))
            .Bind(std::span<const std::uint8_t>(models[m].melodies[i]))
            .Run();
      }
    }
    database.Run("COMMIT");
  }
  std::filesystem::rename(temporary, path);
}

StudyStore::StudyStore(const std::filesystem::path& path, StudyUse use) {
  if (!std::filesystem::exists(path)) {
    Fail("{}: no such study; `rltuner study create` makes one", path.string());
  }
  if (use == StudyUse::kServe) lock_ = std::make_unique<ServerLock>(path);
  database_ = std::make_unique<SqliteDatabase>(path, SqliteDatabase::Open::kExisting);
  const auto pragma = [&](const char* sql) {
    SqliteStatement statement(*database_, sql);
    return statement.Next() ? statement.Int(0) : 0;
  };
  if (pragma("PRAGMA application_id") != kApplication) {
    Fail("{}: is no study; 'rltuner study create' makes one", path.string());
  }
  version_ = pragma("PRAGMA user_version");
  if (version_ < 1 || version_ > kVersion) {
    Fail("{}: is a study of version {}; expected 1 or {}", path.string(), version_, kVersion);
  }
  if (use == StudyUse::kServe && version_ == 1) {
    database_->Run("BEGIN IMMEDIATE");
    database_->Run(kSinceVersion2);
    database_->Run(fmt::format("PRAGMA user_version = {}; COMMIT;", kVersion));
    version_ = kVersion;
  }
  SqliteStatement study(*database_, "SELECT recipe FROM study");
  if (!study.Next()) Fail("{}: the study has no settings", path.string());
  const std::vector<Settings> tables = {Describe(options_)};
  ReadRecipe(study.Text(0), path.string(), tables);

  for (SqliteStatement model(*database_, "SELECT name FROM model ORDER BY id"); model.Next();) {
    models_.push_back({.name = model.Text(0), .melodies = {}});
  }
  for (SqliteStatement melody(*database_,
                              "SELECT model, events FROM melody ORDER BY model, number");
       melody.Next();) {
    const int model = melody.Int(0);
    if (model < 0 || model >= static_cast<int>(models_.size())) {
      Fail("{}: a melody belongs to model {}, which the study does not have", path.string(), model);
    }
    models_[model].melodies.push_back(melody.Bytes(1));
  }
  for (const StudyModel& model : models_) {
    if (static_cast<int>(model.melodies.size()) == options_.melodies) continue;
    Fail("{}: model {} has {} melodies, expected {}", path.string(), model.name,
         model.melodies.size(), options_.melodies);
  }
  if (models_.size() < 2) Fail("{}: a study needs two models or more", path.string());
}

StudyStore::~StudyStore() = default;

StudySession StudyStore::Begin(std::string_view key) {
  const std::lock_guard lock(mutex_);
  SqliteStatement(*database_,
                  "INSERT INTO session (participant, key) "
                  "SELECT coalesce(max(participant) + 1, 0), ? FROM session")
      .Bind(key)
      .Run();
  return {.participant = static_cast<int>(database_->last_row()), .answered = 0, .repeated = 0};
}

std::optional<StudySession> StudyStore::Find(std::string_view key) const {
  const std::lock_guard lock(mutex_);
  SqliteStatement found(
      *database_,
      "SELECT participant, repeated, (SELECT count(*) FROM answer "
      "WHERE answer.participant = session.participant) FROM session WHERE key = ?");
  found.Bind(key);
  if (!found.Next()) return std::nullopt;
  return StudySession{
      .participant = found.Int(0), .answered = found.Int(2), .repeated = found.Int(1)};
}

bool StudyStore::Record(std::string_view key, int question, const Answer& answer,
                        std::int64_t time) {
  assert(IsPreference(answer.preference));
  const std::optional<StudySession> session = Find(key);
  if (!session) Fail("{}: nobody has this session", database_->path());
  if (question > session->answered) {
    Fail("question {} comes before question {}", session->answered + 1, question + 1);
  }
  const std::lock_guard lock(mutex_);
  SqliteStatement(*database_,
                  "INSERT OR IGNORE INTO answer VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)")
      .Bind(session->participant)
      .Bind(question)
      .Bind(answer.question.first.model)
      .Bind(answer.question.first.melody)
      .Bind(answer.question.second.model)
      .Bind(answer.question.second.melody)
      .Bind(answer.preference)
      .Bind(answer.first_heard)
      .Bind(answer.second_heard)
      .Bind(answer.taken)
      .Bind(time)
      .Run();
  if (database_->changes() == 1) return true;
  SqliteStatement(*database_,
                  "UPDATE answer SET repeats = repeats + 1 WHERE participant = ? AND question = ?")
      .Bind(session->participant)
      .Bind(question)
      .Run();
  return false;
}

std::optional<StudyLink> StudyStore::Link() const {
  const std::lock_guard lock(mutex_);
  if (version_ == 1) return std::nullopt;
  SqliteStatement row(*database_, "SELECT token, port FROM link");
  if (!row.Next()) return std::nullopt;
  return StudyLink{.token = row.Text(0), .port = row.Int(1)};
}

void StudyStore::StoreLink(const StudyLink& link) {
  const std::lock_guard lock(mutex_);
  SqliteStatement(*database_, "INSERT OR REPLACE INTO link (rowid, token, port) VALUES (1, ?, ?)")
      .Bind(std::string_view{link.token})
      .Bind(link.port)
      .Run();
}

std::vector<RecordedAnswer> StudyStore::Answers() const {
  const std::lock_guard lock(mutex_);
  std::vector<RecordedAnswer> answers;
  for (SqliteStatement row(*database_,
                           version_ == 1
                               ? "SELECT *, NULL, 0 FROM answer ORDER BY participant, question"
                               : "SELECT * FROM answer ORDER BY participant, question");
       row.Next();) {
    answers.push_back({.participant = row.Int(0),
                       .question = row.Int(1),
                       .answer = {.question = {{row.Int(2), row.Int(3)}, {row.Int(4), row.Int(5)}},
                                  .preference = row.Int(6),
                                  .first_heard = row.Real(7),
                                  .second_heard = row.Real(8),
                                  .taken = row.Real(9)},
                       .time = row.Whole(10),
                       .repeats = row.Int(11)});
  }
  return answers;
}

std::vector<StudySession> StudyStore::Sessions() const {
  const std::lock_guard lock(mutex_);
  std::vector<StudySession> sessions;
  for (SqliteStatement row(
           *database_,
           "SELECT participant, repeated, (SELECT count(*) FROM answer WHERE "
           "answer.participant = session.participant) FROM session ORDER BY participant");
       row.Next();) {
    sessions.push_back({.participant = row.Int(0), .answered = row.Int(2), .repeated = row.Int(1)});
  }
  return sessions;
}

}  // namespace rltuner
