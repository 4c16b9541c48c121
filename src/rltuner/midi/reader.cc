// SPDX-License-Identifier: Apache-2.0
#include "rltuner/midi/reader.h"

#include <algorithm>

#include "rltuner/core/error.h"
#include "rltuner/midi/damage_log.h"
#include "rltuner/midi/file_type.h"
#include "rltuner/midi/header.h"
#include "rltuner/midi/track_parser.h"

namespace rltuner::midi {
namespace {

// The size of a score's lists, to remove a track again.
struct ScoreMark {
  explicit ScoreMark(const Score& score)
      : notes(score.notes.size()),
        tempos(score.tempos.size()),
        metres(score.metres.size()),
        keys(score.keys.size()),
        programs(score.programs.size()) {}

  void Restore(Score& score) const {
    score.notes.resize(notes);
    score.tempos.resize(tempos);
    score.metres.resize(metres);
    score.keys.resize(keys);
    score.programs.resize(programs);
    score.tracks.back() = Track();
  }

  std::size_t notes, tempos, metres, keys, programs;
};

class FileReader {
 public:
  FileReader(std::span<const std::uint8_t> file, std::string_view source, Score& score)
      : file_(file),
        source_(source),
        score_(score),
        log_(score.warnings),
        parser_(file, score, log_) {}

  void Read() {
    score_.Clear();
    if (const auto damage = FindTransferDamage(file_)) {
      Fail("{}: byte {}: {}; copy the file again in binary mode", source_, damage->offset,
           damage->text);
    }
    header_ = LocateHeader(file_, source_, log_);
    // No note takes less than 3 bytes, so the notes are never moved. Memory that stays unused is
    // reserved, not touched.
    score_.notes.reserve(std::min(file_.size() / 3, kMaximumNotes));
    ReadChunks();
    Finish();
  }

 private:
  void ReadChunks() {
    std::size_t position = header_.end;
    while (position < file_.size()) {
      if (parser_.full()) return;
      if (score_.tracks.size() >= static_cast<std::size_t>(kMaximumTracks)) {
        log_.Add(-1, position, "more than {} tracks; the rest is not read", kMaximumTracks);
        return;
      }
      const bool whole = file_.size() - position >= 8;
      if (whole && HasSignature(file_, position, "MTrk")) {
        position = ReadTrack(position);
        continue;
      }
      if (header_.in_riff && !tracks_missing()) {
        break;  // a byte of padding and other RIFF chunks may follow
      }
      if (HasSignature(file_, position, "MThd") && file_.size() - position >= 14) {
        if (!score_.tracks.empty()) {
          log_.Add(-1, position, "another MIDI file starts here; it is skipped");
          return;
        }
        log_.Add(-1, position, "a second header replaces the first");
        header_ = ReadHeader(file_, position, log_);
        position = header_.end;
        continue;
      }
      if (whole && IsNearlyTrack(position)) {
        log_.Add(-1, position, "a chunk whose signature is nearly MTrk is read as a track");
        position = ReadTrack(position);
        continue;
      }
      if (const auto end = EndOfUnknownChunk(file_, position)) {
        position = *end;
        continue;
      }
      const std::size_t next = FindSignature(file_, position + 1);
      log_.Add(-1, position, "{} bytes that belong to no chunk are ignored", next - position);
      position = next;
    }
    if (header_.in_riff && header_.riff_end <= file_.size() &&
        (header_.riff_end < position || header_.riff_end > position + 1)) {
      log_.Add(-1, position, "the RIFF says that the MIDI file ends at byte {}, it ends here",
               header_.riff_end);
    }
  }

  // Reads the track chunk whose signature is at `chunk`; returns where the next chunk should be.
  std::size_t ReadTrack(std::size_t chunk) {
    score_.tracks.emplace_back();
    const std::size_t begin = chunk + 8;
    const std::uint64_t claimed = begin + std::uint64_t{BigEndian32(file_, chunk + 4)};
    const bool trusted = IsChunkBoundary(file_, claimed);
    if (trusted) {
      const auto limit = static_cast<std::size_t>(claimed);
      const TrackEnd end = parser_.Parse(track(), begin, limit, claimed);
      WarnOfLength(end, chunk, claimed);
      return AfterTrustedTrack(end, limit);
    }

    const std::size_t limit = FindSignature(file_, chunk + 4);
    if (limit < begin) {
      log_.Add(track(), chunk, "a track without a length");
      return limit;
    }
    const ScoreMark mark(score_);
    const DamageLog::Position log_mark = log_.Mark();
    TrackEnd end = parser_.Parse(track(), begin, limit, claimed);
    if (end.position > claimed) {
      // The events continued past the stated length. Only an end of track, or the next track's
      // signature, shows that they belong to the track.
      const bool believable =
          end.end_of_track || (!end.stopped && end.position == limit && limit < file_.size());
      if (!believable && !parser_.full()) {
        mark.Restore(score_);
        log_.ReturnTo(log_mark);
        end = parser_.Parse(track(), begin, static_cast<std::size_t>(claimed), claimed);
      }
    }
    WarnOfLength(end, chunk, claimed);
    return end.stopped && claimed > end.position ? limit : end.position;
  }

