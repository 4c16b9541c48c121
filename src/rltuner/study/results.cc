// SPDX-License-Identifier: Apache-2.0
#include "rltuner/study/results.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <nlohmann/json.hpp>

#include "rltuner/core/markup.h"

namespace rltuner {
namespace {

void Count(int rating, ModelResult* model, Ratings* ratings) {
  ++model->comparisons;
  model->wins += rating > 0 ? 1 : 0;
  model->losses += rating < 0 ? 1 : 0;
  model->ties += rating == 0 ? 1 : 0;
  ratings->push_back(rating);
}

void Finish(const Ratings& ratings, ModelResult* model) {
  const double n = model->comparisons;
  const double share = model->wins / n;
  model->wins_deviation = n > 0 ? std::sqrt(n * share * (1 - share)) : 0;
  double sum = 0;
  for (const double rating : ratings) sum += rating;
  model->mean_rating = sum / n;
}

std::string P(double p) { return p < 0.001 ? "< .001" : fmt::format("{:.3f}", p); }

std::string_view Word(Doubt doubt) {
  switch (doubt) {
    case Doubt::kNone:
      return "";
    case Doubt::kNotHeard:
      return "not heard";
    case Doubt::kTooFast:
      return "too fast";
  }
  return "";
}

// 2026-01-31T12:34:56.789Z; "" for none.
std::string IsoTime(std::optional<std::int64_t> milliseconds) {
  if (!milliseconds) return "";
  const std::chrono::milliseconds time{*milliseconds};
  const auto days = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{std::chrono::sys_days{days}};
  const std::chrono::hh_mm_ss clock{time - days};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     clock.subseconds().count());
}

nlohmann::ordered_json Number(double value) {
  return std::isnan(value) ? nlohmann::ordered_json() : nlohmann::ordered_json(value);
}

}  // namespace

StudyResults ResultsOf(const StudyStore& store, bool include_doubtful) {
  StudyResults results;
  std::vector<Ratings> ratings(store.models().size());
  for (const StudyModel& model : store.models()) results.models.push_back({.name = model.name});

  const StudyOptions& options = store.options();
  const double seconds = MelodySeconds(options.length, options.quarters_per_minute);
  for (const RecordedAnswer& recorded : store.Answers()) {
    const Answer& answer = recorded.answer;
    const Doubt doubt = DoubtOf(answer, seconds);
    results.not_heard += doubt == Doubt::kNotHeard ? 1 : 0;
    results.too_fast += doubt == Doubt::kTooFast ? 1 : 0;
    if (doubt != Doubt::kNone && !include_doubtful) continue;
    ++results.answers;
    const int first = answer.question.first.model, second = answer.question.second.model;
    Count(-answer.preference, &results.models[first], &ratings[first]);
    Count(answer.preference, &results.models[second], &ratings[second]);
  }
  for (const StudySession& session : store.Sessions()) {
    ++results.participants;
    results.finished += session.answered >= options.comparisons ? 1 : 0;
    results.repeated += session.repeated;
  }

  const int models = static_cast<int>(ratings.size());
  for (int m = 0; m < models; ++m) Finish(ratings[m], &results.models[m]);
  results.kruskal_wallis = KruskalWallis(ratings);
  const int pairs = models * (models - 1) / 2;
  for (int a = 0; a < models; ++a) {
    for (int b = a + 1; b < models; ++b) {
      const MannWhitneyTest test = MannWhitney(ratings[a], ratings[b]);
      results.pairs.push_back({a, b, test, std::min(1.0, test.p * pairs)});
    }
  }
  return results;
}

