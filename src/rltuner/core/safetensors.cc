// SPDX-License-Identifier: Apache-2.0
#include "rltuner/core/safetensors.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "rltuner/core/error.h"
#include "rltuner/core/settings.h"

namespace rltuner {
namespace {

using nlohmann::json;

static_assert(std::endian::native == std::endian::little, "the file's bytes are used as they are");

constexpr std::uint64_t kLengthBytes = 8;
// The largest language models have a few thousand tensors and some hundred KiB of header. A header
// may cost up to 64 MiB of memory beyond its size.
constexpr std::uint64_t kMaxHeader = std::uint64_t{8} << 20;
constexpr int kMaxKeys = 64 << 10;
constexpr int kMaxValues = 200'000;
constexpr int kMaxDepth = 3;  // {tensor: {shape: [numbers]}}
constexpr std::string_view kMetadata = "__metadata__";

struct DTypeInfo {
  std::string_view name;
  std::size_t size;
};

// In the order of DType.
constexpr std::array<DTypeInfo, 6> kDTypes{
    {{"U8", 1}, {"I32", 4}, {"I64", 8}, {"U64", 8}, {"F32", 4}, {"F64", 8}}};

std::optional<DType> DTypeFromName(std::string_view name) {
  for (std::size_t i = 0; i < kDTypes.size(); ++i) {
    if (kDTypes[i].name == name) return static_cast<DType>(i);
  }
  return std::nullopt;
}

std::string ShapeText(std::span<const std::int64_t> shape) {
  std::vector<std::string> sizes;
  for (const std::int64_t size : shape) sizes.push_back(size < 0 ? "*" : std::to_string(size));
  return fmt::format("[{}]", fmt::join(sizes, ", "));
}

// A name in quotes, short and on one line, because names come from the file.
std::string Shown(const std::string& name) {
  constexpr std::size_t kLongest = 80;
  const std::string quoted = json(name).dump(-1, ' ', true, json::error_handler_t::replace);
  return quoted.size() <= kLongest ? quoted : quoted.substr(0, kLongest) + "...\"";
}

// nullopt where the product does not fit 63 bits.
std::optional<std::uint64_t> ByteSize(const Tensor& tensor) {
  std::uint64_t bytes = DTypeSize(tensor.dtype);
  for (const std::int64_t signed_size : tensor.shape) {
    const auto size = static_cast<std::uint64_t>(signed_size);
    if (size != 0 && bytes > std::numeric_limits<std::int64_t>::max() / size) return std::nullopt;
    bytes *= size;
  }
  return bytes;
}

// The header's checks, each with the file's path in its error.
class HeaderReader {
 public:
  HeaderReader(const std::filesystem::path& path, std::span<const std::byte> file)
      : path_(path.string()), file_(file) {}

  void Read(std::map<std::string, std::string>& metadata, std::map<std::string, Tensor>& tensors) {
    const json header = Parse(FindHeader());
    for (const auto& [name, value] : header.items()) {
      if (name == kMetadata) {
        metadata = ReadMetadata(value);
      } else {
        tensors.emplace(name, ReadTensor(name, value));
      }
    }
    CheckLayout(tensors);
  }

 private:
  template <typename... Args>
  [[noreturn]] void FailHere(fmt::format_string<Args...> format, Args&&... args) const {
    Fail("{}: {}", path_, fmt::format(format, std::forward<Args>(args)...));
  }

  std::string_view FindHeader() {
    if (file_.size() < kLengthBytes) {
      FailHere("not a safetensors file: {} bytes, expected at least {}", file_.size(),
               kLengthBytes);
    }
    std::uint64_t length = 0;
    std::memcpy(&length, file_.data(), kLengthBytes);
    const std::uint64_t rest = file_.size() - kLengthBytes;
    const auto* text = reinterpret_cast<const char*>(file_.data()) + kLengthBytes;
    if (length == 0 || length > kMaxHeader || (rest > 0 && text[0] != '{')) {
      FailHere(
          "not a safetensors file: the first {} bytes say {}, expected the length of a JSON header "
          "of at most {} bytes",
          kLengthBytes, length, kMaxHeader);
    }
    if (length > rest) {
      FailHere("cut short: the header should have {} bytes, the file has {} after its length",
               length, rest);
    }
    data_ = file_.subspan(kLengthBytes + length);
    return {text, static_cast<std::size_t>(length)};
  }

