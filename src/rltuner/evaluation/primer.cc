// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "rltuner/core/error.h"
#include "rltuner/core/files.h"
#include "rltuner/evaluation/generation.h"
#include "rltuner/melody/events.h"
#include "rltuner/melody/extraction.h"
#include "rltuner/melody/score_format.h"

namespace rltuner {
namespace {

constexpr std::uint64_t kLargestFile = 64 << 20;

// A primer may be in any metre and as short as one note; the corpus's rules are for training.
ExtractionOptions PrimerOptions(const MidiScore& score) {
  std::set<std::string> metres = {"4/4"};
  for (const MetreChange& metre : score.metres) {
    if (metre.numerator <= 64 && metre.denominator <= 16) {
      metres.insert(std::to_string(metre.numerator) + '/' + std::to_string(metre.denominator));
    }
  }
  ExtractionOptions options;
  options.minimum_bars = 0;
  options.minimum_unique_pitches = 1;
  options.metres = fmt::format("{}", fmt::join(metres, ","));
  options.gap_bars = 0;
  options.maximum_grid_error = .5;
  options.split_at_tempo_changes = false;
  return options;
}

}  // namespace

std::vector<int> ReadPrimer(std::span<const std::uint8_t> bytes, const std::string& name) {
  const ScoreFormat* format =
      FindScoreFormat(name, bytes.first(std::min<std::size_t>(bytes.size(), kSniffBytes)));
  if (format == nullptr) Fail("{}: not a file with music; expected {}", name, ScoreFormatNames());
  MidiScore score;
  format->read(bytes, name, score);
  const Extraction extraction = Extractor(PrimerOptions(score)).Extract(score);
  if (extraction.melodies.empty()) {
    if (extraction.first_rejections.empty()) Fail("{}: no melody in it", name);
    const Rejection& rejection = extraction.first_rejections.front();
    Fail("{}: no melody in it: {}{}{}", name, RefusalName(rejection.refusal),
         rejection.detail.empty() ? "" : ", ", rejection.detail);
  }
  const std::vector<std::uint8_t>& events = extraction.melodies.front().events;
  return {events.begin(), events.end()};
}

std::vector<int> ParsePrimer(const std::string& class_or_file) {
  int event = 0;
  const char* const end = class_or_file.data() + class_or_file.size();
  const auto [parsed, error] = std::from_chars(class_or_file.data(), end, event);
  const bool whole_number = parsed == end && !class_or_file.empty() &&
                            (error == std::errc() || error == std::errc::result_out_of_range);
  if (whole_number && (error != std::errc() || !IsEvent(event))) {
    Fail("--primer {}: expected a class, 0 .. {}, or a MIDI file", class_or_file, kVocabulary - 1);
  }
  if (whole_number) return {event};
  std::error_code ignored;
  if (!std::filesystem::exists(class_or_file, ignored)) {
    Fail("--primer {}: no such file; expected a MIDI file or a class, 0 .. {}", class_or_file,
         kVocabulary - 1);
  }
  try {
    return ReadPrimer(ReadFile(class_or_file, kLargestFile), class_or_file);
  } catch (const Error& problem) {
    Fail("--primer: {}", problem.what());
  }
}

}  // namespace rltuner
