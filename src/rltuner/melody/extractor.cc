// SPDX-License-Identifier: Apache-2.0
#include "rltuner/melody/extractor.h"

#include <algorithm>
#include <array>
#include <optional>
#include <tuple>

#include "rltuner/core/error.h"
#include "rltuner/core/text.h"
#include "rltuner/melody/sources.h"

namespace rltuner {
namespace {

constexpr int kDrumChannel = 9;
constexpr int kChannels = 16;

// Beginnings of words for percussion, in lower case. Letters beyond ASCII end a word, so "bateria"
// with an accent is "bater".
constexpr std::array<std::string_view, 13> kPercussionWords = {
    "drums",   "drumkit", "drumset", "percuss",  "percusi",  "perkuss", "schlagzeug",
    "schlagw", "batteri", "bater",   "trommeln", "slagverk", "slagwerk"};

// The words of a name in lower case.
std::vector<std::string> Words(std::string_view name) {
  std::vector<std::string> words;
  bool within = false;
  for (const char c : name) {
    const bool letter = c >= 'a' && c <= 'z';
    if (letter && !within) words.emplace_back();
    if (letter) words.back() += c;
    within = letter;
  }
  return words;
}

std::optional<int> WholeNumber(std::string_view text) {
  const std::optional<int> number = ParseNumber<int>(text);
  return number >= 0 ? number : std::nullopt;
}

// "5" or "2-6".
std::optional<std::pair<int, int>> RangeOf(std::string_view item) {
  const std::size_t dash = std::min(item.find('-'), item.size());
  const std::optional<int> first = WholeNumber(item.substr(0, dash));
  if (dash == item.size()) return first ? std::optional(std::pair(*first, *first)) : std::nullopt;
  const std::optional<int> last = WholeNumber(item.substr(dash + 1));
  if (!first || !last || *first > *last) return std::nullopt;
  return std::pair(*first, *last);
}

std::vector<std::pair<int, int>> ParseRanges(std::string_view option, const std::string& list,
                                             int highest) {
  std::vector<std::pair<int, int>> ranges;
  if (list.empty()) return ranges;
  for (const std::string_view item : ListItems(list)) {
    const auto range = RangeOf(item);
    if (!range || range->second > highest) {
      Fail("{}: '{}' is no list of numbers from 0 to {} and ranges such as 0-7, {}", option, list,
           highest, highest);
    }
    ranges.push_back(*range);
  }
  return ranges;
}

bool Contains(std::span<const std::pair<int, int>> ranges, int number) {
  return std::ranges::any_of(
      ranges, [&](const auto& r) { return r.first <= number && number <= r.second; });
}

// * stands for any characters, ? for one.
bool MatchesGlob(std::string_view text, std::string_view pattern) {
  std::size_t at = 0, next = 0, star = std::string_view::npos, resumed = 0;
  while (at < text.size()) {
    if (next < pattern.size() && pattern[next] == '*') {
      star = next++;
      resumed = at;
    } else if (next < pattern.size() && (pattern[next] == '?' || pattern[next] == text[at])) {
      ++at;
      ++next;
    } else if (star != std::string_view::npos) {
      next = star + 1;
      at = ++resumed;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', next) == std::string_view::npos;
}

// The program that is in force on each channel, asked in order of ticks.
class Programs {
 public:
  Programs(const midi::Score& score, int track) : score_(score), track_(track) {}

  int At(std::int64_t tick, int channel) {
    for (; next_ < score_.programs.size() && score_.programs[next_].tick <= tick; ++next_) {
      const midi::ProgramChange& change = score_.programs[next_];
      if (!score_.independent_tracks || change.track == track_)
        now_[change.channel] = change.program;
    }
    return now_[channel];
  }

 private:
  const midi::Score& score_;
  int track_;
  std::size_t next_ = 0;
  std::array<int, kChannels> now_{};
};

// A symphony has some ten thousand notes; a file with more than this is no music.
constexpr std::size_t kMostNotes = 250'000;

std::vector<Metre> ParseMetres(const std::string& metres) {
  std::vector<Metre> result;
  if (metres == "any") return result;
  for (const std::string_view metre : ListItems(metres)) {
    result.push_back(ParseMetre(metre, "metres:"));
  }
  return result;
}

}  // namespace

bool IsPercussionName(std::string_view name) {
  const std::vector<std::string> words = Words(Lower(name));
  if (words.empty() || words.size() > 3) return false;
  if (std::ranges::any_of(words, [](const std::string& word) {
        return word == "steel" || word == "the" || word == "of" || word == "and";
      })) {
    return false;
  }
  const bool named = std::ranges::any_of(words, [](const std::string& word) {
    return word == "perc" || std::ranges::any_of(kPercussionWords, [&](std::string_view start) {
             return word.starts_with(start);
           });
  });
  if (named) return true;
  // "Drum" alone may be a title: "The Drummer", "Drum Major".
  const auto drum = std::ranges::find(words, "drum");
  if (drum == words.end()) return false;
  const std::string after = drum + 1 == words.end() ? "" : *(drum + 1);
  return after.empty() || after == "kit" || after == "set" || after == "track" ||
         after == "machine" || after == "part" || after == "loop";
}

VoiceFilter::VoiceFilter(const ExtractionOptions& options)
    : programs_(ParseRanges("programs", options.programs, 127)),
      channels_(ParseRanges("channels", options.channels, kChannels - 1)),
      lowest_(options.lowest_source_pitch),
      highest_(options.highest_source_pitch),
      selects_(!options.tracks.empty() || !programs_.empty() || !channels_.empty() || lowest_ > 0 ||
               highest_ < 127) {
  if (lowest_ > highest_) {
    Fail("lowest_source_pitch {} is above highest_source_pitch {}", lowest_, highest_);
  }
  if (options.tracks.empty()) return;
  for (const std::string_view item : ListItems(options.tracks)) {
    const auto range = RangeOf(item);
    if (item.empty() || (!range && item.find_first_not_of("0123456789-") == item.npos)) {
      Fail("tracks: '{}' is no list of numbers and names such as 2, 4-6, lead, *melody*",
           options.tracks);
    }
    if (range) {
      tracks_.push_back(*range);
    } else {
      names_.push_back(Lower(item));
    }
  }
}

bool VoiceFilter::TakesTrack(int track, std::string_view name) const {
  if (Contains(tracks_, track)) return true;
  if (IsPercussionName(name)) return false;
  if (tracks_.empty() && names_.empty()) return true;
  const std::string lower = Lower(name);
  return std::ranges::any_of(names_, [&](const std::string& pattern) {
    return pattern.find_first_of("*?") == std::string::npos
               ? lower.find(pattern) != std::string::npos
               : MatchesGlob(lower, pattern);
  });
}

std::vector<Voice> VoiceFilter::Voices(const midi::Score& score) const {
  std::vector<Voice> voices;
  for (std::size_t i = 0; i < score.tracks.size(); ++i) {
    const auto track = static_cast<int>(i);
    const std::span<const midi::Note> notes = score.NotesOfTrack(track);
    if (notes.empty() || !TakesTrack(track, score.tracks[i].name)) continue;
    std::array<std::vector<const midi::Note*>, kChannels> by_channel;
    Programs programs(score, track);
    for (const midi::Note& note : notes) {
      if (channels_.empty() ? note.channel == kDrumChannel : !Contains(channels_, note.channel)) {
        continue;
      }
      if (note.pitch < lowest_ || note.pitch > highest_) continue;
      if (!programs_.empty() && !Contains(programs_, programs.At(note.onset, note.channel))) {
        continue;
      }
      by_channel[note.channel].push_back(&note);
    }
    for (int channel = 0; channel < kChannels; ++channel) {
      std::vector<const midi::Note*>& voice = by_channel[static_cast<std::size_t>(channel)];
      if (voice.empty()) continue;
      const auto before = [](const midi::Note* a, const midi::Note* b) {
        return std::tie(a->onset, b->pitch, a->duration) <
               std::tie(b->onset, a->pitch, b->duration);
      };
      if (!std::ranges::is_sorted(voice, before)) std::ranges::sort(voice, before);
      voices.push_back({track, channel, std::move(voice)});
    }
  }
  return voices;
}

std::string VoiceFilter::WhyNone(const midi::Score& score) const {
  if (!selects_) return "nothing but percussion";
  constexpr std::size_t kMostNamed = 8;
  std::string tracks;
  for (std::size_t i = 0; i < std::min(score.tracks.size(), kMostNamed); ++i) {
    tracks += fmt::format("{}{} '{}'", i == 0 ? "" : ", ", i, DisplayName(score.tracks[i].name));
  }
  return fmt::format(
      "no note of the tracks, programs, channels and pitches asked for (percussion needs the "
      "number of its track, and --channels 9 if it is there); tracks: {}{}",
      tracks, score.tracks.size() > kMostNamed ? ", ..." : "");
}

Extractor::Extractor(const ExtractionOptions& options)
    : options_(options), metres_(ParseMetres(options.metres)), voices_(options) {
  if (options_.highest_pitch - options_.lowest_pitch < 11) {
    Fail("lowest_pitch {} and highest_pitch {}: the range must hold an octave (12 pitches)",
         options_.lowest_pitch, options_.highest_pitch);
  }
  for (const Metre& metre : metres_) {
    if (!metre.FitsGrid(options_.steps_per_quarter)) {
      Fail("metres: a beat of {} is no whole number of steps at steps_per_quarter {}", metre.Text(),
           options_.steps_per_quarter);
    }
  }
}

Extraction Extractor::Extract(const midi::Score& score) const {
  Extraction extraction;
  const std::optional<int> division = score.TicksPerQuarter();
  if (!division) {
    Reject(extraction,
           {Refusal::kTimeCode,
            score.division == 0 ? "division 0: the file has no ticks per quarter note"
                                : "time is counted in film frames (SMPTE), not in quarter notes"});
    return extraction;
  }
  std::size_t notes = score.independent_tracks ? 0 : score.notes.size();  // of a piece
  for (int track = 0; score.independent_tracks && track < std::ssize(score.tracks); ++track) {
    notes = std::max(notes, score.NotesOfTrack(track).size());
  }
  if (notes > kMostNotes) {
    Reject(extraction, {Refusal::kTooLarge,
                        fmt::format("{} notes; at most {} are accepted", notes, kMostNotes)});
    return extraction;
  }
  const std::vector<Voice> voices = voices_.Voices(score);
  if (voices.empty()) {
    const bool any = !score.notes.empty();
    Reject(extraction, {any && voices_.selects() ? Refusal::kNotSelected : Refusal::kNoNotes,
                        any ? voices_.WhyNone(score) : "no notes"});
    return extraction;
  }
  const bool by_signature = options_.key == "signature" || options_.key == "as_written";
  const bool split_at_keys = by_signature && options_.split_at_key_changes;
  const Timeline timeline(score, options_.split_at_tempo_changes, split_at_keys);
  const auto accepted = [&](const Section& section) {
    return metres_.empty() ? section.metre.FitsGrid(options_.steps_per_quarter)
                           : std::ranges::find(metres_, section.metre) != metres_.end();
  };
  // With any metre, a change of metre alone ends no melody.
  const auto joins = [&](const Section& first, const Section& next) {
    return metres_.empty() && accepted(first) && accepted(next) && first.tempo == next.tempo &&
           (!split_at_keys || first.sharps == next.sharps);
  };
  for (const Voice& voice : voices) {
    PassageReader reader(score, timeline, voice, options_.steps_per_quarter,
                         by_signature && !split_at_keys);
    while (!reader.done()) {
      const Passage passage = reader.Next(joins);
      const Section& first = passage.sections.front();
      if (accepted(first)) {
        ExtractPassage(options_, timeline, passage, voice, score, extraction);
        continue;
      }
      const std::int64_t onset = passage.notes.front().onset + first.metre_begin;
      Reject(extraction, {Refusal::kMetre,
                          fmt::format("{}; {}", first.metre.Text(),
                                      metres_.empty() ? "a beat is no whole number of steps"
                                                      : "accepted: " + options_.metres),
                          {voice.track, first.BarOf(onset, *division)}});
    }
  }
  return extraction;
}

}  // namespace rltuner
