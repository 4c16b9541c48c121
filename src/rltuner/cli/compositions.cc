// SPDX-License-Identifier: Apache-2.0
#include "rltuner/cli/compositions.h"

#include <algorithm>
#include <utility>

#include "rltuner/core/error.h"
#include "rltuner/core/files.h"
#include "rltuner/core/text.h"
#include "rltuner/melody/context.h"
#include "rltuner/melody/extractor.h"
#include "rltuner/melody/score_format.h"
#include "rltuner/theory/score_json.h"

namespace rltuner::cli {
namespace {

constexpr std::uint64_t kLongestInput = std::uint64_t{1} << 30;  // bytes

}  // namespace

Compositions::Compositions(const std::string& file, CompositionOptions options)
    : file_(file), options_(std::move(options)), encoding_(EncodingOf(options_.extraction)) {
  const Settings settings = Describe(options_.extraction);
  if (std::ranges::count(settings.Find("key")->choices, options_.key) > 0) {
    options_.extraction.key = options_.key;
  } else if (!options_.key.empty()) {
    const Key key = ParseKey(options_.key, "--key");
    music_.tonic = key.tonic;
    music_.mode = key.mode;
  }
  if (!options_.metre.empty()) music_.metre = ParseMetre(options_.metre, "--metre");
  bytes_ = ReadFile(file_, kLongestInput);
  const ScoreFormat* const format = FindScoreFormat(file_, bytes_);
  if (format == nullptr) {
    if (options_.extraction.key == options_.key) {
      Fail("--key {}: {} holds no music from which to estimate a key", options_.key, file_);
    }
    return;
  }
  midi::Score score;
  format->read(bytes_, file_, score);
  Extraction extraction = Extractor(options_.extraction).Extract(score);
  if (extraction.melodies.empty()) {
    const auto& reasons = extraction.first_rejections;
    Fail("{}: no melody in it{}", file_,
         reasons.empty() ? ""
                         : fmt::format(": {}: {}", RefusalName(reasons.front().refusal),
                                       reasons.front().detail));
  }
  melodies_ = std::move(extraction.melodies);
}

MelodyContext Compositions::ContextOf(const Melody& melody) const {
  MelodyContext context = melody.context;
  if (options_.extraction.key == "none") {  // its mode is a guess for white keys
    context.tonic = music_.tonic;
    context.mode = music_.mode;
  }
  if (options_.metre.empty()) return context;
  return {.metre = music_.metre, .tonic = context.tonic, .mode = context.mode};
}

void Compositions::ForEach(const Take& take) const {
  for (const Melody& melody : melodies_) {
    take(melody.events, MusicContext(ContextOf(melody), encoding_));
  }
  if (!melodies_.empty()) return;
  ForEachComposition(
      AsText(bytes_), file_,
      [&](const CompositionLine& composition) {
        MelodyContext context = composition.context;
        if (!options_.metre.empty()) context.metre = music_.metre;
        if (!options_.key.empty()) {
          context.tonic = music_.tonic;
          context.mode = music_.mode;
        }
        take(composition.events, MusicContext(context, encoding_));
      },
      encoding_.classes());
}

}  // namespace rltuner::cli
