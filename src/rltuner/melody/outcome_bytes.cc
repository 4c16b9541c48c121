// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <bit>

#include "rltuner/melody/events.h"
#include "rltuner/melody/journal.h"

namespace rltuner {
namespace {

class OutcomeWriter {
 public:
  explicit OutcomeWriter(std::string* text) : text_(text) {}

  // Seven bits a byte, the lowest first; the last byte is below 128.
  void operator()(std::uint64_t number) {
    for (; number >= 128; number >>= 7) *text_ += static_cast<char>(number | 128);
    *text_ += static_cast<char>(number);
  }
  void operator()(std::int64_t number) { (*this)(static_cast<std::uint64_t>(number)); }
  void operator()(int number) { (*this)(std::int64_t{number}); }
  void operator()(bool flag) { (*this)(std::uint64_t{flag}); }
  void operator()(double number) { (*this)(std::bit_cast<std::uint64_t>(number)); }
  void operator()(Refusal refusal) { (*this)(static_cast<std::uint64_t>(refusal)); }
  void operator()(KeySource source) { (*this)(static_cast<std::uint64_t>(source)); }
  void operator()(Mode mode) { (*this)(static_cast<std::uint64_t>(mode)); }
  void operator()(const std::string& text) { Bytes(text); }
  void operator()(const std::vector<std::uint8_t>& bytes) { Bytes(bytes); }

  template <typename Items, typename EachItem>
  void List(const Items& items, const EachItem& each) {
    (*this)(std::uint64_t{items.size()});
    for (const auto& item : items) each(item);
  }

 private:
  template <typename Text>
  void Bytes(const Text& bytes) {
    (*this)(std::uint64_t{bytes.size()});
    text_->append(bytes.begin(), bytes.end());
  }

  std::string* text_;
};

// Reads what OutcomeWriter wrote; once something does not fit, everything else is left as it is.
class OutcomeReader {
 public:
  explicit OutcomeReader(std::string_view text) : text_(text) {}

  // All of it was read, and all of it made sense.
  bool done() const { return good_ && text_.empty(); }

  void operator()(std::uint64_t& number) {
    std::uint64_t value = 0;
    for (int shift = 0; good_ && shift < 70; shift += 7) {
      if (text_.empty()) break;
      const auto byte = static_cast<std::uint8_t>(text_.front());
      text_.remove_prefix(1);
      value |= std::uint64_t{byte & 127U} << shift;
      if (byte < 128) {
        number = value;
        return;
      }
    }
    good_ = false;
  }
  void operator()(std::int64_t& number) { Convert(number); }
  void operator()(int& number) { Convert(number); }
  void operator()(bool& flag) { Convert(flag); }
  void operator()(double& number) {
    auto bits = std::bit_cast<std::uint64_t>(number);
    (*this)(bits);
    number = std::bit_cast<double>(bits);
  }
  void operator()(Refusal& refusal) { Enumerator(refusal, kRefusals); }
  void operator()(KeySource& source) { Enumerator(source, kKeySources); }
  void operator()(Mode& mode) { Enumerator(mode, kModes); }
  void operator()(std::string& text) { Bytes(text); }
  void operator()(std::vector<std::uint8_t>& bytes) {
    Bytes(bytes);
    good_ = good_ && !bytes.empty() &&
            std::ranges::all_of(bytes, [](int event) { return event < kMostClasses; });
  }

  template <typename Items, typename EachItem>
  void List(Items& items, const EachItem& each) {
    std::uint64_t size = 0;
    (*this)(size);
    if (size > text_.size()) good_ = false;  // an item takes a byte at least
    for (std::uint64_t i = 0; good_ && i < size; ++i) each(items.emplace_back());
  }

 private:
  template <typename Enum>
  void Enumerator(Enum& enumerator, std::uint64_t count) {
    std::uint64_t value = 0;
    (*this)(value);
    good_ = good_ && value < count;
    if (good_) enumerator = static_cast<Enum>(value);
  }

  template <typename Number>
  void Convert(Number& number) {
    std::uint64_t value = 0;
    (*this)(value);
    if (good_) number = static_cast<Number>(static_cast<std::int64_t>(value));
  }

  template <typename Text>
  void Bytes(Text& bytes) {
    std::uint64_t size = 0;
    (*this)(size);
    if (size > text_.size()) good_ = false;
    if (!good_) return;
    bytes.assign(text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(size));
    text_.remove_prefix(size);
  }

  std::string_view text_;
  bool good_ = true;
};

// One list of the fields for both ways.
template <typename Archive, typename Outcome>
void VisitFields(Archive& archive, Outcome& outcome) {
  archive(outcome.name);
  archive(outcome.score);
  archive(outcome.warnings);
  archive(outcome.first_warning);
  auto& extraction = outcome.extraction;
  archive.List(extraction.melodies, [&](auto& melody) {
    archive(melody.events);
    archive(melody.place.track);
    archive(melody.place.bar);
    archive(melody.channel);
    archive(melody.track_name);
    archive(melody.bars);
    auto& context = melody.context;
    archive(context.metre.numerator);
    archive(context.metre.denominator);
    archive(context.pickup);
    archive(context.tonic);
    archive(context.mode);
    archive.List(context.changes, [&](auto& change) {
      archive(change.step);
      archive(change.metre.numerator);
      archive(change.metre.denominator);
    });
    archive(melody.part);
    archive(melody.key);
    archive(melody.key_source);
    archive(melody.transposition);
    archive(melody.quantization.notes);
    archive(melody.quantization.error_steps);
    archive(melody.quantization.finer_error_steps);
    archive(melody.quantization.merged_notes);
    archive(melody.quantization.dropped_notes);
    archive(melody.folded_notes);
    archive(melody.cut_notes);
  });
  for (auto& count : extraction.refused) archive(count);
  for (auto& count : extraction.too_short) archive(count);
  archive.List(extraction.first_rejections, [&](auto& rejection) {
    archive(rejection.refusal);
    archive(rejection.place.track);
    archive(rejection.place.bar);
    archive(rejection.detail);
  });
}

}  // namespace

void AppendOutcome(const FileOutcome& outcome, std::string* bytes) {
  OutcomeWriter writer(bytes);
  VisitFields(writer, outcome);
}

bool ParseOutcome(std::string_view bytes, FileOutcome* outcome) {
  OutcomeReader reader(bytes);
  VisitFields(reader, *outcome);
  return reader.done();
}

}  // namespace rltuner
