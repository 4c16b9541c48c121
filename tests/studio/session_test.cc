// SPDX-License-Identifier: Apache-2.0
#include "rltuner/studio/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <utility>

#include "rltuner/core/files.h"
#include "studio/studio_fixtures.h"

namespace rltuner::studio {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

Json Start(std::int64_t iterations) { return {{"action", "start"}, {"iterations", iterations}}; }
const Json kEndless = Start(1'000'000'000);
const Json kPause = {{"action", "pause"}};

class SessionTest : public testing::Test {
 protected:
  const TemporaryFolder folder_;
};

TEST_F(SessionTest, BeginsIdleAtTheNoteRnn) {
  const QuickSession quick(folder_.path());
  EXPECT_EQ(quick.Status(), "idle");
  EXPECT_TRUE(SameWeights(quick.session.Current().model.network, RandomNetwork(1)));
  EXPECT_THAT(quick.warnings, IsEmpty());
}

TEST_F(SessionTest, ARunLearnsAndFinishes) {
  QuickSession quick(folder_.path());
  quick.session.ControlRun(Start(2000));
  quick.WaitFor("finished");
  const PlayableVersion end = quick.session.Current();
  EXPECT_GE(end.iteration.value(), 2000);
  EXPECT_EQ(quick.session.RunJson().at("iterations"), end.iteration.value());
  EXPECT_FALSE(SameWeights(end.model.network, RandomNetwork(1)));
  EXPECT_TRUE(SameWeights(end.model.note_rnn(), RandomNetwork(1)));
}

TEST_F(SessionTest, TellsOfProgressAndMelodiesOnTheWay) {
  QuickSession quick(folder_.path());
  quick.session.ControlRun(kEndless);
  quick.Hear("progress");
  EXPECT_THAT(quick.heard, HasSubstr("\"iteration\":0"));
  EXPECT_THAT(quick.heard, HasSubstr("\"reset\":true"));
  quick.Hear("melody");
  quick.Hear("melody");
  const std::size_t data = quick.heard.rfind("event: melody\ndata: ") + 20;
  const Json melody =
      Json::parse(quick.heard.substr(data, quick.heard.find('\n', data) - data)).at("melody");
  EXPECT_EQ(melody.at("model"), "current");
  EXPECT_EQ(melody.at("events"), LongJson(quick.melodies.Get(melody.at("id"))).at("events"));
}

TEST_F(SessionTest, PauseStopsAndResumeGoesOn) {
  QuickSession quick(folder_.path());
  quick.session.ControlRun(kEndless);
  quick.Hear("melody");
  quick.session.ControlRun(kPause);
  EXPECT_EQ(quick.Status(), "paused");
  const std::int64_t paused = quick.session.Current().iteration.value();
  quick.session.ControlRun({{"action", "resume"}, {"iterations", 1000}});
  quick.WaitFor("finished");
  EXPECT_GE(quick.session.Current().iteration.value(), paused + 1000);
}

TEST_F(SessionTest, ResetReturnsToTheNoteRnn) {
  QuickSession quick(folder_.path());
  quick.session.ControlRun(Start(1000));
  quick.WaitFor("finished");
  quick.session.ControlRun({{"action", "reset"}});
  EXPECT_EQ(quick.Status(), "idle");
  EXPECT_TRUE(SameWeights(quick.session.Current().model.network, RandomNetwork(1)));
  EXPECT_TRUE(quick.session.State().at("progress").empty());
}

TEST_F(SessionTest, AChangedWeightExtendsARunThatIsNearItsEnd) {
  QuickSession quick(folder_.path());
  quick.session.ControlRun(Start(1000));
  quick.WaitFor("finished");
  quick.session.ChangeControls({{"weights", {{"leap", 1.25}}}, {"learn", true}});
  EXPECT_EQ(quick.Status(), "running");
  const Json run = quick.session.RunJson();
  EXPECT_GE(run.at("iterations").get<std::int64_t>(), 1000 + kIterationsToHear);
  EXPECT_EQ(quick.session.Controls().at("weights").at("leap"), 1.25);
}

TEST_F(SessionTest, AnotherMethodBeginsAnew) {
  QuickSession quick(folder_.path());
  quick.session.ControlRun(kEndless);
  quick.Hear("melody");
  quick.session.ChangeControls({{"method", "q"}});
  EXPECT_EQ(quick.Status(), "running");
  quick.session.ControlRun(kPause);
  quick.Hear("run");
  EXPECT_TRUE(quick.session.State().at("run").at("method") == "q");
}

TEST_F(SessionTest, AWrongRequestChangesNothing) {
  QuickSession quick(folder_.path());
  const Json before = quick.session.Controls();
  EXPECT_THAT(ErrorOf([&] {
                quick.session.ChangeControls({{"c", 1.0}, {"weights", {{"nope", 1.0}}}});
              }),
              HasSubstr("no rule \"nope\""));
  EXPECT_THAT(ErrorOf([&] {
                quick.session.ChangeControls({{"c", 1000.0}});
              }),
              HasSubstr("1.35 .. 20"));
  EXPECT_THAT(ErrorOf([&] {
                quick.session.ChangeControls({{"colour", 1}});
              }),
              HasSubstr("unknown"));
  EXPECT_THAT(ErrorOf([&] {
                quick.session.ControlRun({{"action", "jump"}});
              }),
              HasSubstr("expected start"));
  EXPECT_EQ(quick.session.Controls(), before);
}

TEST_F(SessionTest, AServerThatEndsInTheMiddleOfARunGoesOnWithIt) {
  std::int64_t before = 0;
  {
    QuickSession quick(folder_.path());
    quick.session.ChangeControls({{"c", 2.5}, {"temperature", 0.75}});
    quick.session.ControlRun(kEndless);
    quick.Hear("melody");
    before = quick.session.Current().iteration.value();
  }
  QuickSession again(folder_.path());
  EXPECT_THAT(again.warnings, IsEmpty());
  EXPECT_EQ(again.Status(), "running");
  EXPECT_GE(again.session.Current().iteration.value(), before);
  EXPECT_EQ(again.session.Controls().at("c"), 2.5);
  EXPECT_EQ(again.session.Controls().at("temperature"), 0.75);
  EXPECT_FALSE(again.session.State().at("progress").empty());
  again.Hear("melody");
  EXPECT_GT(again.session.Current().iteration.value(), before);
}

TEST_F(SessionTest, APausedRunIsFoundAsItWas) {
  std::optional<Network> paused;
  {
    QuickSession quick(folder_.path());
    quick.session.ControlRun(kEndless);
    quick.Hear("melody");
    quick.session.ControlRun(kPause);
  }
  {
    QuickSession again(folder_.path());
    EXPECT_EQ(again.Status(), "paused");
    paused = again.session.Current().model.network;
  }
  const QuickSession once_more(folder_.path());
  EXPECT_TRUE(SameWeights(once_more.session.Current().model.network, *paused));
}

// Stands where the checkpoints' folder should be, so that nothing can be written there.
class FullDisk {
 public:
  explicit FullDisk(const TemporaryFolder& folder) : run_(folder / "run") {
    std::filesystem::rename(run_, folder / "before");
    WriteFileAtomically(run_, std::string_view("full"));
  }
  // From then on the session may make the folder anew at any moment.
  void Free() const { std::filesystem::remove(run_); }

 private:
  std::filesystem::path run_;
};

TEST_F(SessionTest, ARunThatCouldNotBeSavedAtItsPauseIsSavedLater) {
  std::int64_t paused = 0;
  {
    QuickSession quick(folder_.path());
    quick.session.ControlRun(Start(1000));
    quick.WaitFor("finished");
    ASSERT_TRUE(
        Eventually([&] { return std::filesystem::exists(folder_ / "run/newest.safetensors"); }));
    const FullDisk disk(folder_);
    quick.session.ControlRun(kEndless);
    quick.Hear("melody");
    quick.session.ControlRun(kPause);
    paused = quick.session.Current().iteration.value();
    ASSERT_TRUE(Eventually([&] { return quick.session.RunJson().at("error") != ""; }));
    EXPECT_THAT(quick.session.RunJson().at("error").get<std::string>(), HasSubstr("not saved"));
    EXPECT_EQ(quick.Status(), "paused");
    disk.Free();
    ASSERT_TRUE(Eventually([&] { return quick.session.RunJson().at("error") == ""; }));
  }
  const QuickSession again(folder_.path());
  EXPECT_EQ(again.Status(), "paused");
  EXPECT_GE(again.session.Current().iteration.value(), paused);
  EXPECT_THAT(again.warnings, IsEmpty());
}

// Changes what a session has saved of its run.
void ChangeSavedRun(const TemporaryFolder& folder, const std::string& key, const Json& value) {
  const CheckpointFolder checkpoints(folder / "run", "studio");
  std::vector<std::string> warnings;
  const SafetensorsFile file = *checkpoints.Load(&warnings);
  Json run = Json::parse(file.metadata().at("run"));
  run[key] = value;
  std::vector<Tensor> tensors;
  for (const auto& [name, tensor] : file.tensors()) tensors.push_back(tensor);
  checkpoints.Save(tensors, {{"run", run.dump()}});
}

TEST_F(SessionTest, ARunThatCannotBeReadLeavesAWorkingSession) {
  const std::pair<const char*, Json> damages[] = {{"from_version", "nine"},
                                                  {"rows", 7},
                                                  {"status", "flying"},
                                                  {"note_rnn", {1}},
                                                  {"iterations", "many"}};
  for (const auto& [key, value] : damages) {
    SCOPED_TRACE(key);
    const TemporaryFolder folder;
    {
      QuickSession quick(folder.path());
      quick.session.ControlRun(kEndless);
      quick.Hear("melody");
    }
    ChangeSavedRun(folder, key, value);
    QuickSession again(folder.path());
    EXPECT_THAT(again.warnings, testing::ElementsAre(HasSubstr("is discarded")));
    EXPECT_EQ(again.Status(), "idle");
    EXPECT_TRUE(again.session.State().at("progress").empty());
    again.session.ControlRun(Start(1000));
    again.WaitFor("finished");
  }
}

TEST_F(SessionTest, AnErrorInTheThreadFailsTheRunAndKeepsTheServer) {
  QuickSession quick(folder_.path());
  TuningControls controls = quick.session.Current().controls;
  controls.method = "magic";
  const Model kept{
      .network = RandomNetwork(8), .prior = RandomNetwork(9), .method = "pg", .recipe = {}};
  quick.session.Adopt({{.id = 4, .iteration = 12345, .controls = controls}, kept});
  quick.WaitFor("failed");
  EXPECT_THAT(quick.session.RunJson().at("error").get<std::string>(), HasSubstr("magic"));
  EXPECT_TRUE(SameWeights(quick.session.Current().model.network, kept.network));
  quick.session.ChangeControls({{"method", "pg"}});
  quick.session.ControlRun(Start(1000));
  quick.WaitFor("finished");
  EXPECT_EQ(quick.session.RunJson().at("error"), "");
}

TEST_F(SessionTest, AFailedRunResumesFromTheWeightsBeforeTheError) {
  QuickSession quick(folder_.path());
  TuningControls controls = quick.session.Current().controls;
  controls.method = "magic";
  const Model kept{
      .network = RandomNetwork(8), .prior = RandomNetwork(9), .method = "pg", .recipe = {}};
  quick.session.Adopt({{.id = 4, .iteration = 12345, .controls = controls}, kept});
  quick.WaitFor("failed");
  quick.session.ControlRun({{"action", "resume"}});
  quick.Hear("run");
  quick.WaitFor("failed");
  EXPECT_EQ(quick.session.Current().iteration.value(), 12345);
  EXPECT_TRUE(SameWeights(quick.session.Current().model.network, kept.network));
}

TEST_F(SessionTest, AModelWhoseNetworksDifferInSizeIsNotTakenUp) {
  QuickSession quick(folder_.path());
  Random random(3);
  const Model odd{
      .network = RandomNetwork(8),
      .prior = Network::Random({.vocabulary = kVocabulary, .hidden = 7, .layers = 1}, random),
      .method = "pg",
      .recipe = {}};
  EXPECT_THAT(ErrorOf([&] { quick.session.Adopt({{.id = 4}, odd}); }), HasSubstr("differ in size"));
  EXPECT_EQ(quick.Status(), "idle");
}

TEST_F(SessionTest, AnotherRecipeBeginsAnew) {
  QuickSession quick(folder_.path());
  quick.session.ControlRun(Start(1000));
  quick.WaitFor("finished");
  quick.session.ChangeControls({{"recipe", "balanced"}});
  EXPECT_EQ(quick.Status(), "idle");
  EXPECT_EQ(quick.session.Controls().at("recipe"), "balanced");
  EXPECT_TRUE(SameWeights(quick.session.Current().model.network, RandomNetwork(1)));
}

TEST_F(SessionTest, ARunInAnotherEncodingAndMetreGoesOnAfterARestart) {
  std::optional<Network> paused;
  {
    QuickSession quick(folder_.path(), "folk", HearingNetwork(1), HearingEncoding());
    quick.session.ChangeControls({{"preset", "coming-home"}, {"metre", "6/8"}});
    quick.session.ControlRun(Start(1000));
    quick.WaitFor("finished");
    quick.session.ChangeControls({{"weights", {{"metre", 3.0}}}, {"learn", true}});
    quick.Hear("melody");
    quick.session.ControlRun(kPause);
  }
  EXPECT_EQ(SavedModelIn(folder_.path()), "folk");
  {
    const QuickSession again(folder_.path(), "folk", HearingNetwork(1), HearingEncoding());
    EXPECT_THAT(again.warnings, IsEmpty());
    EXPECT_EQ(again.Status(), "paused");
    EXPECT_EQ(again.session.Controls().at("metre"), "6/8");
    paused = again.session.Current().model.network;
  }
  const QuickSession once_more(folder_.path(), "folk", HearingNetwork(1), HearingEncoding());
  EXPECT_TRUE(SameWeights(once_more.session.Current().model.network, *paused));
}

TEST_F(SessionTest, AnotherNoteRnnForgetsTheRunAndSaysSo) {
  {
    QuickSession quick(folder_.path());
    quick.session.ControlRun(Start(1000));
    quick.WaitFor("finished");
  }
  const QuickSession other(folder_.path(), "other.safetensors", RandomNetwork(5));
  EXPECT_EQ(other.Status(), "idle");
  EXPECT_THAT(other.warnings, testing::ElementsAre(HasSubstr("is discarded")));
}

TEST_F(SessionTest, ANoteRnnThatHasMovedGoesOnWithItsRun) {
  {
    QuickSession quick(folder_.path());
    quick.session.ControlRun(Start(1000));
    quick.WaitFor("finished");
  }
  const QuickSession moved(folder_.path(), "elsewhere/small.safetensors");
  EXPECT_EQ(moved.Status(), "finished");
  EXPECT_THAT(moved.warnings, testing::IsEmpty());
}

TEST_F(SessionTest, SlidersInAMetreThatTheModelDoesNotHearAreNotTaken) {
  TuningControls controls = ControlsOf(QuickRecipes().front());
  controls.metre = Metre{3, 4};
  WriteFileAtomically(folder_.path() / "shape.json",
                      ToText(SaveControls(controls, QuickRecipes())));
  const QuickSession quick(folder_.path());
  EXPECT_EQ(quick.session.Controls().at("metre"), "4/4");
  EXPECT_THAT(quick.warnings, testing::ElementsAre(HasSubstr("does not play in 3/4")));
}

TEST_F(SessionTest, AVersionIsLearntOnWithARecipeOfItsMethod) {
  QuickSession quick(folder_.path());
  quick.session.ChangeControls({{"recipe", "song"}});
  const Model kept{
      .network = RandomNetwork(8), .prior = RandomNetwork(9), .method = "pg", .recipe = {}};
  TuningControls controls = quick.session.Current().controls;
  controls.method = "pg";
  quick.session.Adopt({{.id = 4, .iteration = 1, .controls = controls}, kept});
  EXPECT_EQ(quick.session.Controls().at("recipe"), "default");
}

TEST_F(SessionTest, AVersionThatIsTakenUpIsLearntOnFrom) {
  QuickSession quick(folder_.path());
  const Model kept{
      .network = RandomNetwork(8), .prior = RandomNetwork(9), .method = "pg", .recipe = {}};
  TuningControls controls = quick.session.Current().controls;
  controls.c = 3;
  quick.session.Adopt({{.id = 4, .iteration = 12345, .controls = controls}, kept});
  EXPECT_EQ(quick.Status(), "paused");
  EXPECT_EQ(quick.session.RunJson().at("from_version"), 4);
  EXPECT_EQ(quick.session.Controls().at("c"), 3.0);
  EXPECT_TRUE(SameWeights(quick.session.Current().model.network, kept.network));
  quick.session.ControlRun({{"action", "resume"}, {"iterations", 1000}});
  quick.WaitFor("finished");
  const PlayableVersion end = quick.session.Current();
  EXPECT_GE(end.iteration.value(), 12345 + 1000);
  EXPECT_TRUE(SameWeights(end.model.note_rnn(), *kept.prior));
  EXPECT_FALSE(SameWeights(end.model.network, kept.network));
}

}  // namespace
}  // namespace rltuner::studio
