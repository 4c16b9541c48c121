// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>

#include "rltuner/core/error.h"
#include "rltuner/core/random.h"
#include "rltuner/core/safetensors.h"
#include "rltuner/nn/model.h"
#include "test_support.h"

namespace rltuner {
namespace {

using testing::HasSubstr;

class ModelFileTest : public testing::Test {
 protected:
  std::string ReadError() {
    try {
      ReadModel(path_);
    } catch (const Error& error) {
      return error.what();
    }
    return "no error";
  }

  // The file of a small network with one change made to its tensors.
  template <typename Change>
  void WriteChanged(Change change) {
    Random random(1);
    WriteChanged({.network = Network::Random(shape_, random), .prior = {}, .recipe = {}}, change);
  }

  // The file of a small model tuned by G, with its metadata changed.
  template <typename Change>
  void WriteTuned(Change change) {
    Random random(1);
    const Network network = Network::Random(shape_, random);
    WriteChanged({.network = network,
                  .prior = network,
                  .method = "g",
                  .policy = PolicyForm::kPriorTimesOutputs,
                  .recipe = {}},
                 [&](auto&, auto&, auto& metadata) { change(metadata); });
  }

  template <typename Change>
  void WriteChanged(const Model& model, Change change) {
    WriteModel(path_, model);
    std::vector<std::vector<float>> values;
    std::vector<Tensor> tensors;
    std::map<std::string, std::string> metadata;
    {
      const SafetensorsFile file(path_);
      metadata = file.metadata();
      values.reserve(file.tensors().size() + 1);
      for (const auto& [name, tensor] : file.tensors()) {
        const std::span<const float> elements = tensor.template as<float>();
        values.emplace_back(elements.begin(), elements.end());
        tensors.push_back(MakeTensor<float>(name, tensor.shape, values.back()));
      }
    }
    change(tensors, values, metadata);
    WriteSafetensors(path_, tensors, metadata);
  }

  NetworkShape shape_{.vocabulary = 38, .hidden = 4, .layers = 2};
  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "model.safetensors";
};

TEST_F(ModelFileTest, ATunedModelReadsBackBitForBit) {
  Random random(9);
  const Model written{
      .network = Network::Random(shape_, random),
      .prior = Network::Random({.vocabulary = 38, .hidden = 3, .layers = 1}, random),
      .method = "g",
      .policy = PolicyForm::kPriorTimesOutputs,
      .recipe = "[tuning]\nc = 0.5\n"};
  WriteModel(path_, written);
  const Model read = ReadModel(path_);
  EXPECT_TRUE(std::ranges::equal(read.network.arena(), written.network.arena()));
  ASSERT_TRUE(read.prior.has_value());
  EXPECT_TRUE(std::ranges::equal(read.prior->arena(), written.prior->arena()));
  EXPECT_EQ(read.method, "g");
  EXPECT_EQ(read.policy, PolicyForm::kPriorTimesOutputs);
  EXPECT_EQ(read.recipe, written.recipe);
}

TEST_F(ModelFileTest, GatesAndBiasesStandAsInPyTorch) {
  WriteChanged([](std::vector<Tensor>& tensors, std::vector<std::vector<float>>& values, auto&) {
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      for (std::size_t j = 0; j < values[i].size(); ++j) values[i][j] = static_cast<float>(j);
    }
  });
  const Network network = ReadModel(path_).network;
  // weight_ih_l0 [16, 38]: row 5 is the second cell's forget gate, column 7 event 7.
  EXPECT_EQ(network.input(0)[7 * network.shape().gate_stride() + 5], 5 * 38 + 7);
  EXPECT_EQ(network.bias(0)[5], 5 + 5);
}

TEST_F(ModelFileTest, TensorsWithoutMetadataAreANoteRnn) {
  WriteChanged([](auto&, auto&, auto& metadata) { metadata.clear(); });
  EXPECT_EQ(ReadModel(path_).method, "note-rnn");
}

TEST_F(ModelFileTest, AMissingTensorIsNamed) {
  WriteChanged([](std::vector<Tensor>& tensors, auto&, auto&) {
    std::erase_if(tensors, [](const Tensor& t) { return t.name == "lstm.bias_hh_l1"; });
  });
  EXPECT_THAT(ReadError(), HasSubstr("lstm.bias_hh_l1"));
}

TEST_F(ModelFileTest, AnUnknownTensorIsNamed) {
  WriteChanged([](std::vector<Tensor>& tensors, std::vector<std::vector<float>>& values, auto&) {
    values.push_back({1, 2});
    tensors.push_back(MakeTensor<float>("embedding.weight", {2}, values.back()));
  });
  EXPECT_THAT(ReadError(), HasSubstr("embedding.weight"));
}

TEST_F(ModelFileTest, AWrongShapeIsNamed) {
  WriteChanged([](std::vector<Tensor>& tensors, auto&, auto&) {
    for (Tensor& tensor : tensors) {
      if (tensor.name == "lstm.weight_hh_l0") tensor.shape = {4, 16};
    }
  });
  EXPECT_THAT(ReadError(), HasSubstr("lstm.weight_hh_l0"));
}

// Its recurrent weights alone would take 64 GiB.
TEST_F(ModelFileTest, ASizeThatOnlyTheOutputHasTakesNoMemory) {
  WriteChanged([](std::vector<Tensor>& tensors, std::vector<std::vector<float>>& values, auto&) {
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      if (tensors[i].name != "output.weight") continue;
      values[i].assign(65536, 0.0F);
      tensors[i] = MakeTensor<float>(tensors[i].name, {1, 65536}, values[i]);
    }
  });
  EXPECT_THAT(ReadError(), HasSubstr("lstm.weight_ih_l0"));
}

