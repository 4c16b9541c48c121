// SPDX-License-Identifier: Apache-2.0
#include "rltuner/core/checkpoint.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include "rltuner/core/error.h"
#include "rltuner/core/files.h"
#include "rltuner/core/hash.h"

namespace rltuner {
namespace {

constexpr const char* kFormat = "rltuner-checkpoint";
constexpr const char* kVersion = "3";
constexpr const char* kNewest = "newest.safetensors";
constexpr const char* kPrevious = "previous.safetensors";
constexpr const char* kNext = "next.safetensors";  // whole, but not yet in its place

std::string ChecksumOf(std::vector<const Tensor*> tensors,
                       const CheckpointFolder::Metadata& metadata) {
  std::ranges::sort(tensors, [](const Tensor* a, const Tensor* b) { return a->name < b->name; });
  Hasher sum;
  for (const auto& [key, value] : metadata) {
    if (key == "checksum") continue;
    sum.Add(key);
    sum.Add(value);
  }
  for (const Tensor* tensor : tensors) {
    sum.Add(tensor->name);
    sum.Add(DTypeName(tensor->dtype));
    sum.Add(std::as_bytes(std::span(tensor->shape)));
    sum.Add(tensor->bytes);
  }
  const Hash128 hash = sum.Hash();
  return fmt::format("{:016x}{:016x}", hash.high, hash.low);
}

bool Exists(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

SafetensorsFile OpenWhole(const std::filesystem::path& file_path, const std::string& kind) {
  const std::string path = file_path.string();
  if (!Exists(file_path)) Fail("{}: missing", path);
  SafetensorsFile file(file_path);
  if (file.Metadata("format") != kFormat) Fail("{}: not a checkpoint of rltuner", path);
  if (file.Metadata("version", "missing") != kVersion) {
    Fail("{}: checkpoint version {}; this program reads version {}", path,
         file.Metadata("version", "missing"), kVersion);
  }
  if (file.Metadata("kind", "unknown") != kind) {
    Fail("{}: a checkpoint of {}, expected one of {}", path, file.Metadata("kind", "unknown"),
         kind);
  }
  std::vector<const Tensor*> tensors;
  for (const auto& [name, tensor] : file.tensors()) tensors.push_back(&tensor);
  if (file.Metadata("checksum") != ChecksumOf(std::move(tensors), file.metadata())) {
    Fail("{}: damaged: its bytes do not match its checksum", path);
  }
  return file;
}

void RenameFile(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::error_code error;
  std::filesystem::rename(from, to, error);
  if (error) Fail("{}: cannot rename to {}: {}", from.string(), to.string(), error.message());
}

// Lines of TOML, each with its table in front: "[training] seed = 1".
std::vector<std::string> QualifiedLines(std::string_view text) {
  std::vector<std::string> lines;
  std::string table;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string line(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty()) continue;
    if (line.front() == '[') {
      table = line + ' ';
    } else {
      lines.push_back(table + line);
    }
  }
  return lines;
}

}  // namespace

CheckpointFolder::CheckpointFolder(std::filesystem::path folder, std::string kind)
    : folder_(std::move(folder)), kind_(std::move(kind)) {}

bool CheckpointFolder::HasAny() const {
  return Exists(folder_ / kNewest) || Exists(folder_ / kPrevious) || Exists(folder_ / kNext);
}

void CheckpointFolder::Save(std::span<const Tensor> tensors, Metadata metadata) const {
  metadata["format"] = std::string(kFormat);
  metadata["version"] = std::string(kVersion);
  metadata["kind"] = kind_;
  std::vector<const Tensor*> pointers;
  for (const Tensor& tensor : tensors) pointers.push_back(&tensor);
  metadata["checksum"] = ChecksumOf(std::move(pointers), metadata);
  RemoveTemporaryFiles(folder_);
  // Written completely before the others are touched, so a full disk destroys neither of them.
  WriteSafetensors(folder_ / kNext, tensors, metadata);
  PutNextInItsPlace();
}

void CheckpointFolder::PutNextInItsPlace() const {
  if (Exists(folder_ / kNewest)) RenameFile(folder_ / kNewest, folder_ / kPrevious);
  RenameFile(folder_ / kNext, folder_ / kNewest);
}

std::optional<SafetensorsFile> CheckpointFolder::Load(std::vector<std::string>* warnings) const {
  if (!HasAny()) return std::nullopt;
  RemoveTemporaryFiles(folder_);
  if (Exists(folder_ / kNext)) PutNextInItsPlace();
  const std::filesystem::path newest = folder_ / kNewest;
  const std::filesystem::path previous = folder_ / kPrevious;
  std::string fault;
  try {
    return OpenWhole(newest, kind_);
  } catch (const Error& error) {
    fault = error.what();
  }
  try {
    OpenWhole(previous, kind_);
  } catch (const Error& error) {
    Fail("{}; the previous checkpoint cannot be used either: {}; remove {} to restart", fault,
         error.what(), folder_.string());
  }
  // Otherwise the next Save would replace the last intact checkpoint with the damaged one.
  RenameFile(previous, newest);
  warnings->push_back(
      fmt::format("{}; continuing from the previous checkpoint, {}", fault, previous.string()));
  return SafetensorsFile(newest);
}

void CheckpointFolder::Clear() const {
  std::error_code ignored;
  for (const char* name : {kNewest, kPrevious, kNext}) {
    std::filesystem::remove(folder_ / name, ignored);
  }
  std::filesystem::remove(folder_, ignored);  // fails, as wanted, if something else is in it
}

void RequireSameMetadata(const SafetensorsFile& file, const std::string& key,
                         std::string_view expected, std::string_view what) {
  const std::string saved = file.Metadata(key);
  if (saved == expected) return;
  const std::vector<std::string> there = QualifiedLines(saved);
  const std::vector<std::string> here = QualifiedLines(expected);
  const auto missing_from = [](const std::vector<std::string>& lines,
                               const std::vector<std::string>& others) -> std::string {
    for (const std::string& line : lines) {
      if (std::ranges::find(others, line) == others.end()) return line;
    }
    return "nothing";
  };
  Fail("{}: the checkpoint is of another run: {} differs: {} there, {} here", file.path().string(),
       what, missing_from(there, here), missing_from(here, there));
}

}  // namespace rltuner
