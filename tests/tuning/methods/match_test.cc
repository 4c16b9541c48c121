// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "rltuner/core/error.h"
#include "rltuner/tuning/exact_problem.h"
#include "rltuner/tuning/methods.h"
#include "rltuner/tuning/rollout.h"
#include "test_support.h"
#include "tuning/saved.h"

namespace rltuner {
namespace {

constexpr int kMatchLength = 5;

// How often action 0 is played, and a table: is the last action the first one again?
class ZerosAndReturn final : public FeatureReward {
 public:
  explicit ZerosAndReturn(std::vector<double> targets) : targets_(std::move(targets)) {}

  void Start(int /*length*/) override { placed_.clear(); }
  float Place(int action) override {
    placed_.push_back(action);
    return 0;
  }
  std::unique_ptr<Reward> Clone() const override { return std::make_unique<ZerosAndReturn>(*this); }
  int features() const override { return 3; }
  void Features(std::span<double> values) const override {
    values[0] = static_cast<double>(std::ranges::count(placed_, 0));
    values[1] = placed_.front() != placed_.back() ? 1 : 0;
    values[2] = 1 - values[1];
  }
  double Fixed() const override { return 0; }
  std::span<const double> targets() const override { return targets_; }
  int TableOf(int feature) const override { return feature == 0 ? -1 : 1; }

 private:
  std::vector<double> targets_;
  std::vector<int> placed_;
};

const ZerosAndReturn& WantedFeatures() {
  static const ZerosAndReturn wanted({2.5, 0.2, 0.8});
  return wanted;
}

Network MatchNoteRnn() {
  Random random(7);
  return Network::Random({.vocabulary = 3, .hidden = 8, .layers = 1}, random);
}

TuningOptions MatchOptions() {
  TuningOptions options;
  options.method = "match";
  options.length = kMatchLength;
  options.compositions = 500;
  options.minibatch = 50;
  options.learning_rate = 2e-2;
  return options;
}

std::vector<double> FeatureMeansOf(const PolicyNetworks& networks) {
  constexpr int kPlayed = 4000;
  std::vector<double> means(3);
  std::vector<double> values(3);
  const std::unique_ptr<Reward> judge = WantedFeatures().Clone();
  SampleRollouts(networks, {.length = kMatchLength, .seed = 5}, kPlayed,
                 [&](const Trajectory& played, int /*thread*/) {
                   judge->Start(kMatchLength);
                   for (const int action : played.actions) judge->Place(action);
                   static_cast<FeatureReward&>(*judge).Features(values);
                   for (std::size_t i = 0; i < 3; ++i) means[i] += values[i] / kPlayed;
                 });
  return means;
}

TEST(Match, ThePolicyComesToTheTargets) {
  const Network note_rnn = MatchNoteRnn();
  const auto tuning = StartTuning(note_rnn, WantedFeatures(), MatchOptions());
  const std::vector<double> before = FeatureMeansOf(tuning->Networks());
  tuning->Advance(60 * 500 * kMatchLength);
  const std::vector<double> after = FeatureMeansOf(tuning->Networks());
  ASSERT_LT(before[0], 2.1);
  ASSERT_LT(before[2], 0.6);
  EXPECT_NEAR(after[0], 2.5, 0.15);
  EXPECT_NEAR(after[2], 0.8, 0.05);
}

TEST(Match, ItsWeightsSayWhatWasLacking) {
  const auto tuning = StartTuning(MatchNoteRnn(), WantedFeatures(), MatchOptions());
  tuning->Advance(500 * kMatchLength);
  EXPECT_GT(tuning->Weights()[0], 0.1);
  EXPECT_GT(tuning->Weights()[2], tuning->Weights()[1] + 0.5);
}

std::vector<float> ArenaAfter(Tuning& tuning) {
  const std::span<const float> arena = tuning.Networks().network->arena();
  return {arena.begin(), arena.end()};
}

TEST(Match, GoingOnFromACheckpointIsBitIdentical) {
  const TemporaryFolder folder;
  const Network note_rnn = MatchNoteRnn();
  const auto whole = StartTuning(note_rnn, WantedFeatures(), MatchOptions());
  whole->Advance(3 * 500 * kMatchLength);
  StateArchive archive;
  whole->VisitState(&archive);
  WriteSafetensors(folder.path() / "state", archive.tensors(), {});
  whole->Advance(2 * 500 * kMatchLength);

  const auto resumed = StartTuning(note_rnn, WantedFeatures(), MatchOptions());
  const SafetensorsFile file(folder.path() / "state");
  StateArchive saved(file);
  resumed->VisitState(&saved);
  resumed->Advance(2 * 500 * kMatchLength);
  EXPECT_EQ(resumed->iteration(), whole->iteration());
  EXPECT_EQ(ArenaAfter(*resumed), ArenaAfter(*whole));
}

TEST(Match, ThreadsMakeNoDifference) {
  const Network note_rnn = MatchNoteRnn();
  const auto one = StartTuning(note_rnn, WantedFeatures(), MatchOptions(), 1);
  const auto three = StartTuning(note_rnn, WantedFeatures(), MatchOptions(), 3);
  one->Advance(2 * 500 * kMatchLength);
  three->Advance(2 * 500 * kMatchLength);
  EXPECT_EQ(ArenaAfter(*one), ArenaAfter(*three));
}

TEST(Match, RefusesARewardWithoutFeatures) {
  EXPECT_THROW(StartTuning(MatchNoteRnn(), SmallReward(), MatchOptions()), Error);
}

}  // namespace
}  // namespace rltuner
