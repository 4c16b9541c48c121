// SPDX-License-Identifier: Apache-2.0
// Records the progress of a long collection of melodies on the disk: a file with one record for
// every input file, each with a checksum. A run that was stopped at any moment resumes from the
// intact records.
//
//   file    a record with the settings of the extraction, then a record per input file
//   record  length of the content (8 bytes), hash (8 bytes) of all that follows, the input's
//           identity (16 bytes), the content; numbers are little endian
#pragma once

#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "rltuner/melody/collect.h"

namespace rltuner {

// Not thread-safe, except that Has may be called from many threads at once, even while Add runs.
// Every failure to read or write is an Error with the path. Takes some 70 bytes per input file.
class CollectionJournal {
 public:
  // Creates the file. With `resume`, continues an existing file. If that file is damaged, its
  // records from the damage on are ignored, and `warnings` says where. Error if its settings
  // differ. Error if a new file cannot be created; no partial file remains.
  CollectionJournal(std::filesystem::path path, const std::string& settings, bool resume,
                    std::vector<std::string>* warnings);

  // The number of records found when the run resumed.
  std::size_t size() const { return found_.size(); }
  bool Has(const Hash128& identity) const { return found_.contains(identity); }

  // Adds the outcome of the run's next input file. If a record of that file exists, `outcome` is
  // read from it instead. Data is on the disk only after Flush.
  void Add(CollectedFile& outcome);
  void Flush();

  // The outcome that this run added as the given number, from 0.
  CollectedFile Again(std::size_t number);

  // Calls `take` for the outcome of every input file of this run, in their order.
  void ForEach(const std::function<void(const CollectedFile& outcome)>& take);

  // Removes the file. Call it last.
  void Remove();

 private:
  void Begin(const std::string& settings);
  void TakeUp(const std::string& settings, std::vector<std::string>* warnings);
  void Append(const Hash128& identity, std::string_view content);
  CollectedFile OutcomeAt(std::uint64_t offset);
  bool Read(std::uint64_t offset, std::uint64_t size, Hash128* identity, std::string* content);

  std::filesystem::path path_;
  std::vector<char> buffer_;  // the stream's
  std::fstream file_;
  std::uint64_t end_ = 0;     // of the file
  std::uint64_t next_ = 0;    // where the stream stands
  bool was_written_ = false;  // the last access was a write; a read must seek first
  std::unordered_map<Hash128, std::uint64_t, HashOfHash128> found_;  // offsets of records
  std::vector<std::uint64_t> order_;                                 // of this run's records
  std::string content_;                                              // scratch
};

// Appends an outcome, without the file's identity, to *bytes.
void AppendOutcome(const FileOutcome& outcome, std::string* bytes);

// Fills a new *outcome, except its identity. False if the bytes are not an outcome, or contain what
// no extraction gives: a melody without events, or unknown classes.
bool ParseOutcome(std::string_view bytes, FileOutcome* outcome);

}  // namespace rltuner
