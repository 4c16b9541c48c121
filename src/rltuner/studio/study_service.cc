// SPDX-License-Identifier: Apache-2.0
#include "rltuner/studio/study_service.h"

#include <algorithm>
#include <limits>

namespace rltuner::studio {
namespace {

constexpr std::size_t kLongestKey = 64;
constexpr double kLongest = 86'400;  // seconds that a participant can have taken

std::string KeyOf(const RequestFields& fields) {
  return Needed(fields.Text("session", kLongestKey), "session");
}

// Returns what `use` returns. A failure of the store (full disk, locked file) is not the
// participant's mistake, and its message, which names the file, is not for participants.
template <typename Use>
auto FromStore(const Use& use) {
  try {
    return use();
  } catch (const Error&) {
    throw RequestError(503, "the study cannot store or read answers now; try again in a moment");
  }
}

study::StudySession Known(const study::StudyStore& store, const std::string& key) {
  const auto session = FromStore([&] { return store.Find(key); });
  if (!session) throw RequestError(404, "this study does not know this session; start again");
  return *session;
}

}  // namespace

StudyService::StudyService(study::StudyStore* store, std::function<std::string()> new_key,
                           std::function<double()> clock, std::function<std::int64_t()> now)
    : store_(store),
      new_key_(std::move(new_key)),
      clock_(std::move(clock)),
      now_(std::move(now)),
      events_("study") {
  routes_ = {{"GET", "/api/study", [this](const Call&) { return JsonReply(Study()); }},
             {"POST", "/api/study/session",
              [this](const Call& call) { return JsonReply(Begin(call.Body({"session"}))); }},
             {"POST", "/api/study/answer", [this](const Call& call) {
                return JsonReply(TakeAnswer(call.Body({"session", "question", "preference",
                                                       "first_heard", "second_heard", "taken"})));
              }}};
}

Json StudyService::Study() const {
  const study::StudyOptions& options = store_->options();
  return {{"title", options.title},
          {"comparisons", options.comparisons},
          {"melody_seconds", study::MelodySeconds(options.length, options.quarters_per_minute)},
          {"tempo", options.quarters_per_minute}};
}

// A new participant or, if a key is given, the participant with that key.
Json StudyService::Begin(const RequestFields& fields) {
  if (fields.Find("session") != nullptr) {
    const std::string key = KeyOf(fields);
    return NextQuestion(key, Known(*store_, key));
  }
  const std::string key = new_key_();
  return NextQuestion(key, FromStore([&] { return store_->Begin(key); }));
}

Json StudyService::TakeAnswer(const RequestFields& fields) {
  const std::string key = KeyOf(fields);
  const study::StudySession session = Known(*store_, key);
  const auto question = static_cast<int>(
      Needed(fields.Whole("question", 0, store_->options().comparisons - 1), "question"));
  if (question > session.answered) throw RequestError(409, "this question has not been asked yet");
  study::Answer answer;
  answer.question = QuestionOf(session, question);
  answer.preference = static_cast<int>(
      Needed(fields.Whole("preference", -study::kStrongestPreference, study::kStrongestPreference),
             "preference"));
  answer.first_heard = Needed(fields.Number("first_heard", 0, kLongest), "first_heard");
  answer.second_heard = Needed(fields.Number("second_heard", 0, kLongest), "second_heard");
  // A page may claim anything, but an answer cannot have taken more time than has passed on the
  // server.
  answer.taken = std::min(Needed(fields.Number("taken", 0, kLongest), "taken"),
                          SecondsSinceAsked(key, question));
  const bool first_time = FromStore([&] { return store_->Record(key, question, answer, now_()); });
  Json reply = NextQuestion(key, Known(*store_, key));
  reply["repeated"] = !first_time;
  return reply;
}

Json StudyService::NextQuestion(const std::string& key, const study::StudySession& session) {
  const int all = store_->options().comparisons;
  Json reply = {{"session", key},
                {"question", session.answered},
                {"of", all},
                {"done", session.answered >= all}};
  if (session.answered >= all) {
    const std::lock_guard lock(mutex_);
    asked_.erase(key);
    return reply;
  }
  const study::Question question = QuestionOf(session, session.answered);
  const auto events = [&](study::StudyMelody melody) {
    return store_->models()[melody.model].melodies[melody.melody];
  };
  reply["first"] = events(question.first);
  reply["second"] = events(question.second);
  const std::lock_guard lock(mutex_);
  Asked& asked = asked_[key];
  if (asked.question != session.answered) asked = {session.answered, clock_()};
  return reply;
}

study::Question StudyService::QuestionOf(const study::StudySession& session, int question) const {
  return study::QuestionsOf(session.participant, static_cast<int>(store_->models().size()),
                            store_->options())[question];
}

// Infinite if this server did not ask the question: it was asked before a restart.
double StudyService::SecondsSinceAsked(const std::string& key, int question) {
  const std::lock_guard lock(mutex_);
  const auto asked = asked_.find(key);
  if (asked == asked_.end() || asked->second.question != question) {
    return std::numeric_limits<double>::infinity();
  }
  return clock_() - asked->second.time;
}

}  // namespace rltuner::studio
