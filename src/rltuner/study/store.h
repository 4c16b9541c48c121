// SPDX-License-Identifier: Apache-2.0
// A study and its answers in one SQLite file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rltuner/study/study.h"

namespace rltuner {

class SqliteDatabase;

struct StudyModel {
  std::string name;                                 // never shown to participants
  std::vector<std::vector<std::uint8_t>> melodies;  // events as in melody/events.h
};

// What a participant has done so far.
struct StudySession {
  int participant = 0;  // from 0, in the order of arrival
  int answered = 0;     // questions 0 .. answered-1 have their answer
  int repeated = 0;     // answers that came again for a question that had one
};

// An answer with where it came from.
struct RecordedAnswer {
  int participant = 0;
  Answer answer;
};

// What a study holds lives in the file only, and each answer is on the disk when Record returns: a
// killed server loses nothing. Safe to use from many threads; two processes may hold the same file
// (one serves, another reports). Errors of SQLite are Errors that name the file.
class StudyStore {
 public:
  // A new study; Error if the file exists.
  static void Create(const std::filesystem::path& path, const StudyOptions& options,
                     std::span<const StudyModel> models);

  // Error if it is no study or one of another version.
  explicit StudyStore(const std::filesystem::path& path);
  ~StudyStore();
  StudyStore(const StudyStore&) = delete;
  StudyStore& operator=(const StudyStore&) = delete;

  const StudyOptions& options() const { return options_; }
  const std::vector<StudyModel>& models() const { return models_; }

  // A new participant, who is known by `key` (a random text) from now on.
  StudySession Begin(std::string_view key);
  // None if nobody has that key.
  std::optional<StudySession> Find(std::string_view key) const;

  // Stores the answer to the session's question number `question`. False, and only counted, if that
  // question has an answer: the first one stands. Error if the question is not the next one.
  bool Record(std::string_view key, int question, const Answer& answer);

  // In the order of participants and questions.
  std::vector<RecordedAnswer> Answers() const;
  std::vector<StudySession> Sessions() const;

 private:
  mutable std::mutex mutex_;
  std::unique_ptr<SqliteDatabase> database_;
  StudyOptions options_;
  std::vector<StudyModel> models_;
};

}  // namespace rltuner
