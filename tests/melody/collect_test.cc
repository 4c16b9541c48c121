// SPDX-License-Identifier: Apache-2.0
#include "rltuner/melody/collect.h"

#include <archive.h>
#include <archive_entry.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "melody/score_of.h"
#include "rltuner/core/utf8_names.h"
#include "rltuner/melody/score_format.h"
#include "rltuner/midi/writer.h"
#include "test_support.h"

namespace rltuner {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Bytes = std::vector<std::uint8_t>;

const std::string kArchives = RLTUNER_TEST_DATA "/fuzz/archive/";

Bytes MidiOf(const std::vector<midi::Note>& notes) { return midi::Write(ScoreOf(notes)); }

// Much faster than an atomic write.
void Put(const fs::path& path, const Bytes& bytes) {
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary)
      .write(reinterpret_cast<const char*>(bytes.data()),
             static_cast<std::streamsize>(bytes.size()));
}

void Put(const fs::path& path, std::string_view text) {
  Put(path, Bytes(text.begin(), text.end()));
}

struct ArchiveFile {
  std::string name;
  Bytes bytes;
};

void WriteArchive(const fs::path& path, const std::vector<ArchiveFile>& files) {
  const Utf8Names names;
  struct archive* writer = archive_write_new();
  if (path.extension() == ".zip") {
    archive_write_set_format_zip(writer);
    archive_write_set_options(writer, "hdrcharset=UTF-8");
  } else {
    archive_write_set_format_gnutar(writer);
    if (path.extension() != ".tar") archive_write_add_filter_gzip(writer);
  }
  ASSERT_EQ(archive_write_open_filename(writer, path.string().c_str()), ARCHIVE_OK);
  for (const ArchiveFile& file : files) {
    archive_entry* entry = archive_entry_new();
    archive_entry_copy_pathname(entry, file.name.c_str());
    archive_entry_set_size(entry, static_cast<la_int64_t>(file.bytes.size()));
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0644);
    ASSERT_EQ(archive_write_header(writer, entry), ARCHIVE_OK) << archive_error_string(writer);
    archive_write_data(writer, file.bytes.data(), file.bytes.size());
    archive_entry_free(entry);
  }
  archive_write_close(writer);
  archive_write_free(writer);
}

// "name kept N" or "name reason" for each file; names without the folder's path.
std::vector<std::string> Collected(const std::vector<fs::path>& paths, const fs::path& folder,
                                   int threads = 2, SourceLimits limits = {}) {
  Sources sources(paths, limits);
  std::vector<std::string> lines;
  CollectMelodies(sources, Extractor({}), threads, [&](CollectedFile& outcome) {
    std::string name = outcome.name;
    if (name.starts_with(folder.string()))
      name.erase(0, folder.string().size() + (folder.has_filename() ? 1 : 0));
    const Extraction& extraction = outcome.extraction;
    lines.push_back(name +
                    (extraction.first_rejections.empty()
                         ? " kept " + std::to_string(extraction.melodies.size())
                         : " " + std::string(RefusalName(extraction.first_rejections[0].refusal))));
    return true;
  });
  return lines;
}

TEST(CollectMelodies, WalksFoldersInOrderOfNames) {
  const TemporaryFolder folder;
  for (const char* name : {"b.mid", "a/z.mid", "a/y/x.midi", "c.mid"}) {
    Put(folder / name, MidiOf(Scale(7)));
  }
  EXPECT_THAT(Collected({folder.path()}, folder.path()),
              ElementsAre("a/y/x.midi kept 1", "a/z.mid kept 1", "b.mid kept 1", "c.mid kept 1"));
}

TEST(CollectMelodies, PassesOverHiddenFilesBelowAFolder) {
  const TemporaryFolder folder;
  Put(folder / "._a.mid", "a resource fork");
  Put(folder / ".git/b.mid", MidiOf(Scale(7)));
  Put(folder / "a.mid", MidiOf(Scale(7)));
  EXPECT_THAT(Collected({folder.path()}, folder.path()), ElementsAre("a.mid kept 1"));
}

TEST(CollectMelodies, GoesOnAfterABadFile) {
  const TemporaryFolder folder;
  Put(folder / "1.mid", MidiOf(Scale(7)));
  Put(folder / "2.mid", "no music");
  Put(folder / "3.txt", "text");
  Put(folder / "4.zip", "PK no archive");
  Put(folder / "5.mid", MidiOf(Scale(3)));
  Put(folder / "6.mid", MidiOf(Scale(7)));
  EXPECT_THAT(Collected({folder.path()}, folder.path()),
              ElementsAre("1.mid kept 1", "2.mid damaged", "3.txt not_a_score", "4.zip unreadable",
                          "5.mid too_short", "6.mid kept 1"));
}

