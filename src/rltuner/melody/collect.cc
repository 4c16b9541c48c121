// SPDX-License-Identifier: Apache-2.0
#include "rltuner/melody/collect.h"

#include <algorithm>
#include <atomic>
#include <cassert>
#include <utility>

#include "rltuner/core/error.h"
#include "rltuner/core/files.h"
#include "rltuner/core/parallel.h"
#include "rltuner/melody/score_format.h"

namespace rltuner {
namespace {

// A group, after which a run can stop, ends at whichever comes first.
constexpr std::size_t kGroupFiles = 256;
constexpr std::size_t kGroupBytes = std::size_t{4} << 20;

std::vector<SourceFile> NextGroup(Sources& sources) {
  std::vector<SourceFile> group;
  std::size_t bytes = 0;
  SourceFile file;
  while (group.size() < kGroupFiles && bytes < kGroupBytes && sources.Next(file)) {
    bytes += file.bytes.size();
    group.push_back(std::move(file));
  }
  return group;
}

// The text of an Error without its leading "path: ", which the report has in another column.
std::string WithoutName(std::string_view message, std::string_view name) {
  if (message.starts_with(name)) {
    message.remove_prefix(name.size());
    while (message.starts_with(':') || message.starts_with(' ')) message.remove_prefix(1);
  }
  return DisplayName(message);
}

using IsKnown = std::function<bool(const Hash128& identity)>;

CollectedFile Process(SourceFile& file, const Extractor& extractor, const IsKnown& is_known,
                      midi::Score& score) {
  CollectedFile outcome;
  outcome.identity = file.path.empty() ? file.identity : IdentityOf(file.path);
  outcome.known = is_known(outcome.identity);
  if (outcome.known) return outcome;
  outcome.name = file.name;
  if (file.problem) {
    Reject(outcome.extraction, *std::move(file.problem));
    return outcome;
  }
  if (!file.path.empty()) {
    try {
      const SourceLimits limits;
      file.bytes = ReadFile(file.path, limits.file_bytes);
    } catch (const Error& error) {
      std::error_code ignored;
      const auto size = std::filesystem::file_size(file.path, ignored);
      const bool too_large = !ignored && size > SourceLimits().file_bytes;
      Reject(outcome.extraction, {too_large ? Refusal::kTooLarge : Refusal::kUnreadable,
                                  WithoutName(error.what(), file.path.string())});
      return outcome;
    }
  }
  const ScoreFormat* format = FindScoreFormat(file.name, file.bytes);
  if (format == nullptr) {
    Reject(outcome.extraction,
           {Refusal::kNotAScore, fmt::format("expected {}", ScoreFormatNames())});
    return outcome;
  }
  try {
    format->read(file.bytes, file.name, score);
  } catch (const Error& error) {
    Reject(outcome.extraction, {Refusal::kDamaged, WithoutName(error.what(), file.name)});
    return outcome;
  }
  outcome.score = true;
  outcome.warnings = static_cast<std::int64_t>(score.warnings.size());
  if (outcome.warnings > 0) outcome.first_warning = ToString(score.warnings.front());
  outcome.extraction = extractor.Extract(score);
  return outcome;
}

}  // namespace

void CollectMelodies(Sources& sources, const Extractor& extractor, int threads,
                     const std::function<bool(CollectedFile& outcome)>& done,
                     const IsKnown& is_known) {
  assert(threads >= 1);
  std::vector<midi::Score> scores(static_cast<std::size_t>(threads));
  std::vector<SourceFile> group = NextGroup(sources);
  std::vector<CollectedFile> finished;
  const auto hand_over = [&] {
    bool all = true;
    for (CollectedFile& file : finished) all = done(file) && all;
    finished.clear();
    return all;
  };
  while (!group.empty()) {
    std::vector<SourceFile> next;
    std::vector<CollectedFile> outcomes(group.size());
    std::atomic<bool> goes_on = true;
    // Task 0, the caller's, hands over the last group and unpacks the next one while the other
    // threads work on this one.
    ParallelFor(static_cast<int>(group.size()) + 1, threads, [&](int task, int thread) {
      if (task == 0) {
        goes_on = hand_over();
        if (goes_on) next = NextGroup(sources);
        return;
      }
      if (!goes_on) return;
      SourceFile& file = group[task - 1];
      outcomes[task - 1] = Process(file, extractor, is_known, scores[thread]);
      file = {};
    });
    if (!goes_on) return;
    finished = std::move(outcomes);
    group = std::move(next);
  }
  hand_over();
}

}  // namespace rltuner
