// SPDX-License-Identifier: Apache-2.0
#include "rltuner/cli/command_line.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <sstream>

#include "cli/run_command.h"
#include "melody/write_melodies.h"
#include "rltuner/core/files.h"
#include "rltuner/nn/model.h"
#include "rltuner/recipes/recipes.h"
#include "test_support.h"

namespace rltuner::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

// Exit code 2, nothing on standard output, one line on standard error.
std::string WrongInput(const std::vector<std::string>& arguments) {
  const Outcome outcome = RunWith(arguments);
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.out, IsEmpty());
  EXPECT_THAT(outcome.err, StartsWith("rltuner: "));
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1) << outcome.err;
  return outcome.err;
}

const std::string kMidi = RLTUNER_TEST_DATA "/midi/tricky/format0.mid";

TEST(CommandLine, AloneGivesTheOverviewWithEveryCommand) {
  const Outcome outcome = RunWith({});
  EXPECT_EQ(outcome.code, 0);
  for (const CommandInfo& info : Commands()) {
    EXPECT_THAT(outcome.out, HasSubstr("  " + std::string(info.name) + " "));
  }
  EXPECT_EQ(RunWith({"help"}).out, outcome.out);
  EXPECT_EQ(RunWith({"--help"}).out, outcome.out);
}

TEST(CommandLine, NamesTheVersion) {
  EXPECT_THAT(RunWith({"--version"}).out, StartsWith("rltuner 0."));
}

TEST(CommandLine, HelpOfEveryCommandHasUsageAndExamples) {
  for (const CommandInfo& info : Commands()) {
    const std::string name(info.name);
    SCOPED_TRACE(name);
    const Outcome outcome = RunWith({"help", name});
    EXPECT_EQ(outcome.code, 0);
    EXPECT_THAT(outcome.out, HasSubstr("Usage: rltuner " + name));
    EXPECT_THAT(outcome.out, HasSubstr("Examples:\n  rltuner " + name));
    EXPECT_GE(info.examples.size(), 2U);
    EXPECT_THAT(outcome.out, Not(HasSubstr(" in ["))) << "a range in the parser's words";
    EXPECT_EQ(RunWith({name, "--help"}).out, outcome.out);
  }
}

TEST(CommandLine, HelpIsGivenWhateverElseIsMissingOrWrong) {
  EXPECT_EQ(RunWith({"midi", "--nonsense", "-h"}).code, 0);
}

TEST(CommandLine, HelpAndVersionRefuseWhatTheyDoNotTake) {
  EXPECT_EQ(WrongInput({"help", "midi", "song.mid"}),
            "rltuner: help: unexpected argument song.mid; see 'rltuner help'\n");
  EXPECT_THAT(WrongInput({"--help", "midi", "song.mid"}), HasSubstr("argument song.mid"));
  EXPECT_THAT(WrongInput({"--version", "midi"}), HasSubstr("argument midi"));
  EXPECT_THAT(WrongInput({"version", "midi"}), HasSubstr("argument midi"));
  EXPECT_EQ(RunWith({"help", "--help"}).out, RunWith({"help"}).out);
}

TEST(CommandLine, NamesTheNearestCommand) {
  EXPECT_THAT(WrongInput({"mdi"}), HasSubstr("unknown command mdi; did you mean midi?"));
  EXPECT_THAT(WrongInput({"help", "mdi"}), HasSubstr("did you mean midi?"));
}

TEST(CommandLine, NamesTheNearestOption) {
  EXPECT_THAT(WrongInput({"midi", "--jsn", "-", kMidi}),
              HasSubstr("midi: unknown option --jsn; did you mean --json?"));
  EXPECT_THAT(WrongInput({"midi", kMidi, "-x"}), HasSubstr("unknown option -x"));
  EXPECT_THAT(WrongInput({"--json"}), HasSubstr("unknown option --json; expected a command first"));
}

TEST(CommandLine, NamesWhatIsMissingOrTooMuch) {
  EXPECT_THAT(WrongInput({"midi"}), HasSubstr("midi: FILE is required"));
  EXPECT_THAT(WrongInput({"midi", kMidi, "other.mid"}), HasSubstr("other.mid"));
  EXPECT_THAT(WrongInput({"midi", kMidi, "--json"}), HasSubstr("--json"));
}

