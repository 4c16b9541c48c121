// SPDX-License-Identifier: Apache-2.0
#include "rltuner/core/hash.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace rltuner {
namespace {

Hash128 HashOf(std::string_view text) { return Hasher().Add(text).Hash(); }

TEST(Hasher, NeverChanges) {
  // Fixed: other values would make files of earlier versions look damaged.
  EXPECT_EQ(HashOf(""), (Hash128{0xa8e279ab026fe167, 0x9aac7b910c4889b5}));
  EXPECT_EQ(HashOf("0123456789abcdef0"), (Hash128{0x42f829346615b97d, 0x1ba9637e8af11697}));
}

TEST(Hasher, DependsOnEveryByteAndOnLength) {
  std::set<std::uint64_t> low, high;
  std::size_t texts = 0;
  for (std::size_t length = 0; length < 40; ++length) {
    for (std::size_t place = 0; place <= length; ++place) {
      std::string text(length, '\0');
      if (place < length) text[place] = '\1';
      ++texts;
      low.insert(HashOf(text).low);
      high.insert(HashOf(text).high);
    }
  }
  EXPECT_EQ(low.size(), texts);
  EXPECT_EQ(high.size(), texts);
}

TEST(Hasher, KeepsPartsApart) {
  EXPECT_NE(Hasher().Add("a").Add("bc").Hash(), Hasher().Add("ab").Add("c").Hash());
  EXPECT_NE(Hasher().Add("a").Add("").Hash(), Hasher().Add("a").Hash());
}

}  // namespace
}  // namespace rltuner
