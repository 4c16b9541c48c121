// SPDX-License-Identifier: Apache-2.0
// Every numeric option at both ends of its range, and values that no calculation survives: the
// command must work with finite numbers or refuse the option in one line.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <sstream>

#include "cli/run_command.h"
#include "melody/write_melodies.h"
#include "rltuner/cli/options.h"
#include "rltuner/core/files.h"
#include "rltuner/core/random.h"
#include "rltuner/evaluation/evaluate.h"
#include "rltuner/evaluation/generation.h"
#include "rltuner/nn/model.h"
#include "rltuner/training/train.h"
#include "rltuner/tuning/methods.h"
#include "rltuner/tuning/tune.h"
#include "test_support.h"

namespace rltuner::cli {
namespace {

using testing::Not;

// Their largest values ask for hours or for all the memory of the machine.
const std::set<std::string> kAmounts = {"batch",     "compositions",    "count",
                                        "hidden",    "layers",          "iterations",
                                        "length",    "melodies",        "steps_per_window",
                                        "minibatch", "replay_capacity", "progress_compositions"};

std::string Shortest(double value) { return fmt::format("{}", value); }

// Both ends; of real numbers also the smallest and largest float of the range, and the smallest
// double.
std::vector<std::string> EndsOf(const Setting& setting) {
  const bool amount = kAmounts.contains(setting.name);
  if (std::holds_alternative<double*>(setting.field)) {
    std::set<std::string> ends;
    for (const double value : {setting.minimum, setting.maximum, 1e-310, 1e-39, 1e-30, 3e38}) {
      const double inside = std::clamp(value, setting.minimum, setting.maximum);
      if (std::isfinite(inside)) ends.insert(Shortest(inside));
    }
    return {ends.begin(), ends.end()};
  }
  if (!std::holds_alternative<int*>(setting.field)) return {};
  std::vector<std::string> ends = {fmt::format("{:.0f}", setting.minimum)};
  if (!amount) ends.push_back(fmt::format("{:.0f}", setting.maximum));
  return ends;
}

class SettingsRangeTest : public testing::Test {
 protected:
  SettingsRangeTest() {
    Random random(3);
    WriteModel(model_, {.network = Network::Random({38, 4, 1}, random), .prior = {}, .recipe = {}});
    std::vector<std::vector<std::uint8_t>> melodies(12);
    for (std::vector<std::uint8_t>& events : melodies) {
      events.resize(40);
      for (std::uint8_t& event : events) event = static_cast<std::uint8_t>(random.Below(38));
    }
    WriteMelodies(dataset_, melodies, 0.25);
  }

  // Runs `command` with each setting in turn at each of its ends.
  void Walk(const Settings& settings, const std::vector<std::string>& command,
            const std::string& results) {
    for (const Setting& setting : settings.entries()) {
      for (const std::string& value : EndsOf(setting)) {
        std::vector<std::string> arguments = command;
        arguments.insert(arguments.end(), {OptionName(setting.name), value, "--quiet"});
        SCOPED_TRACE(fmt::format("{}", fmt::join(arguments, " ")));
        const Outcome outcome = RunWith(arguments);
        if (outcome.code == kDone) {
          ExpectFinite(outcome.out);
          if (!results.empty()) ExpectFinite(ReadTextFile(folder_ / results));
        } else {
          EXPECT_EQ(outcome.code, kWrongInput);
          EXPECT_EQ(ErrorLines(outcome.err), 1) << outcome.err;
          EXPECT_THAT(outcome.err, Not(testing::HasSubstr("internal error")));
        }
      }
    }
  }

  static void ExpectFinite(const std::string& text) {
    EXPECT_THAT(text, Not(testing::ContainsRegex("(^|[^a-z])-?(nan|inf)([^a-z]|$)")));
  }

  static int ErrorLines(const std::string& text) {
    std::istringstream lines(text);
    int count = 0;
    for (std::string line; std::getline(lines, line);)
      count += line.starts_with("warning:") ? 0 : 1;
    return count;
  }

  TemporaryFolder folder_;
  std::string model_ = (folder_ / "note_rnn.safetensors").string();
  std::string dataset_ = (folder_ / "melodies.safetensors").string();
  std::string output_ = (folder_ / "out").string();
};

TEST_F(SettingsRangeTest, OfTuneByEveryMethodAreFiniteOrRefused) {
  for (const std::string& method : MethodNames()) {
    TuningOptions options;
    Walk(Describe(options), {"tune",  "--model",           model_, "--output",
                             output_, "--threads",         "1",    "--method",
                             method,  "--iterations",      "120",  "--compositions",
                             "4",     "--length",          "8",    "--minibatch",
                             "4",     "--replay-capacity", "50",   "--progress-compositions",
                             "4"},
         "out/progress.csv");
  }
}

TEST_F(SettingsRangeTest, OfTrainAreFiniteOrRefused) {
  NetworkOptions network;
  TrainingOptions training;
  const std::string model = (folder_ / "trained.safetensors").string();
  const std::vector<std::string> command = {
      "train", dataset_,  "--output", model,          "--threads", "1",       "--hidden",
      "4",     "--batch", "4",        "--iterations", "4",         "--curve", output_};
  Walk(Describe(network), command, "out");
  Walk(Describe(training), command, "out");
}

TEST_F(SettingsRangeTest, OfEvaluateAreFiniteOrRefused) {
  EvaluationOptions options;
  Walk(Describe(options),
       {"evaluate", model_, "--compositions", "8", "--length", "8", "--threads", "1", "--json",
        output_},
       "out");
}

TEST_F(SettingsRangeTest, OfGenerateAreFiniteOrRefused) {
  GenerationOptions options;
  Walk(Describe(options),
       {"generate", model_, "--count", "2", "--length", "8", "--output", output_},
       "out/rewards.csv");
}

// JSON has no infinities: what is not finite is null there.
TEST_F(SettingsRangeTest, NoTemperatureLosesTheEntropyOfThePolicy) {
  for (const char* temperature : {"0", "1e-310", "1e-39", "1e-37", "1e-30", "1e-6", "100"}) {
    const Outcome outcome = RunWith({"evaluate", model_, "--compositions", "8", "--json", "-",
                                     "--temperature", temperature, "--quiet"});
    EXPECT_THAT(outcome.out, Not(testing::HasSubstr("\"entropy\": null"))) << temperature;
    EXPECT_THAT(outcome.out, Not(testing::HasSubstr("\"kl_to_prior\": null"))) << temperature;
  }
}

}  // namespace
}  // namespace rltuner::cli
