// SPDX-License-Identifier: Apache-2.0
// The studio's interface (docs/studio-api.md) without the network: requests in, replies out.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "rltuner/core/files.h"
#include "rltuner/studio/event_stream.h"
#include "rltuner/studio/handler.h"
#include "rltuner/studio/json.h"
#include "rltuner/studio/melodies.h"
#include "rltuner/studio/session.h"
#include "rltuner/studio/versions.h"

namespace rltuner::studio {

struct ServiceOptions : SessionOptions {
  std::string program;                // "rltuner 0.1.0"
  std::string instance;               // letters and digits; no earlier server had the same
  std::function<std::int64_t()> now;  // seconds since 1970
};

// Thread-safe.
class Service final : public Handler {
 public:
  // Makes the folder and resumes what is in it. An Error if another studio uses the folder.
  explicit Service(ServiceOptions options);

  // A line for everything that could not be resumed.
  const std::vector<std::string>& warnings() const { return warnings_; }

  EventStream& events() override { return events_; }
  const std::function<double()>& clock() const override { return options_.clock; }

 private:
  ServiceReply GetState() const;
  ServiceReply PostVersion(const Call& call);
  ServiceReply PostVersionFile(const Call& call);
  ServiceReply PatchVersion(const Call& call);
  ServiceReply DeleteVersion(const Call& call);
  ServiceReply GetVersionFile(const Call& call) const;
  ServiceReply PostMelody(const Call& call);
  ServiceReply GetMelody(const Call& call) const;
  ServiceReply PostPrimer(const Call& call) const;
  ServiceReply GetFigures(const Call& call) const;

  // A model that can play, by the page's name for it: "note-rnn", "current" or a version's number.
  PlayableVersion FindPlayer(const Json& name, const PlayableVersion& current) const;

  Json VersionsJson() const { return {{"versions", versions_->List()}}; }
  ServiceReply RunAndControls() const;
  ServiceReply Keep(const Json& version);  // tells all pages
  void PublishVersions() { events_.Publish("versions", ToText(VersionsJson())); }

  ServiceOptions options_;
  FileLock lock_;
  std::vector<std::string> warnings_;
  EventStream events_;
  MelodyStore melodies_;
  std::unique_ptr<Session> session_;
  std::unique_ptr<VersionFolder> versions_;
};

// Ranges of requests, and functions that the parts of Service share.
inline constexpr int kLongestPrimer = 512;                                // events
inline constexpr double kSlowest = 40, kFastest = 240, kUsualTempo = 80;  // quarters per minute

// The number in a path; a RequestError 404 that names `what` if it is none.
std::int64_t NumberOf(std::string_view text, std::string_view what);

}  // namespace rltuner::studio