  json Parse(std::string_view text) const {
    // The library keeps the last of equal keys and nests without limit, so both are checked here.
    std::vector<std::set<std::string>> keys;
    int key_count = 0;
    int value_count = 0;
    const auto watch = [&](int depth, json::parse_event_t event, json& parsed) {
      if (event == json::parse_event_t::object_start || event == json::parse_event_t::array_start) {
        if (depth >= kMaxDepth) FailHere("the header nests deeper than {} levels", kMaxDepth);
        keys.resize(static_cast<std::size_t>(depth) + 1);
        keys.back().clear();
        ++value_count;
      } else if (event == json::parse_event_t::value) {
        ++value_count;
      } else if (event == json::parse_event_t::key) {
        ++key_count;
        const auto level = static_cast<std::size_t>(depth) - 1;
        const std::string& key = parsed.get_ref<const std::string&>();
        if (!keys[level].insert(key).second) FailHere("the header has {} twice", Shown(key));
      }
      if (key_count > kMaxKeys || value_count > kMaxValues) {
        FailHere("the header has more than {} names or {} values", kMaxKeys, kMaxValues);
      }
      return true;
    };
    try {
      return json::parse(text, watch);
    } catch (const json::parse_error& error) {
      FailHere("the header is not JSON: wrong at byte {} of the file", kLengthBytes + error.byte);
    } catch (const json::exception&) {
      FailHere("the header has a number that is out of range");
    }
  }

  std::map<std::string, std::string> ReadMetadata(const json& value) const {
    if (!value.is_object()) FailHere("{} is not an object of texts", kMetadata);
    std::map<std::string, std::string> metadata;
    for (const auto& [key, text] : value.items()) {
      if (!text.is_string()) FailHere("{}: {} is not a text", kMetadata, Shown(key));
      metadata.emplace(key, text.get<std::string>());
    }
    return metadata;
  }

  Tensor ReadTensor(const std::string& name, const json& value) const {
    const std::string shown = "tensor " + Shown(name);
    if (!value.is_object() || value.size() != 3 || !value.contains("dtype") ||
        !value.contains("shape") || !value.contains("data_offsets")) {
      FailHere("{}: expected exactly dtype, shape and data_offsets", shown);
    }
    Tensor tensor;
    tensor.name = name;
    const json& dtype = value["dtype"];
    const std::string dtype_name = dtype.is_string() ? dtype.get<std::string>() : dtype.dump();
    const std::optional<DType> known = DTypeFromName(dtype_name);
    if (!known) {
      FailHere("{}: dtype {} is not supported, expected U8, I32, I64, U64, F32 or F64", shown,
               Shown(dtype_name));
    }
    tensor.dtype = *known;
    if (!value["shape"].is_array()) FailHere("{}: shape is not a list", shown);
    for (const json& size : value["shape"]) {
      tensor.shape.push_back(static_cast<std::int64_t>(Number(size, shown, "shape")));
    }
    const json& offsets = value["data_offsets"];
    if (!offsets.is_array() || offsets.size() != 2) {
      FailHere("{}: data_offsets is not a list of two numbers", shown);
    }
    const std::uint64_t begin = Number(offsets[0], shown, "data_offsets");
    const std::uint64_t end = Number(offsets[1], shown, "data_offsets");
    if (begin > end || end > data_.size()) {
      FailHere("{}: data_offsets {} .. {} are outside of the file's {} bytes of data", shown, begin,
               end, data_.size());
    }
    const std::optional<std::uint64_t> expected = ByteSize(tensor);
    if (expected != end - begin) {
      FailHere("{}: {} {} does not fit its {} bytes", shown, DTypeName(tensor.dtype),
               ShapeText(tensor.shape), end - begin);
    }
    tensor.bytes = data_.subspan(begin, end - begin);
    return tensor;
  }

  std::uint64_t Number(const json& value, const std::string& tensor, std::string_view key) const {
    if (!value.is_number_unsigned() ||
        value.get<std::uint64_t>() > std::numeric_limits<std::int64_t>::max()) {
      FailHere("{}: {} has a value that is not a size", tensor, key);
    }
    return value.get<std::uint64_t>();
  }

  void CheckLayout(const std::map<std::string, Tensor>& tensors) const {
    std::vector<const Tensor*> in_order;
    in_order.reserve(tensors.size());
    for (const auto& [name, tensor] : tensors) in_order.push_back(&tensor);
    std::ranges::sort(in_order, [](const Tensor* a, const Tensor* b) {
      return std::pair(a->bytes.data(), a->bytes.size()) <
             std::pair(b->bytes.data(), b->bytes.size());
    });
    const std::byte* next = data_.data();
    for (const Tensor* tensor : in_order) {
      if (tensor->bytes.data() != next) {
        FailHere("tensor {} begins at byte {} of the data, expected {}: tensors {}",
                 Shown(tensor->name), tensor->bytes.data() - data_.data(), next - data_.data(),
                 tensor->bytes.data() < next ? "overlap" : "leave a gap");
      }
      next += tensor->bytes.size();
      const std::size_t size = DTypeSize(tensor->dtype);
      if (reinterpret_cast<std::uintptr_t>(tensor->bytes.data()) % size != 0) {
        FailHere(
            "tensor {} is not aligned to its {}-byte elements; write the file again with a current "
            "safetensors library",
            Shown(tensor->name), size);
      }
    }
    const auto used = static_cast<std::size_t>(next - data_.data());
    if (used != data_.size()) {
      FailHere("{} bytes follow the last tensor, expected none", data_.size() - used);
    }
  }

