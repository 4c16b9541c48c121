// SPDX-License-Identifier: Apache-2.0
#include "rltuner/study/store.h"

#include <algorithm>
#include <cassert>

#include "rltuner/core/error.h"
#include "rltuner/core/random.h"
#include "rltuner/core/safetensors.h"
#include "rltuner/evaluation/evaluate.h"
#include "rltuner/evaluation/generation.h"
#include "rltuner/evaluation/rule_check.h"
#include "rltuner/melody/dataset.h"
#include "rltuner/melody/encoding.h"
#include "rltuner/recipes/recipes.h"
#include "rltuner/theory/rule_set.h"

namespace rltuner::study {
namespace {

// In the file's header: the program that the file belongs to, and the version of its tables.
constexpr int kApplication = 0x726c7473, kVersion = 2;

constexpr const char* kTables = R"sql(
  CREATE TABLE study (recipe TEXT NOT NULL);
  CREATE TABLE model (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
  CREATE TABLE melody (model INTEGER NOT NULL REFERENCES model, number INTEGER NOT NULL,
                       events BLOB NOT NULL, PRIMARY KEY (model, number));
  CREATE TABLE session (participant INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE);
  CREATE TABLE answer (participant INTEGER NOT NULL REFERENCES session, question INTEGER NOT NULL,
                       first_model INTEGER NOT NULL, first_melody INTEGER NOT NULL,
                       second_model INTEGER NOT NULL, second_melody INTEGER NOT NULL,
                       preference INTEGER NOT NULL CHECK (preference BETWEEN -2 AND 2),
                       first_heard REAL NOT NULL, second_heard REAL NOT NULL, taken REAL NOT NULL,
                       time INTEGER NOT NULL, repeats INTEGER NOT NULL,
                       PRIMARY KEY (participant, question));
  CREATE TABLE link (token TEXT NOT NULL, port INTEGER NOT NULL);
)sql";

constexpr const char* kSessions =
    "SELECT participant, count(question), coalesce(sum(repeats), 0) FROM session LEFT JOIN answer "
    "USING (participant) ";

StudySession SessionOf(const SqliteStatement& row) {
  return {.participant = row.Int(0), .answered = row.Int(1), .repeated = row.Int(2)};
}

void RequireStudyEncoding(Encoding encoding, std::string_view name) {
  encoding.inputs = Encoding().inputs;
  if (encoding == Encoding()) return;
  Fail("{}: a study plays sixteenths and pitches {} .. {}; expected a model or tunes of these",
       name, kLowestPitch, kHighestPitch);
}

const std::filesystem::path& Existing(const std::filesystem::path& path) {
  if (!std::filesystem::exists(path)) {
    Fail("{}: no such study; `rltuner study create` makes one", path.string());
  }
  return path;
}

}  // namespace

StudyModel PlayForStudy(std::string name, const Model& model, const StudyOptions& options) {
  Encoding encoding = MelodyEncodingOf(model, name);
  RequireStudyEncoding(encoding, name);
  encoding.pickups.clear();  // all melodies are heard from a bar line on
  Model player = model;
  player.encoding = encoding.ToJson();
  GenerationOptions generation{.count = options.melodies,
                               .length = options.length,
                               .seed = options.seed,
                               .playback = {.quarters_per_minute = options.quarters_per_minute}};
  const TunedMusic tuned =
      SetMusic(player, {.tempo_given = true, .length_given = true}, {}, &generation);
  StudyModel result{.name = std::move(name)};
  result.warning = WarningBeyond(tuned, result.name, options.length);
  for (GeneratedMelody& melody : Generate(player, RuleSet::Named("paper"), generation, {})) {
    result.melodies.push_back(std::move(melody.events));
  }
  return result;
}

StudyModel TunesForStudy(std::string name, const std::filesystem::path& dataset,
                         const StudyOptions& options) {
  const Dataset tunes(dataset);
  RequireStudyEncoding(tunes.encoding(), name);
  constexpr int kBar = 16;
  CheckOptions first;
  first.bars = (options.length + kBar - 1) / kBar;
  Tunes found = ExcerptsOf(tunes, tunes.HeldOutMelodies(), first).first;
  const auto count = static_cast<std::size_t>(options.melodies);
  if (found.events.size() < count) {
    Fail("{}: {} held-out tunes have {} bars of 4/4; the study needs {}", dataset.string(),
         found.events.size(), first.bars, count);
  }
  Random random(static_cast<std::uint64_t>(options.seed));
  StudyModel result{.name = std::move(name)};
  KeepRandom(found.events, count, random);
  for (std::vector<std::uint8_t>& melody : found.events) {
    melody.resize(static_cast<std::size_t>(options.length));
    result.melodies.push_back(std::move(melody));
  }
  return result;
}

std::vector<StudyModel> ModelsForStudy(std::span<const std::string> texts,
                                       const StudyOptions& options) {
  if (texts.size() < 2) {
    Fail("study create: {} --model given; a comparison needs two or more", texts.size());
  }
  std::vector<StudyModel> models;
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    const std::string file = text.substr(equals + 1);  // all of it without a '='
    const std::string name = equals == std::string::npos
                                 ? std::filesystem::path(file).stem().string()
                                 : text.substr(0, equals);
    if (name.empty() || std::ranges::count(models, name, &StudyModel::name) > 0) {
      Fail("--model {}: {}; expected [NAME=]MODEL with a name of its own", text,
           name.empty() ? "no name" : "another model has this name");
    }
    const bool is_dataset =
        std::filesystem::is_regular_file(file) && Dataset::IsFileOf(SafetensorsFile(file));
    models.push_back(is_dataset ? TunesForStudy(name, file, options)
                                : PlayForStudy(name, LoadModel(file), options));
  }
  return models;
}

