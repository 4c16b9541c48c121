// SPDX-License-Identifier: Apache-2.0
#include "rltuner/core/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <ios>
#include <span>
#include <string_view>

#include "rltuner/core/files.h"
#include "test_support.h"

namespace rltuner {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class CheckpointTest : public testing::Test {
 protected:
  void Save(float value) const {
    const std::array<float, 2> values = {value, value};
    const std::array tensors = {MakeTensor<float>("x", {2}, values)};
    checkpoints_.Save(tensors, {{"recipe", "[training]\nseed = 1\n"}});
  }

  float Load() {
    const std::optional<SafetensorsFile> file = checkpoints_.Load(&warnings_);
    return file ? file->tensors().at("x").as<float>()[1] : -1;
  }

  // Overwrites one byte, counted from the end.
  void Damage(const char* name, int from_end) const {
    std::fstream file(folder_ / "run" / name, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(-from_end, std::ios::end);
    file.put('\x55');
  }

  // Without waiting for the disk, which thousands of damages would.
  static void Overwrite(const std::filesystem::path& path, std::span<const std::uint8_t> bytes) {
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()), std::ssize(bytes));
  }

  TemporaryFolder folder_;
  CheckpointFolder checkpoints_{folder_ / "run", "training"};
  std::vector<std::string> warnings_;
};

TEST_F(CheckpointTest, AnEmptyFolderHasNoCheckpoint) {
  EXPECT_FALSE(checkpoints_.HasAny());
  EXPECT_FALSE(checkpoints_.Load(&warnings_).has_value());
}

TEST_F(CheckpointTest, LoadGivesTheNewest) {
  Save(1);
  Save(2);
  Save(3);
  EXPECT_EQ(Load(), 3);
  EXPECT_THAT(warnings_, IsEmpty());
}

TEST_F(CheckpointTest, OnlyTheNewestAndThePreviousAreKept) {
  for (int i = 0; i < 4; ++i) Save(1);
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(checkpoints_.path())) {
    files += entry.is_regular_file() ? 1 : 0;
  }
  EXPECT_EQ(files, 2);
}

TEST_F(CheckpointTest, ADamagedValueFallsBackAndSaysSo) {
  Save(1);
  Save(2);
  Damage("newest.safetensors", 1);
  EXPECT_EQ(Load(), 1);
  ASSERT_THAT(warnings_, SizeIs(1));
  EXPECT_THAT(warnings_[0], AllOf(HasSubstr("newest.safetensors"), HasSubstr("checksum"),
                                  HasSubstr("previous.safetensors")));
}

// Else the next Save would put the damaged one in the place of the whole one, and a finished run's
// would stay damaged.
TEST_F(CheckpointTest, ADamagedFileGivesItsPlaceToTheOneBefore) {
  Save(1);
  Save(2);
  Damage("newest.safetensors", 1);
  EXPECT_EQ(Load(), 1);
  warnings_.clear();
  EXPECT_EQ(Load(), 1);
  EXPECT_THAT(warnings_, IsEmpty());
  Save(3);
  Damage("newest.safetensors", 1);
  EXPECT_EQ(Load(), 1);
}

// Header, metadata, names, types, shapes, values: no byte of a checkpoint may change unseen.
TEST_F(CheckpointTest, AFlippedBitInAnyByteFallsBack) {
  Save(1);
  Save(2);
  const std::filesystem::path newest = checkpoints_.path() / "newest.safetensors";
  const std::filesystem::path previous = checkpoints_.path() / "previous.safetensors";
  const std::vector<std::uint8_t> whole = ReadFile(newest);
  const std::vector<std::uint8_t> before = ReadFile(previous);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    if (whole[i] == ' ') continue;  // what fills up the header means nothing
    std::vector<std::uint8_t> damaged = whole;
    damaged[i] ^= static_cast<std::uint8_t>(1U << i % 8);
    Overwrite(newest, damaged);
    Overwrite(previous, before);
    warnings_.clear();
    ASSERT_EQ(Load(), 1) << "byte " << i;
    ASSERT_THAT(warnings_, SizeIs(1)) << "byte " << i;
  }
}

