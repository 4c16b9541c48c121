// SPDX-License-Identifier: Apache-2.0
#include "rltuner/studio/study_service.h"

#include <gtest/gtest.h>

#include "rltuner/study/sqlite.h"
#include "study/small_study.h"
#include "test_support.h"

namespace rltuner::studio {
namespace {

class StudyServiceTest : public testing::Test {
 protected:
  StudyServiceTest() {
    study::StudyStore::Create(folder_ / "study.db", study::SmallStudy(), study::ThreeModels());
    store_ = std::make_unique<study::StudyStore>(folder_ / "study.db");
    Restart();
  }

  void Restart() {
    service_ = std::make_unique<StudyService>(
        store_.get(), [this] { return "key-" + std::to_string(keys_++); }, [this] { return time_; },
        [] { return study::kTime; });
  }

  ServiceReply Ask(const std::string& path, const Json& body) {
    return service_->Handle({.method = "POST", .path = path, .query = {}, .body = body.dump()});
  }
  Json Begin(const Json& body = Json::object()) {
    return Json::parse(Ask("/api/study/session", body).body);
  }
  static Json AnswerTo(const Json& question) {
    return {{"session", question["session"]},
            {"question", question["question"]},
            {"preference", 1},
            {"first_heard", 3},
            {"second_heard", 3},
            {"taken", 9}};
  }

  TemporaryFolder folder_;
  double time_ = 100;
  int keys_ = 0;
  std::unique_ptr<study::StudyStore> store_;
  std::unique_ptr<StudyService> service_;
};

TEST_F(StudyServiceTest, TellsWhatIsAsked) {
  const ServiceReply reply =
      service_->Handle({.method = "GET", .path = "/api/study", .query = {}, .body = ""});
  const Json study = Json::parse(reply.body);
  EXPECT_EQ(study["title"], "Listen");
  EXPECT_EQ(study["comparisons"], 3);
  EXPECT_EQ(study["melody_seconds"], 3);
  EXPECT_EQ(service_->Handle({"GET", "/api/study", {{"a", "1"}}, ""}).status, 400);
}

TEST_F(StudyServiceTest, ShowsTwoMelodiesAndNoNames) {
  const ServiceReply reply = Ask("/api/study/session", Json::object());
  const Json question = Json::parse(reply.body);
  EXPECT_EQ(question["question"], 0);
  EXPECT_EQ(question["first"].size(), 16U);
  EXPECT_EQ(question["second"].size(), 16U);
  for (const study::StudyModel& model : study::ThreeModels()) {
    EXPECT_EQ(reply.body.find('"' + model.name + '"'), std::string::npos);
  }
}

TEST_F(StudyServiceTest, LeadsThroughAllQuestions) {
  Json question = Begin();
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(question["done"]);
    time_ += 20;
    question = Json::parse(Ask("/api/study/answer", AnswerTo(question)).body);
  }
  EXPECT_TRUE(question["done"]);
  EXPECT_EQ(store_->Answers().size(), 3U);
}

TEST_F(StudyServiceTest, GoesOnWithASessionAfterARestart) {
  const Json first = Begin();
  time_ += 20;
  Ask("/api/study/answer", AnswerTo(first));
  Restart();
  EXPECT_EQ(Begin({{"session", first["session"]}})["question"], 1);
}

TEST_F(StudyServiceTest, KnowsNoSessionOfSomebodyElse) {
  EXPECT_EQ(Ask("/api/study/session", {{"session", "guessed"}}).status, 404);
}

TEST_F(StudyServiceTest, NoticesASecondAnswer) {
  const Json question = Begin();
  Ask("/api/study/answer", AnswerTo(question));
  EXPECT_TRUE(Json::parse(Ask("/api/study/answer", AnswerTo(question)).body)["repeated"]);
  EXPECT_EQ(store_->Answers().size(), 1U);
}

TEST_F(StudyServiceTest, BelievesItsOwnClockWhereThePageClaimsMoreTime) {
  const Json question = Begin();
  time_ += 2;
  Ask("/api/study/answer", AnswerTo(question));  // claims 9 seconds
  EXPECT_EQ(store_->Answers()[0].answer.taken, 2);
  EXPECT_EQ(study::DoubtOf(store_->Answers()[0].answer, 3), study::Doubt::kTooFast);
}

TEST_F(StudyServiceTest, RefusesWhatIsNoAnswer) {
  const Json question = Begin();
  Json answer = AnswerTo(question);
  answer["preference"] = 3;
  EXPECT_EQ(Ask("/api/study/answer", answer).status, 400);
  answer = AnswerTo(question);
  answer.erase("first_heard");
  EXPECT_EQ(Ask("/api/study/answer", answer).status, 400);
  answer = AnswerTo(question);
  answer["question"] = 1;
  EXPECT_EQ(Ask("/api/study/answer", answer).status, 409);
  EXPECT_TRUE(store_->Answers().empty());
}

TEST_F(StudyServiceTest, StoresWhenAnAnswerCame) {
  Ask("/api/study/answer", AnswerTo(Begin()));
  EXPECT_EQ(store_->Answers()[0].time, study::kTime);
}

// Another program holds the file. Participants get no name of a file.
TEST_F(StudyServiceTest, AFileThatCannotBeWrittenIsNotTheParticipantsMistake) {
  const Json question = Begin();
  const study::SqliteDatabase other(folder_ / "study.db");
  other.Run("DROP TABLE answer");
  const ServiceReply reply = Ask("/api/study/answer", AnswerTo(question));
  EXPECT_EQ(reply.status, 503);
  EXPECT_EQ(reply.body.find("study.db"), std::string::npos);
}

TEST_F(StudyServiceTest, TwoTabsOfOneParticipantGoOnTogether) {
  const Json first_tab = Begin();
  const Json second_tab = Begin({{"session", first_tab["session"]}});
  EXPECT_EQ(second_tab["question"], 0);
  const Json next = Json::parse(Ask("/api/study/answer", AnswerTo(first_tab)).body);
  Ask("/api/study/answer", AnswerTo(next));
  const Json behind = Json::parse(Ask("/api/study/answer", AnswerTo(second_tab)).body);
  EXPECT_TRUE(behind["repeated"]);
  EXPECT_EQ(behind["question"], 2);
  EXPECT_EQ(store_->Sessions().size(), 1U);
}

TEST_F(StudyServiceTest, HasNothingElse) {
  EXPECT_EQ(Ask("/api/versions", Json::object()).status, 404);
  EXPECT_EQ(Ask("/api/study", Json::object()).status, 405);
}

}  // namespace
}  // namespace rltuner::studio
