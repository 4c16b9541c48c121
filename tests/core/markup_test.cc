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

// XML has no place for one, even where its bytes look like a character's.
TEST(EscapeXml, ReplacesEveryByteOfASurrogate) {
  EXPECT_EQ(EscapeXml("\xED\xA0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
}

}  // namespace
}  // namespace rltuner
