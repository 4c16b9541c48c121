// SPDX-License-Identifier: Apache-2.0
#include "rltuner/melody/sources.h"

#include <archive.h>
#include <archive_entry.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <system_error>
#include <utility>

#include "rltuner/core/error.h"
#include "rltuner/core/files.h"
#include "rltuner/core/text.h"
#include "rltuner/core/utf8_names.h"
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
// only if the user named it; otherwise it is added as a path that cannot be read.
void ListFolder(const fs::path& folder, bool named, std::set<fs::path>& visited,
                std::vector<std::string>& files) {
  std::error_code error;
  const fs::path real = fs::canonical(folder, error);
  if (!error && !visited.insert(real).second) return;
  std::vector<FolderEntry> entries = EntriesOf(folder, error);
  if (error) {
    if (named) Fail("{}: cannot list the folder: {}", folder.string(), error.message());
    files.push_back(folder.string());
    return;
  }
  std::ranges::sort(entries, {}, &FolderEntry::name);
  const std::string above = (folder / "").string();
  for (const auto& [name, type] : entries) {
    if (name.front() == '.') continue;
    std::string path = above + name;
    if (type == fs::file_type::directory) {
      ListFolder(path, false, visited, files);
    } else if (type == fs::file_type::regular || type == fs::file_type::not_found ||
               type == fs::file_type::none) {
      files.push_back(std::move(path));  // a dangling link is reported as unreadable
    }
  }
}

void LeaveOut(const fs::path& other, std::vector<std::string>& files) {
  const std::string name = other.filename().string();
  if (name.empty()) return;
  std::error_code ignored;
  const fs::path place = fs::weakly_canonical(other, ignored);
  // Compares the ends of names first: hardly any file needs the slower comparison.
  std::erase_if(files, [&](const std::string& file) {
    return file.ends_with(name) && fs::weakly_canonical(file, ignored) == place;
  });
}

}  // namespace

// Streams the entries of one archive.
class Sources::Archive {
 public:
  Archive(const fs::path& path, const SourceLimits& limits)
      : name_(DisplayName(path.string())),
        identity_(IdentityOf(path)),
        limits_(limits),
        reader_(archive_read_new()) {
    std::error_code error;
    const auto size = fs::file_size(path, error);
    budget_ = std::max(limits_.file_bytes, (error ? 0 : size) * limits_.expansion);
    // Other filters take as much memory as the file asks for, or run other programs.
    archive_read_support_filter_gzip(reader_.get());
    archive_read_support_filter_bzip2(reader_.get());
    archive_read_support_format_zip(reader_.get());
    archive_read_support_format_tar(reader_.get());
    constexpr std::size_t kBlock = 1 << 16;
    if (archive_read_open_filename(reader_.get(), path.string().c_str(), kBlock) != ARCHIVE_OK) {
      failure_ = Message();
    } else if (archive_filter_count(reader_.get()) > 2) {  // the file itself counts as one
      failure_ = "compressed more than once";
    }
  }

  // The next regular file in the archive; false at the end. An archive without files gives one
  // entry that says so.
  bool Next(SourceFile& file) {
    const Utf8Names names;
    if (!FindNext(file)) return false;
    file.identity = Hasher().Add(identity_.low).Add(identity_.high).Add(files_++).Hash();
    return true;
  }

 private:
  struct Close {
    void operator()(struct archive* reader) const { archive_read_free(reader); }
  };

  bool FindNext(SourceFile& file) {
    while (!ended_) {
      if (!failure_.empty()) return GiveUp(file, Refusal::kUnreadable, failure_);
      archive_entry* entry = nullptr;
      const int status = archive_read_next_header(reader_.get(), &entry);
      if (status == ARCHIVE_EOF) {
        ended_ = true;
        if (files_ == 0) return GiveUp(file, Refusal::kUnreadable, "no file in the archive");
        return false;
      }
      if (status < ARCHIVE_WARN) return GiveUp(file, Refusal::kUnreadable, Message());
      ++entries_;
      if (OverBudget()) return GiveUp(file, Refusal::kTooLarge, BudgetText());
      if (archive_entry_filetype(entry) != AE_IFREG) continue;
      file = {};
      file.name = UniqueName(name_ + ":" + DisplayName(EntryName(entry)));
      if (!IsPlainMethod()) {
        file.problem =
            Rejection{Refusal::kUnreadable, fmt::format("{}, expected no compression or deflation",
                                                        archive_format_name(reader_.get()))};
        return true;
      }
      ReadEntry(entry, file);
      if (file.problem) file.bytes.clear();
      file.bytes.shrink_to_fit();  // an entry may hold less than it says
      return true;
    }
    return false;
  }

  // libarchive gives no name where it cannot convert one.
  std::string EntryName(archive_entry* entry) const {
    if (const char* name = archive_entry_pathname_utf8(entry)) return name;
    if (const char* name = archive_entry_pathname(entry)) return name;
    return fmt::format("entry {}", entries_);
  }

  // A .tar may hold a name twice. One bit for each hash keeps memory constant; a name that is
  // numbered needlessly does no harm.
  std::string UniqueName(std::string name) {
    const Hash128 hash = Hasher().Add(name).Hash();
    std::vector<bool>::reference taken = taken_[hash.low % taken_.size()];
    if (taken) name += fmt::format(" (entry {})", entries_);
    taken = true;
    return name;
  }

