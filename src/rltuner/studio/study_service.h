// SPDX-License-Identifier: Apache-2.0
// Answers the requests of a listening study's page (docs/study.md).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <string>

#include "rltuner/studio/event_stream.h"
#include "rltuner/studio/handler.h"
#include "rltuner/studio/json.h"
#include "rltuner/study/store.h"

namespace rltuner::studio {

// Thread-safe. A participant never learns which model played a melody.
class StudyService final : public Handler {
 public:
  // `new_key` makes the random text that identifies a participant. `clock` measures durations:
  // seconds since any moment. `now` gives the time stored with an answer: milliseconds since
  // 1970-01-01 UTC. `store` must outlive the service.
  StudyService(study::StudyStore* store, std::function<std::string()> new_key,
               std::function<double()> clock, std::function<std::int64_t()> now);

  EventStream& events() override { return events_; }  // has no events
  const std::function<double()>& clock() const override { return clock_; }

 private:
  Json Study() const;
  Json Begin(const RequestFields& fields);
  Json TakeAnswer(const RequestFields& fields);
  Json NextQuestion(const std::string& key, const study::StudySession& session);
  study::Question QuestionOf(const study::StudySession& session, int question) const;
  double SecondsSinceAsked(const std::string& key, int question);

  struct Asked {
    int question = -1;
    double time = 0;
  };

  study::StudyStore* store_;
  std::function<std::string()> new_key_;
  std::function<double()> clock_;
  std::function<std::int64_t()> now_;
  EventStream events_;
  std::mutex mutex_;
  std::map<std::string, Asked> asked_;  // by key: the last question, and when first shown
};

}  // namespace rltuner::studio
