// SPDX-License-Identifier: Apache-2.0
#include "rltuner/core/text.h"

#include <gtest/gtest.h>

namespace rltuner {
namespace {

TEST(Utf8Length, OfCharactersOfEverySize) {
  EXPECT_EQ(Utf8Length("a"), 1U);
  EXPECT_EQ(Utf8Length("\u00e9x"), 2U);
  EXPECT_EQ(Utf8Length("\u2212x"), 3U);
  EXPECT_EQ(Utf8Length("\U0001F3B5x"), 4U);
}

TEST(Utf8Length, IsZeroWhereNoCharacterBegins) {
  EXPECT_EQ(Utf8Length(""), 0U);
  EXPECT_EQ(Utf8Length("\x80"), 0U);              // a continuation
  EXPECT_EQ(Utf8Length("\xE2\x88"), 0U);          // cut
  EXPECT_EQ(Utf8Length("\xC3("), 0U);             // not continued
  EXPECT_EQ(Utf8Length("\xC0\xAF"), 0U);          // overlong
  EXPECT_EQ(Utf8Length("\xE0\x80\xAF"), 0U);      // overlong
  EXPECT_EQ(Utf8Length("\xF0\x80\x80\xAF"), 0U);  // overlong
  EXPECT_EQ(Utf8Length("\xED\xA0\x80"), 0U);      // a surrogate
  EXPECT_EQ(Utf8Length("\xF4\x90\x80\x80"), 0U);  // beyond U+10FFFF
  EXPECT_EQ(Utf8Length("\xFF"), 0U);
}

TEST(CodePoints, AreNotBytes) {
  EXPECT_EQ(CodePoints(""), 0U);
  EXPECT_EQ(CodePoints("a\u00b1\u2212"), 3U);
}

TEST(WithoutByteOrderMark, LeavesOtherTextAlone) {
  EXPECT_EQ(WithoutByteOrderMark("\xEF\xBB\xBFX:1"), "X:1");
  EXPECT_EQ(WithoutByteOrderMark("\xEF\xBBX:1"), "\xEF\xBBX:1");
}

TEST(ShellWord, IsQuotedOnlyWhereItMustBe) {
  EXPECT_EQ(ShellWord("out/my-model_2.safetensors"), "out/my-model_2.safetensors");
  EXPECT_EQ(ShellWord("my model"), "'my model'");
  EXPECT_EQ(ShellWord("it's $HOME"), R"('it'\''s $HOME')");
  EXPECT_EQ(ShellWord(""), "''");
}

TEST(ParseNumber, TakesTheWholeTextOrNothing) {
  EXPECT_EQ(ParseNumber<int>("-12"), -12);
  EXPECT_EQ(ParseNumber<double>("0.5"), 0.5);
  for (const char* text : {"", "+1", " 1", "1 ", "1.5", "x", "99999999999"}) {
    EXPECT_EQ(ParseNumber<int>(text), std::nullopt) << text;
  }
}

TEST(Lower, LeavesBytesBeyondAsciiAlone) { EXPECT_EQ(Lower("AZ Ä["), "az Ä["); }

}  // namespace
}  // namespace rltuner
