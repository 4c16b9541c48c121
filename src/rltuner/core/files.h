// SPDX-License-Identifier: Apache-2.0
// Reads whole files, maps them into memory, and writes them so that readers see either the old file
// or the new one, never half of one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace rltuner {

// The file's bytes. Throws Error if it can't be read or is larger than max_bytes.
std::vector<std::uint8_t> ReadFile(const std::filesystem::path& path,
                                   std::uint64_t max_bytes = UINT64_MAX);
std::string ReadTextFile(const std::filesystem::path& path, std::uint64_t max_bytes = UINT64_MAX);

// Size and modification time of a file, which show whether it has changed. A file that cannot be
// examined gets the default size, which no real file has.
struct FileStamp {
  std::uint64_t size = UINT64_MAX;  // bytes
  std::uint64_t changed = 0;        // nanoseconds since a fixed time
};
FileStamp StampOf(const std::filesystem::path& path);

struct FolderEntry {
  std::string name;
  std::filesystem::file_type type;  // of a link: the target's, or not_found
};

// The entries of a folder except "." and "..", in no particular order. If the folder cannot be
// listed, `error` says why.
std::vector<FolderEntry> EntriesOf(const std::filesystem::path& folder, std::error_code& error);

// Writes a file beside `path` under a temporary name; Commit flushes it to the disk and renames it
// to `path`. Without Commit, or after an Error, the temporary file is removed and `path` is
// unchanged. Creates missing parent folders and follows a symbolic link. Every failure (no
// permission, full disk, a folder or a device as `path`) is an Error that names the path and the
// reason. Not thread-safe; after an Error only the destructor may be called.
class AtomicFile {
 public:
  explicit AtomicFile(std::filesystem::path path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void Write(std::span<const std::byte> bytes);
  void Write(std::string_view text);
  void Commit();

 private:
  void Discard();
  [[noreturn]] void FailAndDiscard(int error);

  std::filesystem::path path_;
  std::filesystem::path temporary_;
  std::FILE* file_ = nullptr;
};

// Removes the temporary files that killed processes left in `folder`. Call it only while no other
// process writes to that folder.
void RemoveTemporaryFiles(const std::filesystem::path& folder);

// Removes only the temporary files of one path; other processes may write other files there.
void RemoveTemporaryFilesOf(const std::filesystem::path& path);

// Checks an output early, not after hours of work: Error if `path` cannot be written or is one of
// `others`, the other files that the command reads or writes. Makes the folder of `path`, and
// removes the temporary files of earlier attempts.
void CheckOutput(const std::filesystem::path& path,
                 const std::vector<std::filesystem::path>& others = {});

void WriteFileAtomically(const std::filesystem::path& path, std::string_view text);
void WriteFileAtomically(const std::filesystem::path& path, std::span<const std::uint8_t> bytes);

// Creates the folder and its parents; an Error names the folder and the reason.
void MakeFolder(const std::filesystem::path& path);

// The bytes of a file, mapped read-only where the system supports it, otherwise read into memory.
// They stay valid while the object lives and nobody shortens the file; replacing it with
// WriteFileAtomically is safe. Moving the object does not move the bytes. Safe to read from many
// threads.
class MappedFile {
 public:
  explicit MappedFile(const std::filesystem::path& path);
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  std::span<const std::byte> bytes_;
  std::vector<std::uint8_t> copy_;  // the bytes, where nothing is mapped
  bool mapped_ = false;
};

// An exclusive lock on a file, against other processes and other locks of this process. The system
// releases the lock when the process ends in any way. Does nothing on a file system without locks.
class FileLock {
 public:
  // Creates the file if it does not exist. Error with `message_if_taken` if another lock is held.
  FileLock(const std::filesystem::path& path, const std::string& message_if_taken);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int file_;
};

}  // namespace rltuner
