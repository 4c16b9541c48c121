// SPDX-License-Identifier: Apache-2.0
// The files of the studio's page.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace rltuner {

// By path as in an address: "/index.html", "/page.js". Served from memory, so that no request can
// reach a file of the disk.
using Page = std::map<std::string, std::string, std::less<>>;

// The page inside the program; empty if it was built without one.
Page EmbeddedPage();

// Every file below `folder`; Error if there is no index.html.
Page ReadPage(const std::filesystem::path& folder);

// "text/html; charset=utf-8" by the path's ending.
std::string_view ContentTypeOf(std::string_view path);

}  // namespace rltuner