TEST(CollectMelodies, KnowsMusicByItsContentToo) {
  const TemporaryFolder folder;
  Put(folder / "song", MidiOf(Scale(7)));
  EXPECT_THAT(Collected({folder / "song"}, folder.path()), ElementsAre("song kept 1"));
}

TEST(CollectMelodies, ReadsArchivesWithAnyNames) {
  const TemporaryFolder folder;
  for (const char* name : {"x.zip", "x.tar"}) {
    WriteArchive(folder / name, {{"f\xC3\xBCr/Caf\xC3\xA9.mid", MidiOf(Scale(7))}});
    EXPECT_THAT(Collected({folder / name}, folder.path()),
                ElementsAre(std::string(name) + ":f\xC3\xBCr/Caf\xC3\xA9.mid kept 1"));
  }
}

TEST(CollectMelodies, ReadsArchivesInMemory) {
  const TemporaryFolder folder;
  const std::vector<ArchiveFile> files = {{"a.mid", MidiOf(Scale(7))},
                                          {"../../above.mid", MidiOf(Scale(8))},
                                          {"sub/readme.txt", {'h', 'i'}}};
  for (const char* name : {"x.zip", "x.tar", "x.tar.gz", "x.tgz"}) {
    SCOPED_TRACE(name);
    WriteArchive(folder / name, files);
    const std::string archive = name;
    EXPECT_THAT(Collected({folder / name}, folder.path()),
                ElementsAre(archive + ":a.mid kept 1", archive + ":../../above.mid kept 1",
                            archive + ":sub/readme.txt not_a_score"));
  }
  EXPECT_FALSE(fs::exists(folder.path().parent_path() / "above.mid"));
}

TEST(CollectMelodies, TellsEntriesOfOneNameApart) {
  const TemporaryFolder folder;
  WriteArchive(folder / "x.tar", {{"a.mid", MidiOf(Scale(7))}, {"a.mid", MidiOf(Scale(8))}});
  EXPECT_THAT(Collected({folder / "x.tar"}, folder.path()),
              ElementsAre("x.tar:a.mid kept 1", "x.tar:a.mid (entry 2) kept 1"));
}

TEST(CollectMelodies, KeepsWhatATruncatedArchiveStillHolds) {
  const TemporaryFolder folder;
  WriteArchive(folder / "x.tar", {{"a.mid", MidiOf(Scale(7))}, {"b.mid", MidiOf(Scale(8))}});
  fs::resize_file(folder / "x.tar", 1600);
  const std::vector<std::string> lines = Collected({folder / "x.tar"}, folder.path());
  ASSERT_GE(lines.size(), 2U);
  EXPECT_EQ(lines[0], "x.tar:a.mid kept 1");
  EXPECT_THAT(lines[1], HasSubstr("unreadable"));
}

