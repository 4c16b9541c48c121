// SPDX-License-Identifier: Apache-2.0
// The files at the paths that a user gives: files, folders with everything below, and archives. The
// entries of archives are unpacked in memory only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rltuner/core/hash.h"
#include "rltuner/melody/extraction.h"

namespace rltuner {

// One file, or one entry of an archive.
struct SourceFile {
  // For reports: the path, or "archive.zip:entry". Valid UTF-8: an invalid byte is written \xNN.
  // Cut off after 4 KiB.
  std::string name;
  std::filesystem::path path;        // where to read it; empty if it was in an archive
  Hash128 identity;                  // by which a later run recognises it
  std::vector<std::uint8_t> bytes;   // of an archive's entry
  std::optional<Rejection> problem;  // why there is nothing to read
};

struct SourceLimits {
  std::uint64_t file_bytes = std::uint64_t{64} << 20;  // larger files are refused
  // Larger entries of archives are refused, because a tiny archive may contain a huge entry.
  std::uint64_t entry_bytes = std::uint64_t{4} << 20;
  // An archive that unpacks to more than this many times its size (and 64 MiB) is abandoned.
  std::uint64_t expansion = 200;
};

// Lists the files of all paths. The files and folders in a folder come in the order of their names.
// Each folder is visited once, even if several links lead to it. Not thread-safe.
class Sources {
 public:
  // Files of `leave_out`, which this run writes, are skipped in folders; they need not exist yet.
  // Throws Error if a path does not exist, a folder cannot be listed, or there is no file.
  explicit Sources(std::vector<std::filesystem::path> paths, SourceLimits limits = {},
                   const std::vector<std::filesystem::path>& leave_out = {});
  ~Sources();

  // The next file; false at the end. A bad archive gives a SourceFile with the problem.
  bool Next(SourceFile& file);

  // Files and archives: how many there are, and how many have been begun.
  std::size_t total() const { return files_.size(); }
  std::size_t begun() const { return next_; }

 private:
  class Archive;

  std::vector<std::string> files_;  // as paths they would take several times the memory
  std::size_t next_ = 0;
  SourceLimits limits_;
  std::unique_ptr<Archive> archive_;
};

// Identifies a file in a later run, by path, size and modification time. A file that cannot be
// accessed has an identity too.
Hash128 IdentityOf(const std::filesystem::path& path);

// A path or an entry's name as reports show it: see SourceFile::name.
std::string DisplayName(std::string_view bytes);

}  // namespace rltuner
