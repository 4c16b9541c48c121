// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace rltuner {

// Keeps other processes, and other objects of this one, off a folder while it lives. The system
// frees the lock of a process that ends, however it ends. Where the file system knows no locks,
// nothing is locked.
class FolderLock {
 public:
  // Makes the folder. An Error if somebody else holds its lock.
  explicit FolderLock(const std::filesystem::path& folder);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int file_;
};

}  // namespace rltuner
