// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>

#include "melody/score_of.h"
#include "rltuner/core/files.h"
#include "rltuner/melody/dataset.h"
#include "rltuner/midi/writer.h"
#include "test_support.h"

namespace rltuner {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

const std::string kReported = RLTUNER_TEST_DATA "/midi/reported/";

class DatasetBuilderTest : public testing::Test {
 protected:
  void Put(const std::string& name, const midi::Score& score) const {
    fs::create_directories((folder_ / name).parent_path());
    WriteFileAtomically(folder_ / name, midi::Write(score));
  }

  DatasetSummary Build(const std::vector<fs::path>& paths, DatasetOptions options = {},
                       const DatasetCallbacks& callbacks = {}) const {
    options.report = report_;
    return BuildDataset(paths, output_, options, callbacks);
  }
  DatasetSummary BuildReported(const std::string& name, const DatasetOptions& options = {}) const {
    return Build({kReported + name}, options);
  }

  // Of the dataset that was built, as in score_of.h.
  std::string EventsOf(std::size_t i) const {
    const Dataset dataset(output_);
    return Shown({dataset.Melody(i).begin(), dataset.Melody(i).end()});
  }

  static std::vector<std::string> Lines(const fs::path& path) {
    std::istringstream text(ReadTextFile(path));
    std::vector<std::string> lines;
    for (std::string line; std::getline(text, line);) lines.push_back(line);
    return lines;
  }