TEST(CollectMelodies, RefusesALargeEntryAndGoesOn) {
  const TemporaryFolder folder;
  WriteArchive(folder / "x.tar", {{"big.mid", Bytes(100'000)}, {"a.mid", MidiOf(Scale(7))}});
  EXPECT_THAT(Collected({folder / "x.tar"}, folder.path(), 2, {.entry_bytes = 50'000}),
              ElementsAre("x.tar:big.mid too_large", "x.tar:a.mid kept 1"));
}

TEST(CollectMelodies, GivesUpAnArchiveThatUnpacksWithoutEnd) {
  const TemporaryFolder folder;
  std::vector<ArchiveFile> files;
  for (int i = 0; i < 40; ++i) files.push_back({std::to_string(i), Bytes(100'000)});
  WriteArchive(folder / "bomb.tar.gz", files);
  const std::vector<std::string> lines = Collected({folder / "bomb.tar.gz"}, folder.path(), 2,
                                                   {.file_bytes = 100'000, .expansion = 20});
  EXPECT_LT(lines.size(), 40U);
  EXPECT_THAT(lines.back(), HasSubstr("too_large"));
}

TEST(CollectMelodies, CountsHeadersOfEmptyEntriesToo) {
  const TemporaryFolder folder;
  std::vector<ArchiveFile> files;
  for (int i = 0; i < 1000; ++i) files.push_back({std::to_string(i), {}});
  WriteArchive(folder / "bomb.tar.gz", files);
  const std::vector<std::string> lines = Collected({folder / "bomb.tar.gz"}, folder.path(), 2,
                                                   {.file_bytes = 100'000, .expansion = 20});
  EXPECT_LT(lines.size(), 1000U);
  EXPECT_EQ(lines.back(), "bomb.tar.gz too_large");
}

// A tar within .gz within .gz: each layer may grow a thousand times.
TEST(CollectMelodies, RefusesAnArchiveCompressedTwice) {
  EXPECT_THAT(Collected({kArchives + "twice.tar.gz"}, kArchives),
              ElementsAre("twice.tar.gz unreadable"));
}

// Its entries say that they are of 4 MiB each.
TEST(CollectMelodies, AnEntryTakesTheMemoryOfWhatItHolds) {
  Sources sources({kArchives + "claims_more.zip"});
  int entries = 0;
  for (SourceFile file; sources.Next(file); ++entries) {
    EXPECT_LE(file.bytes.capacity(), 64 << 10) << file.name;
  }
  EXPECT_GE(entries, 16);
}

// Such methods take as much memory as the file asks for.
TEST(CollectMelodies, RefusesTheRarerMethodsOfZip) {
  for (const std::string name : {"lzma_method.zip", "bzip2_method.zip"}) {
    EXPECT_THAT(Collected({kArchives + name}, kArchives),
                ElementsAre(name + ":a.mid unreadable", name + ":../../up.mid unreadable",
                            name + ":x/read me.txt unreadable"));
  }
}

TEST(CollectMelodies, PassesOverLinksInArchives) {
  EXPECT_THAT(
      Collected({kArchives + "links.tar.gz"}, kArchives),
      ElementsAre(HasSubstr(":a.mid"), HasSubstr(":../../up.mid"), HasSubstr("x/read me.txt")));
}

TEST(CollectMelodies, GoesThroughAFolderOnceInSpiteOfLinks) {
  const TemporaryFolder folder;
  Put(folder / "a/1.mid", MidiOf(Scale(7)));
  std::error_code error;
  fs::create_directory_symlink(folder.path(), folder / "a/loop", error);
  if (error) GTEST_SKIP() << "no links here";
  fs::create_symlink(folder / "nowhere", folder / "a/broken.mid");
  EXPECT_THAT(Collected({folder.path()}, folder.path()),
              ElementsAre("a/1.mid kept 1", "a/broken.mid unreadable"));
}

TEST(CollectMelodies, IsTheSameForAnyNumberOfThreads) {
  const TemporaryFolder folder;
  std::vector<ArchiveFile> files;
  for (int i = 0; i < 600; ++i) {
    Put(folder / (std::to_string(i) + ".mid"), MidiOf(Scale(5 + i % 5, 50 + i % 20)));
    files.push_back({std::to_string(i), MidiOf(Scale(4 + i % 7))});
  }
  WriteArchive(folder / "more.zip", files);
  const std::vector<std::string> one = Collected({folder.path()}, folder.path(), 1);
  EXPECT_EQ(one.size(), 1200U);
  EXPECT_EQ(Collected({folder.path()}, folder.path(), 4), one);
}

TEST(Sources, NamesAMissingPath) {
  EXPECT_EQ(ErrorOf([] { Sources{{"no/such/place"}}; }), "no/such/place: no such file or folder");
}

TEST(Sources, RefusesAnEmptyFolder) {
  const TemporaryFolder folder;
  EXPECT_THAT(ErrorOf([&] { Sources{{folder.path()}}; }), HasSubstr("no files in it"));
}

TEST(DisplayName, WritesBytesThatAreNoUtf8AsHex) {
  EXPECT_EQ(DisplayName("caf\xC3\xA9"), "caf\xC3\xA9");
  EXPECT_EQ(DisplayName("caf\xE9.mid"), "caf\\xE9.mid");
  EXPECT_EQ(DisplayName("a\nb"), "a\\x0Ab");
  EXPECT_EQ(DisplayName("\xED\xA0\x80"), "\\xED\\xA0\\x80");  // half of a surrogate pair
  EXPECT_EQ(DisplayName("\xC0\xAF"), "\\xC0\\xAF");           // an overlong slash
}

TEST(DisplayName, CutsVeryLongNames) {
  EXPECT_EQ(DisplayName(std::string(4000, 'a')), std::string(4000, 'a'));
  EXPECT_EQ(DisplayName(std::string(1'000'000, 'a')), std::string(4097, 'a') + "...");
}

TEST(FindScoreFormat, GoesByExtensionAndThenByContent) {
  const Bytes midi = {'M', 'T', 'h', 'd'};
  EXPECT_NE(FindScoreFormat("A.MID", {}), nullptr);
  EXPECT_NE(FindScoreFormat("a.b/c", midi), nullptr);
  EXPECT_EQ(FindScoreFormat("a.mid/c", {}), nullptr);
  EXPECT_EQ(FindScoreFormat("a.txt", {}), nullptr);
}

}  // namespace
}  // namespace rltuner
