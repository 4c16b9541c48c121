// SPDX-License-Identifier: Apache-2.0
#include "rltuner/studio/page.h"

#include <array>
#include <utility>

#include "rltuner/core/error.h"
#include "rltuner/core/files.h"

namespace rltuner {

Page ReadPage(const std::filesystem::path& folder) {
  Page page;
  std::error_code error;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder, error)) {
    if (!entry.is_regular_file()) continue;
    page['/' + entry.path().lexically_relative(folder).generic_string()] =
        ReadTextFile(entry.path());
  }
  if (!page.contains("/index.html")) {
    Fail("{}: no index.html in it; expected the folder of a built page", folder.string());
  }
  return page;
}

std::string_view ContentTypeOf(std::string_view path) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 15> kTypes = {{
      {".html", "text/html; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".mjs", "text/javascript; charset=utf-8"},
      {".json", "application/json"},
      {".svg", "image/svg+xml"},
      {".png", "image/png"},
      {".ico", "image/x-icon"},
      {".wasm", "application/wasm"},
      {".woff2", "font/woff2"},
      {".mp3", "audio/mpeg"},
      {".ogg", "audio/ogg"},
      {".wav", "audio/wav"},
      {".txt", "text/plain; charset=utf-8"},
      {".webmanifest", "application/manifest+json"},
  }};
  for (const auto& [ending, type] : kTypes) {
    if (path.ends_with(ending)) return type;
  }
  return "application/octet-stream";
}

}  // namespace rltuner
