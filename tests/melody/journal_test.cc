// SPDX-License-Identifier: Apache-2.0
#include "rltuner/melody/journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "file_size_limit.h"
#include "rltuner/core/files.h"
#include "test_support.h"

namespace rltuner {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kSettings = "[extraction]\nminimum_bars = 7\n";

CollectedFile OutcomeOf(int number) {
  CollectedFile outcome;
  outcome.identity = {static_cast<std::uint64_t>(number), 7};
  outcome.name = "file \"" + std::to_string(number) + '"';
  outcome.score = number % 2 == 0;
  Extraction& extraction = outcome.extraction;
  outcome.warnings = 8;
  outcome.first_warning = "track 1, byte 3: odd";
  Melody melody;
  melody.events = {14, 1, 0, 37};
  melody.place = {number, 300};
  melody.channel = 15;
  melody.track_name = "Lead";
  melody.bars = 7;
  melody.context = {{6, 8}, 3, 2, Mode::kDorian, {{48, {9, 8}}}};
  melody.part = 2;
  melody.key = "Bb";
  melody.key_source = KeySource::kContradicted;
  melody.transposition = -10;
  melody.quantization = {1000, -.125, .5, 2, 3};
  melody.folded_notes = std::int64_t{1} << 40;
  melody.cut_notes = 6;
  Melody shortest;
  shortest.events = {2};
  extraction.melodies = {melody, shortest};
  Reject(extraction, {Refusal::kMetre, "3/4", {2, 9}});
  Reject(extraction, {Refusal::kMetre, "3/4", {3, 9}});
  Reject(extraction, {Refusal::kDamaged});
  extraction.too_short[1] = 9;
  return outcome;
}

std::string BytesOf(const CollectedFile& outcome) {
  std::string bytes;
  AppendOutcome(outcome, &bytes);
  return bytes;
}

class JournalTest : public testing::Test {
 protected:
  CollectionJournal Open(bool resume, const std::string& settings = kSettings) {
    warnings_.clear();
    return {path_, settings, resume, &warnings_};
  }

  // The identities of this run's outcomes; each must be as it was written.
  static std::vector<std::uint64_t> Numbers(CollectionJournal& journal) {
    std::vector<std::uint64_t> numbers;
    journal.ForEach([&](const CollectedFile& outcome) {
      numbers.push_back(outcome.identity.low);
      EXPECT_EQ(BytesOf(outcome), BytesOf(OutcomeOf(static_cast<int>(outcome.identity.low))));
    });
    return numbers;
  }

  // As CollectMelodies does it: of a known file there is nothing but its identity.
  static void Add(CollectionJournal& journal, int number) {
    CollectedFile outcome;
    outcome.identity = OutcomeOf(number).identity;
    outcome.known = journal.Has(outcome.identity);
    if (!outcome.known) outcome = OutcomeOf(number);
    journal.Add(outcome);
    EXPECT_EQ(BytesOf(outcome), BytesOf(OutcomeOf(number)));
  }

  void WriteThree() {
    CollectionJournal journal = Open(false);
    for (int i = 0; i < 3; ++i) Add(journal, i);
    journal.Flush();
    whole_ = ReadTextFile(path_);
  }

  // Goes on from a file of these bytes with the first four outcomes.
  std::vector<std::uint64_t> GoOn(const std::string& bytes) {
    std::ofstream(path_, std::ios::binary) << bytes;
    CollectionJournal journal = Open(true);
    taken_up_ = journal.size();
    for (int i = 0; i < 4; ++i) Add(journal, i);
    return Numbers(journal);
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "journal";
  std::vector<std::string> warnings_;
  std::string whole_;
  std::size_t taken_up_ = 0;
};

TEST_F(JournalTest, GivesBackEveryField) {
  CollectionJournal journal = Open(false);
  for (int i : {3, 1, 2}) Add(journal, i);
  EXPECT_THAT(Numbers(journal), ElementsAre(3, 1, 2));
  EXPECT_THAT(Numbers(journal), ElementsAre(3, 1, 2));
}

TEST_F(JournalTest, GoesOnFromWhatIsThere) {
  WriteThree();
  EXPECT_THAT(GoOn(whole_), ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(taken_up_, 3U);
  EXPECT_THAT(warnings_, IsEmpty());
}

TEST_F(JournalTest, GivesOnlyThisRunsFilesInItsOrder) {
  WriteThree();
  CollectionJournal journal = Open(true);
  for (int i : {2, 5, 0}) Add(journal, i);
  EXPECT_THAT(Numbers(journal), ElementsAre(2, 5, 0));
}

TEST_F(JournalTest, BeginsAnewWithoutResume) {
  WriteThree();
  EXPECT_EQ(Open(false).size(), 0U);
  EXPECT_EQ(Open(true).size(), 0U);
}

TEST_F(JournalTest, CutAnywhereKeepsTheRecordsBefore) {
  WriteThree();
  std::size_t before = 0;
  for (std::size_t size = 0; size < whole_.size(); ++size) {
    SCOPED_TRACE(size);
    EXPECT_THAT(GoOn(whole_.substr(0, size)), ElementsAre(0, 1, 2, 3));
    EXPECT_GE(taken_up_, before);
    EXPECT_LE(taken_up_, 2U);
    before = taken_up_;
  }
}

TEST_F(JournalTest, AChangedByteCostsTheRecordsFromThereOnAndIsSaid) {
  WriteThree();
  const std::size_t settings_end = whole_.find("= 7\n") + 4;
  for (std::size_t place = settings_end; place < whole_.size(); ++place) {
    SCOPED_TRACE(place);
    std::string bytes = whole_;
    bytes[place] = static_cast<char>(bytes[place] ^ 0x10);
    EXPECT_THAT(GoOn(bytes), ElementsAre(0, 1, 2, 3));
    EXPECT_LE(taken_up_, 2U);
    EXPECT_THAT(warnings_, ElementsAre(HasSubstr("cut short or damaged from byte")));
  }
}

#ifdef RLTUNER_HAS_FILE_SIZE_LIMIT
TEST_F(JournalTest, LeavesNothingWhereThereIsNoRoomToBegin) {
  std::string message;
  {
    const FileSizeLimit limit(10);
    message = ErrorOf([&] { Open(false); });
  }
  EXPECT_EQ(message, "cannot write " + path_.string() + ": File too large");
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(JournalTest, ReadingWhatTheDiskHasNoRoomForSaysSo) {
  CollectionJournal journal = Open(false);
  const FileSizeLimit limit(100);
  Add(journal, 1);
  EXPECT_EQ(ErrorOf([&] { journal.Again(0); }),
            "cannot write " + path_.string() + ": File too large");
}
#endif

TEST_F(JournalTest, RefusesOtherSettingsAndNamesTheDifference) {
  WriteThree();
  EXPECT_THAT(ErrorOf([&] { Open(true, "[extraction]\nminimum_bars = 8\n"); }),
              HasSubstr("of another run: minimum_bars = 7 there, minimum_bars = 8 here"));
}

TEST(ParseOutcome, RefusesEveryCut) {
  const std::string bytes = BytesOf(OutcomeOf(1));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    CollectedFile outcome;
    EXPECT_FALSE(ParseOutcome(std::string_view(bytes).substr(0, size), &outcome)) << size;
  }
}

TEST(ParseOutcome, RefusesEventsThatDoNotExist) {
  CollectedFile outcome = OutcomeOf(1);
  outcome.extraction.melodies[0].events[0] = kMostClasses;
  CollectedFile read;
  EXPECT_FALSE(ParseOutcome(BytesOf(outcome), &read));
}

}  // namespace
}  // namespace rltuner