  // The rarer methods of .zip take as much memory as the file asks for.
  bool IsPlainMethod() const {
    if ((archive_format(reader_.get()) & ARCHIVE_FORMAT_BASE_MASK) != ARCHIVE_FORMAT_ZIP) {
      return true;
    }
    const std::string_view format = archive_format_name(reader_.get());  // "ZIP 2.0 (deflation)"
    return format.ends_with("(deflation)") || format.ends_with("(uncompressed)");
  }

  // Counts what was unpacked from .zip entries, and everything of a compressed .tar: headers and
  // entries that are passed over too.
  bool OverBudget() const {
    const auto stream = static_cast<std::uint64_t>(archive_filter_bytes(reader_.get(), 0));
    return std::max(unpacked_, stream) > budget_;
  }

  std::string BudgetText() const {
    return fmt::format(
        "the archive unpacks to more than {} times its size; the rest of it was skipped",
        limits_.expansion);
  }

  // Reads even a too large entry to its end: the next entry comes after it, and the budget must
  // count it.
  void ReadEntry(archive_entry* entry, SourceFile& file) {
    bool too_large = false;
    if (archive_entry_size_is_set(entry) != 0) {
      const auto size = static_cast<std::uint64_t>(archive_entry_size(entry));
      file.bytes.reserve(std::min(size, limits_.entry_bytes));
    }
    while (true) {
      const void* block = nullptr;
      std::size_t size = 0;
      la_int64_t offset = 0;
      const int status = archive_read_data_block(reader_.get(), &block, &size, &offset);
      if (status == ARCHIVE_EOF) break;
      if (status < ARCHIVE_WARN) {
        file.problem = Rejection{Refusal::kUnreadable, Message()};
        ended_ = status == ARCHIVE_FATAL;
        return;
      }
      unpacked_ += size;
      if (OverBudget()) {
        ended_ = true;
        file.problem = Rejection{Refusal::kTooLarge, BudgetText()};
        return;
      }
      const auto begin = static_cast<std::uint64_t>(offset);  // sparse entries skip bytes
      if (begin > limits_.entry_bytes || size > limits_.entry_bytes - begin) too_large = true;
      if (too_large) {
        file.bytes = {};
        continue;
      }
      file.bytes.resize(begin);
      const auto* bytes = static_cast<const std::uint8_t*>(block);
      file.bytes.insert(file.bytes.end(), bytes, bytes + size);
    }
    if (too_large) {
      file.problem = Rejection{Refusal::kTooLarge,
                               fmt::format("larger than {} MiB", limits_.entry_bytes >> 20)};
    }
  }

  bool GiveUp(SourceFile& file, Refusal refusal, std::string detail) {
    ended_ = true;
    file = {};
    file.name = name_;
    file.problem = Rejection{refusal, std::move(detail)};
    return true;
  }

  std::string Message() const {
    const char* text = archive_error_string(reader_.get());
    return text == nullptr ? "the archive is damaged" : DisplayName(text);
  }

  std::string name_;
  Hash128 identity_;
  SourceLimits limits_;
  std::unique_ptr<struct archive, Close> reader_;
  std::uint64_t budget_ = 0;
  std::uint64_t unpacked_ = 0;
  std::int64_t entries_ = 0;  // links and folders too
  std::uint64_t files_ = 0;   // handed out
  std::vector<bool> taken_ = std::vector<bool>(std::size_t{1} << 20);
  std::string failure_;
  bool ended_ = false;
};

Sources::Sources(std::vector<fs::path> paths, SourceLimits limits,
                 const std::vector<fs::path>& leave_out)
    : limits_(limits) {
  std::set<fs::path> visited;
  for (const fs::path& path : paths) {
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (status.type() == fs::file_type::not_found) {
      Fail("{}: no such file or folder", path.string());
    }
    if (error) Fail("{}: {}", path.string(), error.message());
    if (fs::is_directory(status)) {
      std::vector<std::string> below;
      ListFolder(path, true, visited, below);
      for (const fs::path& other : leave_out) LeaveOut(other, below);
      files_.insert(files_.end(), std::make_move_iterator(below.begin()),
                    std::make_move_iterator(below.end()));
    } else {
      files_.push_back(path.string());
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
    const std::string& path = files_[next_++];
    if (IsArchiveName(path)) {
      archive_ = std::make_unique<Archive>(path, limits_);
      continue;
    }
    file = {};
    file.name = DisplayName(path);
    file.path = path;
    return true;
  }
}

Hash128 IdentityOf(const fs::path& path) {
  const FileStamp stamp = StampOf(path);
  return Hasher().Add(path.string()).Add(stamp.size).Add(stamp.changed).Hash();
}

std::string DisplayName(std::string_view bytes) {
  constexpr std::size_t kLongest = 4096;
  std::string name;
  for (std::size_t i = 0; i < bytes.size();) {
    if (name.size() > kLongest) return name + "...";
    const auto byte = static_cast<unsigned char>(bytes[i]);
    const std::size_t length = Utf8Length(bytes.substr(i));
    const bool control = byte < 0x20 || byte == 0x7F;
    if (length > 0 && !control) {
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
