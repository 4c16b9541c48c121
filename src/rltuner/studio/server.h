// SPDX-License-Identifier: Apache-2.0
// Serves a page and its requests over HTTP.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "rltuner/studio/guard.h"
#include "rltuner/studio/handler.h"

namespace rltuner::studio {

// The page's files by the path in their address: "/index.html", "/page.js". They are served from
// memory, so no request can reach a file on the disk.
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

struct ServerOptions {
  std::string address = "127.0.0.1";  // to listen on
  int port = 0;                       // 0: any that is free
  GuardOptions guard;                 // port and any_address are set here
};

// Serves until its destruction on its own threads, one for each open connection, so pages that only
// listen for events keep nobody waiting.
class Server {
 public:
  static constexpr int kMostStreams = 256;      // of events
  static constexpr int kMostConnections = 600;  // served at once; more wait for their turn

  virtual ~Server() = default;
  virtual int port() const = 0;

  // What to open in a browser, with the token if there is one. It names the first of guard.hosts;
  // without one, a server on all addresses names the one at which other machines reach this one.
  virtual std::string Address() const = 0;
};

// `handler` must outlive the server. Error if the address or port is not available, or if the
// address is not loopback and there is no token.
std::unique_ptr<Server> StartServer(ServerOptions options, WebFiles files, Handler* handler);

}  // namespace rltuner::studio
