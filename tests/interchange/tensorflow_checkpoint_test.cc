// SPDX-License-Identifier: Apache-2.0
#include "rltuner/interchange/tensorflow_checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "interchange/tensorflow_writer.h"
#include "test_support.h"

namespace rltuner {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TestTensors SomeTensors() {
  TestTensors tensors;
  tensors["global_step"] = {{}, {42}, 9};
  for (int i = 0; i < 40; ++i) {
    TestTensor& tensor = tensors[fmt::format("network/layer_{:02}/kernel", i)];
    tensor.shape = {3, i + 1};
    for (int n = 0; n < 3 * (i + 1); ++n) tensor.values.push_back(static_cast<float>(n) / 7 - 1);
  }
  tensors["empty"] = {{0, 5}, {}};
  return tensors;
}

Bytes FileBytes(std::string_view text) { return {std::as_bytes(std::span(text)), "FILE", 0}; }

// A checkpoint whose files are in memory.
class InMemory {
 public:
  explicit InMemory(std::vector<std::string> files)
      : files_(std::move(files)),
        checkpoint(FileBytes(files_[0]), [this](int data_file, int) -> Bytes {
          return FileBytes(files_.at(static_cast<std::size_t>(data_file) + 1));
        }) {}

 private:
  std::vector<std::string> files_;

