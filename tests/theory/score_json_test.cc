// SPDX-License-Identifier: Apache-2.0
#include "rltuner/theory/score_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "rltuner/core/error.h"
#include "rltuner/melody/context.h"

namespace rltuner {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;
using Bytes = std::vector<std::uint8_t>;

std::vector<Bytes> AllCompositions(std::string_view text) {
  std::vector<Bytes> compositions;
  ForEachComposition(text, "in.jsonl",
                     [&](const CompositionLine& line) { compositions.push_back(line.events); });
  return compositions;
}

std::string MessageOf(const std::string& text) {
  try {
    AllCompositions(text);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}

nlohmann::json JsonOf(const Bytes& events) {
  RuleSet rules = RuleSet::Named("paper");
  return nlohmann::json::parse(ScoreJson(rules, ScoreComposition(rules, events)));
}

TEST(ScoreJsonTest, ReadsMetreAndKey) {
  const MelodyContext context =
      ParseCompositionLine("{\"metre\":\"6/8\",\"key\":\"D dorian\",\"events\":[14]}", "x").context;
  EXPECT_EQ(context.metre, (Metre{6, 8}));
  EXPECT_EQ(context.tonic, 2);
  EXPECT_EQ(context.mode, Mode::kDorian);
  EXPECT_THAT(MessageOf("{\"metre\":\"6/7\",\"events\":[14]}"), HasSubstr("metre 6/7: expected"));
  EXPECT_THAT(MessageOf("{\"metre\":[6,8],\"events\":[14]}"), HasSubstr("\"metre\" is array"));
  EXPECT_THAT(MessageOf("{\"key\":\"H\",\"events\":[14]}"), HasSubstr("key 'H': expected"));
}

TEST(ScoreJsonTest, ReadsAPickup) {
  EXPECT_EQ(ParseCompositionLine("{\"pickup\":4,\"events\":[14]}", "x").context.pickup, 4);
  EXPECT_EQ(ParseCompositionLine("{\"events\":[14]}", "x").context.pickup, 0);
  EXPECT_THAT(MessageOf("{\"pickup\":-1,\"events\":[14]}"), HasSubstr("\"pickup\" is -1"));
  EXPECT_THAT(MessageOf("{\"pickup\":1,\"events\":[14],\"pickup\":2}"),
              HasSubstr("\"pickup\" occurs twice"));
}

TEST(ScoreJsonTest, ReadsEvents) {
  EXPECT_EQ(ParseCompositionLine("{\"events\": [0, 1, 37]}", "x").events, (Bytes{0, 1, 37}));
}

TEST(ScoreJsonTest, IgnoresOtherKeys) {
  EXPECT_EQ(
      ParseCompositionLine("{\"a\":{\"events\":[99]},\"events\":[5],\"b\":[[1.5],null,\"x\"]}", "x")
          .events,
      Bytes{5});
}

TEST(ScoreJsonTest, AcceptsNoEvents) {
  EXPECT_EQ(ParseCompositionLine("{\"events\":[]}", "x").events, Bytes{});
}

TEST(ScoreJsonTest, SkipsBlankLinesAndCarriageReturns) {
  EXPECT_EQ(AllCompositions("\xEF\xBB\xBF{\"events\":[1]}\r\n\r\n  \n{\"events\":[2]}"),
            (std::vector<Bytes>{{1}, {2}}));
}

TEST(ScoreJsonTest, ErrorNamesTheLine) {
  EXPECT_THAT(MessageOf("{\"events\":[1]}\n\n{\"events\":[1,]}\n"), StartsWith("in.jsonl:3: "));
}

TEST(ScoreJsonTest, RefusesWhatIsNoEvent) {
  EXPECT_THAT(MessageOf("{\"events\":[1,38]}"), AllOf(HasSubstr("event 2"), HasSubstr("38")));
  EXPECT_THAT(MessageOf("{\"events\":[-1]}"), HasSubstr("-1"));
  EXPECT_THAT(MessageOf("{\"events\":[1.0]}"), HasSubstr("1.0"));
  EXPECT_THAT(MessageOf("{\"events\":[18446744073709551615]}"), HasSubstr("event 1"));
  EXPECT_THAT(MessageOf("{\"events\":[\"C4\"]}"), HasSubstr("string"));
  EXPECT_THAT(MessageOf("{\"events\":[null]}"), HasSubstr("null"));
  EXPECT_THAT(MessageOf("{\"events\":[[1]]}"), HasSubstr("array"));
}

TEST(ScoreJsonTest, RefusesWhatHoldsNoEvents) {
  EXPECT_THAT(MessageOf("[1,2]"), HasSubstr("object"));
  EXPECT_THAT(MessageOf("7"), HasSubstr("object"));
  EXPECT_THAT(MessageOf("{}"), HasSubstr("events"));
  EXPECT_THAT(MessageOf("{\"events\":3}"), HasSubstr("array"));
  EXPECT_THAT(MessageOf("{\"events\":[1],\"events\":[2]}"), HasSubstr("twice"));
  EXPECT_THAT(MessageOf(""), HasSubstr("no composition"));
}

TEST(ScoreJsonTest, DeepNestingIsRefusedWithoutACrash) {
  const std::string deep(2'000'000, '[');
  EXPECT_THAT(MessageOf("{\"x\":" + deep), HasSubstr("nested"));
}

TEST(ScoreJsonTest, RefusesVeryManyEvents) {
  std::string line = "{\"events\":[1";
  for (int i = 1; i < 100'000; ++i) line += ",1";
  EXPECT_EQ(MessageOf(line + "]}"), "accepted");
  EXPECT_EQ(MessageOf(line + ",1]}"), "in.jsonl:1: more than 100000 events");
}

TEST(ScoreJsonTest, RefusesVeryLongLines) {
  const std::string text(9 << 20, 'x');
  EXPECT_THAT(MessageOf("\n{\"name\":\"" + text + "\",\"events\":[]}"),
              AllOf(StartsWith("in.jsonl:2: a line of "), HasSubstr("at most 8388608")));
}

TEST(ScoreJsonTest, MessagesAreOneLine) {
  const std::string message = MessageOf("{\"events\":\x01\xff}");
  EXPECT_EQ(message.find('\n'), std::string::npos);
}

TEST(ScoreJsonTest, WritesEveryKey) {
  const nlohmann::json json = JsonOf({14, 15, 1, 0});
  EXPECT_EQ(json["rewards"].size(), 10U);
  EXPECT_EQ(json["rewards"]["total"].size(), 4U);
  EXPECT_EQ(json["statistics"].size(), 9U);
  EXPECT_EQ(json["statistics"]["notes_not_in_key"], 1);
  EXPECT_EQ(json["autocorrelation"].size(), 3U);
}

TEST(ScoreJsonTest, MissingCoefficientIsNull) {
  EXPECT_EQ(JsonOf({14, 14, 14, 14})["autocorrelation"],
            nlohmann::json({nullptr, nullptr, nullptr}));
}

TEST(ScoreJsonTest, NoEventsGiveEmptyArrays) {
  EXPECT_EQ(JsonOf({})["rewards"]["key"], nlohmann::json::array());
}

}  // namespace
}  // namespace rltuner
