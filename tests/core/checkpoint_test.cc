// SPDX-License-Identifier: Apache-2.0
#include "rltuner/core/checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <fstream>
#include <ios>

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

TEST_F(CheckpointTest, AShortenedFileFallsBack) {
  Save(1);
  Save(2);
  std::filesystem::resize_file(checkpoints_.path() / "newest.safetensors", 20);
  EXPECT_EQ(Load(), 1);
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
