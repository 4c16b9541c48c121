// SPDX-License-Identifier: Apache-2.0
#include "rltuner/studio/service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "rltuner/core/files.h"
#include "rltuner/midi/reader.h"
#include "studio/studio_fixtures.h"

namespace rltuner::studio {
namespace {

using testing::HasSubstr;

midi::Score ReadMidi(const std::string& bytes) {
  return midi::Read({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, "x");
}

class ServiceTest : public testing::Test {
 protected:
  ServiceReply Ask(const std::string& method, const std::string& path, const std::string& body = "",
                   const std::map<std::string, std::string>& query = {}) {
    return service_.Handle({.method = method, .path = path, .query = query, .body = body});
  }
  Json Get(const std::string& path) { return Json::parse(Ask("GET", path).body); }
  Json Post(const std::string& path, const Json& body = Json::object()) {
    const ServiceReply reply = Ask("POST", path, body.dump());
    EXPECT_LT(reply.status, 300) << reply.body;
    return Json::parse(reply.body);
  }

  TemporaryFolder folder_;
  Service service_{QuickService(folder_.path())};
};

TEST_F(ServiceTest, TheStateHasAllThatAPageNeeds) {
  const Json state = Get("/api/state");
  for (const char* key : {"program", "event_id", "note_rnn", "vocabulary", "limits", "defaults",
                          "methods", "explorations", "recipes", "rules", "presets", "shape", "run",
                          "progress", "warnings", "versions", "music", "playback"}) {
    EXPECT_TRUE(state.contains(key)) << key;
  }
  EXPECT_EQ(state.at("rules").size(), 22U);
  EXPECT_EQ(state.at("shape").at("preset"), "default");
  EXPECT_EQ(state.at("methods").size(), 6U);
}

TEST_F(ServiceTest, AMelodyComesWithRewardsAndBothModelsProbabilities) {
  const Json melody =
      Post("/api/melodies", {{"model", "note-rnn"}, {"length", 20}, {"seed", 3}}).at("melody");
  EXPECT_EQ(melody.at("events").size(), 20U);
  EXPECT_EQ(melody.at("rewards").size(), 9U);
  EXPECT_EQ(melody.at("rewards").at("key").size(), 20U);
  for (const char* who : {"note_rnn", "tuned"}) {
    const Json& rows = melody.at("probabilities").at(who);
    ASSERT_EQ(rows.size(), 20U);
    double sum = 0;
    for (const Json& p : rows.at(7)) sum += p.get<double>();
    EXPECT_NEAR(sum, 1, 1e-3);
  }
  EXPECT_EQ(Get("/api/melodies/1").at("melody"), melody);
}

TEST_F(ServiceTest, TheSameRequestIsTheSameMelodyAndNoSeedAnother) {
  const Json request = {{"seed", 11}, {"temperature", 0.8}, {"primer", {14, 1}}};
  EXPECT_EQ(Post("/api/melodies", request).at("melody").at("events"),
            Post("/api/melodies", request).at("melody").at("events"));
  EXPECT_NE(Post("/api/melodies").at("melody").at("events"),
            Post("/api/melodies").at("melody").at("events"));
}

TEST_F(ServiceTest, AMelodyCanBeHadAsFiles) {
  Post("/api/melodies", {{"primer", {14, 1, 16, 1}}, {"include_primer", true}});
  const ServiceReply midi = Ask("GET", "/api/melodies/1.mid", "", {{"tempo", "120"}});
  EXPECT_EQ(midi.download, "melody-1.mid");
  const midi::Score score = ReadMidi(midi.body);
  EXPECT_EQ(score.tempos.at(0).microseconds_per_quarter, 500'000);
  EXPECT_EQ(score.notes.at(0).pitch, 60);
  EXPECT_EQ(score.notes.at(1).pitch, 62);
  EXPECT_THAT(Ask("GET", "/api/melodies/1.musicxml").body, HasSubstr("<score-partwise"));
}

TEST_F(ServiceTest, AFileBeginsWithAsMuchOfThePrimerAsIsAskedFor) {
  const Json melody =
      Post("/api/melodies", {{"length", 1}, {"primer", {14, 16, 18, 19}}}).at("melody");
  const auto pitches = [&](const std::string& primer) {
    std::vector<int> list;
    for (const auto& note :
         ReadMidi(Ask("GET", "/api/melodies/1.mid", "", {{"primer", primer}}).body).notes) {
      list.push_back(note.pitch);
    }
    return list;
  };
  std::vector<int> last_two = {64, 65};
  std::vector<int> none;
  if (const int event = melody.at("events").at(0); event > 1) {
    last_two.push_back(event + 46);
    none.push_back(event + 46);
  }
  EXPECT_EQ(pitches("2"), last_two);
  EXPECT_THAT(Ask("GET", "/api/melodies/1.mid", "", {{"tmpo", "60"}}).body,
              HasSubstr("known: tempo, primer"));
  EXPECT_EQ(pitches("0"), none);
  EXPECT_EQ(Ask("GET", "/api/melodies/1.mid", "", {{"primer", "5"}}).status, 400);
  EXPECT_EQ(Ask("GET", "/api/melodies/1", "", {{"tempo", "120"}}).status, 400);
  EXPECT_THAT(Ask("GET", "/api/melodies/1.mid", "", {{"primer", "2.5"}}).body,
              HasSubstr("primer is 2.5; expected a whole number, 0 .. 4"));
  EXPECT_THAT(Ask("GET", "/api/state", "", {{"a", "1"}}).body, HasSubstr("known: none"));
}

TEST_F(ServiceTest, AFileHasItsBarLinesWhereTheMelodyHasThem) {
  Post("/api/melodies", {{"primer", {14, 16, 18}}});
  const auto metres = [&](const std::string& primer) {
    return ReadMidi(Ask("GET", "/api/melodies/1.mid", "", {{"primer", primer}}).body).metres;
  };
  EXPECT_EQ(metres("0").size(), 1U);
  ASSERT_EQ(metres("3").size(), 2U);
  EXPECT_EQ(metres("3")[1].tick, 3 * 120);
}

TEST_F(ServiceTest, ANameIsMeasuredInCharacters) {
  const auto status = [&](const std::string& character, int count) {
    std::string name;
    for (int i = 0; i < count; ++i) name += character;
    return Ask("POST", "/api/versions", Json{{"name", name}}.dump()).status;
  };
  EXPECT_EQ(status("a", 80), 201);
  EXPECT_EQ(status("a", 81), 400);
  EXPECT_EQ(status("\u266B", 80), 201);  // 3 bytes
  EXPECT_EQ(status("\u266B", 81), 400);
  EXPECT_EQ(status("\U0001F3B9", 80), 201);  // 4 bytes
  EXPECT_EQ(status("\U0001F3B9", 81), 400);
}

TEST_F(ServiceTest, AFileBecomesAPrimer) {
  Post("/api/melodies", {{"primer", {14, 1, 18, 1, 21, 1, 1, 1}}, {"include_primer", true}});
  const ServiceReply reply = Ask("POST", "/api/primer", Ask("GET", "/api/melodies/1.mid").body);
  ASSERT_EQ(reply.status, 200) << reply.body;
  const Json primer = Json::parse(reply.body).at("primer");
  EXPECT_EQ(primer.at("events").size(), primer.at("length"));
  EXPECT_EQ(Ask("POST", "/api/primer", "no music").status, 400);
  EXPECT_THAT(Ask("POST", "/api/primer", "X:1\nK:C\nCDEF|").body, HasSubstr("not a MIDI file"));
  EXPECT_EQ(Ask("POST", "/api/primer", "").status, 400);
}

TEST_F(ServiceTest, AVersionIsKeptHeardComparedAndTakenUpAgain) {
  Post("/api/run", {{"action", "start"}, {"iterations", 1000}});
  ASSERT_TRUE(Eventually([&] { return Get("/api/state").at("run").at("status") == "finished"; }));
  Post("/api/shape", {{"c", 3.0}});
  const Json version = Post("/api/versions", {{"name", "One"}, {"note", "n"}}).at("version");
  EXPECT_EQ(version.at("id"), 1);
  EXPECT_EQ(version.at("shape").at("c"), 3.0);
  Post("/api/run", {{"action", "reset"}});
  Post("/api/shape", {{"c", 2.0}});
  const Json played = Post("/api/melodies", {{"model", 1}, {"seed", 5}}).at("melody");
  EXPECT_EQ(played.at("title"), "One");
  EXPECT_EQ(Json::parse(Ask("GET", "/api/figures", "", {{"model", "1"}}).body).at("method"), "pg");

  const Json restored = Post("/api/versions/1/restore");
  EXPECT_EQ(restored.at("run").at("status"), "paused");
  EXPECT_EQ(restored.at("shape").at("c"), 3.0);
  EXPECT_EQ(Post("/api/melodies", {{"model", "current"}, {"seed", 5}}).at("melody").at("events"),
            played.at("events"));
  EXPECT_EQ(Ask("DELETE", "/api/versions/1").status, 200);
  EXPECT_TRUE(Get("/api/versions").at("versions").empty());
}

TEST_F(ServiceTest, MistakesAreOneLineWithTheRightStatus) {
  struct Mistake {
    int status;
    std::string method, path, body;
  };
  const Mistake mistakes[] = {
      {404, "GET", "/api/nothing", ""},
      {404, "GET", "/api/melodies/77", ""},
      {404, "GET", "/api/melodies/..%2f..", ""},
      {404, "GET", "/api/versions/9/file", ""},
      {404, "GET", "/api/versions/../file", ""},
      {404, "GET", "/api/melodies/1.wav", ""},
      {404, "POST", "/api/versions/99999999999999999999/restore", ""},
      {404, "POST", "/api/melodies", R"({"model":3})"},
      {405, "DELETE", "/api/state", ""},
      {400, "POST", "/api/melodies", R"({"model":"other"})"},
      {400, "POST", "/api/melodies", R"({"length":100000})"},
      {400, "POST", "/api/shape", R"({"length":64})"},
      {400, "POST", "/api/shape", R"({"recipe":"paper"})"},
      {400, "POST", "/api/shape", R"({"weights":{"key":1000}})"},
      {400, "POST", "/api/melodies", R"({"primer":[99]})"},
      {400, "POST", "/api/melodies", R"({"temperature":-1})"},
      {400, "POST", "/api/run", R"({"action":"fly"})"},
      {400, "POST", "/api/run", "{"},
      {400, "POST", "/api/run", R"({"action":"pause","iterations":5000})"},
      {400, "POST", "/api/versions/1/restore", R"({"a":1})"},
      {400, "DELETE", "/api/versions/1", R"({"a":1})"},
      {400, "POST", "/api/versions", R"({"name":"  "})"},
      {400, "POST", "/api/versions/file", "not a model"},
  };
  for (const Mistake& mistake : mistakes) {
    SCOPED_TRACE(mistake.path + ' ' + mistake.body);
    const ServiceReply reply = Ask(mistake.method, mistake.path, mistake.body);
    EXPECT_EQ(reply.status, mistake.status) << reply.body;
    const std::string error = Json::parse(reply.body).at("error");
    EXPECT_FALSE(error.empty());
    EXPECT_EQ(error.find('\n'), std::string::npos);
  }
}

TEST_F(ServiceTest, AVersionNamedInNoUtf8HarmsNothingThatFollows) {
  const Json kept = Post("/api/versions", {{"name", "One"}});
  const ServiceReply uploaded = Ask("POST", "/api/versions/file",
                                    Ask("GET", "/api/versions/1/file").body, {{"name", "\xFF"}});
  EXPECT_EQ(uploaded.status, 201) << uploaded.body;
  EXPECT_EQ(Json::parse(uploaded.body).at("version").at("name"), "\uFFFD");
  EXPECT_EQ(Ask("POST", "/api/versions", R"({"name":"Two"})").status, 201);
  EXPECT_EQ(Get("/api/versions").at("versions").size(), 3U);
}

TEST_F(ServiceTest, AVersionWithoutANameIsCalledByItsNumber) {
  Post("/api/versions");
  Post("/api/versions");
  Ask("DELETE", "/api/versions/1");
  EXPECT_EQ(Post("/api/versions").at("version").at("name"), "Version 3");
  const ServiceReply uploaded = Ask("POST", "/api/versions/file",
                                    Ask("GET", "/api/versions/3/file").body, {{"name", "2026"}});
  EXPECT_EQ(Json::parse(uploaded.body).at("version").at("name"), "2026") << uploaded.body;
}

TEST_F(ServiceTest, AMelodyHasAtMostSoManyEventsHoweverItsLengthIsGiven) {
  EXPECT_EQ(Ask("POST", "/api/melodies", R"({"bars":32})").status, 200);
  EXPECT_THAT(Ask("POST", "/api/melodies", R"({"bars":33})").body, HasSubstr("1 .. 32"));
  EXPECT_THAT(Ask("POST", "/api/melodies", R"({"bars":2,"length":5})").body,
              HasSubstr("bars and length contradict"));
}

TEST_F(ServiceTest, ATunedModelPlaysNothingLongerThanItWasTunedAt) {
  const std::string longer = R"({"model":"current","length":64})";
  EXPECT_EQ(Ask("POST", "/api/melodies", longer).status, 200) << "nothing is tuned yet";
  Post("/api/run", {{"action", "start"}, {"iterations", 1000}});
  ASSERT_TRUE(Eventually([&] { return Get("/api/state").at("run").at("status") == "finished"; }));
  EXPECT_EQ(Ask("POST", "/api/melodies", longer).status, 400);
  EXPECT_EQ(Ask("POST", "/api/melodies", R"({"model":"note-rnn","length":64})").status, 200);
  Post("/api/versions", {{"name", "short"}});
  EXPECT_EQ(Ask("POST", "/api/melodies", R"({"model":1,"length":64})").status, 400);
  Model longer_model{
      .network = RandomNetwork(1), .prior = RandomNetwork(2), .method = "pg", .recipe = {}};
  longer_model.recipe = "[tuning]\nmethod = \"pg\"\nlength = 64\n";
  WriteModel(folder_ / "longer", longer_model);
  Ask("POST", "/api/versions/file", ReadTextFile(folder_ / "longer"));
  EXPECT_EQ(Ask("POST", "/api/melodies", R"({"model":2,"length":64})").status, 200);
  EXPECT_EQ(Ask("POST", "/api/melodies", R"({"model":2,"length":128})").status, 400);
}

TEST(ServiceOfAnotherEncodingTest, AMelodyIsPlayedAndWrittenInItsMetreAndKey) {
  const TemporaryFolder folder;
  ServiceOptions options = QuickService(folder.path());
  options.note_rnn = HearingNetwork(1);
  options.encoding = HearingEncoding();
  Service service(std::move(options));
  const auto ask = [&](const std::string& method, const std::string& path, const Json& body) {
    return service.Handle({.method = method, .path = path, .query = {}, .body = body.dump()});
  };
  const Json change = {{"metre", "6/8"}, {"key", "D dorian"}, {"instrument", "whistle"}};
  ASSERT_EQ(ask("POST", "/api/shape", change).status, 200);
  const ServiceReply reply = ask("POST", "/api/melodies", {{"seed", 3}, {"length", 24}});
  ASSERT_EQ(reply.status, 200) << reply.body;
  const Json melody = Json::parse(reply.body).at("melody");
  EXPECT_EQ(melody.at("playback").at("bar"), 12);
  EXPECT_EQ(melody.at("playback").at("beat"), 6);
  EXPECT_EQ(melody.at("playback").at("lowest"), 74);
  EXPECT_EQ(melody.at("probabilities").at("tuned").at(0).size(), 34U);
  EXPECT_THAT(ask("GET", "/api/melodies/1.abc", {}).body, HasSubstr("M:6/8"));
  const midi::Score score = ReadMidi(ask("GET", "/api/melodies/1.mid", {}).body);
  EXPECT_EQ(score.metres.at(0).numerator, 6);
  for (const midi::Note& note : score.notes) EXPECT_GE(note.pitch, 74);
  EXPECT_EQ(ask("POST", "/api/melodies", {{"primer", {34}}}).status, 400);
}

TEST_F(ServiceTest, AVersionOfAnotherEncodingIsHeardAndNotTakenUp) {
  const Model other{.network = HearingNetwork(1),
                    .prior = HearingNetwork(2),
                    .method = "pg",
                    .encoding = HearingEncoding().ToJson()};
  WriteModel(folder_ / "other", other);
  ASSERT_EQ(Ask("POST", "/api/versions/file", ReadTextFile(folder_ / "other")).status, 201);
  EXPECT_EQ(Ask("POST", "/api/melodies", R"({"model":1})").status, 200);
  EXPECT_EQ(Ask("GET", "/api/figures", "", {{"model", "1"}}).status, 200);
  EXPECT_THAT(Ask("POST", "/api/melodies", R"({"model":1,"primer":[14]})").body,
              HasSubstr("another way"));
  EXPECT_THAT(Ask("POST", "/api/versions/1/restore").body, HasSubstr("another way"));
}

TEST_F(ServiceTest, TwoStudiosCannotShareAFolder) {
  EXPECT_THAT(ErrorOf([&] { const Service second(QuickService(folder_.path())); }),
              HasSubstr("another studio"));
}

TEST(ServiceRestartTest, ALinkToAMelodyNeverLeadsToAnother) {
  const TemporaryFolder folder;
  const auto play = [&] {
    Service service(QuickService(folder.path()));
    const ServiceReply reply =
        service.Handle({.method = "POST", .path = "/api/melodies", .query = {}, .body = ""});
    return Json::parse(reply.body).at("melody").at("id").get<std::int64_t>();
  };
  const std::int64_t first = play();
  EXPECT_GT(play(), first);
  Service service(QuickService(folder.path()));
  const std::string link = "/api/melodies/" + std::to_string(first) + ".mid";
  EXPECT_EQ(service.Handle({.method = "GET", .path = link, .query = {}, .body = ""}).status, 404);
}

}  // namespace
}  // namespace rltuner::studio
