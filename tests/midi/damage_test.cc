// SPDX-License-Identifier: Apache-2.0
// One kind of damage each, as reader.h lists them: around the tracks, then inside them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "midi/check_score.h"
#include "midi/midi_bytes.h"
#include "rltuner/core/error.h"

namespace rltuner::midi {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::string Refusal(const Bytes& bytes) {
  try {
    Read(bytes);
  } catch (const Error& error) {
    return error.what();
  }
  return "not refused";
}

// A file that must be read with exactly these pitches.
struct Case {
  std::string name;
  Bytes file;
  std::vector<int> pitches;
  bool warns = true;
};

void PrintTo(const Case& damage, std::ostream* out) { *out << damage.name; }

class Damage : public testing::TestWithParam<Case> {};

TEST_P(Damage, LeavesThesePitches) {
  const Case& damage = GetParam();
  const Score score = Read(damage.file);
  EXPECT_EQ(FaultIn(score, damage.file.size()), "");
  EXPECT_EQ(Pitches(score), damage.pitches);
  EXPECT_EQ(!score.warnings.empty(), damage.warns)
      << (score.warnings.empty() ? "" : ToString(score.warnings.front()));
}

std::string CaseName(const testing::TestParamInfo<Case>& info) { return info.param.name; }

const Bytes kTwo = NoteEvents(60) + NoteEvents(62);
const Bytes kOther = NoteEvents(72, 1) + NoteEvents(74, 1);
const std::vector<int> kBoth = {60, 62, 72, 74};

// Two tracks of 20 bytes, of which the first states this length.
Bytes FirstLength(std::uint32_t length) {
  return Header(1, 2) + TrackOfLength(length, kTwo + kTrackEnd) + TrackOf(kOther);
}

// Three tracks; the middle one, of 12 bytes, states this length.
Bytes MiddleLength(std::uint32_t length) {
  return Header(1, 3) + TrackOf(kTwo) + TrackOfLength(length, NoteEvents(65) + kTrackEnd) +
         TrackOf(kOther);
}

Bytes LastLength(std::uint32_t length) {
  return Header(1, 2) + TrackOf(kTwo) + TrackOfLength(length, kOther + kTrackEnd);
}

INSTANTIATE_TEST_SUITE_P(
    TrackLength, Damage,
    testing::Values(
        Case{"right", FirstLength(20), kBoth, false}, Case{"zero", FirstLength(0), kBoth},
        Case{"one", FirstLength(1), kBoth}, Case{"one_too_short", FirstLength(19), kBoth},
        Case{"two_too_short", FirstLength(18), kBoth},
        Case{"without_end_of_track", FirstLength(16), kBoth},
        Case{"one_too_long", FirstLength(21), kBoth}, Case{"two_too_long", FirstLength(22), kBoth},
        Case{"eats_signature", FirstLength(24), kBoth},
        Case{"eats_chunk_header", FirstLength(28), kBoth},
        Case{"eats_part_of_next", FirstLength(35), kBoth},
        Case{"eats_all_of_next", FirstLength(48), kBoth},
        Case{"one_beyond_file", FirstLength(49), kBoth},
        Case{"largest", FirstLength(0xffffffff), kBoth},
        Case{"middle_zero", MiddleLength(0), {60, 62, 65, 72, 74}},
        Case{"middle_short", MiddleLength(5), {60, 62, 65, 72, 74}},
        Case{"middle_long", MiddleLength(17), {60, 62, 65, 72, 74}},
        Case{"middle_eats_next", MiddleLength(40), {60, 62, 65, 72, 74}},
        Case{"middle_beyond_file", MiddleLength(0x7fffffff), {60, 62, 65, 72, 74}},
        Case{"last_zero", LastLength(0), kBoth}, Case{"last_short", LastLength(13), kBoth},
        Case{"last_one_short", LastLength(19), kBoth}, Case{"last_one_long", LastLength(21), kBoth},
        Case{"last_long", LastLength(999), kBoth}),
    CaseName);

INSTANTIATE_TEST_SUITE_P(
    Chunks, Damage,
    testing::Values(
        Case{"fewer_tracks_than_announced", Header(1, 5) + TrackOf(kTwo), {60, 62}},
        Case{"most_tracks_announced", Header(1, 65535) + TrackOf(kTwo), {60, 62}},
        Case{"more_tracks_than_announced", Header(1, 1) + TrackOf(kTwo) + TrackOf(kOther), kBoth},
        Case{"no_tracks_announced", Header(1, 0) + TrackOf(kTwo) + TrackOf(kOther), kBoth},
        Case{"format_0_with_two_tracks", Header(0, 2) + TrackOf(kTwo) + TrackOf(kOther), kBoth},
        Case{"format_0_says_one_track", Header(0, 1) + TrackOf(kTwo) + TrackOf(kOther), kBoth},
        Case{"format_9", Header(9, 1) + TrackOf(kTwo), {60, 62}},
        Case{"division_0", Header(0, 1, 0) + TrackOf(kTwo), {60, 62}},
        Case{"smpte_30", Header(0, 1, 0xe250) + TrackOf(kTwo), {60, 62}, false},
        Case{"smpte_rate_unknown", Header(0, 1, 0xff28) + TrackOf(kTwo), {60, 62}},
        Case{"smpte_without_ticks", Header(0, 1, 0xe700) + TrackOf(kTwo), {60, 62}},
        Case{"empty_chunk_between", Header(1, 2) + TrackOf(kTwo) + Chunk("MTrk", {}), {60, 62}},
        Case{"empty_track_first", Header(1, 2) + TrackOf({}) + TrackOf(kTwo), {60, 62}, false},
        Case{"unknown_chunk",
             Header(1, 1) + Chunk("XFIH", {1, 2, 3, 4}) + TrackOf(kTwo),
             {60, 62},
             false},
        Case{"unknown_chunk_padded",
             Header(1, 1) + Chunk("XFIH", {1, 2, 3}) + Bytes{0} + TrackOf(kTwo),
             {60, 62},
             false},
        Case{"unknown_chunk_last", FileOf(kTwo) + Chunk("XFKM", Text("lyrics")), {60, 62}, false},
        Case{"unknown_chunk_with_track_inside",
             Header(1, 1) + Chunk("JUNK", TrackOf(kOther)) + TrackOf(kTwo),
             {60, 62},
             false},
        Case{"unknown_chunk_too_long",
             Header(1, 1) + Text("XFIH") + Big32(900) + Bytes{1, 2} + TrackOf(kTwo),
             {60, 62}},
        Case{"unknown_chunk_eats_part_of_track",
             Header(1, 1) + Text("XFIH") + Big32(9) + Bytes{1, 2} + TrackOf(kTwo),
             {60, 62}},
        Case{"garbage_between", Header(1, 2) + TrackOf(kTwo) + Text("\x7fjunk!") + TrackOf(kOther),
             kBoth},
        Case{"padded_track", Header(1, 2) + TrackOf(kTwo) + Bytes{0} + TrackOf(kOther), kBoth},
        Case{"garbage_after", FileOf(kTwo) + Text("trailing text that is no chunk"), {60, 62}},
        Case{"one_byte_after", FileOf(kTwo) + Bytes{0x1a}, {60, 62}},
        Case{"signature_nearly_track", Header(1, 1) + Chunk("MTrj", kTwo + kTrackEnd), {60, 62}},
        Case{"signature_twice", Header(1, 1) + Text("MTrk") + TrackOf(kTwo), {60, 62}},
        Case{"second_file", FileOf(kTwo) + FileOf(kOther), {60, 62}},
        Case{"second_header", Header(1, 1) + Header(1, 1) + TrackOf(kTwo), {60, 62}}),
    CaseName);

Bytes HeaderOfLength(std::uint32_t length, const Bytes& fields) {
  return Text("MThd") + Big32(length) + fields;
}

const Bytes kFields = {0, 0, 0, 1, 0x01, 0xe0};

Bytes Riff(std::uint32_t riff_size, std::uint32_t data_size, const Bytes& midi) {
  return Text("RIFF") + Little32(riff_size) + Text("RMIDdata") + Little32(data_size) + midi;
}

const Bytes kSound = FileOf(kTwo);
const auto kSoundSize = static_cast<std::uint32_t>(kSound.size());

INSTANTIATE_TEST_SUITE_P(
    Headers, Damage,
    testing::Values(
        Case{"length_7", HeaderOfLength(7, kFields + Bytes{0}) + TrackOf(kTwo), {60, 62}, false},
        Case{"length_7_of_6", HeaderOfLength(7, kFields) + TrackOf(kTwo), {60, 62}},
        Case{"length_0", HeaderOfLength(0, kFields) + TrackOf(kTwo), {60, 62}},
        Case{"length_5", HeaderOfLength(5, kFields) + TrackOf(kTwo), {60, 62}},
        Case{"length_4_true", HeaderOfLength(4, {0, 0, 0, 1}) + TrackOf(kTwo), {60, 62}},
        Case{"length_1000", HeaderOfLength(1000, kFields) + TrackOf(kTwo), {60, 62}},
        Case{"length_over_track", HeaderOfLength(6 + 28, kFields) + TrackOf(kTwo), {60, 62}},
        Case{"signature_damaged", Text("MTxd") + Big32(6) + kFields + TrackOf(kTwo), {60, 62}},
        Case{"signature_cut_off", Text("d") + Big32(6) + kFields + TrackOf(kTwo), {60, 62}},
        Case{"mac_binary", Bytes(128, 0) + kSound, {60, 62}},
        Case{"garbage_before", Text("From: me\r\n\r\n") + kSound, {60, 62}},
        Case{"riff", Riff(kSoundSize + 12, kSoundSize, kSound), {60, 62}, false},
        Case{"riff_padded", Riff(kSoundSize + 13, kSoundSize, kSound + Bytes{0}), {60, 62}, false},
        Case{"riff_with_list",
             Riff(99, kSoundSize, kSound + Text("LIST") + Little32(4) + Text("INFO")),
             {60, 62},
             false},
        Case{"riff_size_wrong", Riff(1, kSoundSize, kSound), {60, 62}, false},
        Case{"riff_data_too_short", Riff(40, 5, kSound), {60, 62}},
        Case{"riff_data_too_long", Riff(40, 0xffffffff, kSound), {60, 62}},
        Case{"riff_data_zero", Riff(0, 0, kSound), {60, 62}}),
    CaseName);

const Bytes kFirst = NoteEvents(60);
const Bytes kLast = NoteEvents(62);
const Bytes kMore = NoteEvents(62) + NoteEvents(64) + NoteEvents(65);

INSTANTIATE_TEST_SUITE_P(
    Events, Damage,
    testing::Values(
        Case{"running_status_after_sysex",
             FileOf({0, 0x90, 60, 80, 0, 0xf0, 2, 1, 0xf7, 100, 60, 0, 0, 62, 80, 100, 62, 0}),
             {60, 62}},
        Case{"running_status_over_tracks",
             Header(1, 2) + TrackOf(kTwo) + TrackOf({0, 72, 80, 100, 72, 0}),
             {60, 62}},
        Case{"no_status_at_start", FileOf(Bytes{0, 48, 80} + kMore), {62, 64, 65}},
        Case{"velocity_over_127",
             FileOf(kFirst + Bytes{0, 0x90, 61, 0xc8, 100, 0x80, 61, 64} + kMore),
             {60, 61, 62, 64, 65}},
        Case{"velocity_ff",
             FileOf(kFirst + Bytes{0, 0x90, 61, 0xff, 100, 0x80, 61, 64} + kMore),
             {60, 61, 62, 64, 65}},
        Case{"pitch_over_127",
             FileOf(kFirst + Bytes{0, 0x90, 0xc8, 80, 100, 0x80, 0xc8, 64} + kMore),
             {60, 62, 64, 65}},
        Case{"controller_over_127",
             FileOf(kFirst + Bytes{0, 0xb0, 7, 0xff} + kMore),
             {60, 62, 64, 65}},
        Case{"program_over_127", FileOf(Bytes{0, 0xc0, 0xff} + kMore), {62, 64, 65}},
        Case{"clock_between_events", FileOf(kFirst + Bytes{0, 0xf8} + kLast), {60, 62}},
        Case{"clock_inside_event",
             FileOf({0, 0x90, 60, 0xf8, 80, 100, 0x80, 60, 64, 0, 0x90, 62, 80, 9, 0x80, 62, 64}),
             {60, 62}},
        Case{"undefined_f5", FileOf(kFirst + Bytes{0, 0xf5} + kLast), {60, 62}},
        Case{"undefined_fd", FileOf(kFirst + Bytes{0, 0xfd} + kLast), {60, 62}},
        Case{"quarter_frame_f1", FileOf(kFirst + Bytes{0, 0xf1, 0x23} + kLast), {60, 62}},
        Case{"song_position_f2", FileOf(kFirst + Bytes{0, 0xf2, 1, 2} + kLast), {60, 62}},
        Case{"song_select_f3", FileOf(kFirst + Bytes{0, 0xf3, 1} + kLast), {60, 62}},
        Case{"tune_request_f6", FileOf(kFirst + Bytes{0, 0xf6} + kLast), {60, 62}},
        Case{"reset_ff",
             FileOf(kFirst + Bytes{0, 0xff} + Bytes{0x81, 0x00, 0x90, 62, 80}),
             {60, 62}},
        Case{"delta_of_5_bytes_padded",
             FileOf(kFirst + Bytes{0x80, 0x80, 0x80, 0x80, 10, 0x90, 62, 80, 10, 62, 0}),
             {60, 62}},
        Case{"delta_of_4_bytes_not_ended",
             FileOf(kFirst + Bytes{0x80, 0x80, 0x80, 0x81, 0x90, 62, 80, 10, 62, 0}),
             {60, 62}},
        Case{"delta_of_20_bytes", FileOf(kFirst + Bytes(20, 0xff) + kLast), {60}},
        Case{"meta_type_over_7f", FileOf(kFirst + Bytes{0, 0xff, 0x91, 2, 1, 1} + kLast), {60, 62}},
        Case{"tempo_says_127_bytes",
             FileOf(kFirst + Bytes{0, 0xff, 0x51, 127, 7, 0xa1, 0x20} + kLast),
             {60, 62}},
        Case{"tempo_says_0_bytes", FileOf(kFirst + Bytes{0, 0xff, 0x51, 0} + kLast), {60, 62}},
        Case{"tempo_says_2_has_3",
             FileOf(kFirst + Bytes{0, 0xff, 0x51, 2, 7, 0xa1, 0x20} + kLast),
             {60, 62}},
        Case{"tempo_of_4_bytes",
             FileOf(kFirst + Bytes{0, 0xff, 0x51, 4, 7, 0xa1, 0x20, 0} + kLast),
             {60, 62}},
        Case{"text_over_the_end", FileOf(kFirst + Bytes{0, 0xff, 1, 0x7f} + kLast), {60}},
        Case{"text_length_not_ended",
             FileOf(kFirst + Bytes{0, 0xff, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff} + kLast),
             {60}},
        Case{"metre_0", FileOf(kFirst + Bytes{0, 0xff, 0x58, 4, 0, 2, 24, 8} + kLast), {60, 62}},
        Case{"metre_of_1_byte", FileOf(kFirst + Bytes{0, 0xff, 0x58, 1, 4} + kLast), {60, 62}},
        Case{"key_of_8_sharps", FileOf(kFirst + Bytes{0, 0xff, 0x59, 2, 8, 0} + kLast), {60, 62}},
        Case{"key_of_mode_7", FileOf(kFirst + Bytes{0, 0xff, 0x59, 2, 0, 7} + kLast), {60, 62}},
        Case{"key_of_0_bytes", FileOf(kFirst + Bytes{0, 0xff, 0x59, 0} + kLast), {60, 62}},
        Case{"sysex_not_ended",
             FileOf(kFirst + Bytes{0, 0xf0, 3, 1, 2, 3} + kLast),
             {60, 62},
             false},
        Case{"sysex_without_length",
             FileOf(kFirst + Bytes{0, 0xf0, 0x7e, 0x7f, 9, 1, 0xf7} + kLast),
             {60, 62}},
        Case{"sysex_of_giant_length",
             FileOf(kFirst + Bytes{0, 0xf0, 0xff, 0xff, 0xff, 0x7f, 1, 2} + kLast),
             {60}},
        Case{"sysex_giant_but_ended",
             FileOf(kFirst + Bytes{0, 0xf0, 0xff, 0xff, 0x7f, 1, 0xf7} + kLast),
             {60, 62}},
        Case{"escape_with_note_inside",
             FileOf(kFirst + Bytes{0, 0xf7, 3, 0x90, 61, 80} + kLast),
             {60, 62},
             false},
        Case{"end_of_track_twice", FileOf(kTwo + kTrackEnd), {60, 62}},
        Case{"end_of_track_of_1_byte",
             Header(0, 1) + Chunk("MTrk", kTwo + Bytes{0, 0xff, 0x2f, 1, 0}),
             {60, 62}},
        Case{"end_of_track_cut",
             Header(0, 1) + Chunk("MTrk", kTwo + Bytes{0, 0xff, 0x2f}),
             {60, 62}},
        Case{"notes_after_end", Header(0, 1) + Chunk("MTrk", kTwo + kTrackEnd + kOther), {60, 62}},
        Case{"notes_and_another_end_after_end", FileOf(kTwo + kTrackEnd + kOther), kBoth},
        Case{"three_ends_of_track",
             FileOf(kFirst + kTrackEnd + kLast + kTrackEnd + kOther),
             {60, 62, 72, 74}},
        Case{"end_of_track_at_the_start", FileOf(kTrackEnd + kTwo), {60, 62}},
        Case{"damage_after_end",
             FileOf(kTwo + kTrackEnd + Bytes{0, 0x90, 64, 200} + kOther),
             {60, 62}},
        Case{"end_of_track_before_a_swallowed_track",
             Header(1, 2) + TrackOfLength(20 + 28, kTwo + kTrackEnd + TrackOf(kOther)), kBoth},
        Case{"no_end_of_track", Header(1, 2) + Chunk("MTrk", kTwo) + TrackOf(kOther), kBoth},
        Case{"no_end_then_zeros", Header(0, 1) + Chunk("MTrk", kTwo) + Bytes(30, 0), {60, 62}},
        Case{"no_end_then_text",
             Header(0, 1) + Chunk("MTrk", kTwo) + Text("some text that is not MIDI at all"),
             {60, 62}},
        Case{"given_up_then_next_track",
             Header(1, 2) + TrackOf(kFirst + Bytes{0, 0xff, 1, 0x7f} + kLast) + TrackOf(kOther),
             {60, 72, 74}}),
    CaseName);

// `count` times the same events.
Bytes Repeated(int count, const Bytes& events) {
  Bytes all;
  for (int i = 0; i < count; ++i) all = all + events;
  return all;
}

// A note of 100 ticks whose velocities, and bytes before them, are these.
Bytes NoteWith(int pitch, const Bytes& velocity) {
  const auto p = static_cast<std::uint8_t>(pitch);
  return Bytes{0, 0x90, p} + velocity + Bytes{100, 0x80, p} + velocity;
}

const Bytes kBadEvents = {0, 0xb0, 7,  160, 0, 0xc1, 200,  0, 0xe2, 129, 255,
                          0, 0xa3, 60, 144, 0, 0xd4, 0xfa, 0, 0x90, 188, 80};
const std::vector<int> kTwenty(20, 60);

INSTANTIATE_TEST_SUITE_P(
    ManyValuesOver127, Damage,
    testing::Values(
        Case{"velocities", FileOf(Repeated(20, NoteWith(60, {200}))), kTwenty},
        Case{"velocities_like_statuses", FileOf(Repeated(20, NoteWith(60, {0x90}))), kTwenty},
        Case{"velocities_like_real_time", FileOf(Repeated(20, NoteWith(60, {0xf8}))), kTwenty},
        Case{"velocities_ff", FileOf(Repeated(20, NoteWith(60, {0xff}))), kTwenty},
        Case{"real_time_inside", FileOf(Repeated(20, NoteWith(60, {0xfe, 80}))), kTwenty},
        Case{"real_time_inside_and_velocities", FileOf(Repeated(20, NoteWith(60, {0xf8, 200}))),
             kTwenty},
        Case{"running_status",
             FileOf(Bytes{0, 0x90, 60, 250, 9, 60, 0} + Repeated(19, {0, 60, 250, 9, 60, 0})),
             kTwenty},
        Case{"other_events", FileOf(Repeated(20, kBadEvents) + kTwo), {60, 62}},
        Case{"between_notes", FileOf(Repeated(20, kBadEvents + NoteEvents(60))), kTwenty},
        Case{"in_the_second_track",
             Header(1, 2) + TrackOf(kTwo) + TrackOf(Repeated(20, kBadEvents) + kOther), kBoth}),
    CaseName);

struct RefusedCase {
  std::string name;
  Bytes file;
  std::string message;
};

void PrintTo(const RefusedCase& damage, std::ostream* out) { *out << damage.name; }

std::string RefusedName(const testing::TestParamInfo<RefusedCase>& info) { return info.param.name; }

// As transfers in text mode change files.
Bytes WithLineEnds(const Bytes& file) {
  Bytes changed;
  for (const std::uint8_t byte : file) {
    if (byte == '\n') changed.push_back('\r');
    changed.push_back(byte);
  }
  return changed;
}

Bytes WithoutZeros(Bytes file) {
  std::erase(file, 0);
  return file;
}

Bytes InSevenBits(Bytes file) {
  for (std::uint8_t& byte : file) byte &= 0x7f;
  return file;
}

Bytes FromLatin1ToUtf8(const Bytes& file) {
  Bytes changed;
  for (const std::uint8_t byte : file) {
    if (byte >= 0x80) changed.push_back(byte < 0xc0 ? 0xc2 : 0xc3);
    changed.push_back(byte < 0xc0 ? byte : byte - 0x40);
  }
  return changed;
}

const Bytes kWithLineFeeds = FileOf(Bytes{0, 0xff, 1, 5, 'a', 'b', '\n', 'c', 'd'} + kTwo);

class Refused : public testing::TestWithParam<RefusedCase> {};

TEST_P(Refused, SaysWhy) {
  EXPECT_THAT(Refusal(GetParam().file), HasSubstr("test.mid: "));
  EXPECT_THAT(Refusal(GetParam().file), HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    Files, Refused,
    testing::Values(
        RefusedCase{"empty", {}, "empty"},
        RefusedCase{"text", Text("Do re mi fa sol la ti do"), "looks like text"},
        RefusedCase{"text_about_midi", Text("A file starts with MThd. Then MTrk."),
                    "looks like text"},
        RefusedCase{"html", Text("<!DOCTYPE html><html><body>404"), "an HTML page"},
        RefusedCase{"xml", Text("<?xml version=\"1.0\"?><score-partwise>"), "an XML document"},
        RefusedCase{"abc", Text("X:1\nT:Tune\nK:C\nCDEF|"), "ABC notation"},
        RefusedCase{"png", Text("\x89PNG\r\n\x1a\n"), "a PNG picture"},
        RefusedCase{"gzip", {0x1f, 0x8b, 8, 0, 0, 0}, "gzip"},
        RefusedCase{"xz", {0xfd, '7', 'z', 'X', 'Z', 0}, "xz-compressed"},
        RefusedCase{"elf", {0x7f, 'E', 'L', 'F', 2, 1}, "a program"},
        RefusedCase{"zip", Text("PK\x03\x04........"), "a ZIP archive"},
        RefusedCase{"wave", Text("RIFF....WAVEfmt "), "a WAVE sound file"},
        RefusedCase{"riff_without_midi", Text("RIFF....RMIDdata...."), "without a MIDI file"},
        RefusedCase{"zeros", Bytes(100, 0), "zeros"},
        RefusedCase{"unknown_bytes", {0x80, 0x81, 0xff, 0x00}, "80 81 FF 00"},
        RefusedCase{"cut_signature", Text("MTh"), "looks like text"},
        RefusedCase{"cut_header", Text("MThd") + Big32(6) + Bytes{0, 0}, "cut off inside"},
        RefusedCase{"header_only", Header(1, 1), "no track"},
        RefusedCase{"header_and_junk", Header(1, 1) + Text("junk junk junk"), "no track"},
        RefusedCase{"track_without_header", TrackOf(kTwo), "without a header"},
        RefusedCase{"empty_track_chunk", Header(1, 1) + Chunk("MTrk", {}), "no note"},
        RefusedCase{"only_data_bytes", FileOf({0, 60, 80, 100, 60, 0}), "without a status"},
        RefusedCase{"cut_in_first_note", Header(0, 1) + TrackOfLength(20, {0, 0x90, 60}),
                    "cut off"},
        RefusedCase{"line_ends", WithLineEnds(kWithLineFeeds), "byte 28: a text-mode transfer put"},
        RefusedCase{"line_ends_in_the_header",
                    WithLineEnds(Header(1, 10, 0x0a0a) + TrackOf(kTwo) + TrackOf(kOther)),
                    "byte 11: a text-mode transfer put"},
        RefusedCase{"line_ends_in_a_length", WithLineEnds(FileOf(kTwo + Bytes(2550, 0) + kTwo)),
                    "a text-mode transfer put"},
        RefusedCase{"zeros_removed", WithoutZeros(kWithLineFeeds), "removed every byte 00"},
        RefusedCase{"seven_bits", InSevenBits(kWithLineFeeds), "cleared the highest bit"},
        RefusedCase{"utf8", FromLatin1ToUtf8(kWithLineFeeds), "conversion of text to UTF-8"}),
    RefusedName);

// Sound files with the bytes that text-mode transfers leave.
INSTANTIATE_TEST_SUITE_P(
    NoTextModeTransfer, Damage,
    testing::Values(
        Case{"line_feeds", kWithLineFeeds, {60, 62}, false},
        Case{"line_ends", FileOf(Bytes{0, 0xff, 1, 2, '\r', '\n'} + kTwo), {60, 62}, false},
        Case{"controller_13_of_10", FileOf(Repeated(9, {0, 0xb0, 13, 10}) + kTwo), {60, 62}, false},
        Case{"line_ends_and_a_wrong_length",
             Header(0, 1) + TrackOfLength(900, Repeated(9, {0, 0xb0, 13, 10}) + kTwo + kTrackEnd),
             {60, 62}}),
    CaseName);

TEST(Reader, TicksNeverOverflow) {
  const Bytes longest = Repeated(10'000, {0xff, 0xff, 0xff, 0xff, 0x7f, 0xb0, 7, 100});
  const Score score = Read(FileOf(kFirst + longest + kLast));
  EXPECT_EQ(Pitches(score), std::vector<int>{60});
  EXPECT_LE(score.EndTick(), std::int64_t{1} << 48);
  EXPECT_THAT(score.warnings.back().text, HasSubstr("further warnings"));
}

TEST(Reader, TrackWithoutNotesIsNoDamage) {
  const Score score = Read(FileOf({0, 0xff, 0x51, 3, 7, 0xa1, 0x20}));
  EXPECT_THAT(score.notes, IsEmpty());
  EXPECT_THAT(score.tempos, ElementsAre(TempoChange{0, 500'000, 0}));
}

TEST(Reader, WarningNamesTrackAndByte) {
  const Bytes file = Header(1, 2) + TrackOf(kTwo) + TrackOf(kOther + Bytes{0, 0xf4});
  const Score score = Read(file);
  ASSERT_EQ(score.warnings.size(), 1U);
  EXPECT_EQ(score.warnings[0].track, 1);
  EXPECT_EQ(score.warnings[0].offset, static_cast<std::int64_t>(file.size() - 6));
}

TEST(Reader, WarningsAreLimited) {
  Bytes events = kTwo;
  for (int i = 0; i < 1000; ++i) events = events + Bytes{0, 0xf4};
  const Score score = Read(FileOf(events));
  ASSERT_EQ(score.warnings.size(), 101U);
  EXPECT_THAT(score.warnings.back().text, HasSubstr("900 further"));
}

TEST(Reader, RepairedTempoKeepsItsValue) {
  const Score score = Read(FileOf(Bytes{0, 0xff, 0x51, 127, 6, 0x1a, 0x80} + kTwo));
  EXPECT_THAT(score.tempos, ElementsAre(TempoChange{0, 400'000, 0}));
}

TEST(Reader, VelocityOver127CountsAs127) {
  const Score score = Read(FileOf(Bytes{0, 0x90, 61, 0xc8, 100, 0x80, 61, 64} + kTwo));
  EXPECT_EQ(score.notes[0], (Note{0, 100, 0, 0, 61, 127}));
}

}  // namespace
}  // namespace rltuner::midi
