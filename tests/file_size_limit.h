// SPDX-License-Identifier: Apache-2.0
#pragma once

#if __has_include(<sys/resource.h>)
#define RLTUNER_HAS_FILE_SIZE_LIMIT 1

#include <sys/resource.h>

#include <csignal>

namespace rltuner {

// A limit on the file size fails a write as a full disk does, without needing one.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    getrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() { setrlimit(RLIMIT_FSIZE, &before_); }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_{};
};

}  // namespace rltuner
#endif
