// SPDX-License-Identifier: Apache-2.0
// Reads standard MIDI files, including damaged ones.
//
// The reader recovers all the music that is certainly in a file and invents none. An unambiguous
// file is read without a warning. A damaged one is read as far as it makes sense, with a warning
// that names track and byte for each fault. A damaged file without a single readable note is
// refused.
//
// Notes. A note-on of velocity 0 is a note-off. A note-off ends the oldest note of its track,
// channel and pitch that still sounds, even one of the same tick. A note-off with nothing to end is
// ignored without a warning. A note that never ends is hanging: its end is not guessed. Tracks and
// channels count from 0.
//
// Around the music:
//   bytes before the header        searched (MacBinary, mail headers, junk); RMID is unwrapped,
//                                  even if the sizes of its RIFF chunks are wrong
//   no MThd                        refused, unless only the signature is damaged and length, fields
//                                  and a track follow in place
//   header length                  longer: the rest is skipped. Wrong: the track after it shows the
//                                  end. Too short for a division: division 0
//   header cut off, or no track    refused; the message says what the file looks like instead
//   copied or converted as text    refused if the bytes leave no doubt; see file_type.h
//   format                         0 with several tracks and unknown ones are read like 1;
//                                  format 2's tracks are marked independent
//   division 0, odd SMPTE rates    kept as they are; Score::TicksPerQuarter is then empty
//   number of tracks               the tracks found count, even if the header states another number
//   unknown chunks                 skipped by their length, with or without a byte of padding
//   junk between or after chunks   skipped to the next track
//   a signature one byte off       read as a track if its length fits
//   a second file behind the first is skipped; a second header before any track replaces the first
//
// Tracks. The end-of-track event says where a track ends, and the stated length is checked by what
// follows it: the end of the file or another chunk. If that fails, the track continues to its
// end-of-track event, but not beyond the next track's signature.
//   length too long, too short, 0  as above; nothing of the next track is lost
//   data after a length that is    kept only if its events lead to an end-of-track event
//   too short
//   no end of track                the track ends at its length
//   data after end of track        skipped, unless it is a track of its own. If it reads without
//                                  damage to another end of track exactly at the chunk's end, the
//                                  first end is ignored
//   cut off                        whole events before the cut are kept
//
// Events. A damaged event is read in every possible way. Each reading is tried on the next 16
// events, and the most plausible one is used. If none is plausible, the rest of the track is
// skipped; what came before is kept, and the next track is read.
//   running status after meta,     continues, because many programs write it
//   system exclusive
//   data bytes without a status,   skipped; a status never passes from one track to the next
//   at the start of a track
//   a data byte over 127           read in place if the events then lead to an end of track exactly
//                                  at the chunk's end, otherwise as the next events suggest. A
//                                  velocity counts as 127; any other such byte makes its event void
//   real-time bytes F8..FE,        skipped, even inside an event
//   F1..F6
//   deltas of more than 4 bytes    read to their end (padded) or only up to the 4th byte, whichever
//                                  makes sense
//   meta of impossible length      tempo, metre, key and others of fixed length: corrected if that
//                                  makes sense; otherwise the rest of the track is skipped
//   meta of wrong length           skipped by its stated length. If a tempo, metre or key is too
//                                  long, its first bytes count; if too short, it is ignored
//   metre 0/x, over 2^11 or more   ignored
//   key of over 7 signs            ignored
//   tempo 0                        kept as written
//   SysEx of impossible length     ends at its F7; without one, the rest of the track is skipped
//   F7 escapes and continuations   skipped; they are never taken for notes
//
// Limits, each with a warning where it applies: 2,000,000 notes, 30,000 changes each of tempo,
// metre, key and program, 65,535 tracks, 100 warnings, and tick 2^48, so that sums of ticks do not
// overflow. Names are cut at 128 bytes without a warning, because they are not music. A score of
// any file thus takes less than 64 MiB, and time grows with the length of the file.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "rltuner/midi/score.h"

namespace rltuner::midi {

// Throws Error, whose message starts with `source` (the file's name), if no music can be read. Safe
// to call from many threads.
Score Read(std::span<const std::uint8_t> bytes, std::string_view source);

// Reads into `score`, whose memory is reused: faster for many files in a row. After an Error the
// content of the score is unspecified.
void Read(std::span<const std::uint8_t> bytes, std::string_view source, Score& score);

}  // namespace rltuner::midi
