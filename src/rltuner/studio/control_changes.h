// SPDX-License-Identifier: Apache-2.0
// How the controls are changed: by presets and by requests.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rltuner/melody/encoding.h"
#include "rltuner/studio/json.h"
#include "rltuner/studio/tuning_controls.h"

namespace rltuner::studio {

// Ready-made settings of the controls to begin from: a recipe, or a recipe with a wish.
struct Preset {
  std::string name, title, summary;
  std::string recipe;     // the recipe it uses, or another of that family
  std::string rule = {};  // the rule of the wish; "": no wish
  double place = 0;       // where the rule's slider stands, -1 .. 1 (Slider::At)
};

// The first recipe of each family, unchanged. A recipe that finds weights is followed by presets
// that add one wish each. Needs at least one recipe.
std::vector<Preset> MakePresets(std::span<const Recipe> recipes);

// nullptr if there is none of that name.
const Preset* FindPreset(std::span<const Preset> presets, std::string_view name);

Json PresetsJson(std::span<const Preset> presets);

// The fields of a request to /api/shape.
RequestFields ControlsRequest(const Json& request);

// What a request may choose from.
struct Offer {
  std::span<const Recipe> recipes;
  std::span<const Preset> presets;
  const Encoding& encoding;  // of the model
};

// Changes what the request names; an Error leaves the controls as they were.
void ChangeControls(const RequestFields& request, const Offer& offer, TuningControls* controls);

}  // namespace rltuner::studio
