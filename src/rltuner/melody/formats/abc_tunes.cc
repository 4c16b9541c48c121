// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "rltuner/core/text.h"
#include "rltuner/melody/score_format.h"

namespace rltuner {
namespace {

// "c:|" and "c::" are a note before a repeat sign.
bool IsField(std::string_view line) {
  return line.size() > 1 && line[1] == ':' && !line.substr(2).starts_with('|') &&
         !line.substr(2).starts_with(':') &&
         ((line[0] >= 'A' && line[0] <= 'Z') || (line[0] >= 'a' && line[0] <= 'z'));
}

// The text between the mark at `begin` and the next `closing` mark; empty without a closing mark.
std::string_view Enclosed(std::string_view line, std::size_t begin, char closing) {
  const std::size_t end = line.find(closing, begin + 1);
  return end == line.npos ? "" : line.substr(begin + 1, end - begin - 1);
}

bool Holds(std::string_view characters, std::string_view text) {
  return text.find_first_not_of(characters) == text.npos;
}

// A line of notes without decorations, grace notes, chord names and annotations. A plain bar line
// is put before each repeat sign and double bar, at which abc2midi otherwise begins no bar unless
// the bar before is whole.
std::string CleanMusic(std::string_view line) {
  // Rolls, trills and the like, which become notes, and marks that change a note's length.
  constexpr std::string_view kDecorations = "~.HIJLMOPRSTUVWhijklmnopqrstuvw`\\!+\"{}";
  constexpr std::string_view kNotes = "^_=ABCDEFGabcdefgz,'0123456789/-";
  constexpr std::size_t kLongestWord = 12;
  constexpr std::string_view kSigns = "||;|:;:|;::;|];[|";  // their first two characters
  std::string music;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (c == '[' && IsField(line.substr(i + 1))) {  // its letters are no decorations
      const std::string_view field = Enclosed(line, i, ']');
      music += fmt::format("[{}]", field);
      i += field.size() + 1;
    } else if (c == '{' || c == '"') {
      const std::string_view text = Enclosed(line, i, c == '{' ? '}' : '"');
      i += text.empty() ? 0 : text.size() + 1;
    } else if (c == '!' || c == '+') {
      // !trill!, or +trill+. In old ABC, +CEG+ was a chord, and a lone mark ended a line. !f! is
      // forte, and !4! a fingering.
      const std::string_view word = Enclosed(line, i, c);
      const bool notes =
          Holds(kNotes, word) && !Holds("f", word) && !(word.size() == 1 && Holds("012345", word));
      if (c == '+' && notes) music += fmt::format("[{}]", word);
      const bool is_word = word.size() <= kLongestWord && word.find_first_of(" |") == word.npos;
      i += !word.empty() && (notes ? c == '+' : is_word) ? word.size() + 1 : 0;
    } else if (kDecorations.find(c) == kDecorations.npos) {
      music += c;
      const std::size_t size = music.size();
      const bool is_sign = size > 1 && kSigns.find(music.substr(size - 2)) != kSigns.npos;
      if (is_sign && (size == 2 || std::string_view("|:[").find(music[size - 3]) == kSigns.npos)) {
        music.insert(size - 2, "| ");
      }
    }
  }
  return music;
}

// Whether a line sets the instrument, the channel (10 is drums) or the pitch for abc2midi.
bool IsPlayed(std::string_view line) {
  constexpr std::string_view kMidi = "%%MIDI ";
  constexpr std::array<std::string_view, 5> kWords = {"program", "channel", "transpose",
                                                      "rtranspose", "nobarlines"};
  if (!line.starts_with(kMidi)) return false;
  line.remove_prefix(kMidi.size());
  return std::ranges::count(kWords, line.substr(0, line.find(' '))) > 0;
}

std::string CleanTune(const std::vector<std::string_view>& lines, std::size_t number) {
  // It must play in the voice whose notes come first.
  const std::string drum =
      fmt::format("%%MIDI drum dzzzzzzz 35 {}\n%%MIDI drumon\n", kDrumVelocity);
  std::string tune;
  bool in_header = true, in_first_voice = true, in_text = false;
  for (std::string_view line : lines) {
    if (IsPlayed(line)) tune += fmt::format("{}\n", line);
    if (line.starts_with("%%begin")) in_text = true;
    if (line.starts_with("%%end")) in_text = false;
    if (in_text || line.starts_with("+:")) continue;  // words
    line = line.substr(0, line.find('%'));
    if (!IsField(line)) {
      if (in_header) continue;
      std::string music = CleanMusic(line);
      if (music.starts_with("[V:") && std::exchange(in_first_voice, false)) {
        music.insert(std::min(music.find(']'), music.size() - 1) + 1, "\n" + drum);
      }
      if (music.find_first_not_of(' ') != music.npos) tune += music + "\n";  // or else it ended
      continue;
    }
    const char field = line[0];
    const std::string_view value =
        line.substr(std::min(line.find_first_not_of(' ', 2), line.size()));
    if (field == 'X') tune += fmt::format("X:{}\n", number);
    if (field == 'T' && tune.find("T:") == tune.npos) tune += fmt::format("T:{}\n", value);
    if (std::string_view("MLQVKP").find(field) == std::string_view::npos || value.empty()) continue;
    tune += fmt::format("{}\n", line);
    const bool begins = field == 'K' && std::exchange(in_header, false);
    if (begins || (field == 'V' && !in_header && std::exchange(in_first_voice, false)))
      tune += drum;
  }
  return in_header ? "" : tune;
}

}  // namespace

std::vector<std::string> AbcTunes(std::string_view text) {
  text = WithoutByteOrderMark(text);
  std::vector<std::string> tunes;
  std::vector<std::string_view> lines;   // of the tune that is read; empty between tunes
  std::vector<std::string_view> header;  // fields at the file's top, which hold for all its tunes
  bool in_header = true;
  const auto finish = [&] {
    const std::string tune = lines.empty() ? "" : CleanTune(lines, tunes.size() + 1);
    if (!tune.empty() && tunes.size() < kMostAbcTunes) tunes.push_back(tune);
    lines.clear();
  };
  const char newline = text.find('\n') == text.npos ? '\r' : '\n';
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find(newline));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with("X:")) finish();
    const bool empty = line.find_first_not_of(' ') == line.npos;
    in_header = in_header && !empty && !line.starts_with("X:");
    if (in_header && (line.starts_with("M:") || line.starts_with("L:"))) header.push_back(line);
    if (line.starts_with("X:") || (!lines.empty() && !empty)) lines.push_back(line);
    if (line.starts_with("X:")) lines.insert(lines.end(), header.begin(), header.end());
    // Text may follow a tune's empty line.
    if (empty && std::ranges::any_of(lines, [](auto l) { return l.starts_with("K:"); })) finish();
  }
  finish();
  return tunes;
}

}  // namespace rltuner
