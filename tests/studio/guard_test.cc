// SPDX-License-Identifier: Apache-2.0
#include "rltuner/studio/guard.h"

#include <gtest/gtest.h>
#include <httplib.h>

namespace rltuner::studio {
namespace {

GuardOptions Local() { return {.port = 8787, .token = {}, .hosts = {}}; }
GuardOptions Open() {
  return {.port = 8787, .token = "secret", .any_address = true, .hosts = {"studio.example"}};
}

void Set(httplib::Request& request, const std::string& header, const std::string& value) {
  request.headers.erase(header);
  request.set_header(header, value);
}

httplib::Request Get(const std::string& path = "/api/state") {
  httplib::Request request;
  request.method = "GET";
  request.path = path;
  request.remote_addr = "127.0.0.1";
  Set(request, "Host", "localhost:8787");
  return request;
}

httplib::Request Post(const std::string& path, const std::string& length = "10") {
  httplib::Request request = Get(path);
  request.method = "POST";
  Set(request, "Content-Length", length);
  Set(request, "Content-Type", "application/json");
  return request;
}

class GuardTest : public testing::Test {
 protected:
  int StatusOf(const httplib::Request& request) { return local_.Check(request).status; }

  double now_ = 0;
  Guard local_{Local(), [this] { return now_; }};
  Guard open_{Open(), [this] { return now_; }};
};

TEST_F(GuardTest, KnowsItselfByTheNamesOfThisMachine) {
  for (const char* host : {"localhost:8787", "127.0.0.1:8787", "[::1]:8787"}) {
    httplib::Request request = Get();
    Set(request, "Host", host);
    EXPECT_EQ(StatusOf(request), 0) << host;
  }
}

TEST_F(GuardTest, RefusesAForeignHost) {
  for (const char* host : {"evil.example:8787", "evil.example", "localhost", "localhost:1", "",
                           "127.0.0.1.evil.example:8787", "192.168.1.2:8787", "[::1]"}) {
    httplib::Request request = Get();
    Set(request, "Host", host);
    EXPECT_EQ(StatusOf(request), 403) << host;
  }
}

TEST_F(GuardTest, RefusesAForeignOriginOrSite) {
  httplib::Request request = Post("/api/run");
  Set(request, "Origin", "http://localhost:8787");
  EXPECT_EQ(StatusOf(request), 0);
  for (const char* origin : {"http://evil.example", "null", "http://localhost:1"}) {
    Set(request, "Origin", origin);
    EXPECT_EQ(StatusOf(request), 403) << origin;
  }
  Set(request, "Origin", "");
  Set(request, "Sec-Fetch-Site", "cross-site");
  EXPECT_EQ(StatusOf(request), 403);
}

TEST_F(GuardTest, ALinkFromElsewhereMayOpenThePageOnly) {
  httplib::Request request = Get("/");
  Set(request, "Sec-Fetch-Site", "cross-site");
  EXPECT_EQ(StatusOf(request), 0);
  request.path = "/api/state";
  EXPECT_EQ(StatusOf(request), 403);
}

TEST_F(GuardTest, WantsTheTokenAsCookieOrHeader) {
  httplib::Request request = Get();
  EXPECT_EQ(open_.Check(request).status, 401);
  Set(request, "Cookie", "a=b; rltuner_studio_8787=secret");
  EXPECT_EQ(open_.Check(request).status, 0);
  Set(request, "Cookie", "rltuner_studio_8787=secreT");
  EXPECT_EQ(open_.Check(request).status, 401);
  Set(request, "Authorization", "Bearer secret");
  EXPECT_EQ(open_.Check(request).status, 0);
  Set(request, "Authorization", "Bearer ");
  EXPECT_EQ(open_.Check(request).status, 401);
}

TEST_F(GuardTest, OpenToOthersItGoesByAddressesAndAllowedNames) {
  httplib::Request request = Get();
  Set(request, "Authorization", "Bearer secret");
  for (const char* host :
       {"192.168.1.2:8787", "studio.example", "studio.example:443", "Studio.Example"}) {
    Set(request, "Host", host);
    EXPECT_EQ(open_.Check(request).status, 0) << host;
  }
  Set(request, "Host", "evil.example:8787");
  EXPECT_EQ(open_.Check(request).status, 403);
}

TEST_F(GuardTest, LimitsBodiesByPath) {
  EXPECT_EQ(StatusOf(Post("/api/shape", "70000")), 413);
  EXPECT_EQ(StatusOf(Post("/api/shape", "99999999999999999999999")), 413);
  EXPECT_EQ(StatusOf(Post("/api/shape", "-5")), 400);
  httplib::Request upload = Post("/api/versions/file", "1000000");
  Set(upload, "Content-Type", "application/octet-stream");
  EXPECT_EQ(StatusOf(upload), 0);
  Set(upload, "Content-Length", "40000000");
  EXPECT_EQ(StatusOf(upload), 413);
  Set(upload, "Transfer-Encoding", "chunked");
  EXPECT_EQ(StatusOf(upload), 411);
}

TEST_F(GuardTest, RefusesBodiesThatAFormCouldSend) {
  httplib::Request request = Post("/api/run");
  for (const char* type :
       {"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""}) {
    Set(request, "Content-Type", type);
    EXPECT_EQ(StatusOf(request), 400) << type;
  }
}

TEST_F(GuardTest, SlowsDownOneClientNotAnother) {
  int let_through = 0;
  while (StatusOf(Get()) == 0) ++let_through;
  EXPECT_EQ(let_through, 600);
  EXPECT_EQ(StatusOf(Get()), 429);
  httplib::Request other = Get();
  other.remote_addr = "192.168.1.9";
  EXPECT_EQ(StatusOf(other), 0);
  now_ += 1;
  EXPECT_EQ(StatusOf(Get()), 0);
}

TEST_F(GuardTest, LimitsWhatComputesMoreThanWhatDoesNot) {
  int let_through = 0;
  while (StatusOf(Post("/api/melodies")) == 0) ++let_through;
  EXPECT_EQ(let_through, 40);
  EXPECT_EQ(StatusOf(Get()), 0);
}

}  // namespace
}  // namespace rltuner::studio
