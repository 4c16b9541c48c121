// SPDX-License-Identifier: Apache-2.0
// The command dataset on a dirty collection (tools/dirty_collection), stopped and gone on with.
#include "rltuner/melody/dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <thread>

#include "cli/run_command.h"
#include "rltuner/core/files.h"
#include "rltuner/melody/journal.h"
#include "test_support.h"

#if __has_include(<sys/wait.h>) && __has_include(<unistd.h>)
#define RLTUNER_CAN_FORK 1
#include <sys/wait.h>
#include <unistd.h>
#endif

namespace rltuner::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

constexpr int kFiles = 300;

class DatasetTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = new TemporaryFolder;
    const std::string command = "python3 " RLTUNER_SOURCE_DIR "/tools/dirty_collection " +
                                Collection() + " --files " + std::to_string(kFiles) +
                                " --seed 5 --broken 0.2 > /dev/null";
    made_ = std::system(command.c_str()) == 0;
  }
  static void TearDownTestSuite() { delete folder_; }

  void SetUp() override {
    if (!made_) GTEST_SKIP() << "needs python3";
  }

  static std::string Collection() { return (*folder_ / "collection").string(); }
  static fs::path Output(const std::string& name) { return *folder_ / (name + ".safetensors"); }
  static fs::path Report(const std::string& name) { return *folder_ / (name + ".csv"); }
  static fs::path Journal(const std::string& name) { return Output(name).string() + ".journal"; }

  static Outcome Run(const std::string& name, const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {
        "dataset",  Collection(),          "--output", Output(name).string(),
        "--report", Report(name).string(), "--metres", "4/4,3/4,2/2"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return RunWith(arguments);
  }

  static void ExpectSameBytes(const std::string& a, const std::string& b) {
    EXPECT_EQ(ReadFile(Output(a)), ReadFile(Output(b)));
    EXPECT_EQ(ReadTextFile(Report(a)), ReadTextFile(Report(b)));
  }

  static inline TemporaryFolder* folder_ = nullptr;
  static inline bool made_ = false;
};

TEST_F(DatasetTest, ReportHasALineForEveryFileAndAddsUpToTheDataset) {
  const Outcome outcome = Run("whole");
  ASSERT_EQ(outcome.code, kDone) << outcome.err;
  std::istringstream report(ReadTextFile(Report("whole")));
  std::string line;
  std::getline(report, line);
  EXPECT_EQ(line, "file,melodies,refused,reason,place,detail");
  int files = 0;
  std::size_t melodies = 0;
  while (std::getline(report, line)) {
    ++files;
    const std::size_t name_end = line.front() == '"' ? line.find("\",") + 1 : line.find(',');
    melodies += std::stoul(line.substr(name_end + 1));
  }
  EXPECT_EQ(files, kFiles);
  EXPECT_EQ(melodies, Dataset(Output("whole")).size());
  EXPECT_FALSE(fs::exists(Journal("whole")));
}

TEST_F(DatasetTest, IsTheSameForAnyNumberOfThreads) {
  ASSERT_EQ(Run("one", {"--threads", "1"}).code, kDone);
  ASSERT_EQ(Run("three", {"--threads", "3"}).code, kDone);
  ExpectSameBytes("one", "three");
}

TEST_F(DatasetTest, SaysWherePickupsAreHidden) {
  const std::string note = "pickups were not looked for";
  EXPECT_THAT(Run("hidden").err, HasSubstr(note));
  EXPECT_THAT(Run("hidden", {"--inputs", "all"}).err, testing::Not(HasSubstr(note)));
  EXPECT_THAT(Run("hidden", {"--metres", "any"}).err, testing::Not(HasSubstr(note)));
  EXPECT_THAT(Run("paper", {"--metres", "4/4,2/4,2/2"}).err, testing::Not(HasSubstr(note)));
}

TEST_F(DatasetTest, ResumeWithoutAnEarlierRunBeginsAtTheStart) {
  ASSERT_EQ(Run("fresh").code, kDone);
  ASSERT_EQ(Run("resumed", {"--resume"}).code, kDone);
  ExpectSameBytes("fresh", "resumed");
}

TEST_F(DatasetTest, PassesOverWhatItWritesItself) {
  const TemporaryFolder folder;
  fs::copy(RLTUNER_TEST_DATA "/midi/tricky", folder.path());
  const auto run = [&] {
    return RunWith({"dataset", folder.path().string(), "--output", (folder / "out").string(),
                    "--report", (folder / "report.csv").string(), "--minimum-bars", "0",
                    "--minimum-unique-pitches", "1", "--resume"});
  };
  ASSERT_EQ(run().code, kDone);
  const std::string report = ReadTextFile(folder / "report.csv");
  ASSERT_EQ(run().code, kDone);
  EXPECT_EQ(ReadTextFile(folder / "report.csv"), report);
}

TEST_F(DatasetTest, RefusesToGoOnWithOtherOptions) {
  {
    std::vector<std::string> warnings;
    CollectionJournal(Journal("other"), "[extraction]\n", false, &warnings).Flush();
  }
  const Outcome outcome = Run("other", {"--resume"});
  EXPECT_EQ(outcome.code, kWrongInput);
  EXPECT_THAT(outcome.err, HasSubstr("of another run"));
}

#ifdef RLTUNER_CAN_FORK
// Runs the command in a process of its own and sends `signal` once the journal has so many bytes.
// Returns the exit code, or -1 if the signal ended it.
int RunAndStop(const std::function<Outcome()>& run, const fs::path& journal, std::uintmax_t bytes,
               int signal) {
  const pid_t child = fork();
  if (child == 0) std::_Exit(run().code);
  int status = 0;
  while (waitpid(child, &status, WNOHANG) == 0) {
    std::error_code error;
    const std::uintmax_t size = fs::file_size(journal, error);
    if (!error && size >= bytes) {
      kill(child, signal);
      waitpid(child, &status, 0);
      break;
    }
    std::this_thread::sleep_for(std::chrono::microseconds(200));
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(DatasetTest, StoppedAtRandomMomentsItEndsWithTheSameBytes) {
  ASSERT_EQ(Run("reference").code, kDone);
  const unsigned seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  std::uintmax_t reached = 0;
  for (int stop = 0; stop < 12; ++stop) {
    const int signal = random() % 3 == 0 ? SIGINT : SIGKILL;
    const int code = RunAndStop(
        [] {
          return Run("stopped", {"--resume", "--threads", "2"});
        },
        Journal("stopped"), reached + random() % 20'000, signal);
    EXPECT_THAT(code, testing::AnyOf(-1, kDone, kInterrupted));
    std::error_code error;
    reached = fs::exists(Journal("stopped")) ? fs::file_size(Journal("stopped"), error) : 0;
  }
  ASSERT_EQ(Run("stopped", {"--resume"}).code, kDone);
  ExpectSameBytes("reference", "stopped");
  EXPECT_FALSE(fs::exists(Journal("stopped")));
}
#endif

}  // namespace
}  // namespace rltuner::cli
