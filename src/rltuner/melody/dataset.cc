// SPDX-License-Identifier: Apache-2.0
#include "rltuner/melody/dataset.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cassert>
#include <charconv>
#include <cmath>
#include <map>
#include <utility>

#include "rltuner/core/error.h"
#include "rltuner/core/hash.h"
#include "rltuner/core/safetensors.h"
#include "rltuner/core/text.h"
#include "rltuner/melody/bars.h"

namespace rltuner {
namespace {

constexpr std::string_view kFormat = "rltuner-dataset";
constexpr const char* kDefaultHeldOut = "0.1";

std::unique_ptr<SafetensorsFile> Open(const std::filesystem::path& path) {
  try {
    return std::make_unique<SafetensorsFile>(path);
  } catch (const Error& error) {
    Fail("{}; `rltuner dataset` makes a dataset of music", error.what());
  }
}

bool AllClasses(std::span<const std::uint8_t> events, const Encoding& encoding) {
  return std::ranges::all_of(events, [&](int event) { return encoding.IsEvent(event); });
}

// Older datasets have no encoding, but all have the settings that they were made with.
Encoding EncodingOf(const SafetensorsFile& file, std::string_view settings) {
  if (file.metadata().contains("encoding")) {
    return Encoding::FromJson(file.Metadata("encoding"), file.path().string());
  }
  constexpr std::string_view kGrid = "\nsteps_per_quarter = ";
  constexpr int kFinestGrid = 96;
  Encoding encoding;
  int steps = 0;
  if (const std::size_t at = settings.find(kGrid); at != std::string_view::npos) {
    const char* const begin = settings.data() + at + kGrid.size();
    std::from_chars(begin, settings.data() + settings.size(), steps);
  }
  if (steps >= 1 && steps <= kFinestGrid) encoding.steps_per_quarter = steps;
  return encoding;
}

double HeldOutShare(const SafetensorsFile& file) {
  const std::string text = file.Metadata("held_out", kDefaultHeldOut);
  const double share = ParseNumber<double>(text).value_or(-1);
  if (!(share >= 0 && share <= 1)) {
    Fail("{}: metadata held_out is '{}', expected a number from 0 to 1", file.path().string(),
         text);
  }
  return share;
}

}  // namespace

// The high bits of FNV-1a alone mix too little on short melodies.
std::uint64_t HashEvents(std::span<const std::uint8_t> events) { return Mixed(Fnv1a(events)); }
std::uint64_t HashEvents(std::span<const std::uint16_t> events) { return Mixed(Fnv1a(events)); }

bool IsHeldOut(std::uint64_t hash, double share) {
  return static_cast<double>(hash >> 11) * 0x1p-53 < share;
}

void WriteDataset(const std::filesystem::path& path, std::span<const MelodySize> sizes,
                  const ForEachMelody& melodies, const DatasetHeader& header) {
  assert(!sizes.empty());
  std::int64_t events_size = 0, names_size = 0, changes = 0;
  for (const MelodySize& size : sizes) {
    events_size += size.events;
    names_size += size.name;
    changes += size.metre_changes;
  }
  const auto count = static_cast<std::int64_t>(sizes.size());
  // In the order of the file.
  std::vector<Tensor> tensors = {{"name_offsets", DType::kI64, {count + 1}, {}},
                                 {"offsets", DType::kI64, {count + 1}, {}}};
  if (changes > 0) tensors.push_back({"metre_changes", DType::kI32, {changes, 4}, {}});
  if (header.contexts) tensors.push_back({"pickups", DType::kI32, {count}, {}});
  tensors.push_back({"events", DType::kU8, {events_size}, {}});
  if (header.contexts) {
    tensors.push_back({"metres", DType::kU8, {count, 2}, {}});
    tensors.push_back({"modes", DType::kU8, {count}, {}});
  }
  tensors.push_back({"names", DType::kU8, {names_size}, {}});
  std::map<std::string, std::string> metadata = {{"format", std::string(kFormat)},
                                                 {"version", "1"},
                                                 {"settings", header.settings},
                                                 {"held_out", fmt::format("{}", header.held_out)}};
  if (header.encoding != Encoding()) metadata["encoding"] = header.encoding.ToJson();
  SafetensorsWriter writer(path, tensors, metadata);
  const auto write = [&](const auto& values) { writer.Write(std::as_bytes(std::span(values))); };
  const auto write_offsets = [&](std::uint32_t MelodySize::*part) {
    std::array<std::int64_t, 1> offset = {0};
    write(offset);
    for (const MelodySize& size : sizes) {
      offset[0] += size.*part;
      write(offset);
    }
  };
  const auto write_contexts = [&](const auto& numbers_of) {
    melodies([&](auto, auto, const MelodyContext& context) { write(numbers_of(context)); });
  };
  write_offsets(&MelodySize::name);
  write_offsets(&MelodySize::events);
  if (changes > 0) {
    std::int32_t melody = 0;
    melodies([&](auto, auto, const MelodyContext& context) {
      for (const auto& [step, metre] : context.changes) {
        write(std::array<std::int32_t, 4>{melody, step, metre.numerator, metre.denominator});
      }
      ++melody;
    });
  }
  if (header.contexts) {
    write_contexts(
        [](const MelodyContext& context) { return std::array<std::int32_t, 1>{context.pickup}; });
  }
  melodies([&](std::span<const std::uint8_t> events, auto, const auto&) {
    assert(!events.empty() && AllClasses(events, header.encoding));
    write(events);
  });
  if (header.contexts) {
    write_contexts([](const MelodyContext& context) {
      return std::array{static_cast<std::uint8_t>(context.metre.numerator),
                        static_cast<std::uint8_t>(context.metre.denominator)};
    });
    write_contexts([](const MelodyContext& context) {
      return std::array{static_cast<std::uint8_t>(context.mode)};
    });
  }
  melodies([&](auto, std::string_view name, const auto&) { write(name); });
  writer.Commit();
}

bool Dataset::IsFileOf(const SafetensorsFile& file) { return file.Metadata("format") == kFormat; }

Dataset::Dataset(const std::filesystem::path& path) : file_(Open(path)) {
  const std::string where = path.string();
  if (const std::string format = file_->Metadata("format", std::string(kFormat));
      format != kFormat) {
    Fail("{}: metadata format is '{}', expected '{}'; make a dataset with `rltuner dataset`", where,
         format, kFormat);
  }
  constexpr std::array<std::int64_t, 1> kAnyLength = {-1};
  encoding_ = EncodingOf(*file_, settings());
  events_ = file_->Get("events", DType::kU8, kAnyLength).as<std::uint8_t>();
  offsets_ = file_->Get("offsets", DType::kI64, kAnyLength).as<std::int64_t>();
  if (offsets_.size() < 2) {
    Fail("{}: no melody in it; make a dataset with `rltuner dataset`", where);
  }
  if (offsets_.front() != 0 || offsets_.back() != static_cast<std::int64_t>(events_.size())) {
    Fail("{}: offsets go from {} to {}, expected 0 to {}, the number of events", where,
         offsets_.front(), offsets_.back(), events_.size());
  }
  for (std::size_t i = 0; i + 1 < offsets_.size(); ++i) {
    if (offsets_[i] >= offsets_[i + 1]) {
      Fail("{}: offsets[{}] = {} is not below offsets[{}] = {}", where, i, offsets_[i], i + 1,
           offsets_[i + 1]);
    }
  }
  if (!AllClasses(events_, encoding_)) {
    const auto bad =
        std::ranges::find_if(events_, [&](int event) { return !encoding_.IsEvent(event); });
    Fail("{}: events[{}] = {}, expected a class 0 .. {}", where, bad - events_.begin(), *bad,
         encoding_.classes() - 1);
  }
  ReadContexts();
  if (file_->tensors().contains("names")) {
    const auto names = file_->Get("names", DType::kU8, kAnyLength).as<std::uint8_t>();
    names_ = {reinterpret_cast<const char*>(names.data()), names.size()};
    name_offsets_ = file_->Get("name_offsets", DType::kI64, kAnyLength).as<std::int64_t>();
    if (name_offsets_.size() != offsets_.size() || !std::ranges::is_sorted(name_offsets_) ||
        name_offsets_.front() < 0 ||
        name_offsets_.back() > static_cast<std::int64_t>(names_.size())) {
      Fail("{}: name_offsets are not {} rising places in names, of {} bytes", where,
           offsets_.size(), names_.size());
    }
  }
  const double share = HeldOutShare(*file_);
  std::vector<bool> is_held_out(size());
  for (std::size_t i = 0; i < size(); ++i) is_held_out[i] = IsHeldOut(HashEvents(Melody(i)), share);
  const auto held_out = static_cast<std::size_t>(std::ranges::count(is_held_out, true));
  held_out_.reserve(held_out);
  training_.reserve(size() - held_out);
  for (std::size_t i = 0; i < size(); ++i) {
    (is_held_out[i] ? held_out_ : training_).push_back(Melody(i));
  }
}

Dataset::Dataset(Dataset&&) noexcept = default;
Dataset::~Dataset() = default;

const std::filesystem::path& Dataset::path() const { return file_->path(); }

template <typename T>
std::span<const T> Dataset::PerMelody(const char* tensor, std::int64_t columns) const {
  if (!file_->tensors().contains(tensor)) return {};
  const auto melodies = static_cast<std::int64_t>(size());
  const std::vector<std::int64_t> shape =
      columns == 1 ? std::vector{melodies} : std::vector{melodies, columns};
  return file_->Get(tensor, DTypeOf<T>(), shape).template as<T>();
}

void Dataset::ReadContexts() {
  const std::string where = file_->path().string();
  const auto is_metre = [](int numerator, int denominator) {
    return numerator > 0 && denominator > 0 &&
           std::has_single_bit(static_cast<unsigned>(denominator));
  };
  metres_ = PerMelody<std::uint8_t>("metres", 2);
  modes_ = PerMelody<std::uint8_t>("modes", 1);
  pickups_ = PerMelody<std::int32_t>("pickups", 1);
  for (std::size_t i = 0; i < metres_.size(); i += 2) {
    if (is_metre(metres_[i], metres_[i + 1])) continue;
    Fail("{}: metres[{}] is {}/{}, expected a time signature", where, i / 2, metres_[i],
         metres_[i + 1]);
  }
  for (std::size_t i = 0; i < modes_.size(); ++i) {
    if (modes_[i] < kModes) continue;
    Fail("{}: modes[{}] = {}, expected 0 .. {}", where, i, modes_[i], kModes - 1);
  }
  for (std::size_t i = 0; i < pickups_.size(); ++i) {
    if (pickups_[i] >= 0) continue;
    Fail("{}: pickups[{}] = {}, expected 0 or more steps", where, i, pickups_[i]);
  }
  if (!file_->tensors().contains("metre_changes")) return;
  constexpr std::array<std::int64_t, 2> kFourColumns = {-1, 4};
  changes_ = file_->Get("metre_changes", DType::kI32, kFourColumns).as<std::int32_t>();
  for (std::size_t i = 0; i < changes_.size(); i += 4) {
    const auto change = changes_.subspan(i, 4);
    const bool known =
        change[0] >= 0 && static_cast<std::size_t>(change[0]) < size() && change[1] > 0 &&
        static_cast<std::size_t>(change[1]) < Melody(static_cast<std::size_t>(change[0])).size();
    const bool rising =
        i == 0 || std::pair(changes_[i - 4], changes_[i - 3]) < std::pair(change[0], change[1]);
    const bool fits = change[2] <= UINT8_MAX && change[3] <= UINT8_MAX;
    if (known && rising && fits && is_metre(change[2], change[3])) continue;
    Fail(
        "{}: metre_changes[{}] is {}, expected melody, step inside it, numerator, denominator, in "
        "rising order",
        where, i / 4, fmt::join(change, ", "));
  }
}

void Dataset::ExpectEventsOf(const Encoding& model, std::string_view name) const {
  if (encoding_.HasEventsOf(model)) return;
  const auto text = [](const Encoding& encoding) {
    return fmt::format("pitches {} .. {} at {} steps a quarter note", encoding.lowest_pitch,
                       encoding.highest_pitch, encoding.steps_per_quarter);
  };
  Fail("{}: {}; expected those of {}: {}", path().string(), text(encoding_), name, text(model));
}

MelodyContext Dataset::Context(std::size_t index) const {
  MelodyContext context;
  if (!metres_.empty()) context.metre = {metres_[2 * index], metres_[2 * index + 1]};
  if (!modes_.empty()) context.mode = static_cast<Mode>(modes_[index]);
  if (!pickups_.empty()) context.pickup = pickups_[index];
  context.tonic = WhiteKey(context.mode).tonic;
  std::size_t low = 0, high = changes_.size() / 4;
  while (low < high) {
    const std::size_t middle = (low + high) / 2;
    if (changes_[4 * middle] < static_cast<std::int64_t>(index)) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  for (std::size_t i = 4 * low;
       i < changes_.size() && changes_[i] == static_cast<std::int64_t>(index); i += 4) {
    context.changes.push_back({changes_[i + 1], {changes_[i + 2], changes_[i + 3]}});
  }
  return context;
}

MelodyContext Dataset::ContextOf(Events events) const {
  const std::int64_t offset = events.data() - events_.data();
  assert(offset >= 0 && offset < static_cast<std::int64_t>(events_.size()));
  const auto melody = std::ranges::upper_bound(offsets_, offset) - 1;
  return ContextFrom(static_cast<int>(offset - *melody),
                     Context(static_cast<std::size_t>(melody - offsets_.begin())),
                     encoding_.steps_per_quarter);
}

Dataset::Events Dataset::Melody(std::size_t index) const {
  return events_.subspan(static_cast<std::size_t>(offsets_[index]),
                         static_cast<std::size_t>(offsets_[index + 1] - offsets_[index]));
}

std::string_view Dataset::Name(std::size_t index) const {
  if (name_offsets_.empty()) return "";
  return std::string_view(names_.data(), names_.size())
      .substr(static_cast<std::size_t>(name_offsets_[index]),
              static_cast<std::size_t>(name_offsets_[index + 1] - name_offsets_[index]));
}

std::string Dataset::settings() const { return file_->Metadata("settings"); }

std::vector<PickupShare> PickupsOf(const Dataset& dataset) {
  constexpr int kFewestMelodies = 10;
  constexpr double kLeastShare = 0.005;
  struct Counts {
    Metre metre;
    int melodies = 0;
    std::map<int, int> by_steps = {};
  };
  std::map<std::string, Counts> metres;
  for (const Dataset::Events melody : dataset.TrainingMelodies()) {
    const MelodyContext context = dataset.ContextOf(melody);
    Counts& counts = metres.try_emplace(context.metre.Text(), Counts{context.metre}).first->second;
    ++counts.melodies;
    const int bar_steps = context.metre.BarSteps(dataset.encoding().steps_per_quarter);
    ++counts.by_steps[context.pickup % bar_steps];
  }
  std::vector<PickupShare> shares;
  for (const auto& [name, counts] : metres) {
    const bool all_alike = counts.by_steps.size() == 1 && counts.by_steps.contains(0);
    if (counts.melodies < kFewestMelodies || all_alike) continue;
    for (const auto& [steps, melodies] : counts.by_steps) {
      const double share = static_cast<double>(melodies) / counts.melodies;
      if (share >= kLeastShare) {
        shares.push_back({counts.metre, steps, std::round(1e4 * share) / 1e4});
      }
    }
  }
  return shares;
}

}  // namespace rltuner
