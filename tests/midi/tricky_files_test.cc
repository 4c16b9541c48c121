// SPDX-License-Identifier: Apache-2.0
// Every file of tests/data/midi/tricky against what its manifest expects.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "midi/check_score.h"
#include "midi/text_of.h"
#include "rltuner/core/error.h"
#include "rltuner/core/files.h"
#include "rltuner/midi/reader.h"

namespace rltuner::midi {
namespace {

using Json = nlohmann::json;

const std::string kFolder = RLTUNER_TEST_DATA "/midi/tricky/";

std::vector<Json> ManifestFiles() {
  std::ifstream stream(kFolder + "manifest.json");
  return Json::parse(stream).at("files").get<std::vector<Json>>();
}

// The manifest lists the onsets that must come out first; a salvaged file may have more.
bool ContainsAll(const Json& onsets, const Json& expected) {
  return std::all_of(expected.begin(), expected.end(), [&](const Json& onset) {
    return std::find(onsets.begin(), onsets.end(), onset) != onsets.end();
  });
}

class TrickyFile : public testing::TestWithParam<Json> {
 protected:
  void SetUp() override {
    const Json& expected = GetParam();
    const std::string name = expected.at("file");
    const std::vector<std::uint8_t> bytes = ReadFile(kFolder + name);
    ASSERT_EQ(bytes.size(), expected.at("bytes").get<std::size_t>());
    try {
      score_ = Read(bytes, name);
      ASSERT_EQ(FaultIn(*score_, bytes.size()), "");
      json_ = JsonOf(*score_);
    } catch (const Error& error) {
      refusal_ = error.what();
    }
  }

  std::optional<Score> score_;
  Json json_;
  std::string refusal_;
};

TEST_P(TrickyFile, IsReadAsExpected) {
  const Json& expected = GetParam();
  const std::string expect = expected.at("expect");
  if (expect.starts_with("refuse")) {
    EXPECT_FALSE(score_) << json_;
    EXPECT_TRUE(refusal_.starts_with(expected.at("file").get<std::string>())) << refusal_;
    return;
  }
  ASSERT_TRUE(score_) << refusal_;
  if (expect == "salvage") {
    const std::size_t onsets = json_["onsets"].size();
    const std::size_t most = expected.at("max_onsets");
    EXPECT_GE(onsets, expected.value("best_onsets", expected.at("min_onsets").get<std::size_t>()));
    EXPECT_LE(onsets, most);
    EXPECT_TRUE(ContainsAll(json_["onsets"], expected.at("onsets"))) << json_;
    EXPECT_FALSE(json_["warnings"].empty());
    return;
  }
  EXPECT_EQ(json_["onsets"], expected.at("onsets"));
  EXPECT_EQ(json_["notes"], expected.at("notes"));
  EXPECT_EQ(json_["hanging"], expected.at("hanging"));
  EXPECT_EQ(json_["tempos"], expected.at("tempos"));
  for (const char* key : {"format", "division", "independent"}) {
    if (expected.contains(key)) {
      EXPECT_EQ(json_[key], expected[key]) << key;
    }
  }
  if (expect == "accept") {
    EXPECT_TRUE(json_["warnings"].empty()) << json_["warnings"];
  }
}

INSTANTIATE_TEST_SUITE_P(Files, TrickyFile, testing::ValuesIn(ManifestFiles()),
                         [](const testing::TestParamInfo<Json>& parameter) {
                           const std::string file = parameter.param.at("file");
                           return file.substr(0, file.find('.'));
                         });

}  // namespace
}  // namespace rltuner::midi
