// SPDX-License-Identifier: Apache-2.0
#include "rltuner/core/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cassert>
#include <cerrno>
#include <memory>
#include <optional>
#include <utility>

#include "rltuner/core/error.h"

namespace rltuner {
namespace fs = std::filesystem;
namespace {

constexpr const char* kTemporaryPrefix = ".rltuner-";
constexpr const char* kTemporarySuffix = ".tmp";

// The prefix of the names of temporary files for `path`. Names have at most 255 bytes.
std::string TemporaryPrefixOf(const fs::path& path) {
  return fmt::format("{}{}~", kTemporaryPrefix, path.filename().string().substr(0, 150));
}

template <typename IsMeant>
void RemoveTemporaries(const fs::path& folder, const IsMeant& is_meant) {
  std::error_code ignored;
  for (const auto& [name, type] : EntriesOf(folder, ignored)) {
    if (name.starts_with(kTemporaryPrefix) && name.ends_with(kTemporarySuffix) && is_meant(name)) {
      fs::remove(folder / name, ignored);
    }
  }
}

std::string Reason(int error) { return std::generic_category().message(error); }

[[noreturn]] void FailToRead(const fs::path& path) {
  Fail("cannot read {}: {}", path.string(), Reason(errno));
}

// Uses the system's calls: the standard library makes reading threads wait for its list of open
// files.
class FileToRead {
 public:
  explicit FileToRead(const fs::path& path)
      : path_(path), descriptor_(open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
    if (descriptor_ < 0) FailToRead(path_);
  }
  ~FileToRead() { close(descriptor_); }
  FileToRead(const FileToRead&) = delete;
  FileToRead& operator=(const FileToRead&) = delete;

  // The size of a regular file; nullopt for others.
  std::optional<std::uint64_t> Size() const {
    struct stat status {};
    if (fstat(descriptor_, &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
    return static_cast<std::uint64_t>(status.st_size);
  }

  // Returns the number of bytes read, at most `size`; 0 at the end.
  std::size_t Read(void* to, std::size_t size) const {
    while (true) {
      const ssize_t got = read(descriptor_, to, size);
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno != EINTR) FailToRead(path_);
    }
  }

 private:
  const fs::path& path_;
  int descriptor_;
};

// The folder usually says the type of an entry, so no further call is needed.
fs::file_type TypeOf(const fs::path& folder, const dirent& entry) {
  if (entry.d_type == DT_REG) return fs::file_type::regular;
  if (entry.d_type == DT_DIR) return fs::file_type::directory;
  std::error_code ignored;
  return fs::status(folder / entry.d_name, ignored).type();
}

// Makes the rename itself durable. Some file systems can't flush a folder: that is no failure.
void FlushFolder(const fs::path& folder) {
  const int descriptor = open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return;
  fsync(descriptor);
  close(descriptor);
}

// Reads until the end, so that pipes and files that grow are read whole too.
template <typename Container>
Container ReadAll(const fs::path& path, std::uint64_t max_bytes) {
  const FileToRead file(path);
  Container bytes;
  const std::optional<std::uint64_t> expected = file.Size();
  bytes.resize(expected ? std::min(*expected, max_bytes) + 1 : 65536);
  std::size_t used = 0;
  while (const std::size_t got = file.Read(bytes.data() + used, bytes.size() - used)) {
    used += got;
    if (used > max_bytes) {
      Fail("cannot read {}: it is larger than {} bytes", path.string(), max_bytes);
    }
    if (used == bytes.size()) bytes.resize(bytes.size() * 2);
  }
  bytes.resize(used);
  return bytes;
}

}  // namespace

std::vector<std::uint8_t> ReadFile(const fs::path& path, std::uint64_t max_bytes) {
  return ReadAll<std::vector<std::uint8_t>>(path, max_bytes);
}

std::string ReadTextFile(const fs::path& path, std::uint64_t max_bytes) {
  return ReadAll<std::string>(path, max_bytes);
}

FileStamp StampOf(const fs::path& path) {
  // One system call; the standard library needs one each for size and time.
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return {};
#ifdef __APPLE__
  const timespec& changed = status.st_mtimespec;
#else
  const timespec& changed = status.st_mtim;
#endif
  constexpr std::uint64_t kSecond = 1'000'000'000;
  return {.size = static_cast<std::uint64_t>(status.st_size),
          .changed = static_cast<std::uint64_t>(changed.tv_sec) * kSecond +
                     static_cast<std::uint64_t>(changed.tv_nsec)};
}

std::vector<FolderEntry> EntriesOf(const fs::path& folder, std::error_code& error) {
  error.clear();
  std::vector<FolderEntry> entries;
  // Takes half the time of the standard library, which makes a path of every name.
  const auto close = [](DIR* open) { closedir(open); };
  const std::unique_ptr<DIR, decltype(close)> listing(opendir(folder.c_str()), close);
  if (listing == nullptr) {
    error = {errno, std::generic_category()};
    return entries;
  }
  for (errno = 0; const dirent* entry = readdir(listing.get()); errno = 0) {
    const std::string_view name = entry->d_name;
    if (name == "." || name == "..") continue;
    entries.push_back({std::string(name), TypeOf(folder, *entry)});
  }
  error = {errno, std::generic_category()};  // none at the end of the folder
  return entries;
}

AtomicFile::AtomicFile(fs::path path) : path_(std::move(path)) {
  std::error_code error;
  // Writes through links instead of replacing them, even if the target does not exist yet.
  constexpr int kMostLinks = 40;
  for (int i = 0; i < kMostLinks && fs::is_symlink(path_, error); ++i) {
    path_ = path_.parent_path() / fs::read_symlink(path_, error);
  }
  const fs::file_status status = fs::status(path_, error);
  if (fs::is_directory(status)) Fail("cannot write {}: it is a folder", path_.string());
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    Fail("cannot write {}: it is a device or pipe, not a file", path_.string());
  }
  if (!path_.has_filename()) {
    Fail("cannot write '{}': expected the name of a file", path_.string());
  }
  if (path_.has_parent_path()) MakeFolder(path_.parent_path());