TEST_F(ModelFileTest, ANotANumberIsRefusedWithItsPlace) {
  WriteChanged([](std::vector<Tensor>& tensors, std::vector<std::vector<float>>& values, auto&) {
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      if (tensors[i].name == "output.bias") values[i][3] = std::numeric_limits<float>::quiet_NaN();
    }
  });
  EXPECT_THAT(ReadError(), testing::AllOf(HasSubstr("output.bias"), HasSubstr("element 3")));
}

TEST_F(ModelFileTest, ATunedModelWithoutItsPriorIsRefused) {
  WriteChanged([](auto&, auto&, auto& metadata) { metadata["method"] = "g"; });
  EXPECT_THAT(ReadError(), HasSubstr("prior"));
}

// As the program wrote tuned models before it wrote `policy`.
TEST_F(ModelFileTest, ATunedModelWithoutAPolicyPlaysAsItsMethodDid) {
  for (const char* method : {"q", "psi", "g", "rl-only", "pg"}) {
    WriteTuned([&](auto& metadata) {
      metadata["method"] = method;
      metadata.erase("policy");
    });
    const bool weighs_prior = std::string_view(method) == "g";
    EXPECT_EQ(ReadModel(path_).policy,
              weighs_prior ? PolicyForm::kPriorTimesOutputs : PolicyForm::kOutputs)
        << method;
  }
}

TEST_F(ModelFileTest, AMethodOfALaterProgramPlaysAsItsPolicySays) {
  WriteTuned([](auto& metadata) { metadata["method"] = "sarsa"; });
  EXPECT_EQ(ReadModel(path_).policy, PolicyForm::kPriorTimesOutputs);
  EXPECT_EQ(ReadModel(path_).method, "sarsa");
}

TEST_F(ModelFileTest, AnUnknownPolicyIsRefused) {
  WriteTuned([](auto& metadata) { metadata["policy"] = "greedy"; });
  EXPECT_THAT(ReadError(), HasSubstr("policy is 'greedy'; expected softmax or prior-times-exp"));
}

TEST_F(ModelFileTest, APolicyThatWeighsThePriorNeedsOne) {
  WriteChanged([](auto&, auto&, auto& metadata) { metadata["policy"] = "prior-times-exp"; });
  EXPECT_THAT(ReadError(), HasSubstr("prior"));
}

TEST_F(ModelFileTest, ANoteRnnSaysNothingOfItsPolicy) {
  WriteChanged([](auto&, auto&, auto&) {});
  EXPECT_FALSE(SafetensorsFile(path_).metadata().contains("policy"));
}

TEST_F(ModelFileTest, AnUnknownMethodIsRefused) {
  WriteChanged([](auto&, auto&, auto& metadata) { metadata["method"] = "sarsa"; });
  EXPECT_THAT(ReadError(), HasSubstr("sarsa"));
}

TEST_F(ModelFileTest, AnotherKindOfFileOfThisProgramIsRefused) {
  WriteChanged([](auto&, auto&, auto& metadata) { metadata["format"] = "rltuner-dataset"; });
  EXPECT_THAT(ReadError(), HasSubstr("format is 'rltuner-dataset', expected 'rltuner'"));
}

TEST_F(ModelFileTest, ATruncatedFileIsRefused) {
  Random random(1);
  WriteModel(path_, {.network = Network::Random(shape_, random), .prior = {}, .recipe = {}});
  std::filesystem::resize_file(path_, std::filesystem::file_size(path_) - 10);
  EXPECT_THAT(ReadError(), HasSubstr(path_.string()));
}

}  // namespace
}  // namespace rltuner
