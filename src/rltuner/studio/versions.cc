// SPDX-License-Identifier: Apache-2.0
#include "rltuner/studio/versions.h"

#include <algorithm>
#include <cctype>

#include "rltuner/core/files.h"
#include "rltuner/core/safetensors.h"
#include "rltuner/core/text.h"
#include "rltuner/evaluation/evaluate.h"

namespace rltuner::studio {
namespace {

constexpr const char* kMetadataKey = "studio";

// The version in a model file's metadata; what is missing comes from `otherwise`.
Version ReadVersion(const SafetensorsFile& file, const Model& model,
                    const TuningControls& otherwise) {
  MelodyEncodingOf(model);
  Version version{.controls = otherwise, .tuned = model.tuned()};
  TuningControls& controls = version.controls;
  controls.preset.clear();
  const auto found = file.metadata().find(kMetadataKey);
  const bool is_kept = found != file.metadata().end();
  if (model.tuned() || is_kept) {
    controls.length = TuningOptions().length;
    if (!model.recipe.empty()) {
      TakeRecipe(ReadTuningRecipe({model.recipe, file.path().string()}), &controls);
    }
  }
  if (model.tuned()) controls.SetMethod(model.method);
  if (!is_kept) return version;
  const Json details = ParseRequest(found->second);
  const RequestFields fields(details, {"name", "note", "created", "iteration", "figures",
                                       "temperature", "preset", "recipe", "music", "instrument"});
  version.name = fields.Text("name", kLongestName).value_or("");
  version.note = fields.Text("note", kLongestNote).value_or("");
  version.created = fields.Whole("created", 0, INT64_MAX).value_or(0);
  version.iteration = fields.Whole("iteration", 0, INT64_MAX);
  controls.temperature =
      std::clamp(fields.Number("temperature", 0, 4).value_or(1), kColdest, kHottest);
  controls.preset = fields.Text("preset", kLongestName).value_or("");
  controls.recipe = fields.Text("recipe", kLongestName).value_or(controls.recipe);
  TakeInstrument(details, &controls);
  const Json* const figures = fields.Find("figures");
  if (figures != nullptr && figures->is_object()) version.figures = *figures;
  return version;
}

std::string Details(const Version& version) {
  Json details = {{"name", version.name},
                  {"note", version.note},
                  {"created", version.created},
                  {"temperature", version.controls.temperature},
                  {"preset", version.controls.preset},
                  {"recipe", version.controls.recipe},
                  {"instrument", version.controls.instrument},
                  {"figures", version.figures}};
  if (version.iteration) details["iteration"] = *version.iteration;
  return ToText(details);
}

// N of "N.safetensors", 0 for other names.
std::int64_t NumberOf(const std::filesystem::path& path) {
  const std::string stem = path.stem().string();
  if (path.extension() != ".safetensors") return 0;
  return std::max<std::int64_t>(ParseNumber<std::int64_t>(stem).value_or(0), 0);
}

// The name with letters, digits, dashes and all characters beyond ASCII.
std::string FileName(const Version& version) {
  std::string name = version.name;
  std::ranges::replace_if(
      name, [](unsigned char c) { return c < 0x80 && std::isalnum(c) == 0; }, '-');
  return (name.empty() ? "version-" + std::to_string(version.id) : name) + ".safetensors";
}

Json ToJson(const Version& version) {
  return {{"id", version.id},
          {"name", version.name},
          {"note", version.note},
          {"created", version.created},
          {"method", version.tuned ? version.controls.method : "note-rnn"},
          {"iteration", OrNull(version.iteration)},
          {"shape", ControlsJson(version.controls)},
          {"figures", version.figures},
          {"file", FileName(version)}};
}

}  // namespace

VersionFolder::VersionFolder(std::filesystem::path folder, std::span<const Recipe> recipes,
                             std::vector<std::string>* warnings)
    : folder_(std::move(folder)), recipes_(recipes) {
  MakeFolder(folder_);
  std::int64_t greatest = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    const std::int64_t id = NumberOf(entry.path());
    if (id == 0) continue;
    try {
      const SafetensorsFile file(entry.path());
      versions_.push_back(ReadVersion(file, ReadModel(file), TuningControls()));
      versions_.back().id = id;
    } catch (const std::exception& error) {
      warnings->push_back(fmt::format("version {} is skipped: {}", id, error.what()));
    }
    greatest = std::max(greatest, id);
  }
  std::ranges::sort(versions_, {}, &Version::id);
  numbers_.emplace(folder_ / "last-number", 1, greatest);
}