TEST(CommandLine, NamesAMissingFileOnOneLine) {
  EXPECT_EQ(WrongInput({"midi", "no\nsuch.mid"}),
            "rltuner: cannot read no such.mid: No such file or directory\n");
}

TEST(CommandLine, AnEmptyValueIsRefusedAsFromAnUnsetVariable) {
  EXPECT_THAT(WrongInput({"rules", "--check", ""}), HasSubstr("rules: --check"));
  EXPECT_THAT(WrongInput({"tune", "--output", "unused", "--match", ""}), HasSubstr("is empty"));
  EXPECT_THAT(WrongInput({"midi", ""}), HasSubstr("midi: FILE: is empty"));
  EXPECT_THAT(WrongInput({"train", "unused", "--output", "unused", "--recipe", ""}),
              HasSubstr("--recipe: is empty"));
}

TEST(CommandLine, ANumberOutOfRangeIsToldInOneWay) {
  EXPECT_EQ(WrongInput({"bench", "--threads", "0"}),
            "rltuner: bench: --threads: is 0, expected a whole number: 1 .. 1024; see 'rltuner "
            "help bench'\n");
  EXPECT_THAT(WrongInput({"bench", "--seconds", "x"}),
              HasSubstr("--seconds: is x, expected a number: 0.001 .. 3600"));
  EXPECT_THAT(WrongInput({"reproduce", "--output", "unused", "--c", "1,0"}),
              HasSubstr("--c: is 0, expected a number: 1e-06 .. 1000000"));
}

TEST(CommandLine, WhatRulesWouldIgnoreIsRefused) {
  EXPECT_THAT(WrongInput({"rules", "--bars", "4"}), HasSubstr("--bars: has no effect without"));
  EXPECT_THAT(WrongInput({"rules", "--check", "unused", "--explain", "key"}),
              HasSubstr("--explain key: has no effect with --check"));
}

TEST(CommandLine, WhatEvaluateAndGenerateWouldIgnoreIsRefused) {
  const char* const error = "--c: has no effect without --decoding smc=N\n";
  EXPECT_THAT(WrongInput({"evaluate", "default", "--c", "1"}), HasSubstr(error));
  EXPECT_THAT(WrongInput({"generate", "default", "--output", "unused", "--decoding", "best-of=2",
                          "--c", "1"}),
              HasSubstr(error));
}

TEST(CommandLine, BarsBeyondTheLongestLengthAreRefused) {
  EXPECT_EQ(WrongInput({"evaluate", "default", "--bars", "4096", "--metre", "5/4"}),
            "rltuner: --bars 4096 of 5/4: length is 81920, expected a whole number: 1 .. 65536\n");
  EXPECT_THAT(WrongInput({"generate", "default", "--output", "unused", "--bars", "257"}),
              HasSubstr("--bars 257 of 4/4: length is 4112, expected a whole number: 1 .. 4096"));
  EXPECT_THAT(WrongInput({"tune", "--output", "unused", "--bars", "4096", "--metre", "7/4"}),
              HasSubstr("--bars 4096 of 7/4: length is 114688, expected a whole number"));
}

TEST(CommandLine, AModelThatIsNotThereIsToldWithTheBundledOnes) {
  EXPECT_THAT(WrongInput({"evaluate", "defualt"}),
              HasSubstr("defualt: no such file; expected a model or the name of a bundled one: "
                        "default, folk"));
}

// Each would take minutes or hours.
TEST(CommandLine, AnOutputThatCannotBeWrittenIsToldBeforeTheWork) {
  const TemporaryFolder folder;
  WriteFileAtomically(folder / "file", std::string_view("text"));
  const std::string below = (folder / "file" / "x").string();
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {"evaluate", "default", "--compositions", "10000000", "--json", below},
           {"bench", "--seconds", "3600", "--json", below},
           {"generate", "default", "--count", "100000", "--length", "4096", "--output", below}}) {
    EXPECT_THAT(WrongInput(arguments), HasSubstr("Not a directory")) << arguments[0];
  }
}