  std::string path_;
  std::span<const std::byte> file_;
  std::span<const std::byte> data_;
};

bool StandsBefore(const Tensor& a, const Tensor& b) {
  const std::size_t a_size = DTypeSize(a.dtype);
  const std::size_t b_size = DTypeSize(b.dtype);
  return a_size != b_size ? a_size > b_size : a.name < b.name;
}

}  // namespace

std::string_view DTypeName(DType dtype) { return kDTypes[static_cast<std::size_t>(dtype)].name; }

std::size_t DTypeSize(DType dtype) { return kDTypes[static_cast<std::size_t>(dtype)].size; }

std::int64_t Tensor::size() const {
  std::int64_t product = 1;
  for (const std::int64_t size : shape) product *= size;
  return product;
}

SafetensorsFile::SafetensorsFile(const std::filesystem::path& path) : path_(path), file_(path) {
  HeaderReader(path, file_->bytes()).Read(metadata_, tensors_);
}

SafetensorsFile::SafetensorsFile(std::span<const std::byte> bytes,
                                 const std::filesystem::path& name)
    : path_(name) {
  HeaderReader(name, bytes).Read(metadata_, tensors_);
}

std::string SafetensorsFile::Metadata(const std::string& key, std::string otherwise) const {
  const auto found = metadata_.find(key);
  return found == metadata_.end() ? otherwise : found->second;
}

const Tensor& SafetensorsFile::Get(const std::string& name, DType dtype,
                                   std::span<const std::int64_t> shape) const {
  const auto found = tensors_.find(name);
  if (found == tensors_.end()) {
    std::vector<std::string> names;
    for (const auto& [known, tensor] : tensors_) names.push_back(known);
    const std::string nearest = NearestName(name, names);
    Fail("{}: tensor {} is missing{}", path_.string(), Shown(name),
         nearest.empty() ? "" : "; it has " + Shown(nearest));
  }
  const Tensor& tensor = found->second;
  const bool fits = tensor.dtype == dtype &&
                    std::equal(tensor.shape.begin(), tensor.shape.end(), shape.begin(), shape.end(),
                               [](std::int64_t actual, std::int64_t expected) {
                                 return expected == -1 || actual == expected;
                               });
  if (!fits) {
    Fail("{}: tensor {} is {} {}, expected {} {}", path_.string(), Shown(name),
         DTypeName(tensor.dtype), ShapeText(tensor.shape), DTypeName(dtype), ShapeText(shape));
  }
  return tensor;
}

SafetensorsWriter::SafetensorsWriter(const std::filesystem::path& path,
                                     std::span<const Tensor> tensors,
                                     const std::map<std::string, std::string>& metadata)
    : file_(path) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header[std::string(kMetadata)] = metadata;
  for (const Tensor& tensor : tensors) {
    assert(tensor.name != kMetadata && !header.contains(tensor.name));
    assert(&tensor == tensors.data() || StandsBefore(*(&tensor - 1), tensor));
    const std::size_t begin = left_;
    left_ += ByteSize(tensor).value();
    header[tensor.name] = {{"dtype", DTypeName(tensor.dtype)},
                           {"shape", tensor.shape},
                           {"data_offsets", {begin, left_}}};
  }
  std::string text = header.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
  text.append((8 - text.size() % 8) % 8, ' ');
  const std::uint64_t length = text.size();
  file_.Write(std::as_bytes(std::span(&length, 1)));
  file_.Write(text);
}

void SafetensorsWriter::Write(std::span<const std::byte> bytes) {
  assert(bytes.size() <= left_);
  left_ -= bytes.size();
  file_.Write(bytes);
}

void SafetensorsWriter::Commit() {
  assert(left_ == 0);
  file_.Commit();
}

void WriteSafetensors(const std::filesystem::path& path, std::span<const Tensor> tensors,
                      const std::map<std::string, std::string>& metadata) {
  std::vector<Tensor> in_order(tensors.begin(), tensors.end());
  std::ranges::sort(in_order, StandsBefore);
  SafetensorsWriter writer(path, in_order, metadata);
  for (const Tensor& tensor : in_order) {
    assert(ByteSize(tensor) == tensor.bytes.size());
    writer.Write(tensor.bytes);
  }
  writer.Commit();
}

}  // namespace rltuner
