// SPDX-License-Identifier: Apache-2.0
#include "rltuner/study/store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <span>
#include <thread>

#include "evaluation/random_model.h"
#include "file_size_limit.h"
#include "melody/write_melodies.h"
#include "rltuner/core/error.h"
#include "rltuner/core/files.h"
#include "rltuner/evaluation/evaluate.h"
#include "rltuner/evaluation/generation.h"
#include "rltuner/melody/model_inputs.h"
#include "rltuner/study/sqlite.h"
#include "small_study.h"
#include "test_support.h"

namespace rltuner::study {
namespace {

using testing::HasSubstr;

TEST(TunesForStudyTest, AreHeldOutTunesFromTheirFirstBarLineOn) {
  const TemporaryFolder folder;
  std::vector<TestMelody> melodies;
  for (int i = 0; i < 40; ++i) {
    std::vector<std::uint8_t> events(4, 37);  // a pickup
    events.resize(36, static_cast<std::uint8_t>(2 + i % 30));
    melodies.push_back({.events = events, .context = {}});
    melodies.back().context.pickup = 4;
  }
  Encoding encoding;
  encoding.inputs = ParseInputs("position", "inputs");
  WriteMelodies(folder / "tunes", melodies,
                {.settings = "", .held_out = 0.5, .encoding = encoding, .contexts = true});
  StudyOptions options = SmallStudy();
  options.melodies = 5;
  options.length = 20;
  const StudyModel tunes = TunesForStudy("tunes", folder / "tunes", options);
  ASSERT_EQ(tunes.melodies.size(), 5U);
  for (const std::vector<std::uint8_t>& melody : tunes.melodies) {
    EXPECT_EQ(melody.size(), 20U);
    EXPECT_NE(melody.front(), 37);
  }
  options.melodies = 1000;
  EXPECT_THAT(ErrorOf([&] { TunesForStudy("tunes", folder / "tunes", options); }),
              HasSubstr("the study needs 1000"));
}

TEST(PlayForStudyTest, PlaysFromABarLineAsTunesDo) {
  const Model with_pickups = ModelWithPickups();
  Model without = with_pickups;
  without.encoding = MelodyEncodingOf(with_pickups).FullJson();
  EXPECT_EQ(PlayForStudy("a", with_pickups, SmallStudy()).melodies,
            PlayForStudy("a", without, SmallStudy()).melodies);
}

TEST(PlayForStudyTest, PlaysATunedModelInTheMetreOfItsTuning) {
  const Encoding encoding{.inputs = ParseInputs("position,metre", "inputs")};
  Model model = RandomModel();
  model.network = RandomNetwork(1, kVocabulary, encoding.width() - kVocabulary);
  model.prior = model.network;
  model.method = "pg";
  model.encoding = encoding.ToJson();
  model.recipe = "[tuning]\nmethod = \"pg\"\n[music]\nmetre = \"3/4\"\n";
  const StudyOptions study = SmallStudy();
  const StudyModel played = PlayForStudy("a", model, study);
  const GenerationOptions options{.count = study.melodies,
                                  .length = study.length,
                                  .seed = study.seed,
                                  .context = {.metre = {3, 4}}};
  const auto waltzes = Generate(model, RuleSet::Named("paper"), options, {});
  for (std::size_t i = 0; i < waltzes.size(); ++i) {
    EXPECT_EQ(played.melodies[i], waltzes[i].events);
  }
}

class StudyStoreTest : public testing::Test {
 protected:
  StudyStoreTest() : path_(folder_ / "study.db") {
    StudyStore::Create(path_, SmallStudy(), ThreeModels());
  }

