// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "rltuner/cli/command.h"
#include "rltuner/core/files.h"

namespace rltuner {

// Where a result of any length goes, a piece at a time: to standard output if `target` is "-", else
// to the file of that name, which appears whole with Commit. Errors are those of AtomicFile.
class ResultWriter {
 public:
  ResultWriter(const CommandContext& context, const std::string& target);

  void Write(std::string_view text);
  void Commit();

 private:
  std::ostream* out_ = nullptr;  // null: to the file
  std::optional<AtomicFile> file_;
};

}  // namespace rltuner
