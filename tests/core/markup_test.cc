// SPDX-License-Identifier: Apache-2.0
#include "rltuner/core/markup.h"

#include <gtest/gtest.h>

namespace rltuner {
namespace {

TEST(EscapeXml, MakesAnyBytesSafe) {
  EXPECT_EQ(EscapeXml("a<b>&\"c\"'"), "a&lt;b&gt;&amp;&quot;c&quot;&#39;");
  EXPECT_EQ(EscapeXml("caf\xC3\xA9"), "caf\xC3\xA9");
  EXPECT_EQ(EscapeXml("\xE9\x01"), "\xEF\xBF\xBD\xEF\xBF\xBD");
}

}  // namespace
}  // namespace rltuner
