// SPDX-License-Identifier: Apache-2.0
// The commands import and export.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "cli/run_command.h"
#include "rltuner/cli/command_line.h"
#include "rltuner/core/files.h"
#include "rltuner/nn/model.h"
#include "test_support.h"

namespace rltuner::cli {
namespace {

using ::testing::HasSubstr;

const std::string kCheckpoint = RLTUNER_TEST_DATA "/tensorflow/version1.ckpt";

TEST(ImportCommand, WritesAModelAndSaysWhatItIs) {
  const TemporaryFolder folder;
  const std::string output = (folder / "model.safetensors").string();
  const Outcome outcome = RunWith({"import", "magenta", kCheckpoint, "--output", output});
  EXPECT_EQ(outcome.code, kDone) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("2 layers of 3 cells, 38 classes, 0 and 1 exchanged"));
  EXPECT_EQ(ReadModel(output).network.shape().layers, 2);
}

TEST(ImportCommand, AsPublishedDiffersInTheFirstTwoClassesOnly) {
  const TemporaryFolder folder;
  const std::string ours = (folder / "ours.safetensors").string();
  const std::string published = (folder / "published.safetensors").string();
  RunWith({"import", "magenta", kCheckpoint, "--output", ours});
  RunWith({"import", "magenta", kCheckpoint, "--as-published", "--output", published});
  const Network a = ReadModel(ours).network;
  const Network b = ReadModel(published).network;
  for (int v = 0; v < a.shape().vocabulary; ++v) {
    EXPECT_EQ(a.output_bias()[v], b.output_bias()[v < 2 ? 1 - v : v]) << v;
  }
}

TEST(ImportCommand, AFileThatIsNoCheckpointIsWrongInput) {
  const TemporaryFolder folder;
  const Outcome outcome = RunWith({"import", "magenta", RLTUNER_TEST_DATA "/golden_rewards.jsonl",
                                   "--output", (folder / "model").string()});
  EXPECT_EQ(outcome.code, kWrongInput);
  EXPECT_THAT(outcome.err, HasSubstr("golden_rewards.jsonl, byte "));
  EXPECT_FALSE(std::filesystem::exists(folder / "model"));
}

TEST(ImportCommand, DoesNotReplaceAFileOfTheCheckpoint) {
  const TemporaryFolder folder;
  const std::string data = (folder / "version2.data-00000-of-00001").string();
  const std::string index = (folder / "version2.index").string();
  for (const std::string& file : {data, index}) {
    std::filesystem::copy_file(
        RLTUNER_TEST_DATA "/tensorflow" / std::filesystem::path(file).filename(), file);
  }
  for (const std::string& given : {(folder / "version2").string(), data, index}) {
    for (const std::string& output : {data, index}) {
      EXPECT_EQ(RunWith({"import", "magenta", given, "--output", output}).code, kWrongInput)
          << given << " to " << output;
    }
  }
}

TEST(ImportCommand, AnUnknownKindIsWrongInput) {
  const Outcome outcome = RunWith({"import", "keras", kCheckpoint, "--output", "unused"});
  EXPECT_EQ(outcome.code, kWrongInput);
  EXPECT_THAT(outcome.err, HasSubstr("expected magenta"));
}

TEST(ExportCommand, WritesAFile) {
  const TemporaryFolder folder;
  const std::string model = (folder / "model.safetensors").string();
  const std::string onnx = (folder / "model.onnx").string();
  RunWith({"import", "magenta", kCheckpoint, "--output", model});
  const Outcome outcome = RunWith({"export", model, "--format", "onnx", "--output", onnx});
  EXPECT_EQ(outcome.code, kDone) << outcome.err;
  EXPECT_THAT(ReadTextFile(onnx), HasSubstr("LSTM"));
}

}  // namespace
}  // namespace rltuner::cli
