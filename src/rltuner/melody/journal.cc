// SPDX-License-Identifier: Apache-2.0
#include "rltuner/melody/journal.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <type_traits>
#include <utility>

#include "rltuner/core/error.h"
#include "rltuner/melody/encoding.h"

namespace rltuner {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kJournalFormat = "rltuner dataset journal 3\n";

// The stream's buffer; the library's own, of 8 KB, holds few records.
constexpr std::size_t kBuffer = std::size_t{1} << 18;

struct RecordHead {
  std::uint64_t size = 0;
  std::uint64_t hash = 0;
  Hash128 identity;
};
static_assert(sizeof(RecordHead) == 32 && std::endian::native == std::endian::little,
              "the file's bytes are used as they are");

std::uint64_t HashOf(const RecordHead& head, std::string_view content) {
  return Hasher().Add(head.identity.low).Add(head.identity.high).Add(content).Hash().low;
}

[[noreturn]] void FailToWrite(const fs::path& path) {
  Fail("cannot write {}: {}", path.string(), std::generic_category().message(errno));
}

// The first line of `a` that differs from `b`.
std::string_view FirstDifference(std::string_view a, std::string_view b) {
  const auto line = [](std::string_view text) { return text.substr(0, text.find('\n')); };
  while (!a.empty() && line(a) == line(b)) {
    a.remove_prefix(std::min(a.size(), line(a).size() + 1));
    b.remove_prefix(std::min(b.size(), line(b).size() + 1));
  }
  return a.empty() ? "nothing" : line(a);
}

// Writes an outcome to `bytes`, or reads it from `text`: the fields are visited in the same order,
// const ones for writing. After the first field that does not fit, nothing more is changed.
class OutcomeArchive {
 public:
  explicit OutcomeArchive(std::string* bytes) : bytes_(bytes) {}
  explicit OutcomeArchive(std::string_view text) : text_(text) {}

  // True if everything was read and valid.
  bool done() const { return good_ && text_.empty(); }

  template <typename... Fields>
  void Visit(Fields&... fields) {
    (Field(fields), ...);
  }

  template <typename Items, typename VisitItem>
  void List(Items& items, const VisitItem& visit) {
    const std::uint64_t size = Size(items);
    if constexpr (std::is_const_v<Items>) {
      for (const auto& item : items) visit(item);
    } else {
      for (std::uint64_t i = 0; good_ && i < size; ++i) visit(items.emplace_back());
    }
  }

 private:
  // Seven bits a byte, the lowest first; the last byte is below 128.
  void Write(std::uint64_t number) {
    for (; number >= 128; number >>= 7) *bytes_ += static_cast<char>(number | 128);
    *bytes_ += static_cast<char>(number);
  }

  std::uint64_t Read() {
    std::uint64_t value = 0;
    for (int shift = 0; good_ && !text_.empty() && shift < 70; shift += 7) {
      const auto byte = static_cast<std::uint8_t>(text_.front());
      text_.remove_prefix(1);
      value |= std::uint64_t{byte & 127U} << shift;
      if (byte < 128) return value;
    }
    good_ = false;
    return 0;
  }

  // The size of a list or text. Every item takes at least one byte.
  template <typename Items>
  std::uint64_t Size(Items& items) {
    if constexpr (std::is_const_v<Items>) {
      Write(items.size());
      return items.size();
    } else {
      const std::uint64_t size = Read();
      good_ = good_ && size <= text_.size();
      return size;
    }
  }

  static std::uint64_t Count(Refusal /*of*/) { return kRefusals; }
  static std::uint64_t Count(KeySource /*of*/) { return kKeySources; }
  static std::uint64_t Count(Mode /*of*/) { return kModes; }

