// SPDX-License-Identifier: Apache-2.0
// Tests that compare with a Python library which not everybody has.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cstdio>
#include <string>

namespace rltuner {

// Runs a shell command that exits with 0 (right), 77 (the library is not here: the test is skipped)
// or something else (wrong: the test fails with what was printed).
inline void ExpectCheckScriptPasses(const std::string& command) {
  std::FILE* const pipe = popen((command + " 2>&1").c_str(), "r");
  ASSERT_NE(pipe, nullptr);
  std::string output;
  std::array<char, 512> part{};
  while (std::fgets(part.data(), part.size(), pipe) != nullptr) output += part.data();
  const int status = pclose(pipe);
  constexpr int kSkipped = 77, kNoPython = 127;
  if (status == kSkipped << 8 || status == kNoPython << 8) GTEST_SKIP() << output;
  EXPECT_EQ(status, 0) << output;
}

}  // namespace rltuner
