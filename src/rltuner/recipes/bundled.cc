// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>

#include "rltuner/core/embedded_file.h"
#include "rltuner/core/error.h"
#include "rltuner/core/files.h"
#include "rltuner/core/safetensors.h"
#include "rltuner/core/settings.h"
#include "rltuner/melody/encoding.h"
#include "rltuner/recipes/recipes.h"

namespace rltuner {
namespace {

constexpr std::string_view kModels = "models/", kModelEnding = ".safetensors";
constexpr std::uint64_t kLongestRecipe = 1 << 20;  // bytes

const EmbeddedFile* Find(std::string_view path) {
  const auto files = BundledFiles();
  const auto found =
      std::ranges::find_if(files, [&](const EmbeddedFile& file) { return file.path == path; });
  return found == files.end() ? nullptr : &*found;
}

// The recipe that a tuned model was made with.
RecipeText RecipeOfModel(const std::string& path) {
  const SafetensorsFile file(path);
  const std::string recipe = file.Metadata("recipe");
  if (recipe.empty()) {
    Fail("{}: no recipe in this file; expected a TOML file or a tuned model", path);
  }
  return {recipe, "recipe of " + path};
}

// The bytes of a bundled model.
std::span<const std::byte> BundledModel(std::string_view name) {
  const std::string path = fmt::format("{}{}{}", kModels, name, kModelEnding);
  const EmbeddedFile* const file = Find(path);
  if (file == nullptr) {
    Fail("this program was built without {}; give a model file instead", path);
  }
  return file->bytes;
}

}  // namespace

std::vector<std::string> BundledModels() {
  std::vector<std::string> names;
  for (const auto& [path, bytes] : BundledFiles()) {
    if (!path.starts_with(kModels) || !path.ends_with(kModelEnding)) continue;
    names.emplace_back(
        path.substr(kModels.size(), path.size() - kModels.size() - kModelEnding.size()));
  }
  return names;
}

std::vector<std::string> RecipeNames(std::string_view kind) {
  constexpr std::string_view kEnding = ".toml";
  std::vector<std::string> names;
  for (const std::string& folder : {fmt::format("recipes/{}/", kind), std::string("recipes/")}) {
    for (const EmbeddedFile& file : BundledFiles()) {
      if (!file.path.starts_with(folder) || !file.path.ends_with(kEnding)) continue;
      const std::string name(
          file.path.substr(folder.size(), file.path.size() - folder.size() - kEnding.size()));
      if (name.find('/') == std::string::npos && std::ranges::find(names, name) == names.end()) {
        names.push_back(name);
      }
    }
  }
  std::ranges::sort(names);
  return names;
}

RecipeText FindRecipe(std::string_view kind, const std::string& name_or_file) {
  for (const std::string& path : {fmt::format("recipes/{}/{}.toml", kind, name_or_file),
                                  fmt::format("recipes/{}.toml", name_or_file)}) {
    const EmbeddedFile* const file = Find(path);
    if (file == nullptr) continue;
    return {std::string(reinterpret_cast<const char*>(file->bytes.data()), file->bytes.size()),
            "recipe " + name_or_file};
  }
  const bool is_path = name_or_file.find_first_of("/\\.") != std::string::npos;
  if (!is_path && !std::filesystem::exists(name_or_file)) {
    const std::vector<std::string> names = RecipeNames(kind);
    const std::string nearest = NearestName(name_or_file, names);
    Fail("there is no recipe {}; {}", name_or_file,
         !nearest.empty()
             ? fmt::format("did you mean {}?", nearest)
             : fmt::format("expected a TOML file or one of: {}", fmt::join(names, ", ")));
  }
  if (name_or_file.ends_with(".safetensors")) return RecipeOfModel(name_or_file);
  return {ReadTextFile(name_or_file, kLongestRecipe), name_or_file};
}

Model LoadModel(const std::string& name_or_path, bool melodies) {
  const std::vector<std::string> bundled = BundledModels();
  const bool is_bundled =
      name_or_path == kDefaultModel || std::ranges::find(bundled, name_or_path) != bundled.end();
  if (!is_bundled && !std::filesystem::exists(name_or_path)) {
    Fail("{}: no such file; expected a model or the name of a bundled one: {}", name_or_path,
         fmt::join(bundled, ", "));
  }
  Model model = is_bundled ? ReadModel(SafetensorsFile(BundledModel(name_or_path),
                                                       "the bundled model " + name_or_path))
                           : ReadModel(name_or_path);
  const NetworkShape& shape = model.network.shape();
  if (melodies) {
    EncodingOfNetwork(model.encoding, shape.vocabulary, shape.inputs(0), name_or_path);
  }
  return model;
}

}  // namespace rltuner
