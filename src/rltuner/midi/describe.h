// SPDX-License-Identifier: Apache-2.0
// A MIDI score as text to read, and as JSON for programs.
#pragma once

#include <functional>
#include <string_view>

#include "rltuner/midi/score.h"

namespace rltuner::midi {

// Receives the text piece by piece, because the text of a large score is far larger than its file.
using TextSink = std::function<void(std::string_view piece)>;

// Tracks with names and note counts, then metres, keys, tempos and warnings; ends with a newline.
void Describe(const Score& score, const TextSink& sink);

// One JSON object on one line, with
//   format, division   numbers as in the file
//   onsets             [tick, channel, pitch, velocity] of every note-on
//   onset_tracks       the track of each of `onsets`
//   notes              [onset tick, duration, channel, pitch, velocity] of the notes that end
//   note_tracks        the track of each of `notes`
//   tempos             [tick, microseconds per quarter]
//   warnings           strings with track and byte offset
//   independent        true if every track is music of its own
//   hanging            how many notes never end
//   metres             [tick, numerator, denominator]
//   keys               [tick, sharps, minor as 0 or 1]
//   programs           [tick, channel, program, track]
//   first_track, first_channel   0: what tracks and channels count from; channel 9 is percussion
//   tracks             {"name", "notes", "end"}; bytes of a name that are not UTF-8 become U+FFFD
// onsets and notes are sorted by their first number, then the second and so on, the other lists by
// tick. Takes the score by value because it sorts the notes in place. It needs a few MiB more.
void WriteJson(Score score, const TextSink& sink);

}  // namespace rltuner::midi
