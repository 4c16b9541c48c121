// SPDX-License-Identifier: Apache-2.0
#include "rltuner/cli/process_console.h"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <iostream>
#include <string_view>
#include <system_error>

#include "rltuner/core/error.h"

#if __has_include(<unistd.h>) && __has_include(<sys/ioctl.h>)
#include <sys/ioctl.h>
#include <unistd.h>
#define RLTUNER_POSIX_TERMINAL 1
#else
#define RLTUNER_POSIX_TERMINAL 0
#endif

namespace rltuner {
namespace {

bool ErrIsTerminal() {
#if RLTUNER_POSIX_TERMINAL
  const char* const type = std::getenv("TERM");
  return isatty(STDERR_FILENO) == 1 && (type == nullptr || std::string_view(type) != "dumb");
#else
  return false;
#endif
}

int TerminalWidth() {
#if RLTUNER_POSIX_TERMINAL
  winsize size{};
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col >= 20) return size.ws_col;
#endif
  return 80;
}

}  // namespace

ProcessConsole::ProcessConsole()
    : out_(&buffer_), console_{out_, std::cerr, ErrIsTerminal(), TerminalWidth()} {
#ifdef SIGPIPE
  std::signal(SIGPIPE, SIG_IGN);  // a write to a closed pipe fails instead of ending the program
#endif
}

void ProcessConsole::Finish() {
  out_.flush();
  if (buffer_.error() != 0 && buffer_.error() != EPIPE) {
    Fail("cannot write standard output: {}", std::generic_category().message(buffer_.error()));
  }
}

ProcessConsole::Buffer::int_type ProcessConsole::Buffer::overflow(int_type c) {
  const char text = traits_type::to_char_type(c);
  if (!traits_type::eq_int_type(c, traits_type::eof())) xsputn(&text, 1);
  return traits_type::not_eof(c);
}

std::streamsize ProcessConsole::Buffer::xsputn(const char* text, std::streamsize size) {
  const auto count = static_cast<std::size_t>(size);
  if (error_ == 0 && std::fwrite(text, 1, count, stdout) != count) error_ = errno;
  return size;
}

int ProcessConsole::Buffer::sync() {
  if (error_ == 0 && std::fflush(stdout) != 0) error_ = errno;
  return 0;
}

}  // namespace rltuner
