// SPDX-License-Identifier: Apache-2.0
#include "rltuner/studio/number_file.h"

#include <algorithm>
#include <charconv>
#include <string>

#include "rltuner/core/error.h"
#include "rltuner/core/files.h"

namespace rltuner::studio {

NumberFile::NumberFile(std::filesystem::path path, std::int64_t block, std::int64_t least)
    : path_(std::move(path)), block_(block), last_(least) {
  std::error_code ignored;
  if (std::filesystem::exists(path_, ignored)) {
    const std::string text = ReadTextFile(path_);
    std::int64_t reserved = 0;
    std::from_chars(text.data(), text.data() + text.size(), reserved);
    last_ = std::max(last_, reserved);
  }
  reserved_ = last_;
}

std::int64_t NumberFile::Next() {
  const std::scoped_lock lock(mutex_);
  if (++last_ > reserved_) {
    try {
      WriteFileAtomically(path_, std::to_string(last_ + block_ - 1));
      reserved_ = last_ + block_ - 1;
    } catch (const Error&) {  // a full disk; tried again for the next number
    }
  }
  return last_;
}

}  // namespace rltuner::studio
