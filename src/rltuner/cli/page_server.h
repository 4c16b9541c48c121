// SPDX-License-Identifier: Apache-2.0
// What the commands that open a page in the browser have in common: where they listen, whom they
// let in, and that Ctrl-C ends them.
#pragma once

#include <functional>
#include <string>

#include "rltuner/cli/command.h"
#include "rltuner/studio/server.h"

namespace rltuner {

// The parts of a page's address that others may have noted.
struct PageLink {
  std::string token;  // "" until one is needed
  int port = 0;       // 0: as the options say
};

class PageServer {
 public:
  explicit PageServer(int port) : port_(port) {}

  // --port, --listen, --allow-host and --page, under the heading `group` of the help.
  void AddOptions(CLI::App& app, const std::string& group = "Options");

  // The page in the folder --page, or else the one in the program; Error if there is neither, or it
  // has no `entry`, which then is what the address opens.
  Page LoadPage(const std::string& entry) const;

  // Prints the address, calls `ready` with it and serves until Ctrl-C. An address that others can
  // reach needs a token: the one in `link`, or else a new one. A port in `link` replaces the
  // default but not --port. `ready` gets the link in use. Returns the command's exit code.
  int Serve(const CommandContext& context, Page page, Handler* handler,
            const std::function<void(const std::string& address, const PageLink& link)>& ready,
            PageLink link = {});

 private:
  std::string address_ = "127.0.0.1", page_;
  GuardOptions guard_;
  int port_;
  const CLI::Option* port_option_ = nullptr;
};

}  // namespace rltuner
