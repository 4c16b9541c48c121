// SPDX-License-Identifier: Apache-2.0
// Over a real connection on this machine.
#include "rltuner/studio/server.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <httplib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "studio/studio_fixtures.h"

namespace rltuner::studio {
namespace {

using testing::HasSubstr;
using testing::Not;

const WebFiles kPage = {{"/index.html", "<!doctype html>hello"},
                        {"/page.js", "1"},
                        {"/long.js", std::string(10'000, ' ')}};

class ServerTest : public testing::Test {
 protected:
  httplib::Client Client() const {
    httplib::Client client("127.0.0.1", server_->port());
    client.set_read_timeout(60);
    return client;
  }

  // Pages that listen to events, each in a thread of its own, until the server ends.
  class Listeners {
   public:
    explicit Listeners(std::unique_ptr<Server>* server) : server_(server) {}
    ~Listeners() {
      server_->reset();
      for (std::thread& thread : threads_) thread.join();
    }
    void Add(std::function<void()> listen) { threads_.emplace_back(std::move(listen)); }

   private:
    std::unique_ptr<Server>* server_;
    std::vector<std::thread> threads_;
  };

  void Serve(GuardOptions guard = {}) {
    server_ = StartServer({.port = 0, .guard = std::move(guard)}, kPage, &service_);
  }

  TemporaryFolder folder_;
  Service service_{QuickService(folder_.path())};
  std::unique_ptr<Server> server_;
};

TEST_F(ServerTest, ServesThePageWithAPolicyThatLetsNothingElseIn) {
  Serve();
  const auto page = Client().Get("/");
  ASSERT_TRUE(page);
  EXPECT_EQ(page->body, kPage.at("/index.html"));
  EXPECT_THAT(page->get_header_value("Content-Security-Policy"), HasSubstr("default-src 'self'"));
  EXPECT_EQ(page->get_header_value("X-Content-Type-Options"), "nosniff");
  EXPECT_THAT(Client().Get("/page.js")->get_header_value("Content-Type"), HasSubstr("javascript"));
}

TEST_F(ServerTest, AFileIsCompressedForABrowserThatTakesGzip) {
  Serve();
  const httplib::Headers gzip = {{"Accept-Encoding", "gzip, deflate, br"}};
  auto client = Client();
  client.set_decompress(false);
  const auto reply = client.Get("/long.js", gzip);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->get_header_value("Content-Encoding"), "gzip");
  EXPECT_LT(reply->body.size(), kPage.at("/long.js").size() / 10);
  client.set_decompress(true);
  EXPECT_EQ(client.Get("/long.js", gzip)->body, kPage.at("/long.js"));
  const auto plain = client.Get("/long.js", {{"Accept-Encoding", "identity"}});
  EXPECT_EQ(plain->get_header_value("Content-Encoding"), "");
  EXPECT_EQ(plain->body, kPage.at("/long.js"));
}

TEST_F(ServerTest, AnAnswerIsNotCompressed) {
  Serve();
  const auto state = Client().Get("/api/state", {{"Accept-Encoding", "gzip, deflate, br"}});
  ASSERT_TRUE(state);
  EXPECT_EQ(state->get_header_value("Content-Encoding"), "");
  EXPECT_EQ(state->get_header_value("Content-Length"), std::to_string(state->body.size()));
}

TEST_F(ServerTest, AFileThatABrowserHasIsNotSentAgain) {
  Serve();
  auto client = Client();
  const std::string tag = client.Get("/page.js")->get_header_value("ETag");
  const auto known = client.Get("/page.js", {{"If-None-Match", tag}});
  ASSERT_TRUE(known);
  EXPECT_EQ(known->status, 304);
  EXPECT_EQ(known->body, "");
  const auto other = client.Get("/index.html", {{"If-None-Match", tag}});
  EXPECT_EQ(other->status, 200);
  EXPECT_NE(other->get_header_value("ETag"), tag);
}

TEST_F(ServerTest, NoPathLeavesThePage) {
  Serve();
  for (const char* path : {"/../etc/passwd", "/..%2f..%2fetc/passwd", "//etc/passwd", "/versions",
                           "/%2e%2e/%2e%2e/etc/passwd", "/index.html/", "/index.html%00"}) {
    const auto reply = Client().Get(path);
    ASSERT_TRUE(reply) << path;
    EXPECT_TRUE(reply->status == 404 || reply->status == 400) << path;
    EXPECT_THAT(reply->body, HasSubstr("\"error\"")) << path;
  }
}

TEST_F(ServerTest, AnswersTheInterface) {
  Serve();
  auto client = Client();
  const auto state = client.Get("/api/state");
  ASSERT_TRUE(state);
  EXPECT_EQ(state->status, 200);
  EXPECT_EQ(Json::parse(state->body).at("vocabulary"), 38);
  const auto shape = client.Post("/api/shape", R"({"c":2})", "application/json");
  ASSERT_TRUE(shape);
  EXPECT_EQ(Json::parse(shape->body).at("shape").at("c"), 2.0);
  const auto figures = client.Get("/api/figures?model=note-rnn");
  ASSERT_TRUE(figures);
  EXPECT_EQ(Json::parse(figures->body).at("compositions"), 2000);
}

TEST_F(ServerTest, TheHeadersOfTheEventsCanBeHadAlone) {
  Serve();
  const auto head = Client().Head("/api/events");
  ASSERT_TRUE(head);
  EXPECT_EQ(head->status, 200);
  EXPECT_EQ(head->get_header_value("Content-Type"), "text/event-stream");
  EXPECT_EQ(Client().Post("/api/events")->status, 405);
  EXPECT_EQ(Client().Post("/")->status, 405);
  EXPECT_EQ(Client().Put("/api/state")->status, 405);
  EXPECT_THAT(Client().Get("/api/events?from=1")->body, HasSubstr("known: after"));
}

TEST_F(ServerTest, RefusesForeignPages) {
  Serve();
  auto client = Client();
  EXPECT_EQ(client.Get("/api/state", {{"Host", "evil.example"}})->status, 403);
  EXPECT_EQ(client
                .Post("/api/run", {{"Origin", "http://evil.example"}}, R"({"action":"start"})",
                      "application/json")
                ->status,
            403);
  EXPECT_EQ(client.Post("/api/run", R"({"action":"start"})", "text/plain")->status, 400);
  EXPECT_EQ(service_.Handle({.method = "GET", .path = "/api/state", .query = {}, .body = {}})
                .body.find("\"status\":\"running\""),
            std::string::npos);
}

TEST_F(ServerTest, WhatFollowsARefusedRequestIsNoRequest) {
  Serve();
  const std::string inner =
      "POST /api/run HTTP/1.1\r\nHost: localhost:" + std::to_string(server_->port()) +
      "\r\nContent-Type: application/json\r\nContent-Length: 18\r\n\r\n" + R"({"action":"start"})";
  auto client = Client();
  client.set_keep_alive(true);
  EXPECT_EQ(
      client.Post("/api/run", {{"Origin", "http://evil.example"}}, inner, "text/plain")->status,
      403);
  EXPECT_THAT(client.Get("/api/state")->body, HasSubstr("\"status\":\"idle\""));
}

// `headers` are those of the body. The beginning of the reply's status line.
std::string PostRaw(int port, const std::string& headers) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  const int connection = socket(AF_INET, SOCK_STREAM, 0);
  EXPECT_EQ(connect(connection, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  const std::string request = fmt::format(
      "POST /api/shape HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json\r\n{}\r\n",
      port, headers);
  EXPECT_EQ(write(connection, request.data(), request.size()),
            static_cast<ssize_t>(request.size()));
  std::array<char, 12> reply{};
  const ssize_t size = read(connection, reply.data(), reply.size());
  close(connection);
  return {reply.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
}

TEST_F(ServerTest, ARequestWithoutALengthHasNoBodyToWaitFor) {
  Serve();
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(PostRaw(server_->port(), ""), "HTTP/1.1 200");  // as `curl -X POST` asks
  EXPECT_EQ(PostRaw(server_->port(), "Content-Length: -5\r\n"), "HTTP/1.1 400");
  // The library waits 5 seconds for a body.
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));
}

TEST_F(ServerTest, AMethodThatNothingTakesIsToldSo) {
  Serve();
  const auto reply = Client().Put("/api/run", "{}", "application/json");
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 405);
  EXPECT_EQ(reply->body, R"({"error":"PUT is not possible here"})");
}

TEST_F(ServerTest, AFileHasItsNameInAsciiAndAsItIs) {
  Serve();
  ASSERT_TRUE(Client().Post("/api/versions", R"({"name":"Für"})", "application/json"));
  const auto file = Client().Get("/api/versions/1/file");
  ASSERT_TRUE(file);
  // The client may decode the end of the second name.
  EXPECT_THAT(file->get_header_value("Content-Disposition"),
              HasSubstr("attachment; filename=\"F--r.safetensors\"; filename*=UTF-8''F"));
}

TEST_F(ServerTest, RefusesALargeBody) {
  Serve();
  auto client = Client();
  const auto reply = client.Post("/api/shape", std::string(100'000, ' '), "application/json");
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 413);
}

TEST_F(ServerTest, ATokenIsTakenFromTheAddressOnceAndThenIsACookie) {
  GuardOptions guard;
  guard.token = "secret";
  Serve(guard);
  EXPECT_THAT(server_->Address(), HasSubstr("/?token=secret"));
  auto client = Client();
  EXPECT_EQ(client.Get("/")->status, 401);
  EXPECT_EQ(client.Get("/?token=wrong")->status, 401);
  const auto welcome = client.Get("/?token=secret");
  EXPECT_EQ(welcome->status, 303);
  EXPECT_EQ(welcome->get_header_value("Location"), "/");
  const std::string cookie = welcome->get_header_value("Set-Cookie");
  EXPECT_THAT(cookie, HasSubstr("HttpOnly"));
  const httplib::Headers with_cookie = {{"Cookie", cookie.substr(0, cookie.find(';'))}};
  EXPECT_EQ(client.Get("/", with_cookie)->status, 200);
  EXPECT_EQ(client.Get("/api/state", with_cookie)->status, 200);
}

TEST_F(ServerTest, AWrongLinkGetsAPageInABrowserAndJsonElsewhere) {
  GuardOptions guard;
  guard.token = "secret";
  Serve(guard);
  auto client = Client();
  const httplib::Headers browser = {{"Accept", "text/html,application/xhtml+xml,*/*;q=0.8"}};
  for (const char* path : {"/", "/?token=secre", "/study.html", "/nothing"}) {
    const auto page = client.Get(path, browser);
    EXPECT_EQ(page->status, 401) << path;
    EXPECT_THAT(page->get_header_value("Content-Type"), HasSubstr("text/html")) << path;
    EXPECT_THAT(page->body, HasSubstr("<h1")) << path;
    EXPECT_EQ(page->body.find("\"error\""), std::string::npos) << path;
  }
  EXPECT_THAT(client.Get("/")->body, HasSubstr("\"error\""));
  EXPECT_THAT(client.Get("/api/state", browser)->body, HasSubstr("\"error\""));
}

TEST_F(ServerTest, AnAddressThatDoesNotExistGetsAPageInABrowser) {
  Serve();
  const auto page = Client().Get("/nothing", {{"Accept", "text/html"}});
  EXPECT_EQ(page->status, 404);
  EXPECT_THAT(page->body, HasSubstr("There is no page at this address"));
}

TEST_F(ServerTest, ATokenIsTakenAtAnyPage) {
  GuardOptions guard;
  guard.token = "secret";
  Serve(guard);
  EXPECT_EQ(Client().Get("/study.html?token=secret")->status, 303);
  EXPECT_EQ(Client().Get("/api/state?token=secret")->status, 401);
}

TEST_F(ServerTest, OnAllAddressesTheLinkIsOneThatTheServerAnswersTo) {
  GuardOptions guard;
  guard.token = "secret";
  const auto server = StartServer({.address = "0.0.0.0", .guard = guard}, kPage, &service_);
  const std::string link = server->Address();
  const std::string host = link.substr(7, link.find("/?") - 7);
  EXPECT_EQ(host.find("0.0.0.0"), std::string::npos);
  EXPECT_EQ(httplib::Client("http://" + host).Get("/?token=secret")->status, 303) << link;
}

TEST_F(ServerTest, TheLinkNamesTheFirstHostAllowed) {
  GuardOptions guard;
  guard.token = "secret";
  guard.hosts = {"study.example.org", "other.example.org"};
  const auto server = StartServer({.address = "0.0.0.0", .guard = guard}, kPage, &service_);
  EXPECT_THAT(server->Address(), testing::StartsWith("http://study.example.org:"));
}

TEST_F(ServerTest, WillNotListenToOthersWithoutAToken) {
  EXPECT_THAT(ErrorOf([&] { StartServer({.address = "0.0.0.0", .guard = {}}, kPage, &service_); }),
              HasSubstr("needs a token"));
}

TEST_F(ServerTest, APortThatIsTakenIsAnError) {
  Serve();
  EXPECT_THAT(
      ErrorOf([&] { StartServer({.port = server_->port(), .guard = {}}, kPage, &service_); }),
      HasSubstr("cannot listen"));
}

TEST_F(ServerTest, EventsGoOnAfterAReconnect) {
  Serve();
  service_.events().Publish("run", "1");
  service_.events().Publish("run", "2");
  std::string heard;
  auto client = Client();
  const auto listen = [&](const char* data, std::size_t size) {
    heard.append(data, size);
    return heard.find("data: 2") == std::string::npos;  // false hangs up
  };
  client.Get("/api/events", {{"Last-Event-ID", "test-1"}, {"Accept-Encoding", "gzip, br"}}, listen);
  EXPECT_THAT(heard, HasSubstr("id: test-2\nevent: run\ndata: 2\n\n"));
  EXPECT_THAT(heard, Not(HasSubstr("data: 1")));
}

TEST_F(ServerTest, TwoHundredListenersKeepNobodyWaiting) {
  constexpr int kListeners = 200;
  GuardOptions guard;
  guard.burst = 1e6;
  guard.heavy_burst = 1e6;
  Serve(guard);
  const Json start = {{"action", "start"}, {"iterations", 1'000'000'000}};
  ASSERT_EQ(Client().Post("/api/run", start.dump(), "application/json")->status, 200);

  std::atomic<int> connected = 0;
  std::atomic<int> heard = 0;
  std::atomic<bool> done = false;
  Listeners listeners(&server_);
  for (int i = 0; i < kListeners; ++i) {
    listeners.Add([&, client = std::make_shared<httplib::Client>(Client())] {
      std::string text;
      bool is_connected = false;
      bool has_heard = false;
      client->Get("/api/events", [&](const char* data, std::size_t size) {
        text.append(data, size);
        if (!is_connected) ++connected;
        is_connected = true;
        if (!has_heard && text.find("event: melody") != std::string::npos) {
          has_heard = true;
          ++heard;
        }
        text.erase(0, text.size() - std::min<std::size_t>(text.size(), 100));
        return !done;
      });
    });
  }
  ASSERT_TRUE(Eventually([&] { return connected == kListeners; }));
  for (int i = 0; i < 50; ++i) {
    const auto reply = Client().Post("/api/melodies", "{}", "application/json");
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 200);
  }
  EXPECT_TRUE(Eventually([&] { return heard == kListeners; }));
  const auto state = Client().Get("/api/state");
  ASSERT_TRUE(state);
  EXPECT_EQ(Json::parse(state->body).at("run").at("status"), "running");
  done = true;
}

TEST_F(ServerTest, MoreStreamsThanThereIsRoomForAreRefused) {
  Serve();
  std::atomic<int> connected = 0;
  Listeners listeners(&server_);
  for (int i = 0; i < Server::kMostStreams; ++i) {
    listeners.Add([&, client = std::make_shared<httplib::Client>(Client())] {
      bool is_connected = false;
      client->Get("/api/events", [&](const char*, std::size_t) {
        if (!is_connected) ++connected;
        is_connected = true;
        return true;
      });
    });
  }
  // With room left, the next request would be a stream without an end.
  ASSERT_TRUE(Eventually([&] { return connected == Server::kMostStreams; }));
  EXPECT_EQ(Client().Get("/api/events")->status, 503);
  EXPECT_EQ(Client().Get("/api/state")->status, 200);
}

}  // namespace
}  // namespace rltuner::studio
