// SPDX-License-Identifier: Apache-2.0
#include "rltuner/melody/dataset.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>

#include "rltuner/core/error.h"
#include "rltuner/melody/events.h"

namespace rltuner {
namespace {

constexpr std::string_view kFormat = "rltuner-dataset";
constexpr double kDefaultHeldOut = .1;

bool AllClasses(std::span<const std::uint8_t> events) {
  return std::all_of(events.begin(), events.end(), [](int event) { return IsEvent(event); });
}

double HeldOutShare(const SafetensorsFile& file) {
  const auto entry = file.metadata().find("held_out");
  if (entry == file.metadata().end()) return kDefaultHeldOut;
  const std::string& text = entry->second;
  double share = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), share);
  if (error != std::errc() || end != text.data() + text.size() || !(share >= 0 && share <= 1)) {
    Fail("{}: metadata held_out is '{}', expected a number from 0 to 1", file.path().string(),
         text);
  }
  return share;
}

}  // namespace

std::uint64_t HashEvents(std::span<const std::uint8_t> events) {
  // FNV-1a, then a finishing step because its high bits mix too little on short melodies.
  std::uint64_t hash = 0xcbf29ce484222325;
  for (std::uint8_t event : events) hash = (hash ^ event) * 0x100000001b3;
  hash = (hash ^ (hash >> 33)) * 0xff51afd7ed558ccd;
  hash = (hash ^ (hash >> 33)) * 0xc4ceb9fe1a85ec53;
  return hash ^ (hash >> 33);
}

bool IsHeldOut(std::span<const std::uint8_t> events, double share) {
  return static_cast<double>(HashEvents(events) >> 11) * 0x1p-53 < share;
}

void WriteDataset(const std::filesystem::path& path, std::span<const MelodySize> sizes,
                  const ForEachMelody& melodies, const std::string& settings, double held_out) {
  assert(!sizes.empty());
  std::int64_t events_size = 0, names_size = 0;
  for (const MelodySize& size : sizes) {
    events_size += size.events;
    names_size += size.name;
  }
  const auto offsets = static_cast<std::int64_t>(sizes.size()) + 1;
  const std::array tensors = {
      Tensor{"name_offsets", DType::kI64, {offsets}, {}},
      Tensor{"offsets", DType::kI64, {offsets}, {}},
      Tensor{"events", DType::kU8, {events_size}, {}},
      Tensor{"names", DType::kU8, {names_size}, {}},
  };
  SafetensorsWriter writer(path, tensors,
                           {{"format", std::string(kFormat)},
                            {"version", "1"},
                            {"settings", settings},
                            {"held_out", fmt::format("{}", held_out)}});
  const auto write_offsets = [&](std::uint32_t MelodySize::*part) {
    std::int64_t offset = 0;
    const auto write = [&] { writer.Write(std::as_bytes(std::span(&offset, 1))); };
    write();
    for (const MelodySize& size : sizes) {
      offset += size.*part;
      write();
    }
  };
  write_offsets(&MelodySize::name);
  write_offsets(&MelodySize::events);
  melodies([&](std::span<const std::uint8_t> events, auto) {
    assert(!events.empty() && AllClasses(events));
    writer.Write(std::as_bytes(events));
  });
  melodies([&](auto, std::string_view name) { writer.Write(std::as_bytes(std::span(name))); });
  writer.Commit();
}

Dataset::Dataset(const std::filesystem::path& path) : file_(path) {
  const std::string where = path.string();
  const auto format = file_.metadata().find("format");
  if (format != file_.metadata().end() && format->second != kFormat) {
    Fail("{}: metadata format is '{}', expected '{}'; make a dataset with `rltuner dataset`", where,
         format->second, kFormat);
  }
  constexpr std::array<std::int64_t, 1> kAnyLength = {-1};
  events_ = file_.Get("events", DType::kU8, kAnyLength).as<std::uint8_t>();
  offsets_ = file_.Get("offsets", DType::kI64, kAnyLength).as<std::int64_t>();
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
  if (!AllClasses(events_)) {
    const auto bad = std::ranges::find_if(events_, [](int event) { return !IsEvent(event); });
    Fail("{}: events[{}] = {}, expected a class 0 .. {}", where, bad - events_.begin(), *bad,
         kVocabulary - 1);
  }
  if (file_.tensors().contains("names")) {
    const auto names = file_.Get("names", DType::kU8, kAnyLength).as<std::uint8_t>();
    names_ = {reinterpret_cast<const char*>(names.data()), names.size()};
    name_offsets_ = file_.Get("name_offsets", DType::kI64, kAnyLength).as<std::int64_t>();
    if (name_offsets_.size() != offsets_.size() || !std::ranges::is_sorted(name_offsets_) ||
        name_offsets_.front() < 0 ||
        name_offsets_.back() > static_cast<std::int64_t>(names_.size())) {
      Fail("{}: name_offsets are not {} rising places in names, of {} bytes", where,
           offsets_.size(), names_.size());
    }
  }
  const double share = HeldOutShare(file_);
  std::vector<bool> is_held_out(size());
  for (std::size_t i = 0; i < size(); ++i) is_held_out[i] = IsHeldOut(Melody(i), share);
  const auto held_out = static_cast<std::size_t>(std::ranges::count(is_held_out, true));
  held_out_.reserve(held_out);
  training_.reserve(size() - held_out);
  for (std::size_t i = 0; i < size(); ++i) {
    (is_held_out[i] ? held_out_ : training_).push_back(Melody(i));
  }
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

std::string Dataset::settings() const {
  const auto entry = file_.metadata().find("settings");
  return entry == file_.metadata().end() ? "" : entry->second;
}

}  // namespace rltuner
