// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace rltuner {

// A file of the source tree, compiled in by cmake/embed.cmake.
struct EmbeddedFile {
  std::string_view path;             // "recipes/tune/paper.toml"
  std::span<const std::byte> bytes;  // 8-byte aligned
};

std::span<const EmbeddedFile> BundledFiles();  // recipes and Note RNNs; defined in layer recipes
std::span<const EmbeddedFile> PageFiles();     // the studio's page, if the program has it

}  // namespace rltuner
