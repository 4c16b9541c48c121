// SPDX-License-Identifier: Apache-2.0
#include "rltuner/cli/options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/App.hpp>
#include <algorithm>

#include "rltuner/cli/command_line.h"
#include "rltuner/core/files.h"
#include "test_support.h"

namespace rltuner::cli {
namespace {

using ::testing::HasSubstr;

struct Values {
  int hidden = 100;
  double learning_rate = 0.5;
  bool double_q = true;
  std::string method = "q";
};

// An app with the options of Values and --recipe, as a command makes it.
struct Parser {
  Values values;
  CLI::App app;
  SettingOptions options;

  Parser() {
    options.AddRecipe(app, "test");
    options.Add(app,
                Settings("test")
                    .Add("hidden", &values.hidden, 1, 4096, "Cells.")
                    .Add("learning_rate", &values.learning_rate, 0, 10, "Step size.")
                    .Add("double_q", &values.double_q, "Two networks.")
                    .Add("method", &values.method, {"q", "psi"}, "Target."),
                "Test options");
  }

  void Parse(std::vector<std::string> arguments) {
    std::reverse(arguments.begin(), arguments.end());
    app.parse(std::move(arguments));
    options.Resolve();
  }
};

TEST(SettingOptions, MapDashedNamesToFields) {
  Parser parser;
  parser.Parse({"--hidden", "64", "--learning-rate=1e-3", "--no-double-q", "--method", "psi"});
  EXPECT_EQ(parser.values.hidden, 64);
  EXPECT_EQ(parser.values.learning_rate, 1e-3);
  EXPECT_FALSE(parser.values.double_q);
  EXPECT_EQ(parser.values.method, "psi");
}

TEST(SettingOptions, KeepDefaultsThatAreNotGiven) {
  Parser parser;
  parser.Parse({"--hidden", "64"});
  EXPECT_EQ(parser.values.learning_rate, 0.5);
  EXPECT_TRUE(parser.values.double_q);
}

TEST(SettingOptions, FlagsHaveThreeForms) {
  for (const auto& [argument, expected] :
       {std::pair("--double-q", true), {"--no-double-q", false}, {"--double-q=false", false}}) {
    SCOPED_TRACE(argument);
    Parser parser;
    parser.values.double_q = !expected;
    parser.Parse({argument});
    EXPECT_EQ(parser.values.double_q, expected);
  }
}

TEST(SettingOptions, CommandLineWinsOverRecipeAndRecipeOverDefault) {
  const TemporaryFolder folder;
  WriteFileAtomically(folder / "r.toml", "[test]\nhidden = 7\nlearning_rate = 2.0\n");
  Parser parser;
  parser.Parse({"--hidden", "9", "--recipe", (folder / "r.toml").string()});
  EXPECT_EQ(parser.values.hidden, 9);
  EXPECT_EQ(parser.values.learning_rate, 2.0);
}

TEST(SettingOptions, WrongValuesNameOptionValueAndRange) {
  Parser parser;
  EXPECT_EQ(ErrorOf([&] {
              parser.Parse({"--learning-rate", "-1"});
            }),
            "command line: --learning-rate is -1, expected a number: 0 .. 10");
}

TEST(SettingOptions, WrongRecipeValuesNameFileAndLine) {
  const TemporaryFolder folder;
  WriteFileAtomically(folder / "r.toml", "[test]\nhiden = 7\n");
  Parser parser;
  EXPECT_THAT(ErrorOf([&] {
                parser.Parse({"--recipe", (folder / "r.toml").string()});
              }),
              HasSubstr("r.toml:2: unknown key hiden in [test]; did you mean hidden?"));
}

TEST(SettingOptions, AnUnknownRecipeIsNamed) {
  Parser parser;
  EXPECT_THAT(ErrorOf([&] {
                parser.Parse({"--recipe", "nonesuch"});
              }),
              HasSubstr("there is no recipe nonesuch"));
}

TEST(SettingOptions, KnowWhichAreGiven) {
  Parser parser;
  parser.Parse({"--hidden", "64"});
  EXPECT_TRUE(parser.options.Given("hidden"));
  EXPECT_FALSE(parser.options.Given("method"));
}

TEST(HelpText, HasRangeAndDefaultOfEveryOption) {
  const Parser parser;
  const CommandInfo info{"test", "Group", "tests", "Long text.", {}, nullptr};
  const std::string help = HelpText(info, parser.app);
  EXPECT_THAT(help, HasSubstr("Step size. [0 .. 10; default 0.5]"));
  EXPECT_THAT(help, HasSubstr("Cells. [1 .. 4096; default 100]"));
  EXPECT_THAT(help, HasSubstr("--[no-]double-q"));
  EXPECT_THAT(help, HasSubstr("Two networks. [true|false; default true]"));
  EXPECT_THAT(help, HasSubstr("Target. [q|psi; default q]"));
  EXPECT_THAT(help, HasSubstr("Test options:"));
}

}  // namespace
}  // namespace rltuner::cli
