// SPDX-License-Identifier: Apache-2.0
#include "rltuner/studio/guard.h"

#include <gtest/gtest.h>

namespace rltuner::studio {
namespace {

GuardOptions Local() { return {.port = 8787, .token = {}, .hosts = {}}; }
GuardOptions Open() {
  return {.port = 8787, .token = "secret", .any_address = true, .hosts = {"studio.example"}};
}

GuardedRequest Get(const std::string& path = "/api/state") {
  GuardedRequest request;
  request.method = "GET";
  request.path = path;
  request.client = "127.0.0.1";
  request.host = "localhost:8787";
  return request;
}

GuardedRequest Post(const std::string& path, const std::string& length = "10") {
  GuardedRequest request = Get(path);
  request.method = "POST";
  request.content_length = length;
  request.content_type = "application/json";
  return request;
}

class GuardTest : public testing::Test {
 protected:
  int StatusOf(const GuardedRequest& request) { return local_.Check(request).status; }

  double now_ = 0;
  Guard local_{Local(), [this] { return now_; }};
  Guard open_{Open(), [this] { return now_; }};
};

TEST_F(GuardTest, KnowsItselfByTheNamesOfThisMachine) {
  for (const char* host : {"localhost:8787", "127.0.0.1:8787", "[::1]:8787"}) {
    GuardedRequest request = Get();
    request.host = host;
    EXPECT_EQ(StatusOf(request), 0) << host;
  }
}

TEST_F(GuardTest, RefusesAForeignHost) {
  for (const char* host : {"evil.example:8787", "evil.example", "localhost", "localhost:1", "",
                           "127.0.0.1.evil.example:8787", "192.168.1.2:8787", "[::1]"}) {
    GuardedRequest request = Get();
    request.host = host;
    EXPECT_EQ(StatusOf(request), 403) << host;
  }
}

TEST_F(GuardTest, RefusesAForeignOriginOrSite) {
  GuardedRequest request = Post("/api/run");
  request.origin = "http://localhost:8787";
  EXPECT_EQ(StatusOf(request), 0);
  for (const char* origin : {"http://evil.example", "null", "http://localhost:1"}) {
    request.origin = origin;
    EXPECT_EQ(StatusOf(request), 403) << origin;
  }
  request.origin.clear();
  request.fetch_site = "cross-site";
  EXPECT_EQ(StatusOf(request), 403);
}

TEST_F(GuardTest, ALinkFromElsewhereMayOpenThePageOnly) {
  GuardedRequest request = Get("/");
  request.fetch_site = "cross-site";
  EXPECT_EQ(StatusOf(request), 0);
  request.path = "/api/state";
  EXPECT_EQ(StatusOf(request), 403);
}

TEST_F(GuardTest, WantsTheTokenAsCookieOrHeader) {
  GuardedRequest request = Get();
  EXPECT_EQ(open_.Check(request).status, 401);
  request.cookie = "a=b; rltuner_studio_8787=secret";
  EXPECT_EQ(open_.Check(request).status, 0);
  request.cookie = "rltuner_studio_8787=secreT";
  EXPECT_EQ(open_.Check(request).status, 401);
  request.authorization = "Bearer secret";
  EXPECT_EQ(open_.Check(request).status, 0);
  request.authorization = "Bearer ";
  EXPECT_EQ(open_.Check(request).status, 401);
}

TEST_F(GuardTest, OpenToOthersItGoesByAddressesAndAllowedNames) {
  GuardedRequest request = Get();
  request.authorization = "Bearer secret";
  for (const char* host : {"192.168.1.2:8787", "studio.example", "studio.example:443"}) {
    request.host = host;
    EXPECT_EQ(open_.Check(request).status, 0) << host;
  }
  request.host = "evil.example:8787";
  EXPECT_EQ(open_.Check(request).status, 403);
}

TEST_F(GuardTest, LimitsBodiesByPath) {
  EXPECT_EQ(StatusOf(Post("/api/shape", "70000")), 413);
  EXPECT_EQ(StatusOf(Post("/api/shape", "99999999999999999999999")), 413);
  GuardedRequest upload = Post("/api/versions/file", "1000000");
  upload.content_type = "application/octet-stream";
  EXPECT_EQ(StatusOf(upload), 0);
  upload.content_length = "40000000";
  EXPECT_EQ(StatusOf(upload), 413);
  upload.has_body_of_unknown_length = true;
  EXPECT_EQ(StatusOf(upload), 411);
}

TEST_F(GuardTest, RefusesBodiesThatAFormCouldSend) {
  GuardedRequest request = Post("/api/run");
  for (const char* type :
       {"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""}) {
    request.content_type = type;
    EXPECT_EQ(StatusOf(request), 400) << type;
  }
}

TEST_F(GuardTest, SlowsDownOneClientNotAnother) {
  int let_through = 0;
  while (StatusOf(Get()) == 0) ++let_through;
  EXPECT_EQ(let_through, 600);
  EXPECT_EQ(StatusOf(Get()), 429);
  GuardedRequest other = Get();
  other.client = "192.168.1.9";
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
