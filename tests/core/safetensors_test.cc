// SPDX-License-Identifier: Apache-2.0
#include "rltuner/core/safetensors.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "normal.h"
#include "rltuner/core/random.h"
#include "test_support.h"

namespace rltuner {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

const std::string kData = RLTUNER_TEST_DATA "/safetensors/";

std::string FileText(std::string_view header, std::string_view data) {
  std::string text;
  for (int i = 0; i < 8; ++i) text += static_cast<char>(header.size() >> (8 * i) & 0xff);
  text += header;
  text += data;
  return text;
}

// Without the flush to the disk, which costs milliseconds a file.
void WriteQuickly(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

// The error of opening a file of these bytes, without its path.
std::string OpenError(std::string_view bytes) {
  const TemporaryFolder folder;
  const auto path = folder / "model.safetensors";
  WriteQuickly(path, bytes);
  const std::string message = ErrorOf([&] { SafetensorsFile file(path); });
  EXPECT_THAT(message, StartsWith(path.string() + ": "));
  return message.substr(std::min(message.size(), path.string().size() + 2));
}

std::string HeaderError(std::string_view header, std::size_t data_bytes = 8) {
  std::string padded(header);
  padded.append((8 - padded.size() % 8) % 8, ' ');
  return OpenError(FileText(padded, std::string(data_bytes, '\1')));
}

template <typename T>
std::vector<T> Elements(const SafetensorsFile& file, const std::string& name) {
  const auto span = file.tensors().at(name).as<T>();
  return {span.begin(), span.end()};
}

TEST(Safetensors, ReadsAFileOfTheOfficialLibrary) {
  const SafetensorsFile file(kData + "official.safetensors");
  EXPECT_THAT(file.metadata(), ElementsAre(std::pair("format", "rltuner \u266a \"quoted\"\n")));
  EXPECT_THAT(Elements<float>(file, "weights"),
              ElementsAre(1.5F, -2.0F, 0.25F, 3.0F, 1e-10F, -0.0F));
  EXPECT_THAT(file.tensors().at("weights").shape, ElementsAre(2, 3));
  EXPECT_THAT(Elements<std::uint8_t>(file, "events"), ElementsAre(0, 1, 37));
  EXPECT_THAT(Elements<std::int64_t>(file, "offsets"), ElementsAre(0, -5, std::int64_t{1} << 40));
  EXPECT_THAT(Elements<double>(file, "scalar"), ElementsAre(0.1));
  EXPECT_THAT(file.tensors().at("scalar").shape, IsEmpty());
  EXPECT_THAT(Elements<std::int32_t>(file, "none"), IsEmpty());
  EXPECT_THAT(Elements<std::uint64_t>(file, "wide"), ElementsAre(UINT64_MAX));
}

TEST(Safetensors, WritesTheOfficialLibrarysBytes) {
  const TemporaryFolder folder;
  const std::vector<float> a{1, 2};
  const std::vector<float> b{3};
  const std::vector<Tensor> tensors{MakeTensor<float>("b", {1}, b),
                                    MakeTensor<float>("a", {1, 2}, a)};
  WriteSafetensors(folder / "ours", tensors, {{"format", "rltuner"}});
  EXPECT_EQ(ReadFile(folder / "ours"), ReadFile(kData + "official_f32.safetensors"));
}

TEST(Safetensors, WritesLargerElementsFirstThenByName) {
  const TemporaryFolder folder;
  const std::vector<std::uint8_t> bytes{7};
  const std::vector<std::int64_t> wide{-1};
  const std::vector<float> floats{0};
  const std::vector<Tensor> tensors{
      MakeTensor<std::uint8_t>("a", {1}, bytes), MakeTensor<float>("c", {1}, floats),
      MakeTensor<float>("b", {1}, floats), MakeTensor<std::int64_t>("d", {1}, wide)};
  WriteSafetensors(folder / "file", tensors, {});
  const std::string header = R"({"d":{"dtype":"I64","shape":[1],"data_offsets":[0,8]},)"
                             R"("b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},)"
                             R"("c":{"dtype":"F32","shape":[1],"data_offsets":[12,16]},)"
                             R"("a":{"dtype":"U8","shape":[1],"data_offsets":[16,17]}})";
  const std::string padding((8 - header.size() % 8) % 8, ' ');
  EXPECT_EQ(ReadTextFile(folder / "file"),
            FileText(header + padding,
                     std::string(8, '\xff') + std::string(8, '\0') + std::string(1, '\7')));
}

