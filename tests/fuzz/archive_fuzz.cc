// SPDX-License-Identifier: Apache-2.0
// Any bytes are an archive or are refused; every entry has one outcome and a name that can be
// shown.
#include "fuzz/fuzz_target.h"
#include "rltuner/melody/collect.h"

namespace rltuner {
namespace {

void FuzzArchive(std::span<const std::uint8_t> input) {
  static const InputFile file("fuzz.zip");
  static const Extractor extractor((ExtractionOptions()));
  Sources sources({file.Write(input)});
  std::size_t files = 0;
  CollectMelodies(sources, extractor, 1, [&](const CollectedFile& outcome) {
    ++files;
    const std::string entry = outcome.name.substr(outcome.name.find(".zip") + 4);
    Require(entry.empty() || entry == ":" + DisplayName(entry.substr(1)));
    Require(!outcome.extraction.melodies.empty() || !outcome.extraction.first_rejections.empty());
    return true;
  });
  Require(files > 0);
}

const FuzzTarget kArchiveTarget("archive", FuzzArchive);

}  // namespace
}  // namespace rltuner
