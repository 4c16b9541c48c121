// SPDX-License-Identifier: Apache-2.0
#include "rltuner/studio/melodies.h"

#include <algorithm>
#include <cmath>

#include "rltuner/evaluation/evaluate.h"
#include "rltuner/melody/model_inputs.h"
#include "rltuner/tuning/policy.h"
#include "rltuner/tuning/rollout.h"

namespace rltuner::studio {
namespace {

Json RoundedList(std::span<const float> values) {
  Json list = Json::array();
  for (const float value : values) list.push_back(Rounded(value));
  return list;
}

// One row for each event. A bar on the page cannot show more than five decimals.
Json ProbabilityRows(const std::vector<float>& probabilities, std::size_t events) {
  const std::size_t classes = probabilities.size() / std::max<std::size_t>(events, 1);
  Json rows = Json::array();
  for (std::size_t at = 0; at < probabilities.size(); at += classes) {
    Json row = Json::array();
    for (std::size_t a = 0; a < classes; ++a) {
      row.push_back(std::round(probabilities[at + a] * 1e5) / 1e5);
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

// The distribution over the classes before each of `events`, [L, V].
std::vector<float> ProbabilitiesAlong(const PolicyNetworks& networks, const GeneratedMelody& melody,
                                      double temperature) {
  const std::vector<std::uint8_t>& events = melody.events;
  const int pickup = melody.pickup();
  Policy policy(networks, 1);
  policy.Reset(static_cast<int>(melody.primer.size()), static_cast<int>(events.size()),
               {&pickup, 1});
  const auto hear = [&](int event) { policy.Step(std::span(&event, 1)); };
  for (const int event : melody.primer) hear(event);
  const auto classes = static_cast<std::size_t>(policy.vocabulary());
  std::vector<float> probabilities(events.size() * classes);
  std::vector<float> logarithms(classes);
  for (std::size_t t = 0; t < events.size(); ++t) {
    PolicyDistribution(policy.logits(0), static_cast<float>(temperature), logarithms,
                       std::span(probabilities).subspan(t * classes, classes));
    hear(events[t]);
  }
  return probabilities;
}

}  // namespace

PlaySettings SettingsOf(const TuningControls& controls, const Encoding& encoding) {
  return {{.length = controls.length,
           .temperature = controls.temperature,
           .context = controls.Context(),
           .playback = controls.PlaybackOf(encoding)}};
}

PlayedMelody Play(const Model& player, const Model& tuned, const RuleSet& rules,
                  const PlaySettings& settings) {
  GenerationOptions options = settings;
  options.count = 1;
  const auto heard = static_cast<int>(settings.primer.size());
  if (heard > 1) options.context.pickup = heard % BarSteps(settings.playback);
  PlayedMelody played{.settings = settings,
                      .melody = Generate(player, rules, options, settings.primer).front()};
  for (int rule = 0; rule < rules.size(); ++rule) {
    played.rules.emplace_back(rules.info(rule).name);
  }
  GeneratedMelody& melody = played.melody;
  melody.probabilities = {};  // those below are what a page asks for
  played.settings.playback.music.pickup = melody.pickup();
  const Network& note_rnn = tuned.note_rnn();
  const std::unique_ptr<InputRows> inputs = InputsOf(MelodyEncodingOf(tuned), options.context);
  const auto along = [&](const PolicyNetworks& networks) {
    return ProbabilitiesAlong(networks, melody, settings.temperature);
  };
  played.by_note_rnn = along({.network = &note_rnn, .note_rnn = &note_rnn, .inputs = inputs.get()});
  played.by_tuned = along(NetworksOf(tuned, inputs.get()));
  return played;
}

int BarSteps(const Playback& playback) {
  return playback.music.metre.BarSteps(playback.steps_per_quarter);
}

Json PlaybackJson(const Playback& playback) {
  const Metre& metre = playback.music.metre;
  return {{"lowest_pitch", playback.lowest_pitch},
          {"classes", playback.classes},
          {"steps_per_quarter", playback.steps_per_quarter},
          {"metre", {metre.numerator, metre.denominator}},
          {"bar", BarSteps(playback)},
          {"beat", metre.BeatSteps(playback.steps_per_quarter)},
          {"pickup", playback.music.pickup},
          {"sharps", playback.sharps.value_or(0)},
          {"flattest", playback.Signatures().back().flattest()},
          {"transposition", playback.transposition},
          {"lowest", playback.lowest},
          {"highest", playback.highest}};
}

Json ShortJson(const PlayedMelody& played) {
  const GeneratedMelody& melody = played.melody;
  return {{"id", played.settings.id},
          {"model", played.settings.model},
          {"title", played.settings.model_name},
          {"iteration", OrNull(played.settings.iteration)},
          {"seed", played.settings.seed},
          {"temperature", played.settings.temperature},
          {"length", melody.events.size()},
          {"primer", melody.primer},
          {"include_primer", played.settings.include_primer},
          {"playback", PlaybackJson(played.settings.playback)},
          {"events", melody.events},
          {"total", RoundedList(melody.score.total)},
          {"log_prior", RoundedList(melody.log_prior)},
          {"mean_reward", Rounded(melody.score.mean_reward)},
          {"mean_log_prob", Rounded(MeanOf(melody.log_prior))}};
}

Json LongJson(const PlayedMelody& played) {
  Json json = ShortJson(played);
  Json& rewards = json["rewards"];
  for (std::size_t rule = 0; rule < played.rules.size(); ++rule) {
    rewards[played.rules[rule]] = RoundedList(played.melody.score.rewards[rule]);
  }
  json["probabilities"] = {
      {"note_rnn", ProbabilityRows(played.by_note_rnn, played.melody.events.size())},
      {"tuned", ProbabilityRows(played.by_tuned, played.melody.events.size())}};
  return json;
}

PlayedMelody MelodyStore::Add(PlayedMelody played) {
  const std::scoped_lock lock(mutex_);
  melodies_.push_back(played);
  events_ += played.melody.events.size();
  newest_ = std::max(newest_, played.settings.id);
  while (melodies_.size() > kKept || (events_ > kKeptEvents && melodies_.size() > 1)) {
    events_ -= melodies_.front().melody.events.size();
    melodies_.pop_front();
  }
  return played;
}

PlayedMelody MelodyStore::Get(std::int64_t id) const {
  const std::scoped_lock lock(mutex_);
  const auto found = std::ranges::find(
      melodies_, id, [](const PlayedMelody& played) { return played.settings.id; });
  if (found == melodies_.end()) {
    throw RequestError(404, fmt::format("melody {} is not here{}", id,
                                        id > 0 && id <= newest_ ? " any more" : ""));
  }
  return *found;
}

}  // namespace rltuner::studio
