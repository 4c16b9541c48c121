// SPDX-License-Identifier: Apache-2.0
#include "rltuner/evaluation/evaluate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "evaluation/random_model.h"
#include "rltuner/evaluation/copied_runs.h"
#include "test_support.h"

namespace rltuner {
namespace {

using Json = nlohmann::json;

class Evaluation : public testing::Test {
 protected:
  Json JsonOf(const Model& model, int threads = 1) const {
    const EvaluationReport report{.model = "some/model.safetensors",
                                  .rules = "paper",
                                  .method = model.method,
                                  .options = options_,
                                  .metrics = Evaluate(model, rules_, options_, threads)};
    return Json::parse(EvaluationJson(report));
  }

  RuleSet rules_ = RuleSet::Named("paper");
  EvaluationOptions options_{.compositions = 300};
};

TEST_F(Evaluation, JsonHasEveryKeyOfTheContractWithAnInterval) {
  const Json json = JsonOf(RandomModel());
  EXPECT_EQ(json["model"], "some/model.safetensors");
  EXPECT_EQ(json["method"], "note-rnn");
  EXPECT_EQ(json["compositions"], 300);
  EXPECT_EQ(json["length"], 32);
  EXPECT_EQ(json["seed"], 1);
  EXPECT_EQ(json["rules"], "paper");
  for (const std::string key :
       {"notes_excessively_repeated", "notes_not_in_key", "starting_with_tonic", "leaps_resolved",
        "unique_max_note", "unique_min_note", "notes_in_motif", "notes_in_repeated_motif",
        "mean_log_prob", "mean_theory_reward", "entropy", "kl_to_prior", "distinct_compositions"}) {
    ASSERT_TRUE(json.at(key).is_number()) << key;
    const Json& interval = json.at(key + "_ci95");
    ASSERT_EQ(interval.size(), 2U) << key;
    EXPECT_LE(interval[0].get<double>(), json[key].get<double>()) << key;
    EXPECT_GE(interval[1].get<double>(), json[key].get<double>()) << key;
  }
}

TEST_F(Evaluation, JsonListsTheAutocorrelationByLag) {
  const Json json = JsonOf(RandomModel());
  ASSERT_EQ(json.at("autocorrelation").size(), 3U);
  ASSERT_EQ(json.at("autocorrelation_ci95").size(), 3U);
  for (int lag = 0; lag < 3; ++lag) {
    EXPECT_TRUE(json["autocorrelation"][lag].is_number());
    EXPECT_EQ(json["autocorrelation_ci95"][lag].size(), 2U);
  }
}

TEST_F(Evaluation, JsonHasNullForWhatDoesNotExist) {
  options_.compositions = 1;
  const Json json = JsonOf(RandomModel());
  EXPECT_TRUE(json["mean_log_prob"].is_number());
  EXPECT_EQ(json["mean_log_prob_ci95"], Json::parse("[null,null]"));
}

TEST_F(Evaluation, JsonReadsBackToTheSameJson) {
  options_.compositions = 1;  // some figures do not exist
  const Json json = JsonOf(RandomModel());
  const std::vector<EvaluationReport> reports = ReadEvaluationJson(json.dump(), "test");
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_EQ(Json::parse(EvaluationJson(reports.front())), json);
}

TEST_F(Evaluation, DamagedJsonIsRefusedWithItsSource) {
  const std::string json = JsonOf(RandomModel()).dump(2);
  EXPECT_THAT(ErrorOf([&] { ReadEvaluationJson(json.substr(0, 300), "f.json"); }),
              testing::HasSubstr("f.json"));
}

TEST_F(Evaluation, IsTheSameForAnyNumberOfThreads) {
  const Json expected = JsonOf(RandomTunedModel());
  EXPECT_EQ(JsonOf(RandomTunedModel(), 2), expected);
  EXPECT_EQ(JsonOf(RandomTunedModel(), 7), expected);
}

TEST_F(Evaluation, OfAnUntunedModelHasNoDivergence) {
  const Json json = JsonOf(RandomModel());
  EXPECT_NEAR(json["kl_to_prior"].get<double>(), 0, 1e-6);
  EXPECT_LT(json["mean_log_prob"].get<double>(), -0.1);
}

TEST_F(Evaluation, OfAnotherSeedIsAnotherSample) {
  const Json first = JsonOf(RandomModel());
  options_.seed = 2;
  EXPECT_NE(JsonOf(RandomModel())["mean_log_prob"], first["mean_log_prob"]);
}

TEST_F(Evaluation, RulesHearTheCompositionsInTheirMetre) {
  const RuleSet song = RuleSet::Named("song");
  const Model model = RandomModel();
  const auto of_metre = [&] {
    const auto metrics = Evaluate(model, song, options_, 1);
    return std::ranges::find(metrics.reward_by_rule, "metre", &Metrics::RuleReward::rule)
        ->reward.value;
  };
  const double in_four = of_metre();
  options_.context.metre = {3, 4};
  EXPECT_NE(of_metre(), in_four);
}

TEST_F(Evaluation, PlaysAndNamesTheDecoding) {
  options_.decoding = "mask=key";
  const Json json = JsonOf(RandomModel());
  EXPECT_EQ(json["decoding"], "mask=key");
  EXPECT_EQ(json["notes_not_in_key"], 0);
}

TEST_F(Evaluation, BestOfManyHasMoreRewardAndABoundOfItsKl) {
  options_.compositions = 64;
  const Json sample = JsonOf(RandomModel());
  options_.decoding = "best-of=16";
  const Json best = JsonOf(RandomModel());
  EXPECT_GT(best["mean_theory_reward"], sample["mean_theory_reward"]);
  EXPECT_NEAR(best["kl_to_prior"].get<double>(), (std::log(16) - 15.0 / 16) / 32, 1e-5);
}

TEST_F(Evaluation, JsonHasCopiedRunsOnlyWithTrainingMelodies) {
  const std::vector<std::uint8_t> melody(40, 1);
  const std::vector<Dataset::Events> melodies = {melody};
  const CopiedRuns training(melodies, options_.length);
  EXPECT_FALSE(JsonOf(RandomModel()).contains("longest_copied_run"));
  const EvaluationReport report{
      .model = "",
      .rules = "paper",
      .method = "",
      .options = options_,
      .metrics = Evaluate(RandomModel(), rules_, options_, 1, {}, &training)};
  const Json json = Json::parse(EvaluationJson(report));
  EXPECT_GE(json.at("longest_copied_run_of_all").get<double>(),
            json.at("longest_copied_run").get<double>());
  EXPECT_GT(json.at("longest_copied_run").get<double>(), 0);
}

TEST_F(Evaluation, TellsItsProgressUpToTheEnd) {
  std::vector<int> heard;
  Evaluate(RandomModel(), rules_, options_, 2, [&](int finished) { heard.push_back(finished); });
  EXPECT_TRUE(std::is_sorted(heard.begin(), heard.end()));
  heard.erase(std::unique(heard.begin(), heard.end()), heard.end());
  std::erase(heard, 0);
  EXPECT_THAT(heard, testing::ElementsAre(testing::_, testing::_, testing::_, testing::_, 300));
}

TEST_F(Evaluation, IsHeardOfWithinABlock) {
  options_.compositions = 2;
  for (const char* decoding : {"sample", "best-of=3", "smc=3"}) {
    options_.decoding = decoding;
    int heard = 0;
    Evaluate(RandomModel(), rules_, options_, 1, [&](int) { ++heard; });
    EXPECT_GE(heard, options_.length) << decoding;
  }
}

TEST_F(Evaluation, EndsWithWhatProgressThrows) {
  EXPECT_THROW(Evaluate(RandomModel(), rules_, options_, 2, [](int) { throw 1; }), int);
}

TEST_F(Evaluation, RefusesAnotherVocabulary) {
  const Model model{.network = RandomNetwork(1, 12), .prior = {}, .recipe = {}};
  EXPECT_THAT(ErrorOf([&] { Evaluate(model, rules_, options_, 1); }),
              testing::AllOf(testing::HasSubstr("12"), testing::HasSubstr("38")));
}

TEST(PaperTable, HasARowForElevenOfTheMetrics) {
  EXPECT_EQ(std::ranges::count_if(MetricInfos(),
                                  [](const MetricInfo& info) { return info.paper.has_value(); }),
            11);
  EXPECT_EQ(MetricInfos()[MetricIndex("autocorrelation_3")].paper->at(3), .17);
}

}  // namespace
}  // namespace rltuner
