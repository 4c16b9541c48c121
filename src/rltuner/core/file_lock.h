// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

namespace rltuner {

// Keeps other processes, and other locks of this process, off a file while it lives. The system
// releases the lock of a process that ends, however it ends. On a file system without locks,
// nothing is locked.
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
