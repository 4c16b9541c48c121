// SPDX-License-Identifier: Apache-2.0
// The files of the studio's page.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace rltuner::studio {

// Files by the path in their address: "/index.html", "/page.js". They are served from memory, so no
// request can reach a file on the disk.
using WebFiles = std::map<std::string, std::string, std::less<>>;

// Every file below `folder`; Error if there is no index.html.
WebFiles ReadWebFiles(const std::filesystem::path& folder);

// A file of the page as a server sends it, prepared once.
struct ServedFile {
  // Moves `bytes` here.
  ServedFile(std::string_view path, std::string bytes);

  std::string type, bytes;
  std::string gzipped;     // empty if that saves less than a tenth, or without zlib
  std::string entity_tag;  // changes with the bytes, whichever form is sent
};

}  // namespace rltuner::studio
