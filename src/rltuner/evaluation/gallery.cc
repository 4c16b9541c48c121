// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <regex>
#include <string>
#include <system_error>

#include "rltuner/core/files.h"
#include "rltuner/core/markup.h"
#include "rltuner/evaluation/generation.h"
#include "rltuner/evaluation/html_page.h"
#include "rltuner/evaluation/notation.h"
#include "rltuner/evaluation/piano_roll.h"
#include "rltuner/melody/context.h"
#include "rltuner/melody/encoding.h"
#include "rltuner/tuning/rollout.h"

namespace rltuner {
namespace {

constexpr std::size_t kMostOnOnePage = 200;  // pictures are 30 KB each

std::string WithSpaces(std::string name) {
  std::ranges::replace(name, '_', ' ');
  return name;
}

class Gallery {
 public:
  Gallery(const std::filesystem::path& folder, const std::vector<GeneratedMelody>& melodies,
          const RuleSet& rules, const GenerationOptions& options, std::string_view model_name)
      : folder_(folder),
        melodies_(melodies),
        rules_(rules),
        options_(options),
        model_name_(model_name),
        played_(melodies.empty() || !melodies.front().probabilities.empty()) {}

  void Write() const {
    MakeFolder(folder_);
    RemoveEarlier();
    HtmlPage page(fmt::format("Melodies {} {}", played_ ? "by" : "of", model_name_));
    page.Put(
        "<p>{} Below each melody, each rule's reward is green and its penalty red. All values are "
        "in <a href=\"rewards.csv\">rewards.csv</a>.</p>\n",
        played_ ? fmt::format("Blue shows the probability of every event at every step, orange "
                              "what was played. Played with {}, seed {}.",
                              EscapeXml(HowPlayed()), options_.seed)
                : "Notes are orange.");
    if (melodies_.size() > kMostOnOnePage) {
      page.Put("<p>The first {} of {} melodies.</p>\n", kMostOnOnePage, melodies_.size());
    }
    for (std::size_t i = 0; i < melodies_.size(); ++i) {
      if (options_.poll) options_.poll();
      const std::string name = MelodyName(i + 1, melodies_.size());
      WriteFileAtomically(folder_ / (name + ".mid"),
                          ToMidi(EventsOf(melodies_[i]), PlaybackOf(melodies_[i]), name));
      WriteScores(melodies_[i], name);
      const std::string picture = DrawPianoRoll(PictureOf(i), name);
      WriteFileAtomically(folder_ / (name + ".svg"), picture);
      if (i >= kMostOnOnePage) continue;
      page.Figure(fmt::format("<a href=\"{0}.mid\">{0}.mid</a>", name), picture);
    }
    WriteFileAtomically(folder_ / "melodies.jsonl", JsonLines());
    WriteFileAtomically(folder_ / "rewards.csv", RewardsCsv());
    WriteFileAtomically(folder_ / "index.html", page.Finish());
  }

 private:
  // Melodies of two runs are never mixed. A folder without melodies.jsonl holds files that only
  // look like ours.
  void RemoveEarlier() const {
    static const std::regex ours("melody_[0-9]{3,}\\.(mid|svg|musicxml|abc)");
    std::error_code ignored;
    if (!std::filesystem::exists(folder_ / "melodies.jsonl", ignored)) return;
    for (const FolderEntry& entry : EntriesOf(folder_, ignored)) {
      if (!std::regex_match(entry.name, ours)) continue;
      std::filesystem::remove(folder_ / entry.name, ignored);
    }
  }

  std::string HowPlayed() const {
    std::string temperature = fmt::format("temperature {}", options_.temperature);
    if (options_.decoding == "sample") return temperature;
    return options_.temperature == 1 ? options_.decoding : options_.decoding + ", " + temperature;
  }

  std::vector<std::uint8_t> EventsOf(const GeneratedMelody& melody) const {
    std::vector<std::uint8_t> events;
    if (options_.include_primer) events = melody.primer;
    events.insert(events.end(), melody.events.begin(), melody.events.end());
    return events;
  }

  // The context of the melody after the first `before` events that the model heard.
  MelodyContext ContextOf(const GeneratedMelody& melody, std::size_t before) const {
    return AfterPrimer(static_cast<int>(before), melody.context.value_or(options_.context),
                       {.steps_per_quarter = options_.playback.steps_per_quarter});
  }

  // The playback of a melody as it is written, with or without the primer.
  Playback PlaybackOf(const GeneratedMelody& melody) const {
    Playback playback = options_.playback;
    playback.music = ContextOf(melody, options_.include_primer ? 0 : melody.primer.size());
    playback.music.mode = options_.playback.music.mode;
    // A single event is heard before the first bar.
    if (options_.include_primer && melody.primer.size() == 1) ++playback.music.pickup;
    if (!options_.include_primer) playback.ForgetPrimer();
    return playback;
  }

