// SPDX-License-Identifier: Apache-2.0
#include "rltuner/studio/versions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "file_size_limit.h"
#include "rltuner/core/files.h"
#include "studio/studio_fixtures.h"

namespace rltuner::studio {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class VersionFolderTest : public testing::Test {
 protected:
  VersionFolder Open() { return {folder_.path(), recipes_, &warnings_}; }

  Version NewVersion(const std::string& name) const {
    Version version{.name = name,
                    .note = "a \"note\" <b>",
                    .created = 77,
                    .iteration = 4096,
                    .figures = {{"entropy", 0.5}},
                    .controls = ControlsOf(recipes_[0])};
    version.controls.c = 2.25;
    version.controls.temperature = 0.75;
    version.controls.preset.clear();
    SetWeight("leap", 3.5, &version.controls.rules);
    return version;
  }

  static Model Tuned() {
    return {.network = RandomNetwork(3), .prior = RandomNetwork(4), .method = "pg", .recipe = {}};
  }

  TemporaryFolder folder_;
  std::vector<Recipe> recipes_ = QuickRecipes();
  std::vector<std::string> warnings_;
};

TEST_F(VersionFolderTest, IsFoundAgainByANewServer) {
  Json kept;
  {
    VersionFolder versions = Open();
    kept = versions.Add(NewVersion("Calm"), Tuned());
  }
  VersionFolder versions = Open();
  EXPECT_EQ(versions.List().front(), kept);
  const PlayableVersion read = versions.Read(1);
  EXPECT_TRUE(SameWeights(read.model.network, RandomNetwork(3)));
  EXPECT_EQ(ControlsJson(read.controls), kept.at("shape"));
  EXPECT_EQ(kept.at("shape").at("weights").at("leap"), 3.5);
  EXPECT_EQ(kept.at("note"), "a \"note\" <b>");
}

TEST_F(VersionFolderTest, AnUntunedModelHasNoMethod) {
  const Model note_rnn = {.network = RandomNetwork(1), .prior = {}, .recipe = {}};
  EXPECT_EQ(Open().Add(NewVersion("untuned"), note_rnn).at("method"), "note-rnn");
  EXPECT_EQ(Open().List().front().at("method"), "note-rnn");
}

#ifdef RLTUNER_HAS_FILE_SIZE_LIMIT
TEST_F(VersionFolderTest, AFullDiskIsNotTheRequestsFault) {
  VersionFolder versions = Open();
  const FileSizeLimit limit(100);
  try {
    versions.Add(NewVersion("a"), Tuned());
    ADD_FAILURE() << "written beyond the limit";
  } catch (const RequestError& error) {
    EXPECT_EQ(error.status(), 503);
  }
  EXPECT_TRUE(versions.List().empty());
}
#endif

TEST_F(VersionFolderTest, ItsFileHasItsNameInAnyAlphabet) {
  VersionFolder versions = Open();
  EXPECT_EQ(versions.Add(NewVersion("Für <b> שלום/.."), Tuned()).at("file"),
            "Für--b--שלום---.safetensors");
}

TEST_F(VersionFolderTest, ItsFileIsAModelWithARecipeForTheCommandLine) {
  VersionFolder versions = Open();
  versions.Add(NewVersion("Calm folk"), Tuned());
  const VersionFolder::File file = versions.ReadWhole(1);
  EXPECT_EQ(file.name, "Calm-folk.safetensors");
  const TemporaryFolder other;
  WriteFileAtomically(other / file.name, std::string_view(file.bytes));
  const Model model = ReadModel(other / file.name);
  EXPECT_EQ(model.method, "pg");
  const Recipe recipe = MakeRecipe("file", "", "", model.recipe);
  EXPECT_EQ(recipe.tuning.options.c, 2.25);
  EXPECT_EQ(recipe.tuning.options.compositions, 2);
  EXPECT_EQ(AmountsJson(recipe.tuning.rules, {}, {}).at("leap"), 3.5);
}

TEST_F(VersionFolderTest, AnUploadedFileIsTheSameVersionUnderANewNumber) {
  VersionFolder versions = Open();
  Json first = versions.Add(NewVersion("Calm"), Tuned());
  Json second = versions.AddFile(versions.ReadWhole(1).bytes, "", 99, TuningControls());
  EXPECT_EQ(second.at("id"), 2);
  EXPECT_EQ(second.at("created"), 99);
  for (const char* key : {"id", "created"}) {
    first.erase(key);
    second.erase(key);
  }
  EXPECT_EQ(second, first);
}

TEST_F(VersionFolderTest, AModelOfTheCommandLineKeepsItsRecipe) {
  Model model = Tuned();
  model.recipe = "[tuning]\nmethod = \"pg\"\nc = 0.7\ngamma = 0.3\n";
  WriteModel(folder_ / "tuned", model);
  VersionFolder versions = Open();
  const Json kept = versions.AddFile(ReadTextFile(folder_ / "tuned"), "Mine", 1, TuningControls());
  EXPECT_EQ(kept.at("name"), "Mine");
  EXPECT_EQ(kept.at("shape").at("c"), 0.7);
  EXPECT_TRUE(kept.at("iteration").is_null());
  EXPECT_THAT(versions.Read(1).model.recipe, HasSubstr("gamma = 0.3"));
}

TEST_F(VersionFolderTest, AVersionInAnotherMetreAndKeyIsFoundAgain) {
  Version version = NewVersion("Jig");
  version.controls = ControlsOf(RecipeOf(recipes_, "song-jig"));
  version.controls.key = ParseKey("D dorian", "key");
  version.controls.instrument = "flute";
  version.controls.wishes.Of("cadence") = "1.2500";
  const Model tuned{.network = HearingNetwork(3),
                    .prior = HearingNetwork(4),
                    .method = "match",
                    .encoding = HearingEncoding().ToJson()};
  const Json kept = Open().Add(version, tuned);
  const VersionFolder again = Open();
  EXPECT_EQ(again.List().front(), kept);
  EXPECT_EQ(kept.at("shape").at("metre"), "6/8");
  EXPECT_EQ(kept.at("shape").at("weights").at("cadence"), 1.25);
  EXPECT_THAT(again.Read(1).model.recipe, HasSubstr("key = \"D dorian\""));
}

TEST_F(VersionFolderTest, RefusesWhatIsNoModelOfMelodies) {
  VersionFolder versions = Open();
  EXPECT_THAT(ErrorOf([&] { versions.AddFile("not a model", "x", 1, TuningControls()); }),
              HasSubstr("the uploaded file"));
  WriteModel(folder_ / "other", {.network = RandomNetwork(1, 12), .prior = {}, .recipe = {}});
  EXPECT_THAT(
      ErrorOf([&] { versions.AddFile(ReadTextFile(folder_ / "other"), "x", 1, TuningControls()); }),
      HasSubstr("38 events"));
  EXPECT_TRUE(versions.List().empty());
}

TEST_F(VersionFolderTest, RenamesAndRemoves) {
  VersionFolder versions = Open();
  versions.Add(NewVersion("a"), Tuned());
  versions.Add(NewVersion("b"), Tuned());
  EXPECT_EQ(versions.Rename(1, "c", std::nullopt).at("name"), "c");
  versions.Remove(2);
  const VersionFolder again = Open();
  EXPECT_EQ(again.List().size(), 1U);
  EXPECT_EQ(again.List().front().at("name"), "c");
  EXPECT_EQ(again.List().front().at("note"), "a \"note\" <b>");
  EXPECT_THAT(ErrorOf([&] { versions.Remove(2); }), HasSubstr("no version 2"));
}

TEST_F(VersionFolderTest, ADamagedFileIsSkippedWithAWarning) {
  Open().Add(NewVersion("a"), Tuned());
  WriteFileAtomically(folder_ / "2.safetensors", std::string_view("damaged"));
  const VersionFolder versions = Open();
  EXPECT_EQ(versions.List().size(), 1U);
  EXPECT_THAT(warnings_, ElementsAre(HasSubstr("version 2 is skipped")));
}

TEST_F(VersionFolderTest, ANumberIsNotGivenAgainAfterItsVersionIsDeleted) {
  {
    VersionFolder versions = Open();
    versions.Add(NewVersion("a"), Tuned());
    versions.Add(NewVersion("b"), Tuned());
    versions.Remove(2);
    EXPECT_EQ(versions.Add(NewVersion("c"), Tuned()).at("id"), 3);
    versions.Remove(3);
  }
  EXPECT_EQ(Open().Add(NewVersion("d"), Tuned()).at("id"), 4);
}

TEST_F(VersionFolderTest, AFileThatIsNoModelOfMelodiesIsSkipped) {
  WriteModel(folder_ / "5.safetensors",
             {.network = RandomNetwork(1, 12), .prior = {}, .recipe = {}});
  VersionFolder versions = Open();
  EXPECT_TRUE(versions.List().empty());
  EXPECT_THAT(warnings_, ElementsAre(HasSubstr("38 events")));
  EXPECT_EQ(versions.Add(NewVersion("a"), Tuned()).at("id"), 6);
}

}  // namespace
}  // namespace rltuner::studio