Json VersionFolder::List() const {
  const std::scoped_lock lock(mutex_);
  Json list = Json::array();
  for (const Version& version : versions_) list.push_back(ToJson(version));
  return list;
}

PlayableVersion VersionFolder::Read(std::int64_t id) const {
  const std::scoped_lock lock(mutex_);
  return {versions_[Find(id)], ReadModel(PathOf(id))};
}

Json VersionFolder::AddFile(std::string_view bytes, std::string name, std::int64_t now,
                            const TuningControls& otherwise) {
  // Tensors are read in place, so the bytes must be aligned as in a file.
  const std::vector<std::max_align_t> aligned = [&] {
    std::vector<std::max_align_t> copy(bytes.size() / sizeof(std::max_align_t) + 1);
    std::ranges::copy(bytes, reinterpret_cast<char*>(copy.data()));
    return copy;
  }();
  const SafetensorsFile file(std::as_bytes(std::span(aligned)).first(bytes.size()),
                             "the uploaded file");
  const Model model = ReadModel(file);
  Version version = ReadVersion(file, model, otherwise);
  if (!name.empty()) version.name = std::move(name);
  version.created = now;
  return Add(std::move(version), model);
}

Json VersionFolder::Add(Version version, const Model& model) {
  const std::scoped_lock lock(mutex_);
  if (versions_.size() >= kMostVersions) {
    throw RequestError(409, fmt::format("there are {} versions; delete one before keeping another",
                                        kMostVersions));
  }
  version.id = numbers_->Next();
  if (version.name.empty()) version.name = fmt::format("Version {}", version.id);
  version.tuned = model.tuned();
  Write(version, model);
  versions_.push_back(std::move(version));
  return ToJson(versions_.back());
}

void VersionFolder::Write(const Version& version, const Model& model) const {
  Model named = model;
  if (named.recipe.empty()) named.recipe = RecipeFor(version.controls, recipes_);
  try {
    WriteModel(PathOf(version.id), named, {{kMetadataKey, Details(version)}});
  } catch (const Error& error) {
    throw RequestError(503, error.what());
  }
}

Json VersionFolder::Rename(std::int64_t id, std::optional<std::string> name,
                           std::optional<std::string> note) {
  const std::scoped_lock lock(mutex_);
  Version& kept = versions_[Find(id)];
  Version renamed = kept;
  if (name) renamed.name = std::move(*name);
  if (note) renamed.note = std::move(*note);
  Write(renamed, ReadModel(PathOf(id)));
  kept = std::move(renamed);
  return ToJson(kept);
}

void VersionFolder::Remove(std::int64_t id) {
  const std::scoped_lock lock(mutex_);
  const auto found = versions_.begin() + static_cast<std::ptrdiff_t>(Find(id));
  std::filesystem::remove(PathOf(id));
  versions_.erase(found);
}

VersionFolder::File VersionFolder::ReadWhole(std::int64_t id) const {
  const std::scoped_lock lock(mutex_);
  return {.name = FileName(versions_[Find(id)]), .bytes = ReadTextFile(PathOf(id))};
}

std::filesystem::path VersionFolder::PathOf(std::int64_t id) const {
  return folder_ / (std::to_string(id) + ".safetensors");
}

std::size_t VersionFolder::Find(std::int64_t id) const {
  const auto found = std::ranges::find(versions_, id, &Version::id);
  if (found == versions_.end()) throw RequestError(404, fmt::format("there is no version {}", id));
  return static_cast<std::size_t>(found - versions_.begin());
}

}  // namespace rltuner::studio