TEST(Safetensors, ReadsBackWhatItWrote) {
  constexpr std::uint64_t kSeed = 5;
  SCOPED_TRACE(kSeed);
  Random random(kSeed);
  const TemporaryFolder folder;
  for (int round = 0; round < 30; ++round) {
    std::vector<std::vector<double>> doubles;
    std::vector<std::vector<std::uint8_t>> bytes;
    for (int i = 0; i < 5; ++i) {
      doubles.emplace_back(random.Below(9), Normal(random));
      bytes.emplace_back(random.Below(9), static_cast<std::uint8_t>(random.Below(256)));
    }
    std::vector<Tensor> tensors;
    for (std::size_t i = 0; i < 5; ++i) {
      const std::string name = std::to_string(i);
      tensors.push_back(MakeTensor<double>("double " + name, {std::ssize(doubles[i])}, doubles[i]));
      tensors.push_back(
          MakeTensor<std::uint8_t>("byte\n" + name, {std::ssize(bytes[i]), 1}, bytes[i]));
    }
    const std::map<std::string, std::string> metadata{{"", ""}, {"recipe", "a = \"\u00e9\"\n"}};
    WriteSafetensors(folder / "file", tensors, metadata);
    const SafetensorsFile file(folder / "file");
    EXPECT_EQ(file.metadata(), metadata);
    EXPECT_EQ(file.tensors().size(), tensors.size());
    for (std::size_t i = 0; i < 5; ++i) {
      EXPECT_EQ(Elements<double>(file, "double " + std::to_string(i)), doubles[i]);
      EXPECT_EQ(Elements<std::uint8_t>(file, "byte\n" + std::to_string(i)), bytes[i]);
    }
  }
}

TEST(Safetensors, ReplacesMetadataBytesThatAreNotUtf8) {
  const TemporaryFolder folder;
  WriteSafetensors(folder / "file", {}, {{"name", "caf\xe9"}});
  EXPECT_EQ(SafetensorsFile(folder / "file").metadata().at("name"), "caf\uFFFD");
}

TEST(Safetensors, ReadsAFileWithoutTensors) {
  const TemporaryFolder folder;
  WriteFileAtomically(folder / "file", FileText("{}", ""));
  EXPECT_THAT(SafetensorsFile(folder / "file").tensors(), IsEmpty());
}

TEST(Safetensors, GetChecksNameTypeAndShape) {
  const SafetensorsFile file(kData + "official.safetensors");
  const std::vector<std::int64_t> shape{2, 3};
  const std::vector<std::int64_t> any{-1, -1};
  const std::vector<std::int64_t> other{-1, 4};
  EXPECT_EQ(file.Get("weights", DType::kF32, shape).size(), 6);
  EXPECT_EQ(file.Get("weights", DType::kF32, any).size(), 6);
  EXPECT_THAT(ErrorOf([&] { file.Get("weight", DType::kF32, any); }),
              HasSubstr("official.safetensors: tensor \"weight\" is missing; it has \"weights\""));
  EXPECT_THAT(ErrorOf([&] { file.Get("weights", DType::kF32, other); }),
              HasSubstr("tensor \"weights\" is F32 [2, 3], expected F32 [*, 4]"));
  EXPECT_THAT(ErrorOf([&] { file.Get("weights", DType::kF64, shape); }),
              HasSubstr("expected F64 [2, 3]"));
  EXPECT_THAT(ErrorOf([&] { file.Get("weights", DType::kF32, {}); }), HasSubstr("expected F32 []"));
}

TEST(SafetensorsDamage, MissingFileIsNamed) {
  EXPECT_THAT(ErrorOf([] { SafetensorsFile file("no/such"); }), HasSubstr("no/such"));
}

TEST(SafetensorsDamage, EmptyAndShortFiles) {
  EXPECT_THAT(OpenError(""), HasSubstr("not a safetensors file: 0 bytes"));
  EXPECT_THAT(OpenError("1234567"), HasSubstr("not a safetensors file: 7 bytes"));
}

TEST(SafetensorsDamage, OtherFileFormats) {
  EXPECT_THAT(OpenError("MThd\0\0\0\6\0\1\0\1\0\1"), HasSubstr("not a safetensors file"));
  EXPECT_THAT(OpenError(std::string(100, '\0')), HasSubstr("not a safetensors file"));
}