 public:
  TensorflowCheckpoint checkpoint;
};

void ExpectSame(const TensorflowCheckpoint& checkpoint, const TestTensors& tensors) {
  EXPECT_EQ(checkpoint.tensors().size(), tensors.size());
  for (const auto& [name, tensor] : tensors) {
    ASSERT_TRUE(checkpoint.tensors().contains(name)) << name;
    const CheckpointTensor& found = checkpoint.tensors().at(name);
    EXPECT_EQ(found.shape, tensor.shape) << name;
    EXPECT_EQ(found.type, tensor.type) << name;
    if (tensor.type != 1) continue;
    EXPECT_EQ(checkpoint.Read(name), tensor.values) << name;
  }
}

TEST(TensorflowCheckpoint, Version1ComesBackExactly) {
  const InMemory files({WriteVersion1(SomeTensors())});
  EXPECT_EQ(files.checkpoint.version(), 1);
  ExpectSame(files.checkpoint, SomeTensors());
}

TEST(TensorflowCheckpoint, Version1InCompressedBlocksComesBackExactly) {
  ExpectSame(InMemory({WriteVersion1(SomeTensors(), true)}).checkpoint, SomeTensors());
}

TEST(TensorflowCheckpoint, Version2ComesBackExactly) {
  const InMemory files(WriteVersion2(SomeTensors()));
  EXPECT_EQ(files.checkpoint.version(), 2);
  ExpectSame(files.checkpoint, SomeTensors());
}

TEST(TensorflowCheckpoint, Version2InThreeDataFilesAndCompressedBlocksComesBackExactly) {
  ExpectSame(InMemory(WriteVersion2(SomeTensors(), true, 3)).checkpoint, SomeTensors());
}

TEST(TensorflowCheckpoint, EveryNameOfItsFilesOpensIt) {
  const TemporaryFolder folder;
  WriteFileAtomically(folder / "old.ckpt", WriteVersion1(SomeTensors()));
  SaveVersion2(folder / "model.ckpt-7", WriteVersion2(SomeTensors()));
  for (const char* name :
       {"old.ckpt", "model.ckpt-7", "model.ckpt-7.index", "model.ckpt-7.data-00000-of-00001"}) {
    ExpectSame(TensorflowCheckpoint(folder / name), SomeTensors());
  }
}

TEST(TensorflowCheckpoint, AMissingDataFileIsNamed) {
  const TemporaryFolder folder;
  const std::vector<std::string> files = WriteVersion2(SomeTensors(), false, 2);
  SaveVersion2(folder / "model", files);
  std::filesystem::remove(folder / "model.data-00001-of-00002");
  EXPECT_THAT(ErrorOf([&] { TensorflowCheckpoint checkpoint(folder / "model"); }),
              HasSubstr("model.data-00001-of-00002"));
}

TEST(TensorflowCheckpoint, AFileThatIsNoTableIsRefused) {
  EXPECT_THAT(ErrorOf([] { InMemory({std::string(100, 'x')}); }),
              AllOf(StartsWith("FILE, byte 92"), HasSubstr("not the end of a table")));
  EXPECT_THAT(ErrorOf([] { InMemory({""}); }), HasSubstr("expected a file of 48 bytes or more"));
}

TEST(TensorflowCheckpoint, ATableOfSomethingElseIsRefused) {
  TestTable table;
  table.Add("key", "value");
  EXPECT_THAT(ErrorOf([&] { InMemory({table.Finish()}); }), HasSubstr("without a checkpoint's"));
}

TEST(TensorflowCheckpoint, ADamagedBlockIsNamed) {
  std::string file = WriteVersion1(SomeTensors());
  file[100] ^= 1;
  EXPECT_THAT(ErrorOf([&] { InMemory({file}); }),
              AllOf(StartsWith("FILE, byte 0"), HasSubstr("checksum")));
}

TEST(TensorflowCheckpoint, ADamagedTensorIsNamed) {
  std::vector<std::string> files = WriteVersion2(SomeTensors());
  files[1][4] ^= 1;  // behind the four bytes of global_step
  const InMemory opened(files);
  EXPECT_THAT(ErrorOf([&] { opened.checkpoint.Read("network/layer_00/kernel"); }),
              AllOf(HasSubstr("network/layer_00/kernel"), HasSubstr("damaged")));
}

TEST(TensorflowCheckpoint, ATensorOfAnotherTypeIsNotRead) {
  const InMemory files({WriteVersion1(SomeTensors())});
  EXPECT_THAT(ErrorOf([&] { files.checkpoint.Read("global_step"); }),
              HasSubstr("int64 []; expected float32"));
}

TEST(TensorflowCheckpoint, TooFewNumbersAreRefused) {
  TestTensors tensors = SomeTensors();
  tensors["network/layer_05/kernel"].values.pop_back();
  const InMemory files({WriteVersion1(tensors)});
  EXPECT_THAT(ErrorOf([&] { files.checkpoint.Read("network/layer_05/kernel"); }),
              HasSubstr("has 17 numbers; expected 18"));
}

// Handles that name one block again and again would stand for far more than the file holds.
TEST(TensorflowCheckpoint, ABlockThatIsNamedTwiceIsRefused) {
  std::string block;  // one entry: key "", value ""
  block.append(3, '\0');
  AppendLittleEndian32(&block, 0);
  AppendLittleEndian32(&block, 1);
  const auto stored = [](std::string bytes) {
    bytes.push_back('\0');
    const std::uint32_t checksum = MaskedChecksum(bytes);
    AppendLittleEndian32(&bytes, checksum);
    return bytes;
  };
  std::string index;
  for (char key : {'a', 'b'}) index += std::string("\0\1\2", 3) + key + std::string("\0\x0B", 2);
  AppendLittleEndian32(&index, 0);
  AppendLittleEndian32(&index, 1);
  const std::size_t index_size = index.size();
  const std::string data = stored(block);
  std::string footer("\0\x0B", 2);
  AppendVarint(&footer, data.size());
  AppendVarint(&footer, index_size);
  footer.resize(40, '\0');
  AppendLittleEndian32(&footer, 0x8B80FB57U);
  AppendLittleEndian32(&footer, 0xDB477524U);
  const std::string file = data + stored(index) + footer;
  EXPECT_THAT(ErrorOf([&] { InMemory({file}); }), HasSubstr("behind the one before it"));
}

// A file of one block, which is also the index: `stored`, its compression and its checksum.
std::string TableOfOneBlock(std::string stored, char compression) {
  const std::size_t size = stored.size();
  stored.push_back(compression);
  const std::uint32_t checksum = MaskedChecksum(stored);
  AppendLittleEndian32(&stored, checksum);
  std::string footer(3, '\0');
  AppendVarint(&footer, size);
  footer.resize(40, '\0');
  AppendLittleEndian32(&footer, 0x8B80FB57U);
  AppendLittleEndian32(&footer, 0xDB477524U);
  return stored + footer;
}

TEST(TensorflowCheckpoint, ACompressedBlockThatAnnouncesTooMuchIsRefusedBeforeMemoryIsTaken) {
  EXPECT_THAT(
      ErrorOf([] { InMemory({TableOfOneBlock("\xFF\xFF\xFF\xFF\x0F", 1)}); }),
      AllOf(StartsWith("FILE, byte 0"), HasSubstr("announces 4294967295; expected at most")));
}

TEST(TensorflowCheckpoint, ADamagedCompressedBlockIsRefused) {
  for (const std::string& damaged : {std::string("\x06\x00"
                                                 "a\x01\x02",
                                                 5),  // a copy from before the beginning
                                     std::string("\x05\x00"
                                                 "a",
                                                 3)}) {  // fewer bytes than announced
    EXPECT_THAT(ErrorOf([&] { InMemory({TableOfOneBlock(damaged, 1)}); }),
                HasSubstr("a damaged compressed block"));
  }
}

// What a block's place says is checked before it is used: other readers of this format take it for
// granted, and read out of bounds.
TEST(TensorflowCheckpoint, ABlockOfAnySizeOutsideTheFileIsRefused) {
  for (std::uint64_t size : {std::uint64_t{65}, std::uint64_t{1} << 32, std::uint64_t{1} << 62,
                             UINT64_MAX - 4, UINT64_MAX}) {
    std::string footer(3, '\0');
    AppendVarint(&footer, size);
    footer.resize(40, '\0');
    AppendLittleEndian32(&footer, 0x8B80FB57U);
    AppendLittleEndian32(&footer, 0xDB477524U);
    EXPECT_THAT(ErrorOf([&] { InMemory({std::string(64, '\0') + footer}); }),
                HasSubstr("expected it within the 64 before the footer"))
        << size;
  }
}

// Opens, and reads whatever can be read; every fault is an Error of one line.
void OpenAndRead(const std::vector<std::string>& files) {
  try {
    const InMemory opened(files);
    for (const auto& [name, tensor] : opened.checkpoint.tensors()) {
      try {
        opened.checkpoint.Read(name);
      } catch (const Error&) {
        continue;
      }
    }
  } catch (const Error& error) {
    ASSERT_EQ(std::string(error.what()).find('\n'), std::string::npos);
  } catch (const std::out_of_range&) {
    // a data file that this test does not have
  }
}

TEST(TensorflowCheckpoint, CutAnywhereItIsRefused) {
  TestTensors tensors = SomeTensors();
  while (tensors.size() > 6) tensors.erase(std::prev(tensors.end()));
  for (bool compressed : {false, true}) {
    const std::string old = WriteVersion1(tensors, compressed);
    for (std::size_t size = 0; size < old.size(); ++size) {
      EXPECT_THROW(InMemory({old.substr(0, size)}), Error) << size;
    }
    const std::vector<std::string> files = WriteVersion2(tensors, compressed);
    for (std::size_t size = 0; size < files[0].size(); ++size) {
      EXPECT_THROW(InMemory({files[0].substr(0, size), files[1]}), Error) << size;
    }
    for (std::size_t size = 0; size < files[1].size(); ++size) {
      EXPECT_THROW(InMemory({files[0], files[1].substr(0, size)}), Error) << size;
    }
  }
}

// With checksums made right again, so that the change reaches what lies behind them: the first
// block of a table that has one block.
std::string Mutated(std::string file, std::mt19937* random) {
  const int changes = 1 + static_cast<int>((*random)() % 4);
  for (int i = 0; i < changes; ++i) {
    file[(*random)() % file.size()] = static_cast<char>((*random)());
  }
  return file;
}

TEST(TensorflowCheckpoint, RandomDamageIsReadOrRefused) {
  const std::uint32_t seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  const std::vector<std::vector<std::string>> originals = {{WriteVersion1(SomeTensors())},
                                                           {WriteVersion1(SomeTensors(), true)},
                                                           WriteVersion2(SomeTensors()),
                                                           WriteVersion2(SomeTensors(), true, 2)};
  for (int round = 0; round < 4000; ++round) {
    std::vector<std::string> files = originals[round % originals.size()];
    std::string& file = files[random() % files.size()];
    if (!file.empty()) file = Mutated(file, &random);
    OpenAndRead(files);
  }
}

// Damage that checksums do not catch: in the values, before they are put in blocks.
TEST(TensorflowCheckpoint, RandomDamageBehindTheChecksumsIsReadOrRefused) {
  const std::uint32_t seed = std::random_device{}();
  SCOPED_TRACE(seed);
  std::mt19937 random(seed);
  for (int round = 0; round < 4000; ++round) {
    const std::string entry = WriteProto([](auto& message) {
      message.add_enum(1, 1);
      message.add_message(2, ShapeMessage({2, 3}));
      message.add_uint64(4, 0);
      message.add_uint64(5, 24);
    });
    const std::string header = WriteProto([](auto& message) { message.add_int32(1, 1); });
    TestTable table(round % 2 == 0);
    const bool in_header = round % 8 == 0;
    table.Add("", in_header ? Mutated(header, &random) : header);
    table.Add("tensor", Mutated(entry, &random));
    OpenAndRead({table.Finish(), std::string(24, 'x')});
  }
}

}  // namespace
}  // namespace rltuner