TEST(CommandLine, NothingIsWrittenOverWhatIsRead) {
  const TemporaryFolder folder;
  const std::string file = (folder / "file").string();
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {"evaluate", "default", "--rules", file, "--json", file},
           {"export", file, "--format", "onnx", "--output", file},
           {"import", "magenta", file, "--output", file},
           {"midi", file, "--json", file},
           {"report", file, "--output", file},
           {"score", file, "--json", file}}) {
    const bool is_rules = arguments[0] == "evaluate";
    if (arguments[0] == "export") {
      WriteModel(file, LoadModel(kDefaultModel));
    } else {
      WriteFileAtomically(file, std::string_view(is_rules ? "[rules.key]\nweight = 2\n" : "text"));
    }
    EXPECT_THAT(WrongInput(arguments), HasSubstr("file: is also another file of this command"))
        << arguments[0];
  }
}

// Buffered output is flushed before a message, and may fail there.
TEST(CommandLine, AFullDiskBehindStandardOutputIsAnErrorEvenIfAMessageFollows) {
  const TemporaryFolder folder;
  const std::string tunes = (folder / "tunes").string();
  WriteMelodies(tunes, {{.events = {14, 1, 16, 1}}}, {.settings = ""});
  const int standard_output = dup(STDOUT_FILENO), full = open("/dev/full", O_WRONLY);
  ASSERT_GE(full, 0);
  std::fflush(stdout);
  dup2(full, STDOUT_FILENO);
  const char* const arguments[] = {"rltuner", "show", tunes.c_str()};
  testing::internal::CaptureStderr();
  const int code = RunCommandLine(3, arguments);
  const std::string err = testing::internal::GetCapturedStderr();
  dup2(standard_output, STDOUT_FILENO);
  EXPECT_EQ(code, 2);
  EXPECT_THAT(err, HasSubstr("1 of 1 melody\nrltuner: cannot write standard output"));
}

TEST(MidiCommand, PrintsJsonToStandardOutput) {
  const Outcome outcome = RunWith({"midi", kMidi, "--json", "-"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.out, StartsWith("{\"format\":0,"));
  EXPECT_THAT(outcome.err, IsEmpty());
}

TEST(MidiCommand, WritesTheSameJsonToAFile) {
  const TemporaryFolder folder;
  const Outcome outcome = RunWith({"midi", kMidi, "--json", (folder / "a.json").string()});
  EXPECT_THAT(outcome.out, IsEmpty());
  EXPECT_EQ(ReadTextFile(folder / "a.json"), RunWith({"midi", kMidi, "--json=-"}).out);
}

TEST(MidiCommand, RefusesAFileWithoutMusic) {
  EXPECT_THAT(WrongInput({"midi", RLTUNER_TEST_DATA "/midi/tricky/empty.mid", "--json", "-"}),
              HasSubstr("empty.mid"));
}

TEST(ScoreCommand, WritesALineForEveryComposition) {
  const TemporaryFolder folder;
  WriteFileAtomically(folder / "a.jsonl", "{\"events\":[14,1,16]}\n{\"events\":[14,1,18,1]}\n");
  const Outcome outcome = RunWith({"score", (folder / "a.jsonl").string(), "--json", "-"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.out, StartsWith("{\"rewards\":{\"key\":["));
  EXPECT_EQ(std::count(outcome.out.begin(), outcome.out.end(), '\n'), 2);
}

TEST(ScoreCommand, PrintsTablesWithoutJson) {
  const TemporaryFolder folder;
  WriteFileAtomically(folder / "a.jsonl", "{\"events\":[14,1,16]}\n");
  const Outcome outcome = RunWith({"score", (folder / "a.jsonl").string(), "--rules", "theory"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.out, HasSubstr("mean reward per event"));
  EXPECT_THAT(outcome.out, HasSubstr("counts of 1 compositions, 3 events"));
}

TEST(ScoreCommand, NamesTheLineOfABrokenComposition) {
  const TemporaryFolder folder;
  WriteFileAtomically(folder / "a.jsonl", "{\"events\":[14]}\n{\"events\":[38]}\n");
  EXPECT_THAT(WrongInput({"score", (folder / "a.jsonl").string()}), HasSubstr("a.jsonl:2"));
}

TEST(ScoreCommand, NamesUnknownRules) {
  const TemporaryFolder folder;
  WriteFileAtomically(folder / "a.jsonl", "{\"events\":[14]}\n");
  EXPECT_THAT(WrongInput({"score", (folder / "a.jsonl").string(), "--rules", "papr"}),
              HasSubstr("papr"));
}

}  // namespace
}  // namespace rltuner::cli
