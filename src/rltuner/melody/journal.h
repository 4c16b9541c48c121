// SPDX-License-Identifier: Apache-2.0
// What a long collection of melodies has done so far, on the disk instead of in memory: a file with
// one record for every input file, each with a checksum. A run that was stopped at any moment is
// resumed from the records that are whole.
//
//   file    a record with the settings the melodies are taken out by, then a record per input file
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

// Not thread-safe, but Has may be called from many threads at once, and while Add is. Every failure
// to read or write is an Error with the path. Memory: some 70 bytes per input file.
class CollectionJournal {
 public:
  // Begins a new file, or with `resume` takes up the one that is there, if there is one. That it is
  // damaged from some place on is added to `warnings`, and what follows is dropped. An Error if its
  // settings differ, or if a new file cannot be begun: then none is left.
  CollectionJournal(std::filesystem::path path, const std::string& settings, bool resume,
                    std::vector<std::string>* warnings);

  // The records taken up.
  std::size_t size() const { return found_.size(); }
  bool Has(const Hash128& identity) const { return found_.contains(identity); }

  // The outcome of the next input file of this run: written, or if it is known found again, and
  // then filled with what was written. Nothing is sure to be on the disk before Flush.
  void Add(CollectedFile& outcome);
  void Flush();

  // The outcome that was added as number 0, 1, ... of this run.
  CollectedFile Again(std::size_t number);

  // Calls `take` for the outcome of every input file of this run, in their order.
  void ForEach(const std::function<void(const CollectedFile& outcome)>& take);

  // Removes the file; to be called last.
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
  bool was_written_ = false;  // and what it did last: it must be told to turn round
  std::unordered_map<Hash128, std::uint64_t, HashOfHash128> found_;  // offsets of records
  std::vector<std::uint64_t> order_;                                 // of this run's records
  std::string content_;                                              // scratch
};

// What became of a file as bytes, without its identity. Appends to *bytes.
void AppendOutcome(const FileOutcome& outcome, std::string* bytes);

// Fills *outcome, which must be new, but for its identity. False if the bytes are no outcome or
// hold what no extraction gives: no events, classes that do not exist.
bool ParseOutcome(std::string_view bytes, FileOutcome* outcome);

}  // namespace rltuner
