// SPDX-License-Identifier: Apache-2.0
// The part that `studio` and `study serve` share: server options, and serving until Ctrl-C.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "rltuner/cli/command.h"
#include "rltuner/core/error.h"
#include "rltuner/studio/server.h"
#include "rltuner/study/store.h"

namespace rltuner::cli {

// 128 random bits as letters and digits, so that nobody can guess them.
std::string RandomName();

// Milliseconds since 1970-01-01 UTC by the system's clock, which somebody may set back.
std::int64_t MillisecondsSince1970();

class WebServer {
 public:
  explicit WebServer(int port) : port_(port) {}

  // --port, --listen, --allow-host and --page, under the heading `group` of the help.
  void AddOptions(CLI::App& app, const std::string& group = "Options");

  // Returns the page in the folder --page, or else the program's own. The address opens the file
  // `entry`. Error if there is no page or the page has no `entry`.
  studio::WebFiles LoadPage(const std::string& entry) const;

  // Prints the address, calls `ready` with the address and the link in use, and serves until
  // Ctrl-C. If other machines can reach the address, it needs a token: the one in `link`, or else a
  // new one. A port in `link` replaces the default but not --port. Returns the command's exit code.
  int Serve(const CommandContext& context, studio::WebFiles page, studio::Handler* handler,
            const std::function<void(const std::string&, const study::StudyLink&)>& ready,
            study::StudyLink link = {});

 private:
  std::string address_ = "127.0.0.1", page_;
  studio::GuardOptions guard_;
  int port_;
  const CLI::Option* port_option_ = nullptr;
};

// Stands for these commands in a program without the studio.
class MissingStudio final : public Command {
 public:
  void AddOptions(CLI::App& app) override { app.allow_extras(); }
  int Run(const CommandContext& /*context*/) override {
    Fail(
        "this program was built without the studio and listening studies, which need cpp-httplib "
        "and SQLite; see docs/studio.md");
  }
};

}  // namespace rltuner::cli