std::string StudyText(const StudyResults& results) {
  std::size_t width = 5;
  for (const ModelResult& model : results.models) width = std::max(width, model.name.size());
  std::string text = fmt::format(
      "{:<{}}  comparisons  wins (binomial deviation)  losses  ties  "
      "mean rating -2 .. 2\n",
      "model", width);
  for (const ModelResult& model : results.models) {
    const std::string rating =
        std::isnan(model.mean_rating) ? "-" : fmt::format("{:.2f}", model.mean_rating);
    text += fmt::format("{:<{}}  {:>11}  {:>5} ({:.1f}){:>14}  {:>6}  {:>4}  {:>19}\n", model.name,
                        width, model.comparisons, model.wins, model.wins_deviation, "",
                        model.losses, model.ties, rating);
  }
  text += fmt::format("\n{} answers of {} participants, {} of whom finished\n", results.answers,
                      results.participants, results.finished);
  text += fmt::format("noticed: {} not heard to the end, {} too fast, {} answered again\n",
                      results.not_heard, results.too_fast, results.repeated);
  const KruskalWallisTest& all = results.kruskal_wallis;
  if (std::isnan(all.h)) return text + "too few answers, or all the same: no tests\n";
  text += fmt::format("\nKruskal-Wallis H({}) = {:.2f}, p {}\n", all.degrees_of_freedom, all.h,
                      P(all.p));
  text += "Mann-Whitney U, p corrected by Bonferroni:\n";
  for (const PairResult& pair : results.pairs) {
    text += fmt::format("  {} and {}: ", results.models[pair.a].name, results.models[pair.b].name);
    text += std::isnan(pair.test.p)
                ? "too few answers\n"
                : fmt::format("U = {:.1f}, p {}\n", pair.test.u, P(pair.corrected_p));
  }
  return text +
         "The two ratings of one comparison depend on each other, as in the paper: read the p "
         "values as rather too small.\n";
}

std::string StudyJson(const StudyResults& results) {
  nlohmann::ordered_json json;
  for (const ModelResult& model : results.models) {
    json["models"].push_back({{"name", model.name},
                              {"comparisons", model.comparisons},
                              {"wins", model.wins},
                              {"wins_deviation", model.wins_deviation},
                              {"losses", model.losses},
                              {"ties", model.ties},
                              {"mean_rating", Number(model.mean_rating)}});
  }
  json["kruskal_wallis"] = {{"h", Number(results.kruskal_wallis.h)},
                            {"degrees_of_freedom", results.kruskal_wallis.degrees_of_freedom},
                            {"p", Number(results.kruskal_wallis.p)}};
  for (const PairResult& pair : results.pairs) {
    json["mann_whitney"].push_back({{"a", results.models[pair.a].name},
                                    {"b", results.models[pair.b].name},
                                    {"u", Number(pair.test.u)},
                                    {"p", Number(pair.test.p)},
                                    {"corrected_p", Number(pair.corrected_p)}});
  }
  json["participants"] = results.participants;
  json["finished"] = results.finished;
  json["answers"] = results.answers;
  json["not_heard"] = results.not_heard;
  json["too_fast"] = results.too_fast;
  json["repeated"] = results.repeated;
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

std::string StudyCsv(const StudyStore& store) {
  const StudyOptions& options = store.options();
  const double seconds = MelodySeconds(options.length, options.quarters_per_minute);
  const auto name = [&](int model) { return CsvField(store.models()[model].name); };
  std::string csv =
      "participant,question,time,first_model,first_melody,second_model,second_melody,preference,"
      "first_heard_seconds,second_heard_seconds,taken_seconds,repeats,doubt\n";
  for (const RecordedAnswer& recorded : store.Answers()) {
    const Answer& answer = recorded.answer;
    const auto& [first, second] = answer.question;
    csv += fmt::format("{},{},{},{},{},{},{},{},{:.2f},{:.2f},{:.2f},{},{}\n",
                       recorded.participant + 1, recorded.question + 1, IsoTime(recorded.time),
                       name(first.model), first.melody + 1, name(second.model), second.melody + 1,
                       answer.preference, answer.first_heard, answer.second_heard, answer.taken,
                       recorded.repeats, Word(DoubtOf(answer, seconds)));
  }
  return csv;
}

}  // namespace rltuner
