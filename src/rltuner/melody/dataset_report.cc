// SPDX-License-Identifier: Apache-2.0
#include "rltuner/melody/dataset_report.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <functional>
#include <numeric>
#include <utility>

#include "rltuner/core/markup.h"
#include "rltuner/core/text.h"
#include "rltuner/core/text_table.h"
#include "rltuner/melody/score_format.h"

namespace rltuner {
namespace {

double Share(std::int64_t part, std::int64_t all) {
  return all == 0 ? 0 : static_cast<double>(part) / static_cast<double>(all);
}

// Losses and decisions in the extraction of the melodies that were kept.
std::string Remarks(const FileReport& file) {
  DatasetSummary sums;
  sums.Add(file);
  const QuantizationCounts& counts = sums.quantization;
  std::string text;
  const auto add = [&](std::int64_t count, const std::string& remark) {
    if (count > 0) text += (text.empty() ? "" : "; ") + remark;
  };
  add(counts.merged_notes,
      fmt::format("{} of {} lost to quantization{}", counts.merged_notes,
                  Counted(counts.notes, "note"), sums.finer_grid > 0 ? FinerGridAdvice() : ""));
  add(counts.dropped_notes,
      fmt::format("{} dropped under a higher one", Counted(counts.dropped_notes, "note")));
  add(sums.cut_notes, fmt::format("{} beyond the maximum length", Counted(sums.cut_notes, "note")));
  add(sums.parts, fmt::format("{} cut from longer pieces at bar lines",
                              Counted(sums.parts, "melody", "melodies")));
  add(sums.keys[static_cast<std::size_t>(KeySource::kContradicted)],
      "key signature contradicted by the notes");
  add(sums.off_grid, fmt::format("grid error {:.2f} steps", counts.GridError()));
  add(file.outcome.warnings,
      fmt::format("{} of the reader, the first: {}", Counted(file.outcome.warnings, "warning"),
                  file.outcome.first_warning));
  return text;
}

std::string FileLine(const FileReport& file) {
  const Extraction& extraction = file.outcome.extraction;
  const auto& refused = extraction.refused;
  std::string reason, place, detail;
  for (const Rejection& rejection : extraction.first_rejections) {
    if (reason.empty()) {
      reason = RefusalName(rejection.refusal);
      place = rejection.place.Text();
      detail = rejection.detail;
    } else {
      detail += fmt::format("; also {} at {}: {}", RefusalName(rejection.refusal),
                            rejection.place.Text(), rejection.detail);
    }
  }
  const std::string remarks = Remarks(file);
  if (!remarks.empty()) detail += (detail.empty() ? "" : "; ") + remarks;
  return fmt::format("{},{},{},{},{},{}\n", CsvField(file.outcome.name), file.kept.size(),
                     std::accumulate(refused.begin(), refused.end(), std::int64_t{0}), reason,
                     CsvField(place), CsvField(detail));
}

std::string MelodyLine(const FileReport& file, const FileReport::Kept& kept) {
  const Melody& melody = *kept.melody;
  const QuantizationCounts& counts = melody.quantization;
  const std::string part = melody.part == 0 ? "" : std::to_string(melody.part);
  return fmt::format("{},{},{},{},{},{},{},{}/{},{},{},{},{},{},{},{},{},{},{:.3f},{},{}\n",
                     CsvField(kept.name), CsvField(file.outcome.name), melody.place.track,
                     CsvField(melody.track_name), melody.channel, melody.place.bar, melody.bars,
                     melody.context.metre.numerator, melody.context.metre.denominator, part,
                     counts.notes - counts.merged_notes - counts.dropped_notes,
                     CsvField(melody.key), KeySourceName(melody.key_source), melody.transposition,
                     counts.dropped_notes, counts.merged_notes, melody.cut_notes,
                     melody.folded_notes, counts.GridError(), file.outcome.warnings,
                     CsvField(file.outcome.first_warning));
}

std::string Advice(Refusal refusal, const DatasetSummary& summary) {
  constexpr std::pair<Refusal, const char*> kAdvice[] = {
      {Refusal::kMetre, "--metres accepts others"},
      {Refusal::kTooFewPitches, "see --minimum-unique-pitches"},
      {Refusal::kPolyphony, "see --polyphony"},
      {Refusal::kOffGrid, "see --maximum-grid-error"},
      {Refusal::kNotSelected, "see --tracks, --programs, --channels, --lowest-source-pitch"}};
  constexpr std::pair<Boundary, const char*> kCauses[] = {
      {Boundary::kTempo, "at changes of tempo: --no-split-at-tempo-changes joins them"},
      {Boundary::kKey, "at changes of key: --no-split-at-key-changes joins them"},
      {Boundary::kMetre, "at changes of metre"},
      {Boundary::kRest, "between rests: see --gap-bars"},
      {Boundary::kMaximum, "left of long melodies: see --maximum-steps"},
      {Boundary::kVoice, "whole: see --minimum-bars"}};
  std::vector<std::string> advice;
  for (const auto& [known, text] : kAdvice) {
    if (known == refusal) advice.emplace_back(text);
  }
  for (const auto& [boundary, cause] : kCauses) {
    const std::int64_t count = summary.too_short[static_cast<std::size_t>(boundary)];
    if (refusal == Refusal::kTooShort && count > 0) {
      advice.push_back(fmt::format("{} {}", count, cause));
    }
  }
  return advice.empty() ? "" : fmt::format(" ({})", fmt::join(advice, ", "));
}

}  // namespace

std::filesystem::path ReportOfMelodies(const std::filesystem::path& report) {
  std::filesystem::path path = report;
  return LowerExtension(report.string()) == ".csv" ? path.replace_extension(".melodies.csv")
                                                   : path += ".melodies.csv";
}

DatasetReport::DatasetReport(const std::filesystem::path& report)
    : files_(report), melodies_(ReportOfMelodies(report)) {
  files_.Write("file,melodies,refused,reason,place,detail\n");
  melodies_.Write(
      "melody,file,track,track_name,channel,bar,bars,metre,part,notes,key,key_found,transposition,"
      "lost_to_polyphony,lost_to_quantization,lost_to_maximum,folded,grid_error,warnings,"
      "first_warning\n");
}

void DatasetReport::Add(const FileReport& file) {
  files_.Write(FileLine(file));
  for (const FileReport::Kept& kept : file.kept) melodies_.Write(MelodyLine(file, kept));
}

void DatasetReport::Commit() {
  melodies_.Commit();
  files_.Commit();
}

std::string FinerGridAdvice() {
  return " (--steps-per-quarter 12 keeps triplets, 8 thirty-seconds)";
}

std::string SummaryText(const DatasetSummary& summary) {
  TextTable table({"", "count"});
  const auto row = [&](std::string name, std::int64_t count) {
    table.AddRow({std::move(name), std::to_string(count)});
  };
  const auto row_if_any = [&](std::string name, std::int64_t count) {
    if (count > 0) row(std::move(name), count);
  };
  row("files", summary.files);
  row("files read as music", summary.scores);
  row_if_any("files read with warnings", summary.files_with_warnings);
  row("files with a melody kept", summary.files_with_melodies);
  row("melodies kept", summary.melodies);
  row("  for training", summary.melodies - summary.held_out);
  row("  held out", summary.held_out);
  row_if_any("  parts of longer pieces", summary.parts);
  const auto keys = [&](KeySource source) {
    return summary.keys[static_cast<std::size_t>(source)];
  };
  row("  key by signature", keys(KeySource::kSignature));
  row("  key by estimate", keys(KeySource::kEstimate));
  row("  key by estimate, against the signature", keys(KeySource::kContradicted));
  row(fmt::format("  off the grid (error above {} steps)", kOffGridError), summary.off_grid);
  row("  finer than the grid", summary.finer_grid);
  for (int i = 0; i < kRefusals; ++i) {
    row_if_any(fmt::format("refused: {}", RefusalName(static_cast<Refusal>(i))),
               summary.refused[static_cast<std::size_t>(i)]);
  }
  row("notes lost to quantization", summary.quantization.merged_notes);
  row("notes lost under a higher one", summary.quantization.dropped_notes);
  row_if_any("notes beyond the maximum length", summary.cut_notes);
  row("notes folded into the range", summary.folded_notes);
  const auto& [offs, holds, ons] = summary.events;
  const std::int64_t all = offs + holds + ons;
  const auto percent = [&](std::int64_t part) { return 100 * Share(part, all); };
  return fmt::format(
      "{}\n{} events, {:.1f} a melody: {:.1f} % note on, {:.1f} % no event, {:.1f} % note off\n"
      "mean grid error {:.3f} steps\n",
      table.ToText(), all, Share(all, summary.melodies), percent(ons), percent(holds),
      percent(offs), summary.quantization.GridError());
}

std::string RefusalText(const DatasetSummary& summary) {
  std::vector<std::size_t> order;
  for (std::size_t i = 0; i < summary.refused.size(); ++i) {
    if (summary.refused[i] > 0) order.push_back(i);
  }
  std::ranges::stable_sort(order, std::greater(),
                           [&](std::size_t i) { return summary.refused[i]; });
  std::string text;
  for (std::size_t i : order) {
    const auto refusal = static_cast<Refusal>(i);
    text += fmt::format("{}{} {}{}", text.empty() ? "" : ", ", RefusalName(refusal),
                        summary.refused[i], Advice(refusal, summary));
  }
  return text;
}

}  // namespace rltuner