  std::size_t AfterTrustedTrack(const TrackEnd& end, std::size_t claimed) {
    if (end.position == claimed) return claimed;
    // The length may have swallowed tracks whole.
    if (HasTrackAt(file_, end.position)) return end.position;
    if (tracks_missing()) {
      const std::size_t next = FindSignature(file_.first(claimed), end.position);
      if (next < claimed && HasTrackAt(file_, next)) return next;
    }
    return claimed;
  }

  void WarnOfLength(const TrackEnd& end, std::size_t chunk, std::uint64_t claimed) {
    if (end.stopped) return;  // said already
    const std::size_t begin = chunk + 8;
    if (!end.end_of_track) {
      if (claimed > file_.size()) {
        log_.Add(track(), end.position, "the file is cut off: the track's length says {} bytes",
                 claimed - begin);
      } else {
        log_.Add(track(), end.position, "the track has no end-of-track event");
      }
    }
    if (end.position == claimed) return;
    if (end.end_of_track && claimed <= file_.size() && end.position < claimed &&
        !HasSignature(file_, end.position, "MTrk") && IsChunkBoundary(file_, claimed)) {
      log_.Add(track(), end.position, "{} bytes after the end of the track are ignored",
               claimed - end.position);
    } else {
      log_.Add(track(), chunk + 4, "the track's length says {} bytes; it has {}", claimed - begin,
               end.position - begin);
    }
  }

  // True if one byte of the signature is wrong and the other bytes and the length are a track's.
  bool IsNearlyTrack(std::size_t position) const {
    constexpr std::uint8_t kTrack[] = {'M', 'T', 'r', 'k'};
    int same = 0;
    for (std::size_t i = 0; i < 4; ++i) same += file_[position + i] == kTrack[i] ? 1 : 0;
    const std::uint64_t end = position + std::uint64_t{8} + BigEndian32(file_, position + 4);
    return same == 3 && IsChunkBoundary(file_, end);
  }

  void CheckHeader() {
    const std::size_t found = score_.tracks.size();
    if (found != static_cast<std::size_t>(header_.tracks) && !parser_.full()) {
      log_.Add(-1, header_.end, "the header announces {} tracks; {} are there", header_.tracks,
               found);
    }
    if (header_.format == 0 && found > 1) {
      log_.Add(-1, header_.end, "format 0 with {} tracks is read like format 1", found);
    }
    if (header_.format > 2) {
      log_.Add(-1, header_.end, "format {} does not exist; read like format 1", header_.format);
    }
    if (!score_.TicksPerQuarter() && !score_.SmpteTicksPerSecond()) {
      log_.Add(-1, header_.end, "a division of {} gives ticks no length", header_.division);
    }
  }

  void Finish() {
    if (score_.tracks.empty()) {
      Fail("{}: byte {}: no track (MTrk) after the header", source_, header_.end);
    }
    score_.format = header_.format;
    score_.division = header_.division;
    score_.independent_tracks = header_.format == 2;
    CheckHeader();
    if (score_.notes.empty() && !score_.warnings.empty()) {
      Fail("{}: {}; no note can be read from this file", source_,
           ToString(score_.warnings.front()));
    }
    log_.Close();
    score_.SortChanges();
  }

  bool tracks_missing() const {
    return score_.tracks.size() < static_cast<std::size_t>(header_.tracks);
  }
  int track() const { return static_cast<int>(score_.tracks.size()) - 1; }

  const std::span<const std::uint8_t> file_;
  const std::string_view source_;
  Score& score_;
  DamageLog log_;
  TrackParser parser_;
  Header header_;
};

}  // namespace

Score Read(std::span<const std::uint8_t> bytes, std::string_view source) {
  Score score;
  Read(bytes, source, score);
  return score;
}

void Read(std::span<const std::uint8_t> bytes, std::string_view source, Score& score) {
  FileReader(bytes, source, score).Read();
}

}  // namespace rltuner::midi
