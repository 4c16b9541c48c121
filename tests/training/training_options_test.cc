// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "rltuner/core/files.h"
#include "rltuner/training/train.h"

namespace rltuner {
namespace {

using testing::HasSubstr;

TEST(TrainingOptions, TheRateFallsInSteps) {
  TrainingOptions options;
  options.learning_rate = 0.5;
  options.decay = 0.85;
  options.decay_steps = 1000;
  EXPECT_DOUBLE_EQ(LearningRate(options, 0), 0.5);
  EXPECT_DOUBLE_EQ(LearningRate(options, 999), 0.5);
  EXPECT_DOUBLE_EQ(LearningRate(options, 1000), 0.5 * 0.85);
  EXPECT_NEAR(LearningRate(options, 29999), 0.5 * std::pow(0.85, 29), 1e-12);
}

std::string RecipeFile(const std::string& name) {
  NetworkOptions network;
  TrainingOptions training;
  const std::string path = RLTUNER_SOURCE_DIR "/recipes/" + name;
  ReadOwnTables(ReadTextFile(path), path, std::array{Describe(network), Describe(training)});
  return TrainingRecipe(network, training);
}

TEST(TrainingOptions, TheDefaultRecipeIsTheDefaults) {
  EXPECT_EQ(RecipeFile("default.toml"), TrainingRecipe({}, {}));
}

TEST(TrainingOptions, ThePaperRecipeHasThePapersFigures) {
  const std::string recipe = RecipeFile("paper.toml");
  for (const char* line :
       {"hidden = 100", "layers = 1", "iterations = 30000", "batch = 128", "learning_rate = 0.5",
        "decay = 0.85", "decay_steps = 1000", "clip = 5.0", "l2 = 2.5e-05",
        "first_steps_left_out = 32", "recurrent_dropout = 0.0", "weight_average = 0.0"}) {
    EXPECT_THAT(recipe, HasSubstr(std::string(line) + '\n'));
  }
}

TEST(TrainingOptions, IdentityLeavesOutTheLength) {
  TrainingOptions longer;
  longer.iterations *= 2;
  longer.patience = 9;
  longer.checkpoint_interval = 1;
  EXPECT_EQ(TrainingIdentity({}, longer), TrainingIdentity({}, {}));
}

TEST(TrainingOptions, IdentityHoldsWhatChangesTheWeights) {
  TrainingOptions other;
  other.l2 = 1e-4;
  EXPECT_NE(TrainingIdentity({}, other), TrainingIdentity({}, {}));
}

}  // namespace
}  // namespace rltuner
