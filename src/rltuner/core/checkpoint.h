// SPDX-License-Identifier: Apache-2.0
// Saves the state of a long run, so that it can stop at any moment and be resumed.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rltuner/core/safetensors.h"

namespace rltuner {

// A folder with the newest checkpoint and the one before it, `newest.safetensors` and
// `previous.safetensors`. A crash or a full disk at any moment leaves at least one of them intact.
// Not thread-safe; one process at a time.
class CheckpointFolder {
 public:
  using Metadata = std::map<std::string, std::string>;

  // `kind` says what is saved ("training", "tuning"); a checkpoint of another kind is refused. Does
  // not access any file; Save makes the folder.
  CheckpointFolder(std::filesystem::path folder, std::string kind);

  const std::filesystem::path& path() const { return folder_; }

  // True if a checkpoint exists, damaged or not, including one that a killed Save left unfinished.
  bool HasAny() const;

  // Saves a new newest checkpoint; the newest so far becomes the previous one. The keys `format`,
  // `version`, `kind` and `checksum` of the metadata are set here. Throws the Errors of
  // core/files.h, and then leaves the existing checkpoints unchanged.
  void Save(std::span<const Tensor> tensors, Metadata metadata) const;

  // Returns the newest intact checkpoint, verified by its checksum, or nullopt if there is none. If
  // the newest one is damaged or missing, the previous one is used and a line in `warnings` says
  // so. Error if no checkpoint is intact and of this kind and version. Also tidies up after a
  // killed Save: a complete file becomes the newest checkpoint, a partial one is removed.
  std::optional<SafetensorsFile> Load(std::vector<std::string>* warnings) const;

  // Removes both checkpoints, then the folder if nothing else is in it.
  void Clear() const;

 private:
  void PutNextInItsPlace() const;

  std::filesystem::path folder_;
  std::string kind_;
};

// Error unless the file's metadata has `expected` under `key`. The message names the file and the
// first line that differs and, for TOML, its table. `what` is the value in words ("the recipe").
void RequireSameMetadata(const SafetensorsFile& file, const std::string& key,
                         std::string_view expected, std::string_view what);

}  // namespace rltuner
