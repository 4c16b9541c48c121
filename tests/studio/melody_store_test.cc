// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rltuner/studio/melodies.h"
#include "test_support.h"

namespace rltuner::studio {
namespace {

PlayedMelody OfLength(std::int64_t id, std::size_t length) {
  PlayedMelody played;
  played.settings.id = id;
  played.melody.events.assign(length, 1);
  return played;
}

TEST(MelodyStoreTest, KeepsTheNewestFiveHundred) {
  const TemporaryFolder folder;
  MelodyStore store(folder / ".");
  for (int id = 1; id <= 501; ++id) store.Add(OfLength(id, 32));
  EXPECT_EQ(store.Get(501).settings.id, 501);
  EXPECT_EQ(store.Get(2).settings.id, 2);
  EXPECT_THAT(ErrorOf([&] { store.Get(1); }), testing::HasSubstr("any more"));
}

TEST(MelodyStoreTest, KeepsFewerWhereTheyAreLong) {
  const TemporaryFolder folder;
  MelodyStore store(folder / ".");
  for (int id = 1; id <= 100; ++id) store.Add(OfLength(id, 512));
  EXPECT_EQ(store.Get(100).settings.id, 100);
  EXPECT_THAT(ErrorOf([&] { store.Get(1); }), testing::HasSubstr("any more"));
}

}  // namespace
}  // namespace rltuner::studio