  // A number, a flag or an enumerator.
  template <typename Value>
  requires std::is_arithmetic_v<Value> || std::is_enum_v<Value>
  void Field(Value& value) {
    if constexpr (std::is_same_v<std::remove_const_t<Value>, double>) {
      auto bits = std::bit_cast<std::int64_t>(value);
      if constexpr (std::is_const_v<Value>) {
        Field(std::as_const(bits));
      } else {
        Field(bits);
        value = std::bit_cast<double>(bits);
      }
    } else if constexpr (std::is_const_v<Value>) {
      Write(static_cast<std::uint64_t>(static_cast<std::int64_t>(value)));
    } else {
      const std::uint64_t number = Read();
      if constexpr (std::is_enum_v<Value>) good_ = good_ && number < Count(value);
      if (good_) value = static_cast<Value>(static_cast<std::int64_t>(number));
    }
  }

  // Text, or at least one event.
  template <typename Text>
  requires requires(Text& text) { text.begin(); }
  void Field(Text& text) {
    const std::uint64_t size = Size(text);
    if constexpr (std::is_const_v<Text>) {
      bytes_->append(text.begin(), text.end());
    } else if (good_) {
      text.assign(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(size));
      text_.remove_prefix(size);
      if constexpr (std::is_same_v<Text, std::vector<std::uint8_t>>) {
        good_ = !text.empty() &&
                std::ranges::all_of(text, [](int event) { return event < kMostClasses; });
      }
    }
  }

  std::string* bytes_ = nullptr;
  std::string_view text_;
  bool good_ = true;
};

// A const `outcome` is written.
template <typename Outcome>
void VisitFields(OutcomeArchive& archive, Outcome& outcome) {
  archive.Visit(outcome.name, outcome.score, outcome.warnings, outcome.first_warning);
  auto& extraction = outcome.extraction;
  archive.List(extraction.melodies, [&](auto& melody) {
    auto& context = melody.context;
    auto& quantization = melody.quantization;
    archive.Visit(melody.events, melody.place.track, melody.place.bar, melody.channel,
                  melody.track_name, melody.bars, context.metre.numerator,
                  context.metre.denominator, context.pickup, context.tonic, context.mode);
    archive.List(context.changes, [&](auto& change) {
      archive.Visit(change.step, change.metre.numerator, change.metre.denominator);
    });
    archive.Visit(melody.part, melody.key, melody.key_source, melody.transposition,
                  quantization.notes, quantization.error_steps, quantization.finer_error_steps,
                  quantization.merged_notes, quantization.dropped_notes, melody.folded_notes,
                  melody.cut_notes);
  });
  for (auto& count : extraction.refused) archive.Visit(count);
  for (auto& count : extraction.too_short) archive.Visit(count);
  archive.List(extraction.first_rejections, [&](auto& rejection) {
    archive.Visit(rejection.refusal, rejection.place.track, rejection.place.bar, rejection.detail);
  });
}

}  // namespace

void AppendOutcome(const FileOutcome& outcome, std::string* bytes) {
  OutcomeArchive archive(bytes);
  VisitFields(archive, outcome);
}

bool ParseOutcome(std::string_view bytes, FileOutcome* outcome) {
  OutcomeArchive archive(bytes);
  VisitFields(archive, *outcome);
  return archive.done();
}

CollectionJournal::CollectionJournal(fs::path path, const std::string& settings, bool resume,
                                     std::vector<std::string>* warnings)
    : path_(std::move(path)), buffer_(kBuffer) {
  file_.rdbuf()->pubsetbuf(buffer_.data(), static_cast<std::streamsize>(buffer_.size()));
  std::error_code ignored;
  const bool take_up = resume && fs::exists(path_, ignored);
  const auto mode = std::ios::in | std::ios::out | std::ios::binary;
  file_.open(path_, take_up ? mode : mode | std::ios::trunc);
  if (!file_) FailToWrite(path_);
  if (take_up) TakeUp(settings, warnings);
  if (end_ == 0) Begin(settings);
}

void CollectionJournal::Begin(const std::string& settings) {
  try {
    Append({}, std::string(kJournalFormat) + settings);
    Flush();
  } catch (const Error&) {
    Remove();  // without this record there is nothing to resume from
    throw;
  }
}

