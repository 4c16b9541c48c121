// SPDX-License-Identifier: Apache-2.0
// The files of the page; server.cc serves them.
#include <array>
#include <utility>

#include "rltuner/core/error.h"
#include "rltuner/core/files.h"
#include "rltuner/core/hash.h"
#include "rltuner/studio/server.h"

#ifdef RLTUNER_HAS_ZLIB
#include <zlib.h>
#endif

namespace rltuner::studio {
namespace {

// In gzip's format; empty if that cannot be made here.
std::string Gzip([[maybe_unused]] std::string_view bytes) {
#ifdef RLTUNER_HAS_ZLIB
  constexpr int kGzipHeader = 16;
  z_stream stream = {};
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, MAX_WBITS + kGzipHeader,
                   MAX_MEM_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK) {
    return {};
  }
  std::string gzipped(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(gzipped.data());
  stream.avail_out = static_cast<uInt>(gzipped.size());
  const bool done = deflate(&stream, Z_FINISH) == Z_STREAM_END;
  gzipped.resize(done ? stream.total_out : 0);
  deflateEnd(&stream);
  return gzipped;
#else
  return {};
#endif
}

// "text/html; charset=utf-8" by the path's ending.
std::string_view ContentTypeOf(std::string_view path) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kTypes = {{
      {".html", "text/html; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".svg", "image/svg+xml"},
      {".png", "image/png"},
      {".woff2", "font/woff2"},
      {".mp3", "audio/mpeg"},
      {".txt", "text/plain; charset=utf-8"},
  }};
  for (const auto& [ending, type] : kTypes) {
    if (path.ends_with(ending)) return type;
  }
  return "application/octet-stream";
}

}  // namespace

WebFiles ReadWebFiles(const std::filesystem::path& folder) {
  WebFiles files;
  std::error_code error;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder, error)) {
    if (!entry.is_regular_file()) continue;
    files['/' + entry.path().lexically_relative(folder).generic_string()] =
        ReadTextFile(entry.path());
  }
  if (!files.contains("/index.html")) {
    Fail("{}: no index.html in it; expected the folder of a built page", folder.string());
  }
  return files;
}

ServedFile::ServedFile(std::string_view path, std::string file_bytes)
    : type(ContentTypeOf(path)), bytes(std::move(file_bytes)), gzipped(Gzip(bytes)) {
  if (gzipped.size() > bytes.size() / 10 * 9) gzipped.clear();
  const Hash128 hash = Hasher().Add(bytes).Hash();
  // A weak tag, because it is the same for both forms.
  entity_tag = fmt::format("W/\"{:016x}{:016x}\"", hash.high, hash.low);
}

}  // namespace rltuner::studio
