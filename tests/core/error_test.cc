// SPDX-License-Identifier: Apache-2.0
#include "rltuner/core/error.h"

#include <gtest/gtest.h>

namespace rltuner {
namespace {

TEST(Error, IsOneLineWhateverItNames) {
  EXPECT_STREQ(Error("tensor a\nb\x7F is caf\xC3\xA9").what(), "tensor a b  is caf\xC3\xA9");
}

TEST(Error, IsWrittenWithWhatItNames) {
  try {
    Fail("{}: {} is not known", "file", 3);
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "file: 3 is not known");
    return;
  }
  FAIL() << "nothing was thrown";
}

}  // namespace
}  // namespace rltuner
