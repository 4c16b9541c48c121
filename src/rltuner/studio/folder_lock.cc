// SPDX-License-Identifier: Apache-2.0
#include "rltuner/studio/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

#include "rltuner/core/error.h"
#include "rltuner/core/files.h"

namespace rltuner {

FolderLock::FolderLock(const std::filesystem::path& folder) {
  MakeFolder(folder);
  file_ = open((folder / "lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file_ >= 0 && flock(file_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    close(file_);
    Fail("{}: another studio uses this folder; end it, or name another folder with --folder",
         folder.string());
  }
}

FolderLock::~FolderLock() {
  if (file_ >= 0) close(file_);
}

}  // namespace rltuner
