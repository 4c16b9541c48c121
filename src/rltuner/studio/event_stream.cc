// SPDX-License-Identifier: Apache-2.0
#include "rltuner/studio/event_stream.h"

#include <chrono>
#include <utility>

#include "rltuner/core/text.h"

namespace rltuner::studio {

void EventStream::Publish(std::string_view type, std::string data) {
  const std::scoped_lock lock(mutex_);
  bytes_ += data.size();
  events_.push_back({std::string(type), std::move(data)});
  while (events_.size() > kKept || (bytes_ > kKeptBytes && events_.size() > 1)) {
    bytes_ -= events_.front().data.size();
    events_.pop_front();
  }
  ++last_;
  changed_.notify_all();
}

std::string EventStream::LastId() const {
  const std::scoped_lock lock(mutex_);
  return Id(last_);
}

EventStream::Position EventStream::Find(std::string_view id) const {
  const std::scoped_lock lock(mutex_);
  if (id.empty()) return {.after = last_};
  const std::string_view instance = id.substr(0, id.find('-'));
  std::int64_t number = -1;
  if (instance == instance_ && id.size() > instance.size()) {
    number = ParseNumber<std::int64_t>(id.substr(instance.size() + 1)).value_or(-1);
  }
  const std::int64_t oldest = last_ - static_cast<std::int64_t>(events_.size());
  if (number < oldest || number > last_) return {.after = last_, .lost = true};
  return {.after = number};
}

std::string EventStream::Next(Position* position, double seconds) {
  std::unique_lock lock(mutex_);
  if (!position->lost) {
    changed_.wait_for(lock, std::chrono::duration<double>(seconds),
                      [&] { return closed_ || last_ > position->after; });
  }
  if (closed_) return "";
  std::string text;
  const auto kept = static_cast<std::int64_t>(events_.size());
  if (position->after < last_ - kept) *position = {.after = last_, .lost = true};
  if (position->lost) {
    text = "id: " + Id(position->after) + "\nevent: reload\ndata: {}\n\n";
    position->lost = false;
  }
  while (position->after < last_) {
    const auto index = static_cast<std::size_t>(kept - (last_ - position->after));
    const Event& event = events_[index];
    ++position->after;
    text +=
        "id: " + Id(position->after) + "\nevent: " + event.type + "\ndata: " + event.data + "\n\n";
  }
  return text;
}

void EventStream::Close() {
  const std::scoped_lock lock(mutex_);
  closed_ = true;
  changed_.notify_all();
}

bool EventStream::closed() const {
  const std::scoped_lock lock(mutex_);
  return closed_;
}

}  // namespace rltuner::studio
