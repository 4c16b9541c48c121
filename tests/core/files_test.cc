// SPDX-License-Identifier: Apache-2.0
#include "rltuner/core/files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <fstream>
#include <map>
#include <thread>

#include "file_size_limit.h"
#include "test_support.h"

namespace rltuner {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::StartsWith;

std::ptrdiff_t EntriesIn(const fs::path& folder) {
  return std::distance(fs::directory_iterator(folder), fs::directory_iterator());
}

TEST(ReadFile, GivesTheBytesThatWereWritten) {
  const TemporaryFolder folder;
  std::vector<std::uint8_t> bytes(300'000);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(i * 31);
  WriteFileAtomically(folder / "bytes", bytes);
  EXPECT_EQ(ReadFile(folder / "bytes"), bytes);
}

TEST(ReadFile, OfAnEmptyFileIsEmpty) {
  const TemporaryFolder folder;
  WriteFileAtomically(folder / "empty", "");
  EXPECT_TRUE(ReadFile(folder / "empty").empty());
}

TEST(ReadFile, ReadsFilesWhoseSizeIsNotKnownBefore) {
  if (!fs::exists("/proc/self/status")) GTEST_SKIP() << "no /proc here";
  EXPECT_THAT(ReadTextFile("/proc/self/status"), StartsWith("Name:"));
}

TEST(ReadFile, NamesAMissingFileAndTheReason) {
  EXPECT_EQ(ErrorOf([] { ReadFile("no/such.mid"); }),
            "cannot read no/such.mid: No such file or directory");
}

TEST(ReadFile, RefusesAFolder) {
  const TemporaryFolder folder;
  EXPECT_THAT(ErrorOf([&] { ReadFile(folder.path()); }),
              AllOf(HasSubstr(folder.path().string()), HasSubstr("Is a directory")));
}

TEST(ReadFile, RefusesOnlyFilesAboveTheLimit) {
  const TemporaryFolder folder;
  WriteFileAtomically(folder / "ten", "0123456789");
  EXPECT_EQ(ReadTextFile(folder / "ten", 10), "0123456789");
  EXPECT_THAT(ErrorOf([&] { ReadTextFile(folder / "ten", 9); }), HasSubstr("larger than 9 bytes"));
}

TEST(StampOf, ChangesWithSizeAndWithTime) {
  const TemporaryFolder folder;
  WriteFileAtomically(folder / "one", "1");
  const FileStamp before = StampOf(folder / "one");
  EXPECT_EQ(before.size, 1U);
  EXPECT_EQ(StampOf(folder / "one").changed, before.changed);

  const auto changed = fs::last_write_time(folder / "one");
  fs::last_write_time(folder / "one", changed + std::chrono::milliseconds(2));
  EXPECT_GE(StampOf(folder / "one").changed, before.changed + 1'000'000);
  WriteFileAtomically(folder / "one", "22");
  EXPECT_EQ(StampOf(folder / "one").size, 2U);
}

TEST(StampOf, AMissingFileHasASizeThatNoFileHas) {
  EXPECT_EQ(StampOf("no/such.mid").size, UINT64_MAX);
}

TEST(EntriesOf, SaysWhatANameStandsFor) {
  const TemporaryFolder folder;
  WriteFileAtomically(folder / "file", "");
  fs::create_directory(folder / "folder");
  fs::create_symlink("folder", folder / "link");
  fs::create_symlink("nowhere", folder / "dangling");
  std::error_code error = std::make_error_code(std::errc::io_error);
  std::map<std::string, fs::file_type> types;
  for (const FolderEntry& entry : EntriesOf(folder.path(), error)) types[entry.name] = entry.type;
  EXPECT_FALSE(error);
  EXPECT_THAT(types, ElementsAre(Pair("dangling", fs::file_type::not_found),
                                 Pair("file", fs::file_type::regular),
                                 Pair("folder", fs::file_type::directory),
                                 Pair("link", fs::file_type::directory)));
}

TEST(EntriesOf, SaysWhyAFolderCannotBeListed) {
  std::error_code error;
  EXPECT_TRUE(EntriesOf("no/such/folder", error).empty());
  EXPECT_EQ(error, std::errc::no_such_file_or_directory);
}

TEST(AtomicFile, ReplacesTheTargetOnlyAtCommit) {
  const TemporaryFolder folder;
  WriteFileAtomically(folder / "file", "old");
  AtomicFile file(folder / "file");
  file.Write("new");
  EXPECT_EQ(ReadTextFile(folder / "file"), "old");
  file.Commit();
  EXPECT_EQ(ReadTextFile(folder / "file"), "new");
}

TEST(AtomicFile, LeavesNothingBehindWithoutCommit) {
  const TemporaryFolder folder;
  { AtomicFile(folder / "file").Write("text"); }
  EXPECT_EQ(EntriesIn(folder.path()), 0);
}

TEST(AtomicFile, LeavesOnlyTheTargetBehindAfterCommit) {
  const TemporaryFolder folder;
  WriteFileAtomically(folder / "file", "text");
  EXPECT_EQ(EntriesIn(folder.path()), 1);
}

TEST(AtomicFile, MakesMissingFolders) {
  const TemporaryFolder folder;
  WriteFileAtomically(folder / "a/b/c.txt", "text");
  EXPECT_EQ(ReadTextFile(folder / "a/b/c.txt"), "text");
}

TEST(AtomicFile, WritesThroughASymbolicLink) {
  const TemporaryFolder folder;
  WriteFileAtomically(folder / "target", "old");
  fs::create_symlink(folder / "target", folder / "link");
  WriteFileAtomically(folder / "link", "new");
  EXPECT_TRUE(fs::is_symlink(folder / "link"));
  EXPECT_EQ(ReadTextFile(folder / "target"), "new");
}

TEST(AtomicFile, WritesThroughLinksToAFileThatIsNotThereYet) {
  const TemporaryFolder folder;
  fs::create_symlink("second", folder / "first");
  fs::create_symlink(folder / "a/target", folder / "second");
  fs::create_symlink("circle", folder / "circle");
  WriteFileAtomically(folder / "first", "new");
  EXPECT_TRUE(fs::is_symlink(folder / "first") && fs::is_symlink(folder / "second"));
  EXPECT_EQ(ReadTextFile(folder / "a/target"), "new");
  WriteFileAtomically(folder / "circle", "new");
  EXPECT_EQ(ReadTextFile(folder / "circle"), "new");
}

TEST(AtomicFile, RefusesAFolder) {
  const TemporaryFolder folder;
  EXPECT_EQ(ErrorOf([&] { AtomicFile file(folder.path()); }),
            "cannot write " + folder.path().string() + ": it is a folder");
}

TEST(AtomicFile, RefusesADevice) {
  if (!fs::exists("/dev/null")) GTEST_SKIP() << "no devices here";
  EXPECT_EQ(ErrorOf([&] { AtomicFile file("/dev/null"); }),
            "cannot write /dev/null: it is a device or pipe, not a file");
}

TEST(AtomicFile, RefusesAPathWithoutName) {
  EXPECT_THAT(ErrorOf([] { AtomicFile file(""); }), HasSubstr("expected the name of a file"));
}

TEST(AtomicFile, NamesAParentThatIsAFile) {
  const TemporaryFolder folder;
  WriteFileAtomically(folder / "file", "text");
  EXPECT_THAT(ErrorOf([&] { AtomicFile file(folder / "file/inside"); }),
              AllOf(StartsWith("cannot make folder"), HasSubstr((folder / "file").string())));
}

TEST(AtomicFile, ManyAtOnceDoNotMeet) {
  const TemporaryFolder folder;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&folder, i] {
      for (int j = 0; j < 20; ++j) {
        WriteFileAtomically(folder / "file", std::string(5000, static_cast<char>('a' + i)));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const std::string text = ReadTextFile(folder / "file");
  EXPECT_EQ(text, std::string(5000, text.at(0)));
  EXPECT_EQ(EntriesIn(folder.path()), 1);
}

#ifdef RLTUNER_HAS_FILE_SIZE_LIMIT
TEST(AtomicFile, AFailedWriteKeepsTheOldFileAndLeavesNothingBehind) {
  const TemporaryFolder folder;
  WriteFileAtomically(folder / "file", "old");
  for (const std::size_t size : {5'000U, 5'000'000U}) {  // fails at the flush, and while writing
    SCOPED_TRACE(size);
    std::string message;
    {
      const FileSizeLimit limit(1000);
      message = ErrorOf([&] { WriteFileAtomically(folder / "file", std::string(size, 'x')); });
    }
    EXPECT_EQ(message, "cannot write " + (folder / "file").string() + ": File too large");
    EXPECT_EQ(ReadTextFile(folder / "file"), "old");
    EXPECT_EQ(EntriesIn(folder.path()), 1);
  }
}
#endif

TEST(MakeFolder, AcceptsAnExistingFolder) {
  const TemporaryFolder folder;
  EXPECT_NO_THROW(MakeFolder(folder.path()));
}

TEST(MakeFolder, NamesAFileInTheWay) {
  const TemporaryFolder folder;
  WriteFileAtomically(folder / "file", "text");
  EXPECT_THAT(ErrorOf([&] { MakeFolder(folder / "file"); }),
              AllOf(StartsWith("cannot make folder"), HasSubstr((folder / "file").string())));
}

std::string TextOf(const MappedFile& file) {
  std::string text(file.bytes().size(), '\0');
  if (!text.empty()) std::memcpy(text.data(), file.bytes().data(), text.size());
  return text;
}

TEST(RemoveTemporaryFilesOf, RemovesWhatAKilledProcessLeft) {
  const TemporaryFolder folder;
  std::filesystem::path left;
  {
    const AtomicFile file(folder / "a");
    left = std::filesystem::directory_iterator(folder.path())->path();
  }
  WriteFileAtomically(left, "half");
  ASSERT_TRUE(std::filesystem::exists(left));
  RemoveTemporaryFilesOf(folder / "a");
  EXPECT_FALSE(std::filesystem::exists(left));
}

TEST(RemoveTemporaryFilesOf, LeavesThoseOfOtherFiles) {
  const TemporaryFolder folder;
  const std::vector<std::string> others = {".rltuner-a~1~12-3.tmp", ".rltuner-b~12-3.tmp", "a"};
  for (const std::string& name : others) WriteFileAtomically(folder / name, "whole");
  RemoveTemporaryFilesOf(folder / "a");
  for (const std::string& name : others) {
    EXPECT_TRUE(std::filesystem::exists(folder / name)) << name;
  }
}

TEST(MappedFile, GivesTheFilesBytes) {
  const TemporaryFolder folder;
  WriteFileAtomically(folder / "file", "some text");
  EXPECT_EQ(TextOf(MappedFile(folder / "file")), "some text");
}

TEST(MappedFile, OfAnEmptyFileIsEmpty) {
  const TemporaryFolder folder;
  WriteFileAtomically(folder / "file", "");
  EXPECT_TRUE(MappedFile(folder / "file").bytes().empty());
}

TEST(MappedFile, KeepsItsBytesWhenMovedAndWhenTheFileIsReplaced) {
  const TemporaryFolder folder;
  WriteFileAtomically(folder / "file", "before");
  MappedFile first(folder / "file");
  const std::byte* const place = first.bytes().data();
  MappedFile second(std::move(first));
  WriteFileAtomically(folder / "file", "after!");
  EXPECT_EQ(second.bytes().data(), place);
  EXPECT_EQ(TextOf(second), "before");
}

TEST(MappedFile, NamesAMissingFile) {
  EXPECT_EQ(ErrorOf([] { MappedFile("no/such"); }),
            "cannot read no/such: No such file or directory");
}

TEST(MappedFile, RefusesAFolder) {
  const TemporaryFolder folder;
  EXPECT_THAT(ErrorOf([&] { MappedFile file(folder.path()); }), HasSubstr("Is a directory"));
}

TEST(CheckOutput, RefusesAFolderAndTheFileToRead) {
  const TemporaryFolder folder;
  WriteFileAtomically(folder / "source", std::string_view("text"));
  EXPECT_THAT(ErrorOf([&] { CheckOutput(folder.path(), {folder / "source"}); }),
              testing::HasSubstr("is a folder"));
  EXPECT_THAT(ErrorOf([&] {
                CheckOutput(folder / "source", {"other", folder / "source"});
              }),
              testing::HasSubstr("is also another file of this command"));
  EXPECT_THAT(ErrorOf([&] { CheckOutput(folder / "new", {folder / "new"}); }),
              testing::HasSubstr("is also another file"));
  CheckOutput(folder / "new", {folder / "source"});
  EXPECT_FALSE(std::filesystem::exists(folder / "new"));
}

}  // namespace
}  // namespace rltuner
