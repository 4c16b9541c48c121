// SPDX-License-Identifier: Apache-2.0
// Named arrays on their way into a checkpoint and back.
#pragma once

#include <algorithm>
#include <cstdint>
#include <list>
#include <span>
#include <string>
#include <vector>

#include "rltuner/core/error.h"
#include "rltuner/core/random.h"
#include "rltuner/core/safetensors.h"

namespace rltuner {

class StateWriter {
 public:
  // Refers to the elements; they must stay in place until the checkpoint is written.
  template <typename T>
  void Add(std::string name, std::span<const T> elements) {
    tensors_.push_back(
        MakeTensor<T>(std::move(name), {static_cast<std::int64_t>(elements.size())}, elements));
  }

  // Keeps a copy.
  void AddNumbers(std::string name, std::vector<std::int64_t> numbers) {
    const std::vector<std::int64_t>& kept = kept_.emplace_back(std::move(numbers));
    Add<std::int64_t>(std::move(name), kept);
  }
  void AddNumbers(std::string name, std::vector<double> numbers) {
    const std::vector<double>& kept = kept_reals_.emplace_back(std::move(numbers));
    Add<double>(std::move(name), kept);
  }
  void AddRandom(std::string name, const Random& random) {
    AddNumbers(std::move(name),
               std::vector<std::int64_t>(random.state().begin(), random.state().end()));
  }

  std::span<const Tensor> tensors() const { return tensors_; }

 private:
  std::vector<Tensor> tensors_;
  std::list<std::vector<std::int64_t>> kept_;
  std::list<std::vector<double>> kept_reals_;
};

class StateReader {
 public:
  explicit StateReader(const SafetensorsFile& file) : file_(file) {}

  // The elements of that name; `size` of them, or any number if it is -1. Error otherwise.
  template <typename T>
  std::span<const T> Get(const std::string& name, std::int64_t size = -1) const {
    const std::int64_t shape[] = {size};
    return file_.Get(name, DTypeOf<T>(), shape).template as<T>();
  }

  // Copies into memory of the same size.
  template <typename T>
  void Read(const std::string& name, std::span<T> to) const {
    const std::span<const T> from = Get<T>(name, static_cast<std::int64_t>(to.size()));
    std::copy(from.begin(), from.end(), to.begin());
  }

  Random GetRandom(const std::string& name) const {
    const std::span<const std::int64_t> words = Get<std::int64_t>(name, 4);
    return Random({static_cast<std::uint64_t>(words[0]), static_cast<std::uint64_t>(words[1]),
                   static_cast<std::uint64_t>(words[2]), static_cast<std::uint64_t>(words[3])});
  }

  // Error that the file holds a value which no run could have written.
  [[noreturn]] void Refuse(const std::string& name) const {
    Fail("{}: {} is out of range; expected a checkpoint of this run", file_.path().string(), name);
  }

 private:
  const SafetensorsFile& file_;
};

}  // namespace rltuner