  static std::atomic<std::uint64_t> count{0};
  do {
    temporary_ = path_.parent_path() / fmt::format("{}{}-{}{}", TemporaryPrefixOf(path_), getpid(),
                                                   count++, kTemporarySuffix);
    file_ = std::fopen(temporary_.c_str(), "wbx");
  } while (file_ == nullptr && errno == EEXIST);
  if (file_ == nullptr) Fail("cannot write {}: {}", path_.string(), Reason(errno));
}

AtomicFile::~AtomicFile() { Discard(); }

void AtomicFile::Discard() {
  if (file_ != nullptr) std::fclose(std::exchange(file_, nullptr));
  std::error_code ignored;
  fs::remove(temporary_, ignored);
  temporary_.clear();
}

void AtomicFile::FailAndDiscard(int error) {
  Discard();
  Fail("cannot write {}: {}", path_.string(), Reason(error));
}

void AtomicFile::Write(std::span<const std::byte> bytes) {
  assert(file_ != nullptr);
  if (bytes.empty()) return;
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_) != bytes.size()) FailAndDiscard(errno);
}

void AtomicFile::Write(std::string_view text) { Write(std::as_bytes(std::span(text))); }

void AtomicFile::Commit() {
  assert(file_ != nullptr);
  const bool flushed = std::fflush(file_) == 0 && fsync(fileno(file_)) == 0;
  if (!flushed || std::fclose(std::exchange(file_, nullptr)) != 0 ||
      std::rename(temporary_.c_str(), path_.c_str()) != 0) {
    FailAndDiscard(errno);
  }
  temporary_.clear();
  FlushFolder(path_.parent_path());
}

void RemoveTemporaryFiles(const fs::path& folder) {
  RemoveTemporaries(folder, [](std::string_view /*name*/) { return true; });
}

void RemoveTemporaryFilesOf(const fs::path& path) {
  const std::string prefix = TemporaryPrefixOf(path);
  const fs::path folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  RemoveTemporaries(folder, [&](std::string_view name) {
    if (!name.starts_with(prefix)) return false;
    name.remove_prefix(prefix.size());
    name.remove_suffix(std::string_view(kTemporarySuffix).size());
    return name.find_first_not_of("0123456789-") == std::string_view::npos;
  });
}

void CheckOutput(const fs::path& path, const std::vector<fs::path>& others) {
  std::error_code ignored;
  RemoveTemporaryFilesOf(path);
  for (const fs::path& other : others) {
    if (path == other || fs::equivalent(path, other, ignored)) {
      Fail("{}: is also another file of this command; choose another name to write", path.string());
    }
  }
  if (fs::is_directory(path, ignored)) {
    Fail("{}: is a folder, expected a file to write", path.string());
  }
  const AtomicFile probe(path);
}

void WriteFileAtomically(const fs::path& path, std::string_view text) {
  AtomicFile file(path);
  file.Write(text);
  file.Commit();
}

void WriteFileAtomically(const fs::path& path, std::span<const std::uint8_t> bytes) {
  AtomicFile file(path);
  file.Write(std::as_bytes(bytes));
  file.Commit();
}

void MakeFolder(const fs::path& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) Fail("cannot make folder {}: {}", path.string(), error.message());
  if (!fs::is_directory(path, error)) {
    Fail("cannot make folder {}: a file of that name exists", path.string());
  }
}

MappedFile::MappedFile(const fs::path& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) FailToRead(path);
  struct stat status {};
  if (fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode) && status.st_size > 0) {
    const auto size = static_cast<std::size_t>(status.st_size);
    void* const start = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
    if (start != MAP_FAILED) {
      bytes_ = {static_cast<const std::byte*>(start), size};
      mapped_ = true;
    }
  }
  close(descriptor);
  if (mapped_) return;
  copy_ = ReadFile(path);
  bytes_ = std::as_bytes(std::span(copy_));
}

MappedFile::MappedFile(MappedFile&& other) noexcept
    : bytes_(std::exchange(other.bytes_, {})),
      copy_(std::move(other.copy_)),
      mapped_(std::exchange(other.mapped_, false)) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(bytes_, other.bytes_);
  std::swap(copy_, other.copy_);
  std::swap(mapped_, other.mapped_);
  return *this;
}

MappedFile::~MappedFile() {
  if (mapped_) munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

FileLock::FileLock(const std::filesystem::path& path, const std::string& message_if_taken)
    : file_(open(path.c_str(), O_RDONLY | O_CREAT | O_CLOEXEC, 0600)) {
  if (file_ >= 0 && flock(file_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    close(file_);
    Fail("{}", message_if_taken);
  }
}

FileLock::~FileLock() {
  if (file_ >= 0) close(file_);
}

}  // namespace rltuner
