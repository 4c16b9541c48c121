// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#if defined(__linux__)
#include <sys/personality.h>
#endif

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "rltuner/core/error.h"
#include "rltuner/core/files.h"
#include "rltuner/core/text.h"
#include "rltuner/melody/context.h"
#include "rltuner/melody/score_format.h"
#include "rltuner/midi/reader.h"

namespace rltuner {
namespace {

namespace fs = std::filesystem;

constexpr rlim_t kMostSeconds = 120;  // of processor time, for all tunes of a file
constexpr rlim_t kMostMemory = rlim_t{1} << 30;
constexpr rlim_t kMostMidi = rlim_t{4} << 20;  // bytes of a tune's MIDI file
constexpr int kMostRuns = 100;
constexpr int kNotFound = 127;

bool RecognizesAbc(std::span<const std::uint8_t> beginning) {
  return AsText(beginning).starts_with("%abc");
}

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string name = (fs::temp_directory_path() / "rltuner-abc-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) Fail("{}: cannot make a temporary folder", name);
    path_ = name;
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

// Makes tunesN.mid of the tunes.abc in a folder. Returns the exit status; -1 if it was killed.
int RunAbc2Midi(const fs::path& folder) {
  const std::string file = (folder / "tunes.abc").string();
  const char* const command[] = {"abc2midi", file.c_str(), "-NGUI", "-NGRA",
                                 "-NFER",    "-silent",    nullptr};
  const pid_t child = fork();
  if (child < 0) Fail("abc2midi: cannot be run");
  if (child == 0) {  // only calls that are safe after a fork
    const auto limit = [](auto resource, rlim_t most) {
      const rlimit value{most, most};
      setrlimit(resource, &value);
    };
    limit(RLIMIT_CPU, kMostSeconds);
    limit(RLIMIT_AS, kMostMemory);
    limit(RLIMIT_FSIZE, kMostMidi);
    limit(RLIMIT_CORE, 0);
#if defined(__linux__)
    personality(ADDR_NO_RANDOMIZE);  // some tunes crash it at some addresses only
#endif
    const int null = open("/dev/null", O_RDWR);
    for (const int standard : {0, 1, 2}) dup2(null, standard);
    execvp(command[0], const_cast<char* const*>(command));
    _exit(kNotFound);
  }
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

fs::path MidiFile(const fs::path& folder, std::size_t tune) {
  return folder / fmt::format("tunes{}.mid", tune + 1);
}

// Makes the MIDI files of tunes. If abc2midi crashes on a tune, it is run again from there on.
void Convert(const std::vector<std::string>& tunes, const fs::path& folder,
             std::string_view source) {
  std::size_t first = 0;
  for (int run = 0; run < kMostRuns && first < tunes.size(); ++run) {
    std::string text;
    for (std::size_t i = first; i < tunes.size(); ++i) {
      // All notes of a chord at once.
      text += tunes[i];
      text.insert(text.size() - tunes[i].size() + tunes[i].find('\n') + 1,
                  "%%MIDI chordattack 0\n");
      text += '\n';
    }
    WriteFileAtomically(folder / "tunes.abc", text);
    const int status = RunAbc2Midi(folder);
    if (status == 0) return;
    if (status == kNotFound) {
      Fail("{}: ABC is read with the program abc2midi, which is not installed (Debian: abcmidi)",
           source);
    }
    const std::size_t before = first;
    while (first < tunes.size() && fs::exists(MidiFile(folder, first))) ++first;
    if (first == before) ++first;
  }
}

// States the metres of the tune's bars, which begin where the drum plays (score_format.h), and
// removes the drum. False if there is no bar line after the first note.
bool ReadDrum(midi::Score& tune) {
  std::set<std::int64_t> lines;
  std::set<int> drums;  // one, or two of different voices
  for (const midi::Note& note : tune.notes) {
    if (note.channel != 9 || note.velocity != kDrumVelocity) continue;
    lines.insert(note.onset - 1);  // abc2midi writes all notes a tick late
    drums.insert(note.track);
  }
  const auto is_of_drum = [&](const auto& item) { return drums.contains(item.track); };
  std::erase_if(tune.notes, is_of_drum);
  std::erase_if(tune.keys, is_of_drum);
  // A drum's track states a metre after its last stroke, so within the bar before.
  std::erase_if(tune.metres, [&](auto& item) { return item.tick > 0 && !is_of_drum(item); });
  StateMetres(lines, tune);
  return lines.size() > 1;
}

// The key of a field K: such as "Ddor", "F#m", "Bb clef=bass"; nothing if it names none.
std::optional<Key> DeclaredKey(std::string_view value) {
  if (value.empty() || value[0] < 'A' || value[0] > 'G') return std::nullopt;
  const std::size_t tonic = value.size() > 1 && (value[1] == '#' || value[1] == 'b') ? 2 : 1;
  value = value.substr(0, value.find_first_of("]\n"));
  const std::size_t begin = std::min(value.find_first_not_of(' ', tonic), value.size());
  const std::string word = Lower(value.substr(begin, value.find(' ', begin) - begin));
  std::string_view mode = word == "m" ? "minor" : "major";
  for (const std::string_view name :
       {"minor", "aeolian", "dorian", "phrygian", "lydian", "mixolydian", "locrian"}) {
    if (word.starts_with(name.substr(0, 3))) mode = name;
  }
  if (word == "exp") return std::nullopt;  // only the signs that follow
  return ParseKey(fmt::format("{} {}", value.substr(0, tonic), mode), "K:");
}

// abc2midi marks only minor keys. Each signature gets the mode that the text first declares with
// it.
void TellModes(std::string_view abc, midi::Score& tune) {
  for (std::size_t at = abc.size(); (at = abc.rfind("K:", at - 1)) != abc.npos && at > 0;) {
    if (abc[at - 1] != '\n' && abc[at - 1] != '[') continue;
    const std::optional<Key> key =
        DeclaredKey(abc.substr(std::min(abc.find_first_not_of(' ', at + 2), abc.size())));
    for (midi::KeySignature& signature : tune.keys) {
      if (key && KeyOf(signature.sharps, key->mode) == *key) signature.degree = key->Degree();
    }
  }
}

// The semitones from a tune's written pitch to its sounding pitch. Those of one voice say nothing
// about others.
int TranspositionOf(std::string_view abc) {
  abc = abc.substr(0, abc.find("\nV:"));
  for (const std::string_view word :
       {"\n%%MIDI transpose ", "\n%%MIDI rtranspose ", " transpose="}) {
    const std::size_t at = abc.find(word);
    if (at == abc.npos) continue;
    const std::string_view number = abc.substr(at + word.size());
    return ParseNumber<int>(number.substr(0, number.find_first_of(" ]\n"))).value_or(0);
  }
  return 0;
}

// abc2midi moves the notes of a transposed tune, but not its signatures.
void MoveKeys(int semitones, midi::Score& tune) {
  if (semitones % 12 == 0) return;
  for (midi::KeySignature& signature : tune.keys) {
    const int tonic = MajorTonic(signature.sharps) + semitones % 12 + 12;
    signature.sharps = Key{tonic % 12, Mode::kMajor}.Sharps();
  }
}

// Adds the tracks that have notes. Each keeps the changes of its own tune.
void AddTune(std::string_view abc, midi::Score& tune, midi::Score& score) {
  const bool bars_known = ReadDrum(tune);
  TellModes(abc, tune);
  MoveKeys(TranspositionOf(abc), tune);
  score.division = tune.division;
  for (std::size_t i = 0; i < tune.tracks.size(); ++i) {
    const auto notes = tune.NotesOfTrack(static_cast<int>(i));
    if (notes.empty()) continue;
    const auto track = static_cast<int>(score.tracks.size());
    const auto add = [track](const auto& from, auto& to) {
      for (auto item : from) {
        item.track = track;
        to.push_back(item);
      }
    };
    score.tracks.push_back(tune.tracks[i]);
    score.tracks.back().bars_known = bars_known;
    if (score.tracks.back().name.empty()) score.tracks.back().name = tune.tracks[0].name;
    add(notes, score.notes);
    add(tune.tempos, score.tempos);
    add(tune.metres, score.metres);
    add(tune.keys, score.keys);
    add(tune.programs, score.programs);
  }
}

void ReadAbc(std::span<const std::uint8_t> bytes, std::string_view source, midi::Score& score) {
  score.Clear();
  const std::vector<std::string> tunes = AbcTunes(AsText(bytes));
  if (tunes.empty()) Fail("{}: no tune in it; expected one from a field X: to a field K:", source);
  const TemporaryFolder folder;
  Convert(tunes, folder.path(), source);
  score.format = 2;
  score.independent_tracks = true;
  for (std::size_t i = 0; i < tunes.size(); ++i) {
    try {
      midi::Score tune;
      midi::Read(ReadFile(MidiFile(folder.path(), i), kMostMidi), source, tune);
      AddTune(tunes[i], tune, score);
    } catch (const Error&) {
      score.warnings.push_back({-1, 0, fmt::format("abc2midi made nothing of tune {}", i + 1)});
    }
  }
  if (tunes.size() == kMostAbcTunes) {
    score.warnings.push_back(
        {-1, 0, fmt::format("only the first {} tunes are read", kMostAbcTunes)});
  }
  if (score.tracks.empty()) Fail("{}: abc2midi finds no notes in it", source);
  score.SortChanges();
}

}  // namespace

ScoreFormat AbcFormat() { return {"ABC", {".abc"}, RecognizesAbc, ReadAbc}; }

}  // namespace rltuner
