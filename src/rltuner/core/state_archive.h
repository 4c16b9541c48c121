// SPDX-License-Identifier: Apache-2.0
// Saves and restores the state of a run with the same code. A class visits its fields, and the
// archive adds each to a checkpoint or sets it from one.
//
//   void VisitState(StateArchive* archive) {
//     archive->Numbers<std::int64_t>("counters", iteration_, steps_);
//     archive->Require(iteration_ >= 0 && steps_ >= 0, "counters");
//     archive->Array("weights", network_.arena());
//   }
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <list>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "rltuner/core/error.h"
#include "rltuner/core/random.h"
#include "rltuner/core/safetensors.h"

namespace rltuner {

// Error that names the file and the tensor if the checkpoint lacks a tensor or has one of another
// type or size. Not thread-safe.
class StateArchive {
 public:
  // An archive for saving. After the visit, tensors() returns the tensors of the checkpoint.
  StateArchive() = default;

  // An archive for restoring. The file must outlive it.
  explicit StateArchive(const SafetensorsFile& file) : file_(&file) {}

  bool restoring() const { return file_ != nullptr; }

  // The tensors refer to the visited arrays and lists, which must not change before they are
  // written.
  std::span<const Tensor> tensors() const { return tensors_; }

  // Visits a one-dimensional tensor of a known size. The second form saves `elements`; when
  // restoring, it calls set(elements of the file).
  template <typename T>
  void Array(const std::string& name, std::span<T> elements) {
    Array(name, std::span<const T>(elements),
          [&](std::span<const T> saved) { std::ranges::copy(saved, elements.begin()); });
  }
  template <typename T, typename Set>
  void Array(const std::string& name, std::span<const T> elements, const Set& set) {
    const auto size = static_cast<std::int64_t>(elements.size());
    if (restoring()) {
      set(Read<T>(name, {size}));
    } else {
      tensors_.push_back(MakeTensor<T>(name, {size}, elements));
    }
  }

  // Visits a one-dimensional tensor of any size.
  template <typename T>
  void List(const std::string& name, std::vector<T>* elements) {
    if (restoring()) {
      const std::span<const T> saved = Read<T>(name, {-1});
      elements->assign(saved.begin(), saved.end());
    } else {
      Array<T>(name, *elements);
    }
  }

  // Visits single numbers as one tensor of int64 or double.
  template <typename T, typename... Fields>
  void Numbers(const std::string& name, Fields&... fields) {
    constexpr auto kCount = static_cast<std::int64_t>(sizeof...(Fields));
    if (restoring()) {
      Set(name, Read<T>(name, {kCount}), fields...);
    } else {
      Keep<T>(name, {kCount}, {static_cast<T>(fields)...});
    }
  }

  // Visits records as one tensor of int64 or double with a row for each. columns(record) returns
  // the record's fields as a tuple of references (std::tie). The tensor has one dimension if
  // `flat`, else two.
  template <typename T, typename Record, typename Columns>
  void Table(const std::string& name, std::vector<Record>* records, const Columns& columns,
             bool flat = false) {
    constexpr std::size_t kWidth = std::tuple_size_v<decltype(columns(records->front()))>;
    const auto shape = [flat](std::int64_t rows) {
      constexpr auto kColumns = static_cast<std::int64_t>(kWidth);
      return flat ? std::vector{rows < 0 ? rows : rows * kColumns} : std::vector{rows, kColumns};
    };
    if (restoring()) {
      const std::span<const T> numbers = Read<T>(name, shape(-1));
      Require(numbers.size() % kWidth == 0, name);
      records->assign(numbers.size() / kWidth, Record());
      for (std::size_t row = 0; row < records->size(); ++row) {
        std::apply([&](auto&... f) { Set(name, numbers.subspan(row * kWidth, kWidth), f...); },
                   columns((*records)[row]));
      }
      return;
    }
    std::vector<T> numbers;
    for (Record& record : *records) {
      std::apply([&](auto&... fields) { (numbers.push_back(static_cast<T>(fields)), ...); },
                 columns(record));
    }
    Keep<T>(name, shape(static_cast<std::int64_t>(records->size())), numbers);
  }

  void Generator(const std::string& name, Random* random) {
    Random::State state = random->state();
    std::apply([&](auto&... words) { Numbers<std::int64_t>(name, words...); }, state);
    *random = Random(state);
  }

  // When restoring, throws an Error unless `ok`: the tensor `name` then has a value that no run
  // saves.
  void Require(bool ok, const std::string& name) const {
    if (ok || !restoring()) return;
    Fail("{}: {} is out of range; expected a checkpoint of this run", file_->path().string(), name);
  }

 private:
  template <typename T>
  std::span<const T> Read(const std::string& name, std::vector<std::int64_t> shape) const {
    return file_->Get(name, DTypeOf<T>(), shape).template as<T>();
  }

  template <typename T, typename... Fields>
  void Set(const std::string& name, std::span<const T> numbers, Fields&... fields) const {
    std::size_t next = 0;
    const auto set = [&](auto& field) {
      const T number = numbers[next++];
      field = static_cast<std::remove_reference_t<decltype(field)>>(number);
      // The 64 bits of a generator's state are kept as they are.
      Require(sizeof field == sizeof number || static_cast<T>(field) == number, name);
    };
    (set(fields), ...);
  }

  template <typename T>
  void Keep(const std::string& name, std::vector<std::int64_t> shape, std::vector<T> numbers) {
    std::vector<std::uint64_t>& kept = kept_.emplace_back();
    for (const T number : numbers) kept.push_back(std::bit_cast<std::uint64_t>(number));
    tensors_.push_back({name, DTypeOf<T>(), std::move(shape), std::as_bytes(std::span(kept))});
  }

  const SafetensorsFile* file_ = nullptr;
  std::vector<Tensor> tensors_;
  std::list<std::vector<std::uint64_t>> kept_;  // the single numbers in tensors_
};

}  // namespace rltuner
