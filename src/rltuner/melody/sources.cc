// SPDX-License-Identifier: Apache-2.0
#include "rltuner/melody/sources.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <set>
#include <system_error>

#include "rltuner/core/error.h"
#include "rltuner/melody/score_format.h"

namespace rltuner {
namespace {

namespace fs = std::filesystem;

bool IsArchiveName(const std::string& name) {
  const std::string extension = LowerExtension(name);
  if (extension == ".zip" || extension == ".tar" || extension == ".tgz") return true;
  const bool compressed =
      extension == ".gz" || extension == ".bz2" || extension == ".xz" || extension == ".zst";
  return compressed && LowerExtension(name.substr(0, name.size() - extension.size())) == ".tar";
}

// Appends the files below `folder` in order of names. A folder that cannot be listed is an Error
// only if the user named it; below that it is left to the caller as a path that cannot be read.
void ListFolder(const fs::path& folder, bool named, std::set<fs::path>& visited,
                std::vector<fs::path>& files) {
  std::error_code error;
  const fs::path real = fs::canonical(folder, error);
  if (!error && !visited.insert(real).second) return;
  std::vector<fs::path> entries;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    if (!entry->path().filename().native().empty() &&
        entry->path().filename().native().front() != '.') {
      entries.push_back(entry->path());
    }
  }
  if (error) {
    if (named) Fail("{}: cannot list the folder: {}", folder.string(), error.message());
    files.push_back(folder);
    return;
  }
  std::sort(entries.begin(), entries.end(),
            [](const fs::path& a, const fs::path& b) { return a.native() < b.native(); });
  for (const fs::path& path : entries) {
    if (fs::is_directory(path, error)) {
      ListFolder(path, false, visited, files);
    } else if (const auto type = fs::status(path, error).type(); type == fs::file_type::regular ||
                                                                 type == fs::file_type::not_found ||
                                                                 type == fs::file_type::none) {
      files.push_back(path);  // a dangling link is reported as unreadable
    }
  }
}

Rejection Problem(Refusal refusal, std::string detail) { return {refusal, {}, std::move(detail)}; }

}  // namespace

// Streams the entries of one archive.
class Sources::Archive {
 public:
  Archive(const fs::path& path, const SourceLimits& limits)
      : name_(DisplayName(path.string())), limits_(limits), reader_(archive_read_new()) {
    std::error_code error;
    const auto size = fs::file_size(path, error);
    budget_ = std::max(limits_.file_bytes, (error ? 0 : size) * limits_.expansion);
    archive_read_support_filter_all(reader_.get());
    archive_read_support_format_zip(reader_.get());
    archive_read_support_format_tar(reader_.get());
    constexpr std::size_t kBlock = 1 << 16;
    if (archive_read_open_filename(reader_.get(), path.string().c_str(), kBlock) != ARCHIVE_OK) {
      failure_ = Message();
    }
  }

  // The next regular file in it; false at the end.
  bool Next(SourceFile& file) {
    while (!ended_) {
      if (!failure_.empty()) return GiveUp(file, Refusal::kUnreadable, failure_);
      archive_entry* entry = nullptr;
      const int status = archive_read_next_header(reader_.get(), &entry);
      if (status == ARCHIVE_EOF) {
        ended_ = true;
        if (entries_ == 0) return GiveUp(file, Refusal::kUnreadable, "the archive is empty");
        return false;
      }
      if (status < ARCHIVE_WARN) return GiveUp(file, Refusal::kUnreadable, Message());
      ++entries_;
      if (archive_entry_filetype(entry) != AE_IFREG) continue;
      file = {};
      file.name = name_ + ":" + DisplayName(EntryName(entry));
      return ReadEntry(file);
    }
    return false;
  }

 private:
  struct Close {
    void operator()(struct archive* reader) const { archive_read_free(reader); }
  };

  // libarchive gives no name where it cannot convert one.
  std::string EntryName(archive_entry* entry) const {
    if (const char* name = archive_entry_pathname_utf8(entry)) return name;
    if (const char* name = archive_entry_pathname(entry)) return name;
    return fmt::format("entry {}", entries_);
  }

