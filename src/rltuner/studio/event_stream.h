// SPDX-License-Identifier: Apache-2.0
// The events of a server, in order, for pages that listen or reconnect.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>

namespace rltuner::studio {

// The last events, each with a number: at most 2,000 of at most 16 MiB. Thread-safe.
class EventStream {
 public:
  // `instance`, letters and digits, distinguishes this server's ids from those of earlier ones.
  explicit EventStream(std::string instance) : instance_(std::move(instance)) {}

  void Publish(std::string_view type, std::string data);

  // The id of the newest event, "INSTANCE-NUMBER".
  std::string LastId() const;

  // Where a listener stands.
  struct Position {
    std::int64_t after = 0;  // the listener has all events up to this number,
    bool lost = false;       // except that it has missed some
  };
  // The position of an id that a listener sends. If the id is unknown, or the events after it are
  // no longer kept, the position is lost and stands at the newest event. "" also gives the newest
  // event, but not as lost.
  Position Find(std::string_view id) const;

  // Returns the events after `position` as text/event-stream and advances `position`. Waits at most
  // `seconds` for the first event; "" if there is none by then or Close was called. If the position
  // is lost, the text begins with the event `reload`.
  std::string Next(Position* position, double seconds);

  // Ends all waiting, and makes later calls return at once.
  void Close();
  bool closed() const;

 private:
  struct Event {
    std::string type, data;  // data is one line
  };
  static constexpr std::size_t kKept = 2000, kKeptBytes = std::size_t{16} << 20;

  std::string Id(std::int64_t number) const { return instance_ + '-' + std::to_string(number); }

  const std::string instance_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Event> events_;  // the newest is number last_
  std::size_t bytes_ = 0;     // of their data
  std::int64_t last_ = 0;
  bool closed_ = false;
};

}  // namespace rltuner::studio
