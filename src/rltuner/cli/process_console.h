// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdio>
#include <ostream>
#include <streambuf>

#include "rltuner/cli/command.h"

namespace rltuner {

// The process's standard output and error. A reader that closes the pipe early (`| head`) is no
// fault: what follows is dropped. One at a time.
class ProcessConsole {
 public:
  ProcessConsole();

  Console& console() { return console_; }

  // Flushes; Error if anything could not be written to standard output.
  void Finish();

 private:
  class Buffer : public std::streambuf {
   public:
    int error() const { return error_; }

   protected:
    int_type overflow(int_type c) override;
    std::streamsize xsputn(const char* text, std::streamsize size) override;
    int sync() override;

   private:
    int error_ = 0;  // errno of the first failure; nothing is written after it
  };

  Buffer buffer_;
  std::ostream out_;
  Console console_;
};

}  // namespace rltuner
