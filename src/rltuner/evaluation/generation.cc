// SPDX-License-Identifier: Apache-2.0
#include "rltuner/evaluation/generation.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "rltuner/core/error.h"
#include "rltuner/decoding/decodings.h"
#include "rltuner/evaluation/evaluate.h"
#include "rltuner/melody/bars.h"
#include "rltuner/melody/model_inputs.h"
#include "rltuner/midi/writer.h"

namespace rltuner {

Settings Describe(GenerationOptions& options) {
  Settings settings("generation");
  settings
      .Add("count", &options.count, 1, 100'000,
           "Melodies to write. The first ones are the same for any count.")
      .Add("length", &options.length, 1, 4096,
           "Events in a melody; 16 are a bar of 4/4 on the paper's grid of sixteenth notes. A "
           "tuned model plays best at the length of its tuning.")
      .Add("temperature", &options.temperature, 0, 100,
           "Divides the logits; 0.7 to 1.2 is useful. Lower it for safer melodies, raise it for "
           "wilder ones; 0 always plays the likeliest event.")
      .Add("seed", &options.seed, 0, kNoMaximum,
           "Seed of the random numbers. Another one gives other melodies.")
      .Add("decoding", &options.decoding, {},
           "How the model is played: " + DecodingHelp() +
               ". Change it to make a model follow rules without tuning.")
      .Add("c", &options.c, 1e-3, 1e3,
           "For decoding smc: the rules' weight is 1 / c. Lower it to follow the rules more "
           "closely.")
      .Add("include_primer", &options.include_primer,
           "Put the primer in front of each melody. Use it to hear both together.")
      .Add("notation", &options.notation, {"none", "musicxml", "abc", "all"},
           "Scores to write beside the MIDI files: MusicXML for notation programs, ABC, or both. "
           "Ask for them to read or print the melodies.")
      .Add("velocity", &options.playback.velocity, 1, 127,
           "MIDI velocity of the notes: how loud they are. Lower it to play along.")
      .Add("quarters_per_minute", &options.playback.quarters_per_minute, 4, 1000,
           "Tempo of the MIDI files, quarter notes per minute. Give it to replace that of a primer "
           "file.");
  return settings;
}

MelodyContext AfterPrimer(int primer, const MelodyContext& context, const Encoding& encoding) {
  return primer < 2 ? context : ContextFrom(primer, context, encoding.steps_per_quarter);
}

std::vector<GeneratedMelody> Generate(const Model& model, const RuleSet& rules,
                                      const GenerationOptions& options,
                                      const std::vector<int>& primer) {
  CheckFields(options);
  const Encoding encoding = MelodyEncodingOf(model);
  if (!std::ranges::all_of(primer, [&](int event) { return encoding.IsEvent(event); })) {
    Fail("primer: expected classes, 0 .. {}", encoding.classes() - 1);
  }
  const RuleSet heard = rules.In(MusicContext(
      AfterPrimer(static_cast<int>(primer.size()), options.context, encoding), encoding));
  const std::unique_ptr<InputRows> inputs = InputsOf(encoding, options.context);
  std::vector<GeneratedMelody> melodies(static_cast<std::size_t>(options.count));
  const RolloutOptions rollout{.length = options.length,
                               .temperature = static_cast<float>(options.temperature),
                               .seed = static_cast<std::uint64_t>(options.seed),
                               .batch = std::min(options.count, 16),
                               .primer = primer,
                               .keep_probabilities = true,
                               .poll = options.poll};
  RuleSet judge(heard);
  const Decoder play = MakeDecoder(options.decoding);
  play(NetworksOf(model, inputs.get()), heard, options.c, rollout, options.count,
       [&](const Trajectory& trajectory, int) {
         GeneratedMelody& melody = melodies[static_cast<std::size_t>(trajectory.index)];
         melody.primer.assign(trajectory.primer.begin(), trajectory.primer.end());
         melody.events.assign(trajectory.actions.begin(), trajectory.actions.end());
         melody.log_prior.assign(trajectory.log_prior.begin(), trajectory.log_prior.end());
         melody.probabilities.assign(trajectory.policy_probabilities.begin(),
                                     trajectory.policy_probabilities.end());
         melody.score = ScoreComposition(judge, melody.events, trajectory.phase);
         if (trajectory.phase == 0) return;
         melody.context = options.context;
         melody.context->pickup = trajectory.phase;
       });
  return melodies;
}

midi::Score ToMidiScore(const std::vector<std::uint8_t>& events, const Playback& playback,
                        std::string_view name) {
  if (!(playback.quarters_per_minute >= 4 && playback.quarters_per_minute <= 1000)) {
    Fail("quarters per minute are {}; expected 4 .. 1000", playback.quarters_per_minute);
  }
  // 480 ticks a quarter, or as near as a whole number of ticks a step allows.
  const std::int64_t ticks_per_step =
      (480 + playback.steps_per_quarter - 1) / playback.steps_per_quarter;
  const MelodyContext& music = playback.music;
  midi::Score score;
  score.division = static_cast<int>(ticks_per_step) * playback.steps_per_quarter;
  score.tempos = {{0, static_cast<int>(std::lround(60e6 / playback.quarters_per_minute)), 0}};
  const auto state_metre = [&](int step, const Metre& metre) {
    score.metres.push_back({step * ticks_per_step, metre.numerator, metre.denominator, 0});
  };
  state_metre(0, music.metre);
  const bool has_bar_line = music.pickup > 0 && music.pickup <= static_cast<int>(events.size());
  if (has_bar_line) state_metre(music.pickup, music.metre);  // so readers know the pickup
  for (const auto& [step, metre] : music.changes) state_metre(step, metre);
  for (const auto& [step, sharps, mode] : playback.Signatures()) {
    if (!playback.sharps) break;
    score.keys.push_back({step * ticks_per_step, sharps, mode == Mode::kMinor, 0});
  }
  score.programs = {{0, playback.program, 0, 0}};
  const std::int64_t end = static_cast<std::int64_t>(events.size()) * ticks_per_step;
  score.tracks = {{std::string(name), end, /*bars_known=*/true}};
  bool sounds = false;
  for (std::size_t step = 0; step < events.size(); ++step) {
    const int event = events[step];
    if (IsNoteOn(event)) {
      score.notes.push_back({.onset = static_cast<std::int64_t>(step) * ticks_per_step,
                             .duration = 0,
                             .pitch = static_cast<std::uint8_t>(playback.Pitch(event, step)),
                             .velocity = static_cast<std::uint8_t>(playback.velocity)});
    }
    if (event != kNoEvent) sounds = IsNoteOn(event);
    if (sounds) score.notes.back().duration += ticks_per_step;
  }
  return score;
}

std::vector<std::uint8_t> ToMidi(const std::vector<std::uint8_t>& events, const Playback& playback,
                                 std::string_view name) {
  return midi::Write(ToMidiScore(events, playback, name));
}

std::string EventName(int event, const Playback& playback) {
  if (event == kNoteOff) return "off";
  if (event == kNoEvent) return "hold";
  const int pitch = playback.Pitch(event);
  return fmt::format("{}{}", PitchClassName(pitch % 12), pitch / 12 - 1);
}

}  // namespace rltuner