TEST_F(CheckpointTest, AFileShortenedAnywhereFallsBack) {
  Save(1);
  Save(2);
  const std::filesystem::path newest = checkpoints_.path() / "newest.safetensors";
  const std::filesystem::path previous = checkpoints_.path() / "previous.safetensors";
  const std::vector<std::uint8_t> whole = ReadFile(newest);
  const std::vector<std::uint8_t> before = ReadFile(previous);
  for (std::size_t size = 0; size < whole.size(); ++size) {
    Overwrite(newest, std::span(whole).first(size));
    Overwrite(previous, before);
    ASSERT_EQ(Load(), 1) << size << " bytes";
  }
}

TEST_F(CheckpointTest, WhatAKilledProcessLeftHalfWrittenIsRemoved) {
  Save(1);
  const std::filesystem::path left = checkpoints_.path() / ".rltuner-4711-0.tmp";
  Overwrite(left, ReadFile(checkpoints_.path() / "newest.safetensors"));
  Save(2);
  EXPECT_FALSE(std::filesystem::exists(left));
  Overwrite(left, ReadFile(checkpoints_.path() / "newest.safetensors"));
  EXPECT_EQ(Load(), 2);
  EXPECT_FALSE(std::filesystem::exists(left));
}

// Killed between writing and renaming: before the first rename, and between the two.
TEST_F(CheckpointTest, AWholeFileThatIsNotInItsPlaceIsPutThere) {
  for (const char* left : {"newest.safetensors", "previous.safetensors"}) {
    checkpoints_.Clear();
    Save(1);
    Save(2);
    std::filesystem::rename(checkpoints_.path() / "newest.safetensors",
                            checkpoints_.path() / "next.safetensors");
    std::filesystem::rename(checkpoints_.path() / "previous.safetensors",
                            checkpoints_.path() / left);
    EXPECT_EQ(Load(), 2) << left;
    EXPECT_THAT(warnings_, IsEmpty());
  }
}

TEST_F(CheckpointTest, AnotherVersionIsRefusedByItsNumber) {
  Save(1);
  const std::filesystem::path newest = checkpoints_.path() / "newest.safetensors";
  std::vector<std::uint8_t> bytes = ReadFile(newest);
  const std::string_view version = "\"version\":\"";
  *(std::search(bytes.begin(), bytes.end(), version.begin(), version.end()) + std::ssize(version)) =
      '9';
  Overwrite(newest, bytes);
  EXPECT_THAT(ErrorOf([&] { Load(); }), HasSubstr("checkpoint version 9; this program reads"));
}

TEST_F(CheckpointTest, AMissingNewestFallsBack) {
  Save(1);
  Save(2);
  std::filesystem::remove(checkpoints_.path() / "newest.safetensors");
  EXPECT_EQ(Load(), 1);
}

TEST_F(CheckpointTest, TwoDamagedFilesAreAnError) {
  Save(1);
  Save(2);
  Damage("newest.safetensors", 1);
  Damage("previous.safetensors", 1);
  EXPECT_THAT(ErrorOf([&] { Load(); }), AllOf(HasSubstr("newest"), HasSubstr("previous")));
}

TEST_F(CheckpointTest, AnotherKindIsRefused) {
  Save(1);
  const CheckpointFolder other(checkpoints_.path(), "tuning");
  EXPECT_THAT(ErrorOf([&] { (void)other.Load(&warnings_); }), HasSubstr("expected one of tuning"));
}

TEST_F(CheckpointTest, ClearRemovesTheFolder) {
  Save(1);
  Save(2);
  checkpoints_.Clear();
  EXPECT_FALSE(std::filesystem::exists(checkpoints_.path()));
}

TEST_F(CheckpointTest, ADifferenceOfTheRecipeIsNamed) {
  Save(1);
  const std::optional<SafetensorsFile> file = checkpoints_.Load(&warnings_);
  EXPECT_THAT(ErrorOf([&] {
                RequireSameMetadata(*file, "recipe", "[training]\nseed = 7\n", "the recipe");
              }),
              HasSubstr("the recipe differs: [training] seed = 1 there, [training] seed = 7 here"));
}

TEST_F(CheckpointTest, TheSameRecipePasses) {
  Save(1);
  const std::optional<SafetensorsFile> file = checkpoints_.Load(&warnings_);
  EXPECT_NO_THROW(RequireSameMetadata(*file, "recipe", "[training]\nseed = 1\n", "the recipe"));
}

}  // namespace
}  // namespace rltuner
