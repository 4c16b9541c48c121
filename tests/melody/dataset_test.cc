// SPDX-License-Identifier: Apache-2.0
#include "rltuner/melody/dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <set>

#include "melody/write_melodies.h"
#include "rltuner/core/files.h"
#include "rltuner/core/safetensors.h"
#include "test_support.h"

namespace rltuner {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Events = std::vector<std::uint8_t>;

std::vector<Events> RandomMelodies(int count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<Events> melodies(static_cast<std::size_t>(count));
  for (Events& melody : melodies) {
    melody.resize(20 + random() % 40);
    for (std::uint8_t& event : melody) event = static_cast<std::uint8_t>(random() % 38);
  }
  return melodies;
}

std::set<Events> Set(const std::vector<std::span<const std::uint8_t>>& melodies) {
  std::set<Events> set;
  for (const auto melody : melodies) set.emplace(melody.begin(), melody.end());
  return set;
}

void Write(const std::filesystem::path& path, const std::vector<Events>& melodies,
           double held_out = .1) {
  WriteMelodies(path, melodies, held_out, "[extraction]\n");
}

// A file with these tensors, sound or not.
void WriteRaw(const std::filesystem::path& path, const Events& events,
              const std::vector<std::int64_t>& offsets,
              const std::map<std::string, std::string>& metadata = {}) {
  const std::array tensors = {
      MakeTensor<std::uint8_t>("events", {static_cast<std::int64_t>(events.size())}, events),
      MakeTensor<std::int64_t>("offsets", {static_cast<std::int64_t>(offsets.size())}, offsets)};
  WriteSafetensors(path, tensors, metadata);
}

TEST(Dataset, GivesBackWhatWasWritten) {
  const TemporaryFolder folder;
  const std::vector<Events> melodies = {{14, 1, 0}, {16}, {18, 18}};
  Write(folder / "d", melodies);
  const Dataset dataset(folder / "d");
  ASSERT_EQ(dataset.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(Events(dataset.Melody(i).begin(), dataset.Melody(i).end()), melodies[i]);
  }
  EXPECT_EQ(dataset.settings(), "[extraction]\n");
}

TEST(Dataset, SplitsIntoTwoPartsThatTogetherAreAll) {
  const TemporaryFolder folder;
  const std::vector<Events> melodies = RandomMelodies(2000, 1);
  Write(folder / "d", melodies);
  const Dataset dataset(folder / "d");
  EXPECT_EQ(dataset.TrainingMelodies().size() + dataset.HeldOutMelodies().size(), dataset.size());
  EXPECT_NEAR(static_cast<double>(dataset.HeldOutMelodies().size()), 200, 60);
}

TEST(Dataset, SplitStaysWhenMelodiesAreAddedInAnotherOrder) {
  const TemporaryFolder folder;
  std::vector<Events> melodies = RandomMelodies(300, 2);
  Write(folder / "few", melodies);
  std::vector<Events> more = RandomMelodies(300, 3);
  more.insert(more.end(), melodies.rbegin(), melodies.rend());
  Write(folder / "more", more);
  const Dataset few(folder / "few");
  const Dataset dataset(folder / "more");
  const std::set<Events> training = Set(dataset.TrainingMelodies());
  const std::set<Events> held_out = Set(dataset.HeldOutMelodies());
  for (const Events& melody : Set(few.TrainingMelodies())) EXPECT_TRUE(training.contains(melody));
  for (const Events& melody : Set(few.HeldOutMelodies())) EXPECT_TRUE(held_out.contains(melody));
}

TEST(Dataset, SplitFollowsTheShareInTheFile) {
  const TemporaryFolder folder;
  Write(folder / "none", RandomMelodies(50, 4), 0);
  Write(folder / "all", RandomMelodies(50, 4), 1);
  EXPECT_TRUE(Dataset(folder / "none").HeldOutMelodies().empty());
  EXPECT_TRUE(Dataset(folder / "all").TrainingMelodies().empty());
}

TEST(Dataset, IsTheSameBytesForTheSameMelodies) {
  const TemporaryFolder folder;
  Write(folder / "a", RandomMelodies(100, 5));
  Write(folder / "b", RandomMelodies(100, 5));
  EXPECT_EQ(ReadFile(folder / "a"), ReadFile(folder / "b"));
}

TEST(HashEvents, NeverChanges) {
  // Fixed: another value would move melodies between training and held-out.
  EXPECT_EQ(HashEvents(Events{}), 0xefd01f60ba992926U);
  EXPECT_EQ(HashEvents(Events{14, 1, 16, 0}), 0x288896252cbff488U);
  EXPECT_EQ(HashEvents(std::vector<std::uint16_t>{14, 1, 16, 0}), 0x288896252cbff488U);
  EXPECT_NE(HashEvents(std::vector<std::uint16_t>{14, 1, 16, 256}), 0x288896252cbff488U);
}

TEST(Dataset, HasTheNamesBesideTheMelodies) {
  const TemporaryFolder folder;
  Write(folder / "d", {{14}, {16}});
  const SafetensorsFile file(folder / "d");
  EXPECT_THAT(file.tensors().at("name_offsets").as<std::int64_t>(), ElementsAre(0, 4, 8));
  EXPECT_THAT(file.tensors().at("names").as<std::uint8_t>(),
              ElementsAre('t', 'e', 's', 't', 't', 'e', 's', 't'));
}

TEST(Dataset, GivesBackContextsAndEncoding) {
  const TemporaryFolder folder;
  const MelodyContext jig{{6, 8}, 2, 9, Mode::kMinor, {}};
  const MelodyContext mixed{{5, 4}, 0, 7, Mode::kMixolydian, {{2, {3, 4}}, {3, {4, 4}}}};
  const Encoding encoding{40, 88, 12, {Input::kEvent, Input::kMetre}};
  WriteMelodies(folder / "d", {{{14, 1}, jig}, {{50, 1, 0, 1}, mixed}, {{16}, {}}},
                {.settings = "", .encoding = encoding, .contexts = true});
  const Dataset dataset(folder / "d");
  EXPECT_EQ(dataset.encoding(), encoding);
  EXPECT_EQ(dataset.Context(0), jig);
  EXPECT_EQ(dataset.ContextOf(dataset.Melody(1)), mixed);
  EXPECT_EQ(dataset.Context(2), MelodyContext());
}

TEST(Dataset, WithoutContextsIsInCommonTimeAndMajor) {
  const TemporaryFolder folder;
  WriteRaw(folder / "d", {14, 1, 0}, {0, 3});
  EXPECT_EQ(Dataset(folder / "d").Context(0), MelodyContext());
}

TEST(Dataset, GridOfAnOlderFileComesFromItsSettings) {
  const TemporaryFolder folder;
  WriteRaw(folder / "d", {14}, {0, 1}, {{"settings", "[extraction]\nsteps_per_quarter = 12\n"}});
  EXPECT_EQ(Dataset(folder / "d").encoding().steps_per_quarter, 12);
}

TEST(Dataset, RefusesContextsThatAreNone) {
  const TemporaryFolder folder;
  const Events events = {14, 1}, metre = {4, 3}, mode = {7};
  const std::vector<std::int64_t> offsets = {0, 2};
  const std::vector<std::int32_t> pickup = {-1}, change = {0, 2, 3, 4};
  for (const Tensor& wrong : {MakeTensor<std::uint8_t>("metres", {1, 2}, metre),
                              MakeTensor<std::uint8_t>("modes", {1}, mode),
                              MakeTensor<std::int32_t>("pickups", {1}, pickup),
                              MakeTensor<std::int32_t>("metre_changes", {1, 4}, change)}) {
    const std::array tensors = {MakeTensor<std::uint8_t>("events", {2}, events),
                                MakeTensor<std::int64_t>("offsets", {2}, offsets), wrong};
    WriteSafetensors(folder / "d", tensors, {});
    EXPECT_THAT(ErrorOf([&] { const Dataset dataset(folder / "d"); }), HasSubstr(wrong.name));
  }
}

TEST(Dataset, RefusesAFileWithoutMelodies) {
  const TemporaryFolder folder;
  WriteRaw(folder / "d", {}, {0});
  EXPECT_THAT(ErrorOf([&] { Dataset{folder / "d"}; }),
              AllOf(HasSubstr((folder / "d").string()), HasSubstr("no melody")));
}

TEST(Dataset, RefusesOffsetsThatDoNotCoverTheEvents) {
  const TemporaryFolder folder;
  WriteRaw(folder / "short", {1, 1, 1}, {0, 2});
  EXPECT_THAT(ErrorOf([&] { Dataset{folder / "short"}; }), HasSubstr("expected 0 to 3"));
  WriteRaw(folder / "late", {1, 1, 1}, {1, 3});
  EXPECT_THAT(ErrorOf([&] { Dataset{folder / "late"}; }), HasSubstr("offsets go from 1 to 3"));
}

TEST(Dataset, RefusesEmptyMelodiesAndOffsetsThatGoBack) {
  const TemporaryFolder folder;
  WriteRaw(folder / "empty", {1, 1}, {0, 1, 1, 2});
  EXPECT_THAT(ErrorOf([&] { Dataset{folder / "empty"}; }), HasSubstr("offsets[1] = 1"));
  WriteRaw(folder / "back", {1, 1}, {0, 5, -3, 2});
  EXPECT_THAT(ErrorOf([&] { Dataset{folder / "back"}; }), HasSubstr("offsets[1] = 5"));
}

TEST(Dataset, RefusesAnEventThatIsNoClass) {
  const TemporaryFolder folder;
  WriteRaw(folder / "d", {1, 38, 1}, {0, 3});
  EXPECT_THAT(ErrorOf([&] { Dataset{folder / "d"}; }), HasSubstr("events[1] = 38"));
}

TEST(Dataset, RefusesAFileOfAnotherKind) {
  const TemporaryFolder folder;
  WriteRaw(folder / "d", {1}, {0, 1}, {{"format", "rltuner"}});
  EXPECT_THAT(ErrorOf([&] { Dataset{folder / "d"}; }), HasSubstr("rltuner dataset"));
}

TEST(Dataset, RefusesAHeldOutShareThatIsNone) {
  const TemporaryFolder folder;
  for (const char* share : {"", "2", "-1", "nan", ".1x"}) {
    WriteRaw(folder / "d", {1}, {0, 1}, {{"held_out", share}});
    EXPECT_THAT(ErrorOf([&] { Dataset{folder / "d"}; }), HasSubstr("held_out")) << share;
  }
}

TEST(Dataset, NeedsNoMetadata) {
  const TemporaryFolder folder;
  WriteRaw(folder / "d", {14, 1}, {0, 2});
  const Dataset dataset(folder / "d");
  EXPECT_THAT(dataset.Melody(0), ElementsAre(14, 1));
  EXPECT_EQ(dataset.settings(), "");
}

}  // namespace
}  // namespace rltuner
