// SPDX-License-Identifier: Apache-2.0
#include "rltuner/core/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

#include "rltuner/core/error.h"

namespace rltuner {

FileLock::FileLock(const std::filesystem::path& path, const std::string& message_if_taken)
    : file_(open(path.c_str(), O_RDONLY | O_CREAT | O_CLOEXEC, 0600)) {
  if (file_ >= 0 && flock(file_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    close(file_);
    Fail("{}", message_if_taken);
  }
}

FileLock::~FileLock() {
  if (file_ >= 0) close(file_);
}

}  // namespace rltuner
