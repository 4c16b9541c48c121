// SPDX-License-Identifier: Apache-2.0
#include "rltuner/decoding/decodings.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "decoding/small_melody_model.h"
#include "test_support.h"

namespace rltuner {
namespace {

using testing::HasSubstr;

class Decoding : public testing::TestWithParam<std::string> {
 protected:
  struct Played {
    std::vector<int> primer, actions;
    std::vector<float> log_prior, log_policy, probabilities;
    double kl_bound = 0;
    bool operator==(const Played&) const = default;
  };

  std::vector<Played> Play(const std::string& decoding, int count,
                           const RolloutOptions& options) const {
    std::vector<Played> all(static_cast<std::size_t>(count));
    MakeDecoder(decoding)(
        {&network_, &note_rnn_, PolicyForm::kPriorTimesOutputs}, rules_, 1, options, count,
        [&](const Trajectory& played, int) {
          const auto copy = [](const auto& span) { return std::vector(span.begin(), span.end()); };
          all[static_cast<std::size_t>(played.index)] = {copy(played.primer),
                                                         copy(played.actions),
                                                         copy(played.log_prior),
                                                         copy(played.log_policy),
                                                         copy(played.policy_probabilities),
                                                         played.kl_bound};
        });
    return all;
  }

  Network network_ = SmallMelodyNetwork(1);
  Network note_rnn_ = SmallMelodyNetwork(2);
  RuleSet rules_ = RuleSet::Named("paper");
  RolloutOptions options_{.length = 12, .seed = 3, .batch = 8};
};

INSTANTIATE_TEST_SUITE_P(Examples, Decoding,
                         testing::Values("sample", "temperature=0.7", "mask=key,repeat",
                                         "best-of=5", "smc=6"));

TEST_P(Decoding, IsTheSameForAnyNumberOfThreads) {
  const std::vector<Played> expected = Play(GetParam(), 37, options_);
  options_.threads = 3;
  EXPECT_TRUE(Play(GetParam(), 37, options_) == expected);
}

TEST_P(Decoding, TheFirstSequencesDoNotDependOnHowManyFollow) {
  const std::vector<Played> many = Play(GetParam(), 20, options_);
  options_.batch = 3;
  const std::vector<Played> few = Play(GetParam(), 5, options_);
  EXPECT_TRUE(std::equal(few.begin(), few.end(), many.begin()));
}

TEST_P(Decoding, AnotherSeedPlaysSomethingElse) {
  const std::vector<Played> expected = Play(GetParam(), 5, options_);
  options_.seed = 4;
  EXPECT_FALSE(Play(GetParam(), 5, options_) == expected);
}

TEST_P(Decoding, FillsProbabilitiesAndTakesAPrimer) {
  options_.keep_probabilities = true;
  options_.primer = {14, 1, 16};
  for (const Played& played : Play(GetParam(), 9, options_)) {
    EXPECT_EQ(played.primer, options_.primer);
    ASSERT_EQ(played.probabilities.size(), 12U * kVocabulary);
    for (std::size_t t = 0; t < played.actions.size(); ++t) {
      const std::size_t at = t * kVocabulary + static_cast<std::size_t>(played.actions[t]);
      EXPECT_NEAR(std::log(played.probabilities[at]), played.log_policy[t], 1e-4);
    }
  }
}

TEST(DecodingErrors, NameTheNearestAndWhatThereIs) {
  const std::string message = ErrorOf([] { MakeDecoder("best_of=4"); });
  EXPECT_THAT(message, HasSubstr("'best_of=4' is unknown, did you mean best-of?"));
  EXPECT_THAT(message, HasSubstr("smc=256"));
}

TEST(DecodingErrors, NameTheRangeOfANumber) {
  EXPECT_THAT(ErrorOf([] { MakeDecoder("best-of=0"); }), HasSubstr("1 .. 1000000"));
  EXPECT_THAT(ErrorOf([] { MakeDecoder("smc=many"); }), HasSubstr("many"));
}

TEST(DecodingErrors, AskForAMissingValue) {
  EXPECT_THAT(ErrorOf([] { MakeDecoder("smc"); }), HasSubstr("such as smc=256"));
  EXPECT_THAT(ErrorOf([] { MakeDecoder("sample=3"); }), HasSubstr("no value"));
}

TEST(DecodingErrors, NameWhatCanBeMasked) {
  for (const char* decoding : {"mask=leap", "mask=", "mask=key,"}) {
    EXPECT_THAT(ErrorOf([&] { MakeDecoder(decoding); }), HasSubstr("key,repeat")) << decoding;
  }
}

}  // namespace
}  // namespace rltuner
