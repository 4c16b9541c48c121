// SPDX-License-Identifier: Apache-2.0
#include "rltuner/core/settings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>

#include "rltuner/core/random.h"
#include "test_support.h"

namespace rltuner {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Options {
  int hidden = 100;
  std::int64_t seed = 1;
  double rate = 0.5;
  bool resume = false;
  std::string optimizer = "adam";
  std::string name = {};
};

Settings Describe(Options& options, std::string table = "") {
  return Settings(std::move(table))
      .Add("hidden", &options.hidden, 1, 4096, "Cells of a layer.")
      .Add("seed", &options.seed, 0, std::numeric_limits<std::int64_t>::max(), "Seed.")
      .Add("learning_rate", &options.rate, 0.0, 10.0, "Step size.")
      .Add("resume", &options.resume, "Go on.")
      .Add("optimizer", &options.optimizer, {"adam", "adagrad"}, "Which optimizer.")
      .Add("name", &options.name, {}, "Any text.");
}

void Assign(Options& options, const std::string& name, std::string_view value) {
  Describe(options).Find(name)->Assign(value, "here");
}

std::string AssignError(const std::string& name, std::string_view value) {
  Options options;
  return ErrorOf([&] { Assign(options, name, value); });
}

std::string ReadError(std::string_view text) {
  Options top;
  Options inner;
  const std::vector<Settings> tables{Describe(top), Describe(inner, "rules.key")};
  return ErrorOf([&] { ReadRecipe(text, "my.toml", tables); });
}

TEST(Setting, AssignStoresEveryType) {
  Options options;
  Assign(options, "hidden", "64");
  Assign(options, "seed", "9223372036854775807");
  Assign(options, "learning_rate", "1e-3");
  Assign(options, "resume", "true");
  Assign(options, "optimizer", "adagrad");
  Assign(options, "name", "any \"text\"");
  EXPECT_EQ(options.hidden, 64);
  EXPECT_EQ(options.seed, std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(options.rate, 1e-3);
  EXPECT_TRUE(options.resume);
  EXPECT_EQ(options.optimizer, "adagrad");
  EXPECT_EQ(options.name, "any \"text\"");
}

TEST(Setting, AssignTakesBothEndsOfARange) {
  Options options;
  EXPECT_NO_THROW(Assign(options, "hidden", "1"));
  EXPECT_NO_THROW(Assign(options, "hidden", "4096"));
  EXPECT_NO_THROW(Assign(options, "learning_rate", "0"));
  EXPECT_NO_THROW(Assign(options, "learning_rate", "10"));
}

TEST(Setting, AssignErrorsNamePlaceValueAndRange) {
  EXPECT_EQ(AssignError("hidden", "0"), "here: hidden is 0, expected a whole number: 1 .. 4096");
  EXPECT_EQ(AssignError("hidden", "2.5"),
            "here: hidden is 2.5, expected a whole number: 1 .. 4096");
  EXPECT_EQ(AssignError("learning_rate", "-1"),
            "here: learning_rate is -1, expected a number: 0 .. 10");
  EXPECT_EQ(AssignError("resume", "yes"), "here: resume is yes, expected true or false");
  EXPECT_EQ(AssignError("optimizer", "sgd"), "here: optimizer is \"sgd\", expected adam|adagrad");
}

TEST(Setting, AssignRefusesWhatIsNoNumber) {
  for (const char* value :
       {"", " 1", "1x", "0x10", "nan", "99999999999999999999", "1e400", "--1"}) {
    SCOPED_TRACE(value);
    AssignError("hidden", value);
    AssignError("learning_rate", value[0] == '\0' || value[1] == 'x' ? "x" : value);
  }
}

TEST(CheckRanges, NamesAFieldThatAProgramHasSetBeyondItsRange) {
  const auto error = [](const Options& options) { return ErrorOf([&] { CheckFields(options); }); };
  EXPECT_NO_THROW(CheckFields(Options{.name = "any \"text\"\n"}));
  EXPECT_THAT(error({.hidden = 0}), HasSubstr("hidden is 0, expected a whole number: 1 .. 4096"));
  EXPECT_THAT(error({.seed = -1}), HasSubstr("seed is -1"));
  EXPECT_THAT(error({.rate = std::nan("")}), HasSubstr("learning_rate is nan"));
  EXPECT_THAT(error({.optimizer = "x"}), HasSubstr("optimizer is \"x\", expected adam|adagrad"));
}

TEST(Setting, AFailedAssignKeepsTheValue) {
  Options options;
  ErrorOf([&] { Assign(options, "hidden", "0"); });
  EXPECT_EQ(options.hidden, 100);
}

TEST(Setting, RangesReadAsHelp) {
  Options options;
  const Settings settings = Describe(options);
  EXPECT_EQ(settings.Find("hidden")->Range(), "1 .. 4096");
  EXPECT_EQ(settings.Find("seed")->Range(), "0 or more");
  EXPECT_EQ(settings.Find("learning_rate")->Range(), "0 .. 10");
  EXPECT_EQ(settings.Find("resume")->Range(), "true|false");
  EXPECT_EQ(settings.Find("optimizer")->Range(), "adam|adagrad");
  EXPECT_EQ(settings.Find("name")->Range(), "");
}

TEST(Setting, ValuesAreToml) {
  Options options;
  options.rate = 5;
  options.name = "a\"b\\c\n";
  const Settings settings = Describe(options);
  EXPECT_EQ(settings.Find("hidden")->Value(), "100");
  EXPECT_EQ(settings.Find("learning_rate")->Value(), "5.0");
  EXPECT_EQ(settings.Find("resume")->Value(), "false");
  EXPECT_EQ(settings.Find("name")->Value(), R"("a\"b\\c\u000A")");
}

TEST(Settings, FindOfAnUnknownNameIsNull) {
  Options options;
  EXPECT_EQ(Describe(options).Find("hiden"), nullptr);
}

TEST(WriteRecipe, HasThisExactText) {
  Options top;
  Options inner;
  inner.rate = 1e-10;
  // The top level comes first wherever it stands in the list: TOML allows it nowhere else.
  const std::vector<Settings> tables{Describe(inner, "rules.key"), Describe(top)};
  EXPECT_EQ(WriteRecipe(tables), R"(hidden = 100
seed = 1
learning_rate = 0.5
resume = false
optimizer = "adam"
name = ""

[rules.key]
hidden = 100
seed = 1
learning_rate = 1e-10
resume = false
optimizer = "adam"
name = ""
)");
}

TEST(WriteRecipe, JoinsSettingsOfOneTable) {
  int a = 1;
  int b = 2;
  int c = 3;
  std::vector<Settings> tables{Settings("x"), Settings("y"), Settings("x")};
  tables[0].Add("a", &a, 0, 9, "");
  tables[1].Add("b", &b, 0, 9, "");
  tables[2].Add("c", &c, 0, 9, "");
  EXPECT_EQ(WriteRecipe(tables), "[x]\na = 1\nc = 3\n\n[y]\nb = 2\n");
}

TEST(WriteRecipe, ReadsBackToEqualValues) {
  constexpr std::uint64_t kSeed = 71;
  SCOPED_TRACE(kSeed);
  Random random(kSeed);
  for (int i = 0; i < 500; ++i) {
    Options written;
    written.hidden = 1 + static_cast<int>(random.Below(4096));
    written.seed = static_cast<std::int64_t>(random.Next() >> 1);
    written.rate = 10 * std::exp(-60 * random.UniformDouble());
    written.resume = random.Below(2) == 1;
    for (std::uint32_t n = random.Below(8); n > 0; --n) {
      written.name += static_cast<char>(random.Below(128));
    }
    const std::vector<Settings> from{Describe(written, "table")};
    const std::string text = WriteRecipe(from);
    SCOPED_TRACE(text);
    Options read;
    const std::vector<Settings> into{Describe(read, "table")};
    ReadRecipe(text, "test", into);
    EXPECT_EQ(read.hidden, written.hidden);
    EXPECT_EQ(read.seed, written.seed);
    EXPECT_EQ(read.rate, written.rate);
    EXPECT_EQ(read.resume, written.resume);
    EXPECT_EQ(read.name, written.name);
    EXPECT_EQ(WriteRecipe(into), text);
  }
}

TEST(ReadRecipe, KeepsWhatTheTextLeavesOut) {
  Options options;
  const std::vector<Settings> tables{Describe(options, "train")};
  ReadRecipe("[train]\nhidden = 7\n", "test", tables);
  EXPECT_EQ(options.hidden, 7);
  EXPECT_EQ(options.rate, 0.5);
}

TEST(ReadRecipe, TakesAWholeNumberForANumber) {
  Options options;
  const std::vector<Settings> tables{Describe(options)};
  ReadRecipe("learning_rate = 2", "test", tables);
  EXPECT_EQ(options.rate, 2.0);
}

TEST(ReadRecipe, ReadsNestedTablesInEveryNotation) {
  for (const char* text : {"[rules.key]\nhidden = 3", "rules.key.hidden = 3",
                           "[rules]\nkey = { hidden = 3 }", "[rules]\n[rules.key]\nhidden = 3"}) {
    SCOPED_TRACE(text);
    Options options;
    const std::vector<Settings> tables{Describe(options, "rules.key")};
    ReadRecipe(text, "test", tables);
    EXPECT_EQ(options.hidden, 3);
  }
}

TEST(ReadRecipe, NamesLineAndNearestOfAnUnknownKey) {
  EXPECT_EQ(ReadError("hidden = 3\nlerning_rate = 1.0"),
            "my.toml:2: unknown key lerning_rate at the top level; did you mean learning_rate?");
  EXPECT_THAT(ReadError("\n\n[rules.key]\nwidth = 1"),
              AllOf(StartsWith("my.toml:4: unknown key width in [rules.key]; known: hidden, "),
                    EndsWith("name")));
}

TEST(ReadRecipe, NamesLineAndNearestOfAnUnknownTable) {
  EXPECT_EQ(ReadError("[rules.kay]\nhidden = 3"),
            "my.toml:1: unknown table [rules.kay]; did you mean rules.key?");
  EXPECT_THAT(ReadError("[training]\nhidden = 3"),
              StartsWith("my.toml:1: unknown table [training]"));
}

TEST(ReadRecipe, RefusesKeysBetweenTables) {
  EXPECT_THAT(ReadError("[rules]\nhidden = 3"),
              StartsWith("my.toml:2: unknown key hidden in [rules]"));
}

TEST(ReadRecipe, RefusesWrongTypes) {
  EXPECT_EQ(ReadError("hidden = 3.0"),
            "my.toml:1: hidden has the wrong type, expected a whole number");
  EXPECT_EQ(ReadError("learning_rate = \"fast\""),
            "my.toml:1: learning_rate has the wrong type, expected a number");
  EXPECT_EQ(ReadError("resume = 1"),
            "my.toml:1: resume has the wrong type, expected true or false");
  EXPECT_EQ(ReadError("optimizer = [1]"),
            "my.toml:1: optimizer has the wrong type, expected a text in quotes");
  EXPECT_EQ(ReadError("[hidden]"), "my.toml:1: hidden has the wrong type, expected a whole number");
  EXPECT_EQ(ReadError("[[rules.key]]\nhidden = 3"),
            "my.toml:1: unknown key key in [rules]; nothing is expected there");
}

TEST(ReadRecipe, NamesTableAndRangeOfAWrongValue) {
  EXPECT_EQ(ReadError("[rules.key]\nhidden = 0"),
            "my.toml:2: rules.key.hidden is 0, expected a whole number: 1 .. 4096");
  EXPECT_THAT(ReadError("learning_rate = nan"), HasSubstr("learning_rate is nan"));
  EXPECT_THAT(ReadError("learning_rate = inf"), HasSubstr("learning_rate is inf"));
}

TEST(ReadRecipe, NamesLineAndColumnOfBrokenToml) {
  EXPECT_THAT(ReadError("hidden = 1\nseed = = 2"), StartsWith("my.toml:2:8: "));
  EXPECT_THAT(ReadError("name = \"open"), StartsWith("my.toml:1:"));
  EXPECT_THAT(ReadError("name = \"\xff\""), StartsWith("my.toml:1:"));
}

TEST(ReadRecipe, RefusesKeysOfVeryManyDots) {
  std::string dotted;
  for (int i = 0; i < 100'000; ++i) dotted += "a.";
  EXPECT_EQ(ReadError(dotted + "a = 1"), "my.toml:1: a key with more than 16 dots");
  EXPECT_EQ(ReadError("\n[" + dotted + "a]"), "my.toml:2: a key with more than 16 dots");
  EXPECT_THAT(ReadError("name = \"\"\"\n\"\"\"\"\nx = {" + dotted + "a = 1}"),
              HasSubstr(": a key with more than 16 dots"));
  EXPECT_THAT(ReadError("x = [\"\"\"\"\"\"\"\", {" + dotted + "a = 1}]"),
              HasSubstr("a key with more than 16 dots"));
}

TEST(ReadRecipe, CountsNoDotsOfTextsAndComments) {
  const std::string dots(1000, '.');
  Options options;
  const std::vector<Settings> tables{Describe(options)};
  ReadRecipe("# " + dots + "\nname = \"\\\"" + dots + "\" # '" + dots, "my.toml", tables);
  EXPECT_EQ(options.name, '"' + dots);
  ReadRecipe("name = '''\n" + dots + "'''", "my.toml", tables);
  EXPECT_EQ(options.name, dots);
}

TEST(ReadRecipe, RefusesVeryLongTexts) {
  EXPECT_EQ(ReadError(std::string(300'000, '\n')),
            "my.toml: 300000 bytes, expected at most 262144 of TOML");
}

TEST(ReadRecipe, ShortensVeryLongNames) {
  const std::string name(200'000, 'x');
  EXPECT_THAT(ReadError(name + " = 1"), HasSubstr("unknown key " + name.substr(0, 100) + "..."));
}

TEST(ReadRecipe, RefusesAKeyGivenTwice) {
  EXPECT_THAT(ReadError("hidden = 1\nhidden = 2"), StartsWith("my.toml:2:"));
}

TEST(ReadOwnTables, PassesOverTheOtherTablesOfARecipe) {
  int hidden = 0;
  Settings network("network");
  network.Add("hidden", &hidden, 1, 100, "Cells.");
  ReadOwnTables("[tuning]\nc = 1\n[rules.key]\nweight = 2\n[network]\nhidden = 7\n", "my.toml",
                std::array{network});
  EXPECT_EQ(hidden, 7);
}

TEST(ReadOwnTables, KnowsNoTablesThatARecipeDoesNotHave) {
  Settings network("network");
  const std::string error =
      ErrorOf([&] { ReadOwnTables("[tunning]\nc = 1\n", "my.toml", std::array{network}); });
  EXPECT_THAT(error, AllOf(StartsWith("my.toml:1:"), HasSubstr("[tunning]"), HasSubstr("tuning")));
}

TEST(NearestName, FindsTheSmallestEditDistance) {
  const std::vector<std::string> known{"learning_rate", "length", "seed"};
  EXPECT_EQ(NearestName("lerning_rate", known), "learning_rate");
  EXPECT_EQ(NearestName("learning-rate", known), "learning_rate");
  EXPECT_EQ(NearestName("sed", known), "seed");
}

TEST(NearestName, IsEmptyWhenNothingIsNear) {
  const std::vector<std::string> known{"learning_rate", "seed"};
  EXPECT_EQ(NearestName("optimizer", known), "");
  EXPECT_EQ(NearestName("", known), "");
  EXPECT_EQ(NearestName("seed", {}), "");
}

}  // namespace
}  // namespace rltuner