TEST(SafetensorsDamage, HeaderLengthPastTheEnd) {
  std::string bytes = FileText("{}", "");
  bytes[0] = 100;
  EXPECT_THAT(OpenError(bytes), HasSubstr("cut short: the header should have 100 bytes"));
}

TEST(SafetensorsDamage, HeaderLengthGiant) {
  std::string bytes = FileText("{}", "");
  for (std::size_t i = 0; i < 8; ++i) bytes[i] = '\xff';
  EXPECT_THAT(OpenError(bytes), HasSubstr("not a safetensors file"));
}

TEST(SafetensorsDamage, HeaderOfMoreThan8MiB) {
  EXPECT_THAT(HeaderError("{" + std::string(8 << 20, ' ') + "}"), HasSubstr("at most 8388608"));
}

TEST(SafetensorsDamage, VeryManyNames) {
  std::string header = "{\"0\":0";
  for (int i = 1; i < 70'000; ++i) header += ",\"" + std::to_string(i) + "\":0";
  EXPECT_THAT(HeaderError(header + "}"), HasSubstr("more than 65536 names"));
}

TEST(SafetensorsDamage, VeryManyDimensions) {
  std::string header = R"({"a":{"shape":[1)";
  for (int i = 1; i < 300'000; ++i) header += ",1";
  EXPECT_THAT(HeaderError(header + "]}}"), HasSubstr("200000 values"));
}

TEST(SafetensorsDamage, BrokenJson) {
  EXPECT_THAT(HeaderError(R"({"a":)"), HasSubstr("not JSON"));
  EXPECT_THAT(HeaderError("{\"a\xff\":1}"), HasSubstr("not JSON"));
  EXPECT_THAT(HeaderError(R"({} {})"), HasSubstr("not JSON"));
  EXPECT_THAT(HeaderError(R"({"a":1e999})"), HasSubstr("out of range"));
}

TEST(SafetensorsDamage, DeepNesting) {
  std::string deep = R"({"a":)" + std::string(1'000'000, '[');
  EXPECT_THAT(HeaderError(deep), HasSubstr("nests deeper"));
}

TEST(SafetensorsDamage, NamesAndKeysGivenTwice) {
  EXPECT_THAT(HeaderError(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},)"
                          R"("a":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})"),
              HasSubstr("has \"a\" twice"));
  EXPECT_THAT(HeaderError(R"({"a":{"dtype":"U8","dtype":"U8","shape":[8],"data_offsets":[0,8]}})"),
              HasSubstr("has \"dtype\" twice"));
}

TEST(SafetensorsDamage, MetadataThatIsNotText) {
  EXPECT_THAT(HeaderError(R"({"__metadata__":{"a":1}})", 0), HasSubstr("\"a\" is not a text"));
  EXPECT_THAT(HeaderError(R"({"__metadata__":{"a":{}}})", 0), HasSubstr("\"a\" is not a text"));
  EXPECT_THAT(HeaderError(R"({"__metadata__":[]})", 0), HasSubstr("not an object of texts"));
}

TEST(SafetensorsDamage, TensorsWithMissingOrUnknownKeys) {
  const std::string expected = "tensor \"a\": expected exactly dtype, shape and data_offsets";
  EXPECT_EQ(HeaderError(R"({"a":1})"), expected);
  EXPECT_EQ(HeaderError(R"({"a":{"dtype":"U8","shape":[8]}})"), expected);
  EXPECT_EQ(HeaderError(R"({"a":{"dtype":"U8","shape":[8],"offsets":[0,8]}})"), expected);
}

TEST(SafetensorsDamage, UnsupportedDTypes) {
  EXPECT_THAT(HeaderError(R"({"a":{"dtype":"BF16","shape":[4],"data_offsets":[0,8]}})"),
              HasSubstr("dtype \"BF16\" is not supported"));
  EXPECT_THAT(HeaderError(R"({"a":{"dtype":8,"shape":[8],"data_offsets":[0,8]}})"),
              HasSubstr("is not supported"));
}