  // Reads even what is too large to its end: that is how the next entry is reached, and the budget
  // must see it.
  bool ReadEntry(SourceFile& file) {
    bool too_large = false;
    while (true) {
      const void* block = nullptr;
      std::size_t size = 0;
      la_int64_t offset = 0;
      const int status = archive_read_data_block(reader_.get(), &block, &size, &offset);
      if (status == ARCHIVE_EOF) break;
      if (status < ARCHIVE_WARN) {
        file.problem = Problem(Refusal::kUnreadable, Message());
        ended_ = status == ARCHIVE_FATAL;
        return true;
      }
      unpacked_ += size;
      if (unpacked_ > budget_) {
        ended_ = true;
        file.bytes = {};
        file.problem =
            Problem(Refusal::kTooLarge,
                    fmt::format("the archive unpacks to more than {} times its size; the "
                                "rest of it was left out",
                                limits_.expansion));
        return true;
      }
      const auto begin = static_cast<std::uint64_t>(offset);  // sparse entries skip bytes
      if (begin > limits_.file_bytes || size > limits_.file_bytes - begin) too_large = true;
      if (too_large) {
        file.bytes = {};
        continue;
      }
      file.bytes.resize(begin);
      const auto* bytes = static_cast<const std::uint8_t*>(block);
      file.bytes.insert(file.bytes.end(), bytes, bytes + size);
    }
    if (too_large) {
      file.problem =
          Problem(Refusal::kTooLarge, fmt::format("larger than {} MiB", limits_.file_bytes >> 20));
    }
    return true;
  }

  bool GiveUp(SourceFile& file, Refusal refusal, std::string detail) {
    ended_ = true;
    file = {};
    file.name = name_;
    file.problem = Problem(refusal, std::move(detail));
    return true;
  }

  std::string Message() const {
    const char* text = archive_error_string(reader_.get());
    return text == nullptr ? "the archive is damaged" : DisplayName(text);
  }

  std::string name_;
  SourceLimits limits_;
  std::unique_ptr<struct archive, Close> reader_;
  std::uint64_t budget_ = 0;
  std::uint64_t unpacked_ = 0;
  std::int64_t entries_ = 0;
  std::string failure_;
  bool ended_ = false;
};

Sources::Sources(std::vector<fs::path> paths, SourceLimits limits) : limits_(limits) {
  std::set<fs::path> visited;
  for (const fs::path& path : paths) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (status.type() == fs::file_type::not_found) {
      Fail("{}: no such file or folder", path.string());
    }
    if (error) Fail("{}: {}", path.string(), error.message());
    if (fs::is_directory(status)) {
      ListFolder(path, true, visited, files_);
    } else {
      files_.push_back(path);
    }
  }
  if (files_.empty()) {
    Fail("{}: no files in it; expected {} files, folders or archives (.zip, .tar, .tar.gz)",
         paths.empty() ? "no path" : paths.front().string(), ScoreFormatNames());
  }
}

Sources::~Sources() = default;

bool Sources::Next(SourceFile& file) {
  while (true) {
    if (archive_) {
      if (archive_->Next(file)) return true;
      archive_.reset();
    }
    if (next_ == files_.size()) return false;
    const fs::path& path = files_[next_++];
    if (IsArchiveName(path.string())) {
      archive_ = std::make_unique<Archive>(path, limits_);
      continue;
    }
    file = {};
    file.name = DisplayName(path.string());
    file.path = path;
    return true;
  }
}

std::string DisplayName(std::string_view bytes) {
  std::string name;
  for (std::size_t i = 0; i < bytes.size();) {
    const auto byte = static_cast<unsigned char>(bytes[i]);
    const std::size_t length = byte < 0x80                    ? 1
                               : byte >= 0xC2 && byte < 0xE0  ? 2
                               : byte >= 0xE0 && byte < 0xF0  ? 3
                               : byte >= 0xF0 && byte <= 0xF4 ? 4
                                                              : 0;
    bool valid = length > 0 && i + length <= bytes.size() && byte >= 0x20 && byte != 0x7F;
    std::uint32_t code = length == 1 ? byte : byte & (0x7FU >> length);
    for (std::size_t k = 1; valid && k < length; ++k) {
      const auto next = static_cast<unsigned char>(bytes[i + k]);
      valid = (next & 0xC0U) == 0x80;
      code = code << 6 | (next & 0x3FU);
    }
    valid = valid && !(length == 3 && (code < 0x800 || (code >= 0xD800 && code < 0xE000))) &&
            !(length == 4 && (code < 0x10000 || code > 0x10FFFF));
    if (valid) {
      name += bytes.substr(i, length);
      i += length;
    } else {
      name += fmt::format("\\x{:02X}", byte);
      ++i;
    }
  }
  return name;
}

}  // namespace rltuner
