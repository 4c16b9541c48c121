// SPDX-License-Identifier: Apache-2.0
#include "rltuner/cli/model_argument.h"

#include "rltuner/cli/bundled.h"
#include "rltuner/core/error.h"
#include "rltuner/core/safetensors.h"
#include "rltuner/melody/events.h"

namespace rltuner {

Model LoadModel(const std::string& default_or_path, bool melodies) {
  Model model = default_or_path == kDefaultModel
                    ? ReadModel(SafetensorsFile(BundledModel(), "the bundled model"))
                    : ReadModel(default_or_path);
  const int vocabulary = model.network.shape().vocabulary;
  if (melodies && vocabulary != kVocabulary) {
    Fail("{}: the model has {} classes; expected the {} events of a melody", default_or_path,
         vocabulary, kVocabulary);
  }
  return model;
}

}  // namespace rltuner