TEST(SafetensorsDamage, ShapesThatAreNotSizes) {
  for (const char* shape : {"[-8]", "[8.0]", "[\"8\"]", "[[8]]", "[null]", "[18446744073709551615]",
                            "[99999999999999999999]", "8", "{}"}) {
    SCOPED_TRACE(shape);
    EXPECT_THAT(HeaderError(std::string(R"({"a":{"dtype":"U8","shape":)") + shape +
                            R"(,"data_offsets":[0,8]}})"),
                ::testing::AnyOf(HasSubstr("shape"), HasSubstr("nests deeper")));
  }
}

TEST(SafetensorsDamage, ShapesWhoseProductOverflows) {
  // 2^62 * 4 elements of 2^64 bytes = 0 in 64 bits.
  EXPECT_THAT(HeaderError(R"({"a":{"dtype":"U8","shape":[4611686018427387904,4],)"
                          R"("data_offsets":[0,0]}})",
                          0),
              HasSubstr("does not fit its 0 bytes"));
  EXPECT_THAT(HeaderError(R"({"a":{"dtype":"F32","shape":[4611686018427387904],)"
                          R"("data_offsets":[0,0]}})",
                          0),
              HasSubstr("does not fit its 0 bytes"));
}

TEST(SafetensorsDamage, ShapesThatDoNotFitTheirBytes) {
  EXPECT_EQ(HeaderError(R"({"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}})"),
            "tensor \"a\": F32 [3] does not fit its 8 bytes");
}

TEST(SafetensorsDamage, OffsetsOutsideOfTheData) {
  for (const char* offsets : {"[0,9]", "[9,9]", "[8,0]", "[0,9223372036854775807]"}) {
    SCOPED_TRACE(offsets);
    EXPECT_THAT(HeaderError(std::string(R"({"a":{"dtype":"U8","shape":[8],"data_offsets":)") +
                            offsets + "}}"),
                HasSubstr("outside of the file's 8 bytes of data"));
  }
}

TEST(SafetensorsDamage, OffsetsThatAreNotTwoSizes) {
  for (const char* offsets : {"[0]", "[0,8,8]", "8", "[-1,8]", "[0,\"8\"]"}) {
    SCOPED_TRACE(offsets);
    EXPECT_THAT(HeaderError(std::string(R"({"a":{"dtype":"U8","shape":[8],"data_offsets":)") +
                            offsets + "}}"),
                HasSubstr("data_offsets"));
  }
}

TEST(SafetensorsDamage, Overlaps) {
  EXPECT_THAT(HeaderError(R"({"a":{"dtype":"U8","shape":[5],"data_offsets":[0,5]},)"
                          R"("b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})"),
              HasSubstr("tensors overlap"));
}

TEST(SafetensorsDamage, Gaps) {
  EXPECT_THAT(HeaderError(R"({"a":{"dtype":"U8","shape":[3],"data_offsets":[0,3]},)"
                          R"("b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})"),
              HasSubstr("tensors leave a gap"));
}

TEST(SafetensorsDamage, BytesAfterTheLastTensor) {
  EXPECT_EQ(HeaderError(R"({"a":{"dtype":"U8","shape":[6],"data_offsets":[0,6]}})"),
            "2 bytes follow the last tensor, expected none");
}

TEST(SafetensorsDamage, MisalignedElements) {
  EXPECT_THAT(HeaderError(R"({"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]},)"
                          R"("b":{"dtype":"F64","shape":[1],"data_offsets":[4,12]}})",
                          12),
              HasSubstr("tensor \"b\" is not aligned"));
}

TEST(SafetensorsDamage, EveryCutOfAFileIsRefused) {
  const std::string whole = ReadTextFile(kData + "official.safetensors");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    SCOPED_TRACE(size);
    OpenError(std::string_view(whole).substr(0, size));
  }
}

// A changed byte may still leave a valid file; it must never do worse than an Error.
TEST(SafetensorsDamage, ChangedBytesNeverCrash) {
  constexpr std::uint64_t kSeed = 99;
  SCOPED_TRACE(kSeed);
  Random random(kSeed);
  const TemporaryFolder folder;
  const std::string whole = ReadTextFile(kData + "official.safetensors");
  int refused = 0;
  for (int i = 0; i < 1000; ++i) {
    std::string changed = whole;
    changed[random.Below(450)] = static_cast<char>(random.Below(256));
    WriteQuickly(folder / "file", changed);
    try {
      const SafetensorsFile file(folder / "file");
    } catch (const Error&) {
      ++refused;
    }
  }
  EXPECT_GT(refused, 500);
}

}  // namespace
}  // namespace rltuner
