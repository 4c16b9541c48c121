// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <vector>

#include "processes.h"
#include "rltuner/core/checkpoint.h"
#include "rltuner/training/note_rnn_training.h"
#include "training/training_fixtures.h"

namespace rltuner {
namespace {

// Three groups of 32 streams: two processes share them unevenly, and of four one has none.
TrainingOptions SharedTraining() {
  TrainingOptions options = SmallTraining();
  options.batch = 96;
  options.iterations = 12;
  return options;
}

class SharedTrainingTest : public testing::Test {
 protected:
  SharedTrainingTest()
      : melodies_(RandomMelodies(120, 20, 40, 7)), data_{melodies_.Spans(), melodies_.Spans()} {}

  static void Run(NoteRnnTraining& training, std::int64_t until) {
    while (training.progress().iteration < until) training.Step();
  }

  Melodies melodies_;
  TrainingData data_;
};

TEST_F(SharedTrainingTest, EqualsThatOfOneProcessToRounding) {
  NoteRnnTraining shared(SmallNetwork(), SharedTraining(), data_, 1, &Processes());
  NoteRnnTraining alone(SmallNetwork(), SharedTraining(), data_, 1);
  Run(shared, 12);
  Run(alone, 12);
  EXPECT_NEAR(shared.progress().loss, alone.progress().loss, 1e-5);
  const std::span<const float> a = shared.best().arena(), b = alone.best().arena();
  for (std::size_t i = 0; i < a.size(); ++i) ASSERT_NEAR(a[i], b[i], 1e-4) << i;
}

TEST_F(SharedTrainingTest, AllProcessesHoldTheSameWeights) {
  NoteRnnTraining shared(SmallNetwork(), SharedTraining(), data_, 1, &Processes());
  Run(shared, 12);
  const std::span<const float> mine = shared.best().arena();
  std::vector<float> sum(mine.begin(), mine.end());
  if (Processes().rank() != 0) {
    for (float& value : sum) value = 0;
  }
  Processes().Sum(std::span(sum));  // the first process's weights, everywhere
  EXPECT_TRUE(std::equal(mine.begin(), mine.end(), sum.begin()));
}

TEST_F(SharedTrainingTest, GoesOnFromACheckpointBitForBit) {
  const auto path = std::filesystem::temp_directory_path() /
                    ("rltuner-mpi-" + std::to_string(Processes().size()));
  if (Processes().rank() == 0) std::filesystem::remove_all(path);
  Processes().Wait();
  const CheckpointFolder folder(path, "training");
  NoteRnnTraining whole(SmallNetwork(), SharedTraining(), data_, 1, &Processes());
  Run(whole, 5);
  whole.Save(folder);
  Run(whole, 12);
  Processes().Wait();

  NoteRnnTraining resumed(SmallNetwork(), SharedTraining(), data_, 1, &Processes());
  std::vector<std::string> warnings;
  const auto file = folder.Load(&warnings);
  ASSERT_TRUE(file.has_value());
  resumed.Restore(*file);
  Run(resumed, 12);
  EXPECT_TRUE(SameBits(resumed.best(), whole.best()));
  Processes().Wait();
  if (Processes().rank() == 0) std::filesystem::remove_all(path);
}

}  // namespace
}  // namespace rltuner
