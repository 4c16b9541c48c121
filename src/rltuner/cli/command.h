// SPDX-License-Identifier: Apache-2.0
// The interface of a command. A new one is one file in cli/commands/ and one line in
// cli/commands.cc.
#pragma once

#include <CLI/App.hpp>
#include <memory>
#include <ostream>
#include <span>
#include <string_view>
#include <vector>

#include "rltuner/cluster/cluster.h"

namespace rltuner::cli {

inline constexpr int kDone = 0;
inline constexpr int kCheckFailed = 1;  // returned only by commands that check something
inline constexpr int kWrongInput = 2;   // commands throw an Error instead
inline constexpr int kInterrupted = 130;

// A command writes results to `out` and everything else to `err`. Tests pass string streams.
struct Console {
  std::ostream& out;
  std::ostream& err;
  bool err_is_terminal = false;
  int width = 80;  // columns of the terminal
};

struct CommandContext {
  Console& console;
  Cluster& cluster;    // one process unless the command is marked `clustered`
  bool quiet = false;  // --quiet: no progress, no advice; results and warnings only

  std::ostream& out() const { return console.out; }
  std::ostream& err() const { return console.err; }

  // One line of information on standard error, unless --quiet.
  void Say(std::string_view line) const {
    if (!quiet) console.err << line << std::endl;
  }
  // One line that begins with "warning:" on standard error, --quiet or not.
  void Warn(std::string_view line) const { console.err << "warning: " << line << std::endl; }
};

class Command {
 public:
  virtual ~Command() = default;

  // Declares options and positional arguments. Required ones are marked required; descriptions name
  // unit, range and default. Options of a Settings struct go through SettingOptions
  // (cli/options.h). --help and --quiet exist already.
  virtual void AddOptions(CLI::App& app) = 0;

  // Runs with the options parsed and returns the exit code. Throws Error for a user's mistake. Long
  // loops poll an InterruptGuard (cli/interrupt.h), save, and return kInterrupted.
  virtual int Run(const CommandContext& context) = 0;
};

// A command as the help describes it.
struct CommandInfo {
  std::string_view name;
  std::string_view group;        // heading in the overview: "Data", "Model", "Listen", "More"
  std::string_view summary;      // one line without a full stop
  std::string_view description;  // what it does, reads and writes; paragraphs of any length
  std::vector<std::string_view> examples;  // whole command lines; two or three are enough
  std::unique_ptr<Command> (*make)();
  bool clustered = false;  // several processes can run it together
};

// Every command, in the order of the overview.
std::span<const CommandInfo> Commands();

template <typename T>
std::unique_ptr<Command> MakeCommand() {
  return std::make_unique<T>();
}

}  // namespace rltuner::cli