  TemporaryFolder folder_;
  fs::path output_ = folder_ / "out.safetensors", report_ = folder_ / "report.csv";
  fs::path melodies_ = folder_ / "report.melodies.csv";
};

constexpr const char* kFirstBars = "60 . . . 64 . . . 62 . . . 65 . . . 67 . . . 64 . . .";

TEST_F(DatasetBuilderTest, ReadsAKeySignatureOfUnknownMode) {
  BuildReported("key_mode_255.mid");
  EXPECT_THAT(EventsOf(0), testing::StartsWith(kFirstBars));
}

TEST_F(DatasetBuilderTest, CountsASignatureThatTheNotesContradict) {
  const DatasetSummary summary = BuildReported("key_c_but_e_major.mid");
  EXPECT_THAT(EventsOf(0), testing::StartsWith(kFirstBars));
  EXPECT_EQ(summary.keys[static_cast<std::size_t>(KeySource::kContradicted)], 1);
  EXPECT_THAT(Lines(report_).at(1), HasSubstr("contradicted"));
}

TEST_F(DatasetBuilderTest, IgnoresTemposThatJitter) {
  EXPECT_EQ(BuildReported("tempo_jitter_1us.mid").melodies, 1);
  EXPECT_EQ(Dataset(output_).Melody(0).size(), 128U);
}

TEST_F(DatasetBuilderTest, KeepsAPickup) {
  BuildReported("pickup_musescore.mid");
  EXPECT_THAT(EventsOf(0), testing::StartsWith(std::string("67 . . . ") + kFirstBars));
}

// Its bars would otherwise begin an eighth too early, and the rules would hear syncopations.
TEST_F(DatasetBuilderTest, FindsAPickupWhateverMetresAreAcceptedIfTheNetworkHearsBars) {
  Put("jig.mid", Jig());
  const auto pickup = [&](const std::string& metres, const std::string& inputs) {
    DatasetOptions options;
    options.extraction.metres = metres;
    options.inputs = inputs;
    Build({folder_ / "jig.mid"}, options);
    return Dataset(output_).Context(0).pickup;
  };
  EXPECT_EQ(pickup("any", "event"), 2);
  EXPECT_EQ(pickup("any", "all"), 2);
  EXPECT_EQ(pickup("6/8", "all"), 2);
  EXPECT_EQ(pickup("6/8", "event"), 0);  // the paper's way
}

TEST_F(DatasetBuilderTest, ReportsWhatAGridLosesOfTriplets) {
  BuildReported("sixteenth_triplets.mid");
  EXPECT_THAT(Lines(report_).at(1),
              HasSubstr(",1,0,,,\"64 of 192 notes lost to quantization (--steps-per-quarter 12"));
  DatasetOptions finer;
  finer.extraction.steps_per_quarter = 12;
  EXPECT_EQ(BuildReported("sixteenth_triplets.mid", finer).quantization.merged_notes, 0);
}

TEST_F(DatasetBuilderTest, ReportsTheGridErrorOfWhatWasPlayedLive) {
  EXPECT_THAT(ErrorOf([&] { BuildReported("played_live.mid"); }), HasSubstr("off_grid 1"));
  EXPECT_THAT(Lines(report_).at(1), HasSubstr(",0,1,off_grid,"));
  DatasetOptions options;
  options.extraction.maximum_grid_error = .5;
  EXPECT_EQ(BuildReported("played_live.mid", options).off_grid, 1);
  EXPECT_THAT(Lines(melodies_).at(1), HasSubstr(",0.247,0,"));
}

TEST_F(DatasetBuilderTest, KeepsAllBarsOfALongMelody) {
  const DatasetSummary summary = BuildReported("seventy_bars.mid");
  EXPECT_EQ(summary.parts, 3);
  EXPECT_EQ(summary.events[0] + summary.events[1] + summary.events[2], 70 * 16);
  EXPECT_THAT(Lines(report_).at(1), HasSubstr("3 melodies cut from longer pieces"));
}

TEST_F(DatasetBuilderTest, HasALineForEveryFileAndOneForEveryMelody) {
  Put("in/a.mid", ScoreOf(Scale(7) + Scale(8, 60, 0, 1)));
  Put("in/b.mid", ScoreOf(Scale(3)));
  WriteFileAtomically(folder_ / "in/c.txt", std::string_view("text"));
  EXPECT_EQ(Build({folder_ / "in"}).melodies, 2);
  EXPECT_THAT(Lines(report_), SizeIs(1 + 3));
  EXPECT_THAT(Lines(melodies_), SizeIs(1 + 2));
}

TEST_F(DatasetBuilderTest, SaysWhatAMelodyIsADuplicateOf) {
  Put("in/a.mid", ScoreOf(Scale(7, 60, 0, 1)));
  Put("in/b.mid", ScoreOf(Scale(7)));
  EXPECT_EQ(Build({folder_ / "in"}).melodies, 1);
  EXPECT_THAT(Lines(report_).at(2),
              HasSubstr("duplicate,\"track 0, bar 1\",\"the same as " +
                        (folder_ / "in/a.mid").string() + ", track 1, bar 1\""));
}

TEST_F(DatasetBuilderTest, CountsOnlyTheNotesOfTheDataset) {
  // Two equal melodies with a lower note under each, and a short one with another.
  const std::vector<midi::Note> low = {NoteAt(0, 4, 40)};
  Put("in/a.mid", ScoreOf(Scale(7) + low));
  Put("in/b.mid", ScoreOf(Scale(7) + low));
  Put("in/c.mid", ScoreOf(Scale(2) + low));
  EXPECT_EQ(Build({folder_ / "in"}).quantization.dropped_notes, 1);
}

TEST_F(DatasetBuilderTest, GivesEveryMelodyANameOfItsOwn) {
  ExtractionOptions lenient = Lenient();
  DatasetOptions options;
  options.extraction = lenient;
  // Of one track and bar: two channels, and two pieces of one channel, parted by a tempo.
  midi::Score score =
      ScoreOf({NoteAt(0, 2, 60), NoteAt(8, 2, 62), NoteAt(0, 2, 64, 0, 1), NoteAt(8, 2, 65, 0, 1)});
  score.tempos = {{0, 500'000, 0}, {8 * kTicksPerStep, 400'000, 0}};
  Put("in/a.mid", score);
  EXPECT_EQ(Build({folder_ / "in"}, options).melodies, 4);
  const Dataset dataset(output_);
  std::set<std::string> names;
  for (std::size_t i = 0; i < dataset.size(); ++i) names.insert(std::string(dataset.Name(i)));
  EXPECT_THAT(names, SizeIs(4));
}

TEST_F(DatasetBuilderTest, HandsOutItsRowsAsStructs) {
  Put("in/a.mid", ScoreOf(Scale(7)));
  Put("in/b.mid", ScoreOf(Scale(3)));
  std::vector<std::string> rows;
  DatasetCallbacks callbacks;
  callbacks.file = [&](const FileReport& file) {
    rows.push_back(file.outcome.name + " " + std::to_string(file.kept.size()));
  };
  Build({folder_ / "in"}, {}, callbacks);
  EXPECT_THAT(rows, ElementsAre((folder_ / "in/a.mid").string() + " 1",
                                (folder_ / "in/b.mid").string() + " 0"));
}

// What is finished is saved, as another reading of an ABC file takes as long as the first one.
TEST_F(DatasetBuilderTest, StopsWhenToldToAndResumes) {
  for (const char* name : {"in/a.mid", "in/b.mid", "in/c.mid"}) {
    Put(name, ScoreOf(Scale(7 + name[3] - 'a')));
  }
  Build({folder_ / "in"});
  const std::vector<std::uint8_t> whole = ReadFile(output_);
  const std::string report = ReadTextFile(melodies_);
  fs::remove(output_);
  DatasetCallbacks stop;
  stop.progress = [](std::int64_t /*begun*/, std::int64_t /*total*/) { return false; };
  EXPECT_TRUE(Build({folder_ / "in"}, {}, stop).stopped);
  EXPECT_FALSE(fs::exists(output_));
  DatasetOptions resume;
  resume.resume = true;
  EXPECT_EQ(Build({folder_ / "in"}, resume).resumed, 3);
  EXPECT_EQ(ReadFile(output_), whole);
  EXPECT_EQ(ReadTextFile(melodies_), report);
}

TEST_F(DatasetBuilderTest, RefusesToWriteOverWhatItReads) {
  Put("a.mid", ScoreOf(Scale(7)));
  EXPECT_THAT(ErrorOf([&] { BuildDataset({folder_ / "a.mid"}, folder_ / "a.mid", {}); }),
              HasSubstr("also another file"));
}

TEST_F(DatasetBuilderTest, RefusesAReportOfTheDatasetsName) {
  Put("a.mid", ScoreOf(Scale(7)));
  for (const char* name : {"d", "d.journal"}) {
    EXPECT_THAT(ErrorOf([&] {
                  BuildDataset({folder_ / "a.mid"}, folder_ / "d", {.report = folder_ / name});
                }),
                HasSubstr("also another file"));
  }
}

TEST_F(DatasetBuilderTest, NamesTheOptionThatJoinsWhatWasTooShort) {
  midi::Score score = ScoreOf(Scale(12));
  score.tempos = {{0, 500'000, 0}, {96 * kTicksPerStep, 400'000, 0}};
  Put("in/a.mid", score);
  EXPECT_THAT(ErrorOf([&] { Build({folder_ / "in"}); }),
              HasSubstr("too_short 2 (2 at changes of tempo: --no-split-at-tempo-changes"));
}

TEST_F(DatasetBuilderTest, NamesAnOptionThatAProgramSetsBeyondItsRange) {
  Put("in/a.mid", ScoreOf(Scale(12)));
  DatasetOptions options;
  options.threads = 0;
  BuildDataset({folder_ / "in"}, folder_ / "d", options, {});
  options.extraction.steps_per_quarter = 0;
  EXPECT_THAT(ErrorOf([&] { BuildDataset({folder_ / "in"}, folder_ / "d", options, {}); }),
              HasSubstr("steps_per_quarter is 0, expected"));
}

TEST(ReportOfMelodies, StandsBesideTheReport) {
  EXPECT_EQ(ReportOfMelodies("a/my.csv"), "a/my.melodies.csv");
  EXPECT_EQ(ReportOfMelodies("a/my.report"), "a/my.report.melodies.csv");
}

}  // namespace
}  // namespace rltuner
