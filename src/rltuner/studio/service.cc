// SPDX-License-Identifier: Apache-2.0
// Routing, state, shape, run and versions; service_melodies.cc handles melodies.
#include "rltuner/studio/service.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "rltuner/core/text.h"
#include "rltuner/tuning/methods.h"

namespace rltuner::studio {
namespace {

// The part of `path` where the pattern has its *, "" without one; nullopt if it is another path.
std::optional<std::string_view> Match(std::string_view pattern, std::string_view path) {
  const std::size_t star = pattern.find('*');
  if (star == std::string_view::npos) {
    return pattern == path ? std::optional<std::string_view>("") : std::nullopt;
  }
  const std::string_view rest = pattern.substr(star + 1);
  if (path.size() + 1 < pattern.size() || !path.starts_with(pattern.substr(0, star)) ||
      !path.ends_with(rest)) {
    return std::nullopt;
  }
  const std::string_view part = path.substr(star, path.size() - star - rest.size());
  return part.find('/') == std::string_view::npos ? std::optional(part) : std::nullopt;
}

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

std::string NameIn(const RequestFields& fields) {
  std::string name = fields.Text("name", kLongestName).value_or("");
  if (name.find_first_not_of(' ') == std::string::npos) Fail("name is empty; expected a name");
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
                                                &warnings_)) {}

const std::vector<Service::Route>& Service::Routes() {
  static const std::vector<Route> routes = {
      {"GET", "/api/state", &Service::GetState},
      {"POST", "/api/shape", &Service::PostControls},
      {"POST", "/api/run", &Service::PostRun},
      {"POST", "/api/melodies", &Service::PostMelody},
      {"GET", "/api/melodies/*", &Service::GetMelody, {"tempo", "primer"}},
      {"POST", "/api/primer", &Service::PostPrimer},
      {"GET", "/api/figures", &Service::GetFigures, {"model"}},
      {"GET", "/api/versions", &Service::GetVersions},
      {"POST", "/api/versions", &Service::PostVersion},
      {"POST", "/api/versions/file", &Service::PostVersionFile, {"name"}},
      {"PATCH", "/api/versions/*", &Service::PatchVersion},
      {"DELETE", "/api/versions/*", &Service::DeleteVersion},
      {"POST", "/api/versions/*/restore", &Service::RestoreVersion},
      {"GET", "/api/versions/*/file", &Service::GetVersionFile},
  };
  return routes;
}

ServiceReply Service::Handle(const ServiceRequest& request) {
  return Reply([&] {
    bool other_method = false;
    for (const Route& route : Routes()) {
      const auto part = Match(route.pattern, request.path);
      if (!part) continue;
      other_method = true;
      if (route.method != request.method) continue;
      for (const auto& [key, value] : request.query) {
        if (std::ranges::count(route.query, key) > 0) continue;
        Fail("unknown field {} after the ?; known: {}", Shown(key), fmt::join(route.query, ", "));
      }
      return (this->*route.answer)({request, *part});
    }
    return other_method ? ErrorReply(405, request.method + " is not possible here")
                        : ErrorReply(404, "there is nothing at this address");
  });
}

ServiceReply Service::GetState(const Call& /*call*/) {
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

Json Service::RunAndControls() const {
  return {{"shape", session_->Controls()}, {"run", session_->RunJson()}};
}

ServiceReply Service::PostControls(const Call& call) {
  session_->ChangeControls(ParseRequest(call.request.body));
  return JsonReply(RunAndControls());
}

ServiceReply Service::PostRun(const Call& call) {
  session_->ControlRun(ParseRequest(call.request.body));
  return JsonReply({{"run", session_->RunJson()}});
}

void Service::PublishVersions() { events_.Publish("versions", ToText(VersionsJson())); }

ServiceReply Service::GetVersions(const Call& /*call*/) { return JsonReply(VersionsJson()); }

ServiceReply Service::PostVersion(const Call& call) {
  const Json body = ParseRequest(call.request.body);
  const RequestFields fields(body, {"name", "note"});
  PlayableVersion current = session_->Current();
  current.name = NameIn(fields);
  current.note = fields.Text("note", kLongestNote).value_or("");
  current.created = options_.now();
  const Json kept = versions_->Add(current, current.model);
  PublishVersions();
  return JsonReply({{"version", kept}}, 201);
}

ServiceReply Service::PostVersionFile(const Call& call) {
  std::string name;
  if (const auto found = call.request.query.find("name"); found != call.request.query.end()) {
    name = NameIn(RequestFields(Json{{"name", found->second}}, {"name"}));
  }
  const Json kept = versions_->AddFile(call.request.body, std::move(name), options_.now(),
                                       session_->Current().controls);
  PublishVersions();
  return JsonReply({{"version", kept}}, 201);
}

ServiceReply Service::PatchVersion(const Call& call) {
  const Json body = ParseRequest(call.request.body);
  const RequestFields fields(body, {"name", "note"});
  std::optional<std::string> name;
  if (fields.Find("name") != nullptr) name = NameIn(fields);
  const Json renamed = versions_->Rename(NumberOf(call.part, "version"), std::move(name),
                                         fields.Text("note", kLongestNote));
  PublishVersions();
  return JsonReply({{"version", renamed}});
}

ServiceReply Service::RestoreVersion(const Call& call) {
  session_->Adopt(versions_->Read(NumberOf(call.part, "version")));
  return JsonReply(RunAndControls());
}

ServiceReply Service::DeleteVersion(const Call& call) {
  versions_->Remove(NumberOf(call.part, "version"));
  PublishVersions();
  return JsonReply(VersionsJson());
}

ServiceReply Service::GetVersionFile(const Call& call) {
  VersionFolder::File file = versions_->ReadWhole(NumberOf(call.part, "version"));
  return {.type = "application/octet-stream",
          .body = std::move(file.bytes),
          .download = std::move(file.name)};
}

}  // namespace rltuner::studio
