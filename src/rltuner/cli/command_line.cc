// SPDX-License-Identifier: Apache-2.0
#include "rltuner/cli/command_line.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>  // whole: the vtables that App.hpp leaves out
#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iostream>
#include <new>
#include <system_error>

#include "rltuner/cli/interrupt.h"
#include "rltuner/core/error.h"
#include "rltuner/core/settings.h"

namespace rltuner::cli {
namespace {

bool ErrIsTerminal() {
  const char* const type = std::getenv("TERM");
  return isatty(STDERR_FILENO) == 1 && (type == nullptr || std::string_view(type) != "dumb");
}

int TerminalWidth() {
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20) return size.ws_col;
  return 80;
}

// The process's standard output. A reader that closes the pipe early (`| head`) causes no error:
// the rest of the output is dropped.
class StandardOutput final : public std::streambuf {
 public:
  // Flushes; Error if anything could not be written.
  void Finish() {
    sync();
    if (error_ != 0 && error_ != EPIPE) {
      Fail("cannot write standard output: {}", std::generic_category().message(error_));
    }
  }

 private:
  int_type overflow(int_type c) override {
    const char text = traits_type::to_char_type(c);
    if (!traits_type::eq_int_type(c, traits_type::eof())) xsputn(&text, 1);
    return traits_type::not_eof(c);
  }

  std::streamsize xsputn(const char* text, std::streamsize size) override {
    const auto count = static_cast<std::size_t>(size);
    if (error_ == 0 && std::fwrite(text, 1, count, stdout) != count) error_ = errno;
    return size;
  }

  int sync() override {
    if (error_ == 0 && std::fflush(stdout) != 0) error_ = errno;
    return 0;
  }

  int error_ = 0;  // errno of the first failure; nothing is written after it
};

int EnvironmentNumber(const char* variable) {
  const char* const value = std::getenv(variable);
  return value == nullptr ? 0 : std::atoi(value);
}

// The number of processes that mpirun, srun or another launcher started, including this one; 1
// without a launcher. It comes from the environment, so that a program on its own never pays for
// MPI.
int ProcessesOfLauncher() {
  // Open MPI's mpirun; the PMI of MPICH, Intel MPI and Slurm.
  int processes =
      std::max({1, EnvironmentNumber("OMPI_COMM_WORLD_SIZE"), EnvironmentNumber("PMI_SIZE")});
  // Slurm's PMIx. Slurm's own variables are also set in a batch script, which is one process.
  if (std::getenv("PMIX_RANK") != nullptr) {
    processes = std::max(processes, EnvironmentNumber("SLURM_STEP_NUM_TASKS"));
  }
  return processes;
}

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

// CLI11 would take the value of a misspelt option for a positional argument, or complain that
// another one is missing, before it reports the misspelling.
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

// The exit code of `run`. An exception becomes one line of text.
int Guarded(const std::function<int()>& run, std::ostream& err) {
  std::string message;
  try {
    return run();
  } catch (const Interrupted&) {
    err << "interrupted; nothing was written" << std::endl;
    return kInterrupted;
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

// Runs as one of several processes: only the first prints, and a failure of one ends them all.
int RunClustered(const CommandInfo& info, Prepared& prepared, Console& console) {
  const std::unique_ptr<Cluster> cluster = JoinMpi();
  std::ostream nowhere(nullptr);
  Console silent{nowhere, nowhere};
  const bool speaks = cluster->rank() == 0;
  const CommandContext context{speaks ? console : silent, *cluster, prepared.quiet || !speaks};
  const int code = Guarded(
      [&] {
        if (!info.clustered) {
          Fail("{} runs in one process, but {} were started; run it without the launcher",
               info.name, cluster->size());
        }
        return prepared.command->Run(context);
      },
      console.err);
  if (code == kWrongInput) cluster->Abort(code);
  return code;
}

int RunCommand(const CommandInfo& info, std::vector<std::string> arguments, Console& console) {
  Prepared prepared(info);
  const auto end = std::ranges::find(arguments, "--");
  if (std::any_of(arguments.begin(), end, IsHelp)) {
    console.out << HelpText(info, prepared.app);
    return kDone;
  }
  RefuseUnknownOptions(prepared, arguments);
  std::ranges::reverse(arguments);  // as CLI11 wants them
  try {
    prepared.app.parse(std::move(arguments));
  } catch (const CLI::ParseError& error) {
    Fail("{}: {}; see 'rltuner help {}'", info.name, error.what(), info.name);
  }
  if (ProcessesOfLauncher() > 1) return RunClustered(info, prepared, console);
  const std::unique_ptr<Cluster> alone = SingleProcess();
  return prepared.command->Run(CommandContext{console, *alone, prepared.quiet});
}

int Dispatch(const std::vector<std::string>& arguments, Console& console) {
  const std::string first = arguments.empty() ? "help" : arguments.front();
  const bool is_version = first == "--version" || first == "version";
  const bool is_help = first == "help" || IsHelp(first);
  const std::size_t most = is_version ? 1 : is_help ? 2 : arguments.size();
  if (arguments.size() > most) {
    Fail("{}: unexpected argument {}; see 'rltuner help'", first, arguments[most]);
  }
  if (is_version) {
    console.out << "rltuner " RLTUNER_VERSION "\n";
    return kDone;
  }
  if (is_help) {
    if (arguments.size() > 1 && !IsHelp(arguments[1]))
      return RunCommand(FindCommand(arguments[1]), {"--help"}, console);
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
  std::signal(SIGPIPE, SIG_IGN);  // a write to a closed pipe fails instead of ending the program
  StandardOutput buffer;
  std::ostream out(&buffer);
  Console console{out, std::cerr, ErrIsTerminal(), TerminalWidth()};
  // std::cout would flush before each message and hide a failed write from the buffer.
  std::ostream* const tied = std::cerr.tie(&out);
  const int code = RunCommandLine({argv + std::min(argc, 1), argv + argc}, console);
  std::cerr.tie(tied);
  const int written = Guarded([&] { return buffer.Finish(), kDone; }, std::cerr);
  return written == kDone ? code : written;
}

}  // namespace rltuner::cli
