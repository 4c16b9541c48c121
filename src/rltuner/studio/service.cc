// SPDX-License-Identifier: Apache-2.0
// Routes, state, shape, run and versions; service_melodies.cc handles melodies.
#include "rltuner/studio/service.h"

#include <functional>

#include "rltuner/core/text.h"
#include "rltuner/tuning/methods.h"

namespace rltuner::studio {
namespace {

std::string Capitalised(std::string_view text) {
  std::string result(text);
  if (!result.empty() && result[0] >= 'a' && result[0] <= 'z') result[0] += 'A' - 'a';
  return result;
}

Json MethodsJson() {
  Json list = Json::array();
  for (const MethodInfo* method : Methods()) {
    list.push_back({{"name", method->name},
                    {"title", Capitalised(method->title)},
                    {"summary", method->summary},
                    {"uses_exploration", method->Takes("exploration")},
                    {"uses_kl_budget", method->Takes("kl_budget")},
                    {"uses_entropy", method->Takes("entropy_floor")},
                    {"uses_c", method->Takes("c")}});
  }
  return list;
}

Json ExplorationsJson() {
  return Json::array({{{"name", "epsilon-greedy"},
                       {"title", "Epsilon-greedy"},
                       {"summary", "Plays its best event and, less and less often, any event."}},
                      {{"name", "boltzmann"},
                       {"title", "Boltzmann"},
                       {"summary", "Plays each event as often as it believes in it."}}});
}

Json LimitsJson() {
  return {{"length", {1, kLongestMelody}},
          {"temperature", {kColdest, kHottest}},
          {"kl_budget", {kLeastKlBudget, kMostKlBudget}},
          {"entropy", {0, kMostEntropy}},
          {"tempo", {kSlowest, kFastest}},
          {"primer", kLongestPrimer},
          {"name", kLongestName},
          {"note", kLongestNote},
          {"versions", kMostVersions}};
}

std::filesystem::path LockFileIn(const std::filesystem::path& folder) {
  MakeFolder(folder);
  return folder / "lock";
}

std::optional<std::string> NameIn(const RequestFields& fields) {
  std::optional<std::string> name = fields.Text("name", kLongestName);
  if (name && name->find_first_not_of(' ') == std::string::npos) {
    Fail("name is empty; expected a name");
  }
  return name;
}

}  // namespace

std::int64_t NumberOf(std::string_view text, std::string_view what) {
  const auto number = ParseNumber<std::int64_t>(text);
  if (number) return *number;
  throw RequestError(404, fmt::format("there is no {} {}", what, Shown(std::string(text))));
}

Service::Service(ServiceOptions options)
    : options_(std::move(options)),
      lock_(LockFileIn(options_.folder),
            options_.folder.string() +
                ": another studio uses this folder; end it, or name another folder with --folder"),
      events_(options_.instance),
      melodies_(options_.folder),
      session_(std::make_unique<Session>(options_, &events_, &melodies_, &warnings_)),
      versions_(std::make_unique<VersionFolder>(options_.folder / "versions", session_->recipes(),
                                                &warnings_)) {
  const auto by = [this](auto answer) { return std::bind_front(answer, this); };
  routes_ = {
      {"GET", "/api/state", [this](const Call&) { return GetState(); }},
      {"POST", "/api/shape",
       [this](const Call& call) {
         session_->ChangeControls(ParseRequest(call.request.body));
         return RunAndControls();
       }},
      {"POST", "/api/run",
       [this](const Call& call) {
         session_->ControlRun(ParseRequest(call.request.body));
         return JsonReply({{"run", session_->RunJson()}});
       }},
      {"POST", "/api/melodies", by(&Service::PostMelody)},
      {"GET", "/api/melodies/*", by(&Service::GetMelody), {"tempo", "primer"}},
      {"POST", "/api/primer", by(&Service::PostPrimer)},
      {"GET", "/api/figures", by(&Service::GetFigures), {"model"}},
      {"GET", "/api/versions", [this](const Call&) { return JsonReply(VersionsJson()); }},
      {"POST", "/api/versions", by(&Service::PostVersion)},
      {"POST", "/api/versions/file", by(&Service::PostVersionFile), {"name"}},
      {"PATCH", "/api/versions/*", by(&Service::PatchVersion)},
      {"DELETE", "/api/versions/*", by(&Service::DeleteVersion)},
      {"POST", "/api/versions/*/restore",
       [this](const Call& call) {
         call.Body({});
         session_->Adopt(versions_->Read(NumberOf(call.part, "version")));
         return RunAndControls();
       }},
      {"GET", "/api/versions/*/file", by(&Service::GetVersionFile)},
  };
}

ServiceReply Service::GetState() const {
  // The id comes first, so that an event during the rest is repeated to the page, not missed.
  Json state = {{"program", options_.program}, {"event_id", events_.LastId()}};
  state.update(session_->State());
  state["vocabulary"] = options_.encoding.classes();
  state["playback"] = PlaybackJson(TuningControls().PlaybackOf(options_.encoding));
  state["music"] = MusicChoicesJson(options_.encoding);
  state["limits"] = LimitsJson();
  state["defaults"] = {{"temperature", 1}, {"tempo", kUsualTempo}, {"iterations", kIterations}};
  state["methods"] = MethodsJson();
  state["explorations"] = ExplorationsJson();
  state.update(VersionsJson());
  return JsonReply(state);
}

ServiceReply Service::RunAndControls() const {
  return JsonReply({{"shape", session_->Controls()}, {"run", session_->RunJson()}});
}

ServiceReply Service::Keep(const Json& version) {
  PublishVersions();
  return JsonReply({{"version", version}}, 201);
}

ServiceReply Service::PostVersion(const Call& call) {
  const RequestFields fields = call.Body({"name", "note"});
  PlayableVersion current = session_->Current();
  current.name = NameIn(fields).value_or("");
  current.note = fields.Text("note", kLongestNote).value_or("");
  current.created = options_.now();
  return Keep(versions_->Add(current, current.model));
}

ServiceReply Service::PostVersionFile(const Call& call) {
  // As it is: a name may look like a number.
  const std::map<std::string, std::string>& query = call.request.query;
  const auto name = NameIn({Json(query), {"name"}});
  return Keep(versions_->AddFile(call.request.body, name.value_or(""), options_.now(),
                                 session_->Current().controls));
}

ServiceReply Service::PatchVersion(const Call& call) {
  const RequestFields fields = call.Body({"name", "note"});
  const Json renamed = versions_->Rename(NumberOf(call.part, "version"), NameIn(fields),
                                         fields.Text("note", kLongestNote));
  PublishVersions();
  return JsonReply({{"version", renamed}});
}

ServiceReply Service::DeleteVersion(const Call& call) {
  call.Body({});
  versions_->Remove(NumberOf(call.part, "version"));
  PublishVersions();
  return JsonReply(VersionsJson());
}

ServiceReply Service::GetVersionFile(const Call& call) const {
  VersionFolder::File file = versions_->ReadWhole(NumberOf(call.part, "version"));
  return {.type = "application/octet-stream",
          .body = std::move(file.bytes),
          .download = std::move(file.name)};
}

}  // namespace rltuner::studio
