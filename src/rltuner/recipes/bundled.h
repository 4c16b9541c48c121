// SPDX-License-Identifier: Apache-2.0
// The recipes and the Note RNN that are part of the program itself, so that it works from anywhere.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rltuner/nn/model.h"

namespace rltuner {

// The names of the bundled models, models/NAME.safetensors: "default", "folk".
std::vector<std::string> BundledModels();

// The bytes of one of them; Error if the program was built without it.
std::span<const std::byte> BundledModel(std::string_view name = "default");

struct RecipeText {
  std::string text;
  std::string source;  // "recipe paper" or the file's path, for errors
};

// The names of the bundled recipes: recipes/KIND/NAME.toml and recipes/NAME.toml.
std::vector<std::string> RecipeNames(std::string_view kind);

// A bundled recipe, or else the file of that path: TOML, or a tuned model, whose recipe is used.
// Otherwise an Error that names the bundled ones.
RecipeText FindRecipe(std::string_view kind, const std::string& name_or_file);

// The name of the bundled Note RNN wherever a command takes a model.
inline constexpr const char* kDefaultModel = "default";

// The bundled Note RNN of that name, else the model file of that path, checked completely. With
// `melodies`, a model of other sequences is an Error too.
Model LoadModel(const std::string& name_or_path, bool melodies = true);

}  // namespace rltuner
