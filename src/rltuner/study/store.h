// SPDX-License-Identifier: Apache-2.0
// A study and its answers in one SQLite file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rltuner/core/files.h"
#include "rltuner/nn/model.h"
#include "rltuner/study/sqlite.h"
#include "rltuner/study/study.h"

namespace rltuner::study {

struct StudyModel {
  std::string name;                                      // never shown to participants
  std::vector<std::vector<std::uint8_t>> melodies = {};  // events as in melody/encoding.h
  std::string warning = {};  // for the user who makes the study; "": none
};

// Melodies that the model plays from a bar line on, as the study's options say. Error if its grid
// is not sixteenths or its pitches are not the paper's.
StudyModel PlayForStudy(std::string name, const Model& model, const StudyOptions& options);

// Beginnings of held-out 4/4 tunes of a dataset, from the first bar line on, drawn as the study's
// options say. Error as in PlayForStudy, or if there are too few tunes.
StudyModel TunesForStudy(std::string name, const std::filesystem::path& dataset,
                         const StudyOptions& options);

// The models of a new study, from texts NAME=MODEL or MODEL, which is named after its file. MODEL
// is a model file, a bundled Note RNN or a dataset. Error for fewer than two, and if a name is
// missing or occurs twice.
std::vector<StudyModel> ModelsForStudy(std::span<const std::string> texts,
                                       const StudyOptions& options);

// What a participant has done so far.
struct StudySession {
  int participant = 0;  // from 0, in the order of arrival
  int answered = 0;     // questions 0 .. answered-1 have their answer
  int repeated = 0;     // answers to questions that had one already
};

// An answer and where it came from.
struct RecordedAnswer {
  int participant = 0;
  int question = 0;  // from 0
  Answer answer;
  std::int64_t time = 0;  // when it was stored, milliseconds since 1970-01-01 UTC
  int repeats = 0;        // later answers to the same question
};

// The parts of the participants' link that a restart must not change.
struct StudyLink {
  std::string token;  // "" until the study is served to others
  int port = 0;       // 0 until it is served
};

// The purpose of opening a store. A file has at most one server at a time, and any number of
// readers.
enum class StudyUse { kServe, kRead };

// Each answer is on the disk when Record returns, so a killed server loses nothing. Thread-safe.
// Errors of SQLite are Errors that name the file.
class StudyStore {
 public:
  // Error if a study cannot be created there, or the file exists.
  static void CheckNew(const std::filesystem::path& path);

  // A new study; Error as CheckNew.
  static void Create(const std::filesystem::path& path, const StudyOptions& options,
                     std::span<const StudyModel> models);

  // Error if the file is not a study of this version or, for kServe, if another server has it.
  explicit StudyStore(const std::filesystem::path& path, StudyUse use = StudyUse::kServe);

  const StudyOptions& options() const { return options_; }
  const std::vector<StudyModel>& models() const { return models_; }

  // Adds a participant, who is identified by `key` (a random text).
  StudySession Begin(std::string_view key);
  // nullopt if nobody has that key.
  std::optional<StudySession> Find(std::string_view key) const;

  // Stores the answer to the session's question number `question`, given at `time` (milliseconds
  // since 1970-01-01 UTC). If that question already has an answer, the repeat is only counted, and
  // the result is false. Error if an earlier question has no answer yet.
  bool Record(std::string_view key, int question, const Answer& answer, std::int64_t time);

  StudyLink Link() const;  // the one stored last
  void StoreLink(const StudyLink& link);

  // In the order of participants and questions.
  std::vector<RecordedAnswer> Answers() const;
  std::vector<StudySession> Sessions() const;

 private:
  // Closing any handle of the file ends this process's SQLite locks, so this one is closed last.
  std::optional<FileLock> lock_;
  mutable std::recursive_mutex mutex_;
  SqliteDatabase database_;
  StudyOptions options_;
  std::vector<StudyModel> models_;
};

}  // namespace rltuner::study
