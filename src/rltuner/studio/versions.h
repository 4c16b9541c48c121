// SPDX-License-Identifier: Apache-2.0
// Models kept under a name, each in one file that the command line accepts too.
#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "rltuner/nn/model.h"
#include "rltuner/studio/json.h"
#include "rltuner/studio/number_file.h"
#include "rltuner/studio/tuning_controls.h"

namespace rltuner::studio {

struct Version {
  std::int64_t id = 0;
  std::string name = {}, note = {};
  std::int64_t created = 0;  // seconds since 1970; 0: not known
  std::optional<std::int64_t> iteration = {};
  Json figures = nullptr;  // a row of progress
  TuningControls controls = {};
  bool tuned = false;
};

// A version with its model, so that it can play.
struct PlayableVersion : Version {
  Model model;
};

inline constexpr std::size_t kLongestName = 80, kLongestNote = 1000;  // characters
inline constexpr std::size_t kMostVersions = 200;

// The folder's files N.safetensors. They are model files whose metadata has, besides the recipe,
// the key `studio` with everything else about the version. A file that cannot be read is skipped.
// No number is given twice, even if its version was deleted. Thread-safe; one process at a time.
class VersionFolder {
 public:
  // `recipes`, those of the session, must outlive this object. Lines about skipped files are added
  // to `warnings`.
  VersionFolder(std::filesystem::path folder, std::span<const Recipe> recipes,
                std::vector<std::string>* warnings);

  // The data of the event `versions`, oldest first.
  Json List() const;

  // RequestError 404 if no version has this id.
  PlayableVersion Read(std::int64_t id) const;

  // Keeps a model and gives it a number; `version.id` is ignored. Without a name it is called
  // "Version N". A RequestError 409 if there are kMostVersions already.
  Json Add(Version version, const Model& model);

  // Checks a model file completely and keeps it. What the file does not say comes from `otherwise`.
  // Error if the bytes are not a model of melodies.
  Json AddFile(std::string_view bytes, std::string name, std::int64_t now,
               const TuningControls& otherwise);

  Json Rename(std::int64_t id, std::optional<std::string> name, std::optional<std::string> note);
  void Remove(std::int64_t id);

  // The name under which a browser saves the file, "Calm-folk.safetensors", and its bytes.
  struct File {
    std::string name, bytes;
  };
  File ReadWhole(std::int64_t id) const;

 private:
  std::filesystem::path PathOf(std::int64_t id) const;
  std::size_t Find(std::int64_t id) const;  // an index of versions_
  void Write(const Version& version, const Model& model) const;

  std::filesystem::path folder_;
  std::span<const Recipe> recipes_;
  mutable std::mutex mutex_;
  std::vector<Version> versions_;  // by id
  std::optional<NumberFile> numbers_;
};

}  // namespace rltuner::studio
