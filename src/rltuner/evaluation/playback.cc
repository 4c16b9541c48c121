// SPDX-License-Identifier: Apache-2.0
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "rltuner/core/error.h"
#include "rltuner/evaluation/generation.h"

namespace rltuner {
namespace {

struct Instrument {
  std::string_view name;
  int program;          // General MIDI
  int lowest, highest;  // MIDI pitches as they sound, for a good amateur
};

constexpr std::array<Instrument, 18> kInstruments = {{{"piano", 0, 21, 108},
                                                      {"accordion", 21, 53, 89},
                                                      {"guitar", 24, 40, 76},
                                                      {"violin", 40, 55, 93},
                                                      {"viola", 41, 48, 84},
                                                      {"cello", 42, 36, 72},
                                                      {"voice", 52, 55, 79},
                                                      {"trumpet", 56, 54, 82},
                                                      {"trombone", 57, 40, 70},
                                                      {"horn", 60, 41, 77},
                                                      {"saxophone", 65, 49, 80},
                                                      {"oboe", 68, 58, 88},
                                                      {"bassoon", 70, 34, 67},
                                                      {"clarinet", 71, 50, 86},
                                                      {"flute", 73, 60, 93},
                                                      {"recorder", 74, 72, 98},
                                                      {"whistle", 78, 74, 98},
                                                      {"fiddle", 110, 55, 83}}};

}  // namespace

std::vector<std::string> InstrumentList() {
  std::vector<std::string> names;
  names.reserve(kInstruments.size());
  for (const Instrument& instrument : kInstruments) names.emplace_back(instrument.name);
  return names;
}

std::string InstrumentNames() { return fmt::format("{}", fmt::join(InstrumentList(), ", ")); }

void PlayOn(std::string_view instrument, std::string_view option, Playback& playback) {
  const auto found = std::ranges::find(kInstruments, instrument, &Instrument::name);
  if (found == kInstruments.end()) {
    Fail("{} {}: expected one of {}", option, instrument, InstrumentNames());
  }
  playback.ForgetPrimer();
  playback.program = found->program;
  playback.lowest = found->lowest;
  playback.highest = found->highest;
  // Twice the distance between the middles of both ranges, so that it is an integer.
  const auto distance = [&](int transposition) {
    const int ends = 2 * playback.lowest_pitch + playback.classes - kFirstNoteOn - 1;
    return std::abs(ends + 2 * transposition - found->lowest - found->highest);
  };
  const int by_key = playback.transposition;
  for (int octave = -5; octave <= 5; ++octave) {
    const int transposition = by_key + 12 * octave;
    if (distance(transposition) < distance(playback.transposition)) {
      playback.transposition = transposition;
    }
  }
}

void PlayIn(const Key& key, Playback& playback) {
  playback.ForgetPrimer();
  playback.transposition = (key.tonic - WhiteKey(key.mode).tonic + 18) % 12 - 6;
  playback.sharps = key.Sharps();
  playback.music.mode = key.mode;
}

}  // namespace rltuner
