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

// An answer and where it came from.
struct RecordedAnswer {
  int participant = 0;
  int question = 0;  // from 0
  Answer answer;
  std::optional<std::int64_t> time;  // of storing it, milliseconds since 1970-01-01 UTC; none in
                                     // files of version 1, which did not keep it
  int repeats = 0;                   // later answers to the same question; 0 in files of version 1
};

// What the participants' link is made of.
struct StudyLink {
  std::string token;
  int port = 0;
};

// What a store is opened for. A file has one server at a time, and any number of readers beside it.
enum class StudyUse { kServe, kRead };

// What a study holds lives in the file only, and each answer is on the disk when Record returns: a
// killed server loses nothing. Safe to use from many threads. Errors of SQLite are Errors that name
// the file.
class StudyStore {
 public:
  // A new study; Error if the file exists.
  static void Create(const std::filesystem::path& path, const StudyOptions& options,
                     std::span<const StudyModel> models);

  // Error if it is no study, one of a newer version or, for kServe, one that is being served.
  // kServe brings a file of version 1 up to date; kRead changes nothing.
  explicit StudyStore(const std::filesystem::path& path, StudyUse use = StudyUse::kServe);
  ~StudyStore();
  StudyStore(const StudyStore&) = delete;
  StudyStore& operator=(const StudyStore&) = delete;

  const StudyOptions& options() const { return options_; }
  const std::vector<StudyModel>& models() const { return models_; }

  // A new participant, who is known by `key` (a random text) from now on.
  StudySession Begin(std::string_view key);
  // None if nobody has that key.
  std::optional<StudySession> Find(std::string_view key) const;

  // Stores the answer to the session's question number `question`, given at `time` (milliseconds
  // since 1970-01-01 UTC). If that question has an answer, the first one stands: the repeat is only
  // counted, and the result is false. Error if the question is not the next one.
  bool Record(std::string_view key, int question, const Answer& answer, std::int64_t time);

  // The link stored last; none if the study has never been served to others.
  std::optional<StudyLink> Link() const;
  void StoreLink(const StudyLink& link);

  // In the order of participants and questions.
  std::vector<RecordedAnswer> Answers() const;
  std::vector<StudySession> Sessions() const;

 private:
  // Closing any handle of the file ends this process's SQLite locks, so this one is closed last.
  struct ServerLock;
  std::unique_ptr<ServerLock> lock_;
  mutable std::mutex mutex_;
  std::unique_ptr<SqliteDatabase> database_;
  int version_ = 0;  // of the file's tables
  StudyOptions options_;
  std::vector<StudyModel> models_;
};

}  // namespace rltuner
