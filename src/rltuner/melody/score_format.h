// SPDX-License-Identifier: Apache-2.0
// The file formats of scores: MIDI, bare or wrapped in RIFF, and those below. A new one is one file
// that makes a ScoreFormat and one line in score_format.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rltuner/midi/score.h"

namespace rltuner {

struct ScoreFormat {
  std::string_view name;                     // "MIDI"
  std::vector<std::string_view> extensions;  // lower case with the dot

  // True if a file with this beginning, up to its first 16 bytes, is certainly of this format.
  bool (*recognizes)(std::span<const std::uint8_t> beginning) = nullptr;

  // Fills `score`, which the caller reuses. Throws an Error that names `source` if the bytes are
  // not a score. Called from many threads.
  void (*read)(std::span<const std::uint8_t> bytes, std::string_view source,
               midi::Score& score) = nullptr;
};

// MusicXML, plain (.musicxml, .xml) or compressed (.mxl). Every voice of a part is a track, at
// sounding pitch. Grace and cue notes are skipped; repeats, their endings and jumps are played.
// Nothing outside the file is read, and entities other than XML's own are not expanded.
ScoreFormat MusicXmlFormat();

// ABC text with one tune or many, read with the program abc2midi. Error if it is not installed.
// Each tune is read on its own. Grace notes, ornaments and words are skipped. Only the highest note
// of a chord is read. Repeats and parts are played, and modes are as declared.
ScoreFormat AbcFormat();

// Gives every bar that is longer or shorter than its metre a metre of its own, so that the later
// bar lines stay where they are. An incomplete first bar is thereby a pickup (melody/timeline.h). A
// change of metre within a bar moves to its end. The last of the bar lines ends the last bar that
// is judged.
void StateMetres(const std::set<std::int64_t>& bar_lines, midi::Score& score);

// The tunes of an ABC file, at most the first kMostAbcTunes, numbered from 1. Each text keeps only
// what affects pitches, lengths, bars and repeats. A drum on channel 9 plays with kDrumVelocity
// where a bar begins.
std::vector<std::string> AbcTunes(std::string_view text);
inline constexpr std::size_t kMostAbcTunes = 20'000;
inline constexpr int kDrumVelocity = 1;

// The format of a file by the extension of its name, or else by its first bytes; nullptr: none.
const ScoreFormat* FindScoreFormat(std::string_view file_name, std::span<const std::uint8_t> bytes);

// "MIDI (.mid, .midi, ...)", for messages.
std::string ScoreFormatNames();

// The extension in lower case with the dot, "" if there is none.
std::string LowerExtension(std::string_view file_name);

}  // namespace rltuner
