// SPDX-License-Identifier: Apache-2.0
#include "rltuner/studio/event_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace rltuner::studio {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(EventStreamTest, ANewListenerHearsWhatFollows) {
  EventStream events("a");
  events.Publish("run", "1");
  EventStream::Position position = events.Find("");
  events.Publish("run", "2");
  EXPECT_EQ(events.Next(&position, 0), "id: a-2\nevent: run\ndata: 2\n\n");
  EXPECT_EQ(events.Next(&position, 0), "");
}

TEST(EventStreamTest, AReconnectGoesOnAfterItsId) {
  EventStream events("a");
  for (const char* data : {"1", "2", "3"}) events.Publish("x", data);
  EventStream::Position position = events.Find("a-1");
  const std::string text = events.Next(&position, 0);
  EXPECT_THAT(text, HasSubstr("data: 2\n"));
  EXPECT_THAT(text, HasSubstr("data: 3\n"));
  EXPECT_THAT(text, Not(HasSubstr("data: 1\n")));
}

TEST(EventStreamTest, AnIdOfAnEarlierServerMeansReload) {
  EventStream events("b");
  for (const char* id : {"a-1", "b-9", "b-", "b-x", "b", "-", "b--1"}) {
    EventStream::Position position = events.Find(id);
    EXPECT_EQ(events.Next(&position, 0), "id: b-0\nevent: reload\ndata: {}\n\n") << id;
  }
}

TEST(EventStreamTest, AListenerThatFellFarBehindMustReload) {
  EventStream events("a");
  EventStream::Position position = events.Find("");
  for (int i = 0; i < 5000; ++i) events.Publish("x", "y");
  EXPECT_EQ(events.Next(&position, 0), "id: a-5000\nevent: reload\ndata: {}\n\n");
  EXPECT_EQ(events.Next(&position, 0), "");
}

TEST(EventStreamTest, CloseWakesWhoWaits) {
  EventStream events("a");
  std::thread listener([&] {
    EventStream::Position position = events.Find("");
    EXPECT_EQ(events.Next(&position, 3600), "");
  });
  events.Close();
  listener.join();
}

TEST(EventStreamTest, LargeEventsAreKeptForFewerListeners) {
  EventStream events("a");
  const std::string large(std::size_t{1} << 20, 'x');
  for (int i = 0; i < 20; ++i) events.Publish("versions", large);
  EXPECT_TRUE(events.Find("a-1").lost);
  EXPECT_FALSE(events.Find("a-10").lost);
}

}  // namespace
}  // namespace rltuner::studio
