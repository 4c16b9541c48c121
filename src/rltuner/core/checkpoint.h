// SPDX-License-Identifier: Apache-2.0
// Where a long run keeps its state, so that it can be stopped at any moment and gone on with.
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
// `previous.safetensors`. A crash or a full disk at any moment leaves at least one of them whole.
// Not thread-safe; one process at a time.
class CheckpointFolder {
 public:
  using Metadata = std::map<std::string, std::string>;

  // `kind` says what is saved ("training", "tuning"): a checkpoint of another kind is refused.
  // Touches no file; Save makes the folder.
  CheckpointFolder(std::filesystem::path folder, std::string kind);

  const std::filesystem::path& path() const { return folder_; }

  // True if there is a checkpoint, damaged or not, in its place or about to be put there.
  bool HasAny() const;

  // The newest checkpoint becomes the previous one, this one the newest. The keys `format`,
  // `version`, `kind` and `checksum` of the metadata are set here. Errors are those of
  // core/files.h; the checkpoints before are then as they were. No file that Load gave may be open
  // (Windows keeps the names of open files).
  void Save(std::span<const Tensor> tensors, Metadata metadata) const;

  // Ends what a killed Save began: a whole file is put in its place, a half-written one removed.
  // The newest checkpoint that is whole, checked by its checksum; nullopt if there is none at all.
  // One that is damaged or missing gives its place to the one before, and a line that says so is
  // added to `warnings`. An Error if all that is there is damaged or of another kind or version.
  std::optional<SafetensorsFile> Load(std::vector<std::string>* warnings) const;

  // Removes both checkpoints, and the folder if it is empty then.
  void Clear() const;

 private:
  void PutNextInItsPlace() const;

  std::filesystem::path folder_;
  std::string kind_;
};

// Fails unless the file's metadata has `expected` under `key`. The line names the file and the
// first line that differs, `what` says in words what the key holds ("the recipe"); in TOML text the
// line is given with its table.
void RequireSameMetadata(const SafetensorsFile& file, const std::string& key,
                         std::string_view expected, std::string_view what);

}  // namespace rltuner