  TemporaryFolder folder_;
  std::filesystem::path path_;
};

TEST_F(StudyStoreTest, GivesBackWhatWasCreated) {
  const StudyStore store(path_);
  EXPECT_EQ(store.options().title, "Listen");
  EXPECT_EQ(store.options().comparisons, 3);
  ASSERT_EQ(store.models().size(), 3U);
  EXPECT_EQ(store.models()[1].name, "q");
  EXPECT_EQ(store.models()[1].melodies, ThreeModels()[1].melodies);
}

TEST_F(StudyStoreTest, IsNeverWrittenOver) {
  EXPECT_THAT(ErrorOf([&] { StudyStore::Create(path_, SmallStudy(), ThreeModels()); }),
              HasSubstr("exists"));
}

#ifdef RLTUNER_HAS_FILE_SIZE_LIMIT
TEST(StudyFiles, NothingStaysOfAStudyThatDoesNotFitOnTheDisk) {
  const TemporaryFolder folder;
  const FileSizeLimit limit(10'000);
  const StudyModel model{.name = "a", .melodies = {std::vector<std::uint8_t>(20'000, 1)}};
  EXPECT_THROW(StudyStore::Create(folder / "study.db", SmallStudy(), std::span(&model, 1)), Error);
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}
#endif

TEST_F(StudyStoreTest, NumbersParticipantsAsTheyCome) {
  StudyStore store(path_);
  EXPECT_EQ(store.Begin("one").participant, 0);
  EXPECT_EQ(store.Begin("two").participant, 1);
}

TEST_F(StudyStoreTest, KnowsNoSessionThatDidNotBegin) {
  const StudyStore store(path_);
  EXPECT_FALSE(store.Find("nobody").has_value());
}

TEST_F(StudyStoreTest, KeepsAHalfDoneSession) {
  const Question question = QuestionsOf(0, 3, SmallStudy())[0];
  {
    StudyStore store(path_);
    store.Begin("one");
    EXPECT_TRUE(store.Record("one", 0, Preferring(2, question), kTime));
  }
  const StudyStore again(path_);
  ASSERT_TRUE(again.Find("one").has_value());
  EXPECT_EQ(again.Find("one")->answered, 1);
  ASSERT_EQ(again.Answers().size(), 1U);
  EXPECT_EQ(again.Answers()[0].answer.preference, 2);
  EXPECT_EQ(again.Answers()[0].answer.question.first, question.first);
  EXPECT_EQ(again.Answers()[0].answer.taken, 9);
}

TEST_F(StudyStoreTest, TheFirstAnswerStandsAndASecondIsCounted) {
  StudyStore store(path_);
  store.Begin("one");
  EXPECT_TRUE(store.Record("one", 0, Preferring(2, {}), kTime));
  EXPECT_FALSE(store.Record("one", 0, Preferring(-2, {}), kTime));
  EXPECT_EQ(store.Answers()[0].answer.preference, 2);
  EXPECT_EQ(store.Find("one")->repeated, 1);
}

TEST_F(StudyStoreTest, RefusesAnAnswerBeforeItsTurn) {
  StudyStore store(path_);
  store.Begin("one");
  EXPECT_THAT(ErrorOf([&] { store.Record("one", 1, Preferring(0, {}), kTime); }),
              HasSubstr("question 2"));
}

TEST_F(StudyStoreTest, TakesAnswersFromManyThreads) {
  StudyStore store(path_);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&store, i] {
      const std::string key = std::to_string(i);
      store.Begin(key);
      for (int question = 0; question < 3; ++question) {
        store.Record(key, question, Preferring(1, {}), kTime);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(store.Answers().size(), 12U);
}

TEST_F(StudyStoreTest, KeepsWhenAnAnswerCameAndHowOftenAgain) {
  StudyStore store(path_);
  store.Begin("one");
  store.Record("one", 0, Preferring(2, {}), kTime);
  store.Record("one", 0, Preferring(1, {}), kTime + 5);
  store.Record("one", 0, Preferring(1, {}), kTime + 6);
  ASSERT_EQ(store.Answers().size(), 1U);
  EXPECT_EQ(store.Answers()[0].question, 0);
  EXPECT_EQ(store.Answers()[0].time, kTime);
  EXPECT_EQ(store.Answers()[0].repeats, 2);
}

TEST_F(StudyStoreTest, KeepsItsLinkOverARestart) {
  EXPECT_EQ(StudyStore(path_).Link().token, "");
  StudyStore(path_).StoreLink({.token = "first", .port = 1});
  StudyStore(path_).StoreLink({.token = "second", .port = 8788});
  const StudyLink link = StudyStore(path_).Link();
  EXPECT_EQ(link.token, "second");
  EXPECT_EQ(link.port, 8788);
}

TEST_F(StudyStoreTest, HasOneServerAtATime) {
  const StudyStore store(path_);
  EXPECT_THAT(ErrorOf([&] { StudyStore second(path_); }),
              HasSubstr("study.db: another server serves this study"));
}

TEST_F(StudyStoreTest, IsReadWhileItIsServed) {
  StudyStore store(path_);
  store.Begin("one");
  EXPECT_EQ(StudyStore(path_, StudyUse::kRead).Sessions().size(), 1U);
}

TEST_F(StudyStoreTest, AServerThatEndedLeavesNoLock) {
  { const StudyStore store(path_); }
  EXPECT_NO_THROW(StudyStore{path_});
}

TEST_F(StudyStoreTest, OfAnotherVersionIsRefused) {
  SqliteDatabase(path_).Run("PRAGMA user_version = 3");
  EXPECT_THAT(ErrorOf([&] { StudyStore store(path_); }), HasSubstr("version 3; expected 2"));
}

TEST(StudyFiles, OfAnotherKindAreRefused) {
  const TemporaryFolder folder;
  WriteFileAtomically(folder / "text.db", "not a database, but long enough to be looked at twice");
  EXPECT_THAT(ErrorOf([&] { StudyStore(folder / "text.db"); }), HasSubstr("not a study"));
  WriteFileAtomically(folder / "empty.db", "");
  EXPECT_THAT(ErrorOf([&] { StudyStore(folder / "empty.db"); }), HasSubstr("not a study"));
  EXPECT_THAT(ErrorOf([&] { StudyStore{folder.path()}; }), HasSubstr("Is a directory"));
  EXPECT_THAT(ErrorOf([&] { StudyStore(folder / "missing.db"); }), HasSubstr("missing.db"));
}

}  // namespace
}  // namespace rltuner::study