void CollectionJournal::TakeUp(const std::string& settings, std::vector<std::string>* warnings) {
  const std::uint64_t size = fs::file_size(path_);
  Hash128 identity;
  if (Read(0, size, &identity, &content_)) {
    const std::string expected = std::string(kJournalFormat) + settings;
    if (content_ != expected) {
      Fail("{}: of another run: {} there, {} here; run it without --resume to restart",
           path_.string(), FirstDifference(content_, expected),
           FirstDifference(expected, content_));
    }
    end_ = next_;
    for (; Read(end_, size, &identity, &content_); end_ = next_) found_[identity] = end_;
  }
  file_.clear();
  if (end_ == size) return;
  warnings->push_back(
      fmt::format("{}: cut short or damaged from byte {} on; the work recorded there is done again",
                  path_.string(), end_));
  file_.close();
  fs::resize_file(path_, end_);
  file_.open(path_, std::ios::in | std::ios::out | std::ios::binary);
  if (!file_) FailToWrite(path_);
  next_ = 0;
}

void CollectionJournal::Append(const Hash128& identity, std::string_view content) {
  RecordHead head{content.size(), 0, identity};
  head.hash = HashOf(head, content);
  if (!was_written_ || next_ != end_) file_.seekp(static_cast<std::streamoff>(end_));
  was_written_ = true;
  std::array<char, sizeof(head)> bytes{};
  std::memcpy(bytes.data(), &head, sizeof(head));
  file_.write(bytes.data(), bytes.size());
  file_.write(content.data(), static_cast<std::streamsize>(content.size()));
  if (!file_) FailToWrite(path_);
  end_ += sizeof(head) + content.size();
  next_ = end_;
}

// False if there is no whole record at `offset` of a file of `size` bytes.
bool CollectionJournal::Read(std::uint64_t offset, std::uint64_t size, Hash128* identity,
                             std::string* content) {
  if (size - offset < sizeof(RecordHead)) return false;
  Flush();  // a seek would write too, but a full disk would look like damage
  if (was_written_ || next_ != offset) file_.seekg(static_cast<std::streamoff>(offset));
  was_written_ = false;
  RecordHead head;
  std::array<char, sizeof(head)> bytes{};
  if (!file_.read(bytes.data(), bytes.size())) return false;
  std::memcpy(&head, bytes.data(), sizeof(head));
  if (head.size > size - offset - sizeof(head)) return false;
  content->resize(head.size);
  if (!file_.read(content->data(), static_cast<std::streamsize>(head.size))) return false;
  next_ = offset + sizeof(head) + head.size;
  *identity = head.identity;
  return head.hash == HashOf(head, *content);
}

void CollectionJournal::Add(CollectedFile& outcome) {
  if (outcome.known) {
    order_.push_back(found_.at(outcome.identity));
    outcome = OutcomeAt(order_.back());
    return;
  }
  order_.push_back(end_);
  content_.clear();
  AppendOutcome(outcome, &content_);
  Append(outcome.identity, content_);
}

void CollectionJournal::Flush() {
  if (was_written_ && !file_.flush()) FailToWrite(path_);
}

CollectedFile CollectionJournal::Again(std::size_t number) { return OutcomeAt(order_[number]); }

void CollectionJournal::ForEach(const std::function<void(const CollectedFile& outcome)>& take) {
  for (const std::uint64_t offset : order_) take(OutcomeAt(offset));
}

CollectedFile CollectionJournal::OutcomeAt(std::uint64_t offset) {
  CollectedFile outcome;
  if (!Read(offset, end_, &outcome.identity, &content_) || !ParseOutcome(content_, &outcome)) {
    Fail("{}: damaged at byte {}; run it without --resume to restart", path_.string(), offset);
  }
  return outcome;
}

void CollectionJournal::Remove() {
  file_.close();
  std::error_code ignored;
  fs::remove(path_, ignored);
}

}  // namespace rltuner
