// SPDX-License-Identifier: Apache-2.0
#include "rltuner/cli/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>  // whole: the vtables that App.hpp leaves out
#include <algorithm>
#include <filesystem>
#include <functional>
#include <new>

#include "rltuner/cli/help.h"
#include "rltuner/cli/launched.h"
#include "rltuner/cli/process_console.h"
#include "rltuner/core/error.h"
#include "rltuner/core/settings.h"

namespace rltuner {
namespace {

std::string DidYouMean(std::string_view name, const std::vector<std::string>& known) {
  const std::string nearest = NearestName(name, known);
  return nearest.empty() ? "" : fmt::format("did you mean {}? ", nearest);
}

const CommandInfo& FindCommand(const std::string& name) {
  std::vector<std::string> names;
  for (const CommandInfo& info : Commands()) {
    if (info.name == name) return info;
    names.emplace_back(info.name);
  }
  if (name.starts_with('-')) {
    Fail("unknown option {}; expected a command first, 'rltuner help' lists them", name);
  }
  Fail("unknown command {}; {}'rltuner help' lists all commands", name, DidYouMean(name, names));
}

// A command with its options declared.
struct Prepared {
  const CommandInfo& info;
  std::unique_ptr<Command> command;
  CLI::App app;
  bool quiet = false;

  explicit Prepared(const CommandInfo& command_info)
      : info(command_info), command(info.make()), app(std::string(info.summary)) {
    command->AddOptions(app);
    app.add_flag("-q,--quiet", quiet, "No progress and no advice; results and warnings only.");
    app.set_help_flag("-h,--help", "Print this help.");
  }
};

bool IsHelp(const std::string& argument) { return argument == "--help" || argument == "-h"; }

// CLI11 would take the value of a misspelt option for a positional argument, or name another that
// is missing, before it tells of the misspelling.
void RefuseUnknownOptions(const Prepared& prepared, const std::vector<std::string>& arguments) {
  std::vector<std::string> known;
  for (const CLI::Option* option : prepared.app.get_options()) {
    for (const std::string& name : option->get_lnames()) known.push_back("--" + name);
  }
  for (const std::string& argument : arguments) {
    if (argument == "--") return;
    const bool is_long = argument.starts_with("--");
    const bool is_short = argument.size() == 2 && argument[0] == '-' && argument[1] > '9';
    if (!is_long && !is_short) continue;
    const std::string name = argument.substr(0, argument.find('='));
    if (prepared.app.get_option_no_throw(name) != nullptr) continue;
    Fail("{}: unknown option {}; {}'rltuner help {}' lists all options", prepared.info.name, name,
         DidYouMean(name, known), prepared.info.name);
  }
}

// The exit code of `run`, with what it throws told in one line.
int Guarded(const std::function<int()>& run, std::ostream& err) {
  std::string message;
  try {
    return run();
  } catch (const Error& error) {
    message = error.what();
  } catch (const std::filesystem::filesystem_error& error) {
    message = fmt::format("{}: {}", error.path1().string(), error.code().message());
  } catch (const std::bad_alloc&) {
    message = "out of memory";
  } catch (const std::exception& error) {
    message = fmt::format("internal error: {}", error.what());
  }
  err << "rltuner: " << OneLine(message) << std::endl;
  return kWrongInput;
}

// As one of several processes: only the first speaks, and a failure of one ends them all.
int RunClustered(const CommandInfo& info, Prepared& prepared, Console& console) {
  const std::unique_ptr<Cluster> cluster = JoinMpi();
  std::ostream nowhere(nullptr);
  Console silent{nowhere, nowhere};
  const bool speaks = cluster->rank() == 0;
  const CommandContext context{speaks ? console : silent, *cluster, prepared.quiet || !speaks};
  const int code = Guarded(
      [&] {
        if (!info.clustered) {
          Fail("{} runs in one process, but {} were started; leave the launcher out", info.name,
               cluster->size());
        }
        return prepared.command->Run(context);
      },
      console.err);
  if (code == kWrongInput) cluster->Abort(code);
  return code;
}

int RunCommand(const CommandInfo& info, std::vector<std::string> arguments, Console& console) {
  Prepared prepared(info);
  const auto end = std::find(arguments.begin(), arguments.end(), "--");
  if (std::any_of(arguments.begin(), end, IsHelp)) {
    console.out << HelpText(info, prepared.app);
    return kDone;
  }
  RefuseUnknownOptions(prepared, arguments);
  std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
  try {
    prepared.app.parse(std::move(arguments));
  } catch (const CLI::ParseError& error) {
    Fail("{}: {}; see 'rltuner help {}'", info.name, error.what(), info.name);
  }
  if (LaunchedProcesses() > 1) return RunClustered(info, prepared, console);
  const std::unique_ptr<Cluster> alone = SingleProcess();
  return prepared.command->Run(CommandContext{console, *alone, prepared.quiet});
}

int Dispatch(const std::vector<std::string>& arguments, Console& console) {
  const std::string first = arguments.empty() ? "help" : arguments.front();
  if (first == "--version" || first == "version") {
    console.out << "rltuner " RLTUNER_VERSION "\n";
    return kDone;
  }
  if (first == "help" || IsHelp(first)) {
    if (arguments.size() > 1) return RunCommand(FindCommand(arguments[1]), {"--help"}, console);
    console.out << Overview();
    return kDone;
  }
  return RunCommand(FindCommand(first), {arguments.begin() + 1, arguments.end()}, console);
}

}  // namespace

int RunCommandLine(const std::vector<std::string>& arguments, Console& console) {
  return Guarded([&] { return Dispatch(arguments, console); }, console.err);
}

int RunCommandLine(int argc, const char* const* argv) {
  ProcessConsole process;
  const std::vector<std::string> arguments(argv + std::min(argc, 1), argv + argc);
  const int code = RunCommandLine(arguments, process.console());
  const int written = Guarded([&] { return process.Finish(), kDone; }, process.console().err);
  return written == kDone ? code : written;
}

}  // namespace rltuner