void StudyStore::CheckNew(const std::filesystem::path& path) {
  if (std::filesystem::exists(path))
    Fail("{}: exists; a study is never overwritten", path.string());
  CheckOutput(path);
}

void StudyStore::Create(const std::filesystem::path& path, const StudyOptions& options,
                        std::span<const StudyModel> models) {
  CheckNew(path);
  std::filesystem::path temporary = path;
  temporary += ".new";
  std::filesystem::remove(temporary);
  try {
    const SqliteDatabase database(temporary);
    database.Run("BEGIN");
    database.Run(fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {};", kApplication,
                             kVersion));
    database.Run(kTables);
    StudyOptions copy = options;
    const std::vector<Settings> tables = {Describe(copy)};
    SqliteStatement(database, "INSERT INTO study VALUES (?)", WriteRecipe(tables)).Next();
    for (int m = 0; m < static_cast<int>(models.size()); ++m) {
      SqliteStatement(database, "INSERT INTO model VALUES (?, ?)", m, models[m].name).Next();
      for (int i = 0; i < static_cast<int>(models[m].melodies.size()); ++i) {
        SqliteStatement(database, "INSERT INTO melody VALUES (?, ?, ?)", m, i,
                        models[m].melodies[i])
            .Next();
      }
    }
    database.Run("COMMIT");
  } catch (...) {
    std::filesystem::remove(temporary);
    throw;
  }
  std::filesystem::rename(temporary, path);
}

StudyStore::StudyStore(const std::filesystem::path& path, StudyUse use)
    : database_(Existing(path)) {
  if (use == StudyUse::kServe) {
    lock_.emplace(
        path, path.string() + ": another server serves this study; expected one server at a time");
  }
  const auto pragma = [&](const char* sql) {
    SqliteStatement statement(database_, sql);
    return statement.Next() ? statement.Int(0) : 0;
  };
  if (pragma("PRAGMA application_id") != kApplication) database_.FailForNoStudy();
  if (const int version = pragma("PRAGMA user_version"); version != kVersion) {
    Fail("{}: a study of version {}; expected {}", path.string(), version, kVersion);
  }
  SqliteStatement study(database_, "SELECT recipe FROM study");
  if (!study.Next()) Fail("{}: the study has no settings", path.string());
  const std::vector<Settings> tables = {Describe(options_)};
  ReadRecipe(study.Text(0), path.string(), tables);

  for (SqliteStatement model(database_, "SELECT name FROM model ORDER BY id"); model.Next();) {
    models_.push_back({.name = model.Text(0)});
  }
  for (SqliteStatement melody(database_, "SELECT model, events FROM melody ORDER BY model, number");
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

StudySession StudyStore::Begin(std::string_view key) {
  const std::lock_guard lock(mutex_);
  SqliteStatement(database_,
                  "INSERT INTO session (participant, key) SELECT coalesce(max(participant) + 1, "
                  "0), ? FROM session",
                  key)
      .Next();
  return {.participant = static_cast<int>(database_.last_row()), .answered = 0, .repeated = 0};
}

std::optional<StudySession> StudyStore::Find(std::string_view key) const {
  const std::lock_guard lock(mutex_);
  SqliteStatement row(database_, std::string(kSessions) + "WHERE key = ? GROUP BY participant",
                      key);
  return row.Next() ? std::optional(SessionOf(row)) : std::nullopt;
}

bool StudyStore::Record(std::string_view key, int question, const Answer& answer,
                        std::int64_t time) {
  const std::lock_guard lock(mutex_);
  const std::optional<StudySession> session = Find(key);
  if (!session) Fail("{}: nobody has this session", database_.path());
  if (question > session->answered) {
    Fail("question {} comes before question {}", session->answered + 1, question + 1);
  }
  const auto& [first, second] = answer.question;
  SqliteStatement(database_,
                  "INSERT INTO answer VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0) ON CONFLICT DO "
                  "UPDATE SET repeats = repeats + 1",
                  session->participant, question, first.model, first.melody, second.model,
                  second.melody, answer.preference, answer.first_heard, answer.second_heard,
                  answer.taken, time)
      .Next();
  return question == session->answered;
}

StudyLink StudyStore::Link() const {
  const std::lock_guard lock(mutex_);
  SqliteStatement row(database_, "SELECT token, port FROM link");
  if (!row.Next()) return {};
  return {.token = row.Text(0), .port = row.Int(1)};
}

void StudyStore::StoreLink(const StudyLink& link) {
  const std::lock_guard lock(mutex_);
  SqliteStatement(database_, "INSERT OR REPLACE INTO link (rowid, token, port) VALUES (1, ?, ?)",
                  link.token, link.port)
      .Next();
}

std::vector<RecordedAnswer> StudyStore::Answers() const {
  const std::lock_guard lock(mutex_);
  std::vector<RecordedAnswer> answers;
  for (SqliteStatement row(database_, "SELECT * FROM answer ORDER BY participant, question");
       row.Next();) {
    answers.push_back({.participant = row.Int(0),
                       .question = row.Int(1),
                       .answer = {.question = {{row.Int(2), row.Int(3)}, {row.Int(4), row.Int(5)}},
                                  .preference = row.Int(6),
                                  .first_heard = row.Real(7),
                                  .second_heard = row.Real(8),
                                  .taken = row.Real(9)},
                       .time = row.Int64(10),
                       .repeats = row.Int(11)});
  }
  return answers;
}

std::vector<StudySession> StudyStore::Sessions() const {
  const std::lock_guard lock(mutex_);
  std::vector<StudySession> sessions;
  for (SqliteStatement row(database_, std::string(kSessions) + "GROUP BY participant");
       row.Next();) {
    sessions.push_back(SessionOf(row));
  }
  return sessions;
}

}  // namespace rltuner::study
