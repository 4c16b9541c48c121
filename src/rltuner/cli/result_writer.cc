// SPDX-License-Identifier: Apache-2.0
#include "rltuner/cli/result_writer.h"

namespace rltuner {

ResultWriter::ResultWriter(const CommandContext& context, const std::string& target) {
  if (target == "-") {
    out_ = &context.out();
  } else {
    file_.emplace(target);
  }
}

void ResultWriter::Write(std::string_view text) {
  if (out_ != nullptr) {
    *out_ << text;
  } else {
    file_->Write(text);
  }
}

void ResultWriter::Commit() {
  if (file_) file_->Commit();
}

}  // namespace rltuner