  void WriteScores(const GeneratedMelody& melody, const std::string& name) const {
    const std::vector<std::uint8_t> events = EventsOf(melody);
    const Playback playback = PlaybackOf(melody);
    const bool all = options_.notation == "all";
    const auto write = [&](std::string_view kind, const std::string& text) {
      WriteFileAtomically(folder_ / fmt::format("{}.{}", name, kind), text);
    };
    if (all || options_.notation == "musicxml") {
      write("musicxml", WriteMusicXml(events, playback, name));
    }
    if (all || options_.notation == "abc") write("abc", WriteAbc(events, playback, name));
  }

  PianoRoll PictureOf(std::size_t i) const {
    const GeneratedMelody& melody = melodies_[i];
    const Playback playback = PlaybackOf(melody);
    const std::string key =
        playback.transposition == 0
            ? ""
            : fmt::format(" · played {:+} semitones from C", playback.transposition);
    PianoRoll roll{
        .title = melody.title.empty() ? fmt::format("Melody {} by {}", i + 1, model_name_)
                                      : melody.title,
        .subtitle = played_
                        ? fmt::format("per event: log p {:.2f}, reward {:+.2f} · {} · seed {}{}",
                                      MeanOf(melody.log_prior), melody.score.mean_reward,
                                      HowPlayed(), options_.seed, key)
                        : fmt::format("reward {:+.2f} per event", melody.score.mean_reward),
        .description = Description(melody),
        .events = melody.events,
        .probabilities = melody.probabilities,
        .playback = playback};
    if (options_.include_primer) roll.primer = melody.primer;
    for (int rule = 0; rule < rules_.size(); ++rule) {
      if (rules_.weight(rule) == 0) continue;
      roll.strips.push_back({WithSpaces(std::string(rules_.info(rule).name)),
                             melody.score.rewards[static_cast<std::size_t>(rule)]});
    }
    roll.strips.push_back({"all rules", melody.score.total});
    return roll;
  }

  std::string Description(const GeneratedMelody& melody) const {
    std::string notes;
    for (const int event : melody.events) {
      if (!IsNoteOn(event)) continue;
      notes += (notes.empty() ? "" : " ") + EventName(event, options_.playback);
    }
    return fmt::format(
        "Piano roll of {} steps of the grid. Rows are pitches, then hold and off; {}. Notes: {}. "
        "Below, the rewards by rule.",
        melody.events.size(),
        melody.probabilities.empty()
            ? "the bars are the notes"
            : "shading is the probability of every event, the bars are what was played",
        notes.empty() ? "none" : notes);
  }

  std::string JsonLines() const {
    std::string lines;
    for (std::size_t i = 0; i < melodies_.size(); ++i) {
      const MelodyContext context = ContextOf(melodies_[i], melodies_[i].primer.size());
      const Key key{context.tonic, context.mode};
      lines += fmt::format(
          "{{\"melody\":{},\"primer\":[{}],{}{}{}\"events\":[{}]}}\n", i + 1,
          fmt::join(melodies_[i].primer, ","),
          context.pickup == 0 ? "" : fmt::format("\"pickup\":{},", context.pickup),
          context.metre == Metre() ? "" : fmt::format("\"metre\":\"{}\",", context.metre.Text()),
          key == Key() ? "" : fmt::format("\"key\":\"{}\",", key.Text()),
          fmt::join(melodies_[i].events, ","));
    }
    return lines;
  }

  std::string RewardsCsv() const {
    std::string text = "melody,step,event,name,probability,log_prob";
    for (int rule = 0; rule < rules_.size(); ++rule) {
      text += ',' + std::string(rules_.info(rule).name);
    }
    text += ",total\n";
    for (std::size_t i = 0; i < melodies_.size(); ++i) {
      const GeneratedMelody& melody = melodies_[i];
      for (std::size_t t = 0; t < melody.events.size(); ++t) {
        const int event = melody.events[t];
        text += fmt::format("{},{},{},{},", i + 1, t, event, EventName(event));
        text += played_ ? fmt::format("{:.6g},{:.6g}",
                                      melody.probabilities[t * options_.playback.classes + event],
                                      melody.log_prior[t])
                        : ",";
        for (const std::vector<float>& rewards : melody.score.rewards) {
          text += fmt::format(",{:.6g}", rewards[t]);
        }
        text += fmt::format(",{:.6g}\n", melody.score.total[t]);
      }
    }
    return text;
  }

  const std::filesystem::path& folder_;
  const std::vector<GeneratedMelody>& melodies_;
  const RuleSet& rules_;
  const GenerationOptions& options_;
  std::string model_name_;
  bool played_;  // by a model
};

}  // namespace

std::string MelodyName(std::size_t number, std::size_t count) {
  return fmt::format("melody_{:0{}}", number,
                     std::max<std::size_t>(3, std::to_string(count).size()));
}

void WriteMelodies(const std::filesystem::path& folder,
                   const std::vector<GeneratedMelody>& melodies, const RuleSet& rules,
                   const GenerationOptions& options, std::string_view model_name) {
  Gallery(folder, melodies, rules, options, model_name).Write();
}

}  // namespace rltuner
