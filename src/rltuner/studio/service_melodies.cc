// SPDX-License-Identifier: Apache-2.0
// The part of Service about melodies: playing, their files, primers, metrics.
#include <algorithm>

#include "rltuner/core/text.h"
#include "rltuner/evaluation/evaluate.h"
#include "rltuner/evaluation/generation.h"
#include "rltuner/evaluation/notation.h"
#include "rltuner/melody/score_format.h"
#include "rltuner/studio/service.h"

namespace rltuner::studio {
namespace {

constexpr int kFigureCompositions = 2000;

}  // namespace

PlayableVersion Service::FindPlayer(const Json& name, const PlayableVersion& current) const {
  if (name == "current") return current;
  if (name == "note-rnn") {
    const Model& model = current.model;
    return {{.name = "Note RNN", .iteration = 0, .controls = current.controls},
            {.network = model.note_rnn(), .encoding = model.encoding}};
  }
  if (!name.is_number_integer()) {
    Fail("model is {}; expected \"note-rnn\", \"current\" or the id of a version", Shown(name));
  }
  return versions_->Read(name.get<std::int64_t>());
}

ServiceReply Service::PostMelody(const Call& call) {
  const RequestFields fields =
      call.Body({"model", "seed", "temperature", "length", "bars", "primer", "include_primer"});
  const PlayableVersion current = session_->Current();
  const Json* const given = fields.Find("model");
  const Json name = given == nullptr ? Json("current") : *given;
  const PlayableVersion player = FindPlayer(name, current);
  const Encoding encoding = MelodyEncodingOf(player.model);
  PlaySettings settings = SettingsOf(player.controls, encoding);
  settings.length =
      static_cast<int>(fields.Whole("length", 1, kLongestMelody).value_or(settings.length));
  if (fields.Find("bars") != nullptr) {
    if (fields.Find("length") != nullptr)
      Fail("bars and length contradict each other; give one of them");
    const int bar = BarSteps(settings.playback);
    settings.length = bar * static_cast<int>(*fields.Whole("bars", 1, kLongestMelody / bar));
  }
  // Nothing has shaped a policy beyond the length at which it was tuned.
  if (player.model.prior && settings.length > player.controls.length) {
    Fail("length is {}; {} was tuned at {} events and plays nothing longer", settings.length,
         Shown(player.name), player.controls.length);
  }
  settings.temperature =
      fields.Number("temperature", kColdest, kHottest).value_or(current.controls.temperature);
  const auto seed = fields.Whole("seed", 0, std::int64_t{1} << 53);
  settings.primer =
      fields.Events("primer", kLongestPrimer, encoding.classes()).value_or(std::vector<int>());
  if (!settings.primer.empty() && encoding != options_.encoding) {
    Fail("primer: {} codes melodies in another way than the studio's model", Shown(player.name));
  }
  settings.include_primer = fields.Flag("include_primer").value_or(false);
  settings.id = melodies_.NewNumber();
  settings.seed = seed.value_or(settings.id);
  settings.model = name;
  settings.model_name = player.name;
  settings.iteration = player.iteration;
  const PlayedMelody played = melodies_.Add(Play(
      player.model, name.is_number() ? player.model : current.model,
      encoding == options_.encoding ? current.controls.rules : player.controls.rules, settings));
  return JsonReply({{"melody", LongJson(played)}});
}

ServiceReply Service::GetMelody(const Call& call) const {
  const std::string_view name = call.part;
  const std::size_t dot = std::min(name.find('.'), name.size());
  const std::string_view ending = name.substr(dot);
  const PlayedMelody played = melodies_.Get(NumberOf(name.substr(0, dot), "melody"));
  if (ending.empty()) {
    if (!call.request.query.empty())
      Fail("tempo and primer are of a melody's file, such as {}.mid", name);
    return JsonReply({{"melody", LongJson(played)}});
  }

  const GeneratedMelody& melody = played.melody;
  const auto primer_length = static_cast<std::int64_t>(melody.primer.size());
  const std::int64_t heard = call.query.Whole("primer", 0, primer_length)
                                 .value_or(played.settings.include_primer ? primer_length : 0);
  std::vector<std::uint8_t> events(melody.primer.end() - heard, melody.primer.end());
  events.insert(events.end(), melody.events.begin(), melody.events.end());
  const std::string title = fmt::format("{} {}", played.settings.model_name, played.settings.id);
  Playback playback = played.settings.playback;
  playback.music.pickup += static_cast<int>(heard);
  playback.music.pickup %= BarSteps(playback);
  playback.quarters_per_minute =
      call.query.Number("tempo", kSlowest, kFastest).value_or(kUsualTempo);
  ServiceReply reply{.download = fmt::format("melody-{}{}", played.settings.id, ending)};
  if (ending == ".mid") {
    reply.type = "audio/midi";
    const std::vector<std::uint8_t> bytes = ToMidi(events, playback, title);
    reply.body.assign(bytes.begin(), bytes.end());
  } else if (ending == ".musicxml") {
    reply.type = "application/vnd.recordare.musicxml+xml";
    reply.body = WriteMusicXml(events, playback, title);
  } else if (ending == ".abc") {
    reply.type = "text/vnd.abc";
    reply.body = WriteAbc(events, playback, title);
  } else {
    throw RequestError(404, "a melody is available as .mid, .musicxml and .abc");
  }
  return reply;
}

ServiceReply Service::PostPrimer(const Call& call) const {
  const std::string& body = call.request.body;
  const std::span bytes(reinterpret_cast<const std::uint8_t*>(body.data()), body.size());
  if (FindScoreFormat("", bytes) == nullptr) {  // other formats go by the file's name
    Fail("the uploaded file: not a MIDI file; expected one");
  }
  const Primer primer = ReadPrimer(bytes, "the uploaded file", {.encoding = options_.encoding});
  const Playback& playback = primer.playback;
  return JsonReply({{"primer",
                     {{"events", primer.events},
                      {"length", primer.events.size()},
                      {"heard", primer.Text()},
                      {"track", primer.track},
                      {"track_name", primer.track_name},
                      {"channel", primer.channel},
                      {"dropped_events", primer.dropped_events},
                      {"transposition", -playback.transposition},
                      {"tempo", playback.quarters_per_minute},
                      {"metre", {playback.music.metre.numerator, playback.music.metre.denominator}},
                      {"program", playback.program}}}});
}

ServiceReply Service::GetFigures(const Call& call) const {
  PlayableVersion current = session_->Current();
  const Json* const name = call.query.Find("model");
  const PlayableVersion player = FindPlayer(name == nullptr ? Json("current") : *name, current);
  EvaluationReport report{.model = player.name,
                          .rules = current.controls.rules.Name(),
                          .method = player.model.method,
                          .options = {.compositions = kFigureCompositions,
                                      .length = player.controls.length,
                                      .temperature = current.controls.temperature,
                                      .context = player.controls.Context()},
                          .encoding = MelodyEncodingOf(player.model)};
  report.metrics = Evaluate(player.model, current.controls.rules, report.options, 1);
  return {.body = EvaluationJson(report)};
}

}  // namespace rltuner::studio
