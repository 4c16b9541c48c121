// SPDX-License-Identifier: Apache-2.0
#include "rltuner/study/results.h"

#include <fmt/chrono.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "rltuner/core/markup.h"
#include "rltuner/core/text.h"
#include "rltuner/core/text_table.h"
#include "rltuner/evaluation/chart.h"

namespace rltuner::study {
namespace {

ModelResult ResultOf(const std::string& name, const Ratings& ratings) {
  ModelResult model{.name = name, .comparisons = static_cast<int>(ratings.size())};
  for (const double rating : ratings) {
    ++(rating > 0 ? model.wins : rating < 0 ? model.losses : model.ties);
    model.mean_rating += rating;
  }
  const double n = model.comparisons, share = model.wins / n;
  model.mean_rating /= n;
  model.wins_deviation = n > 0 ? std::sqrt(n * share * (1 - share)) : 0;
  return model;
}

constexpr double kLevel = 0.05;
constexpr const char* kPaperTests =
    "They treat all ratings as independent, but one participant gives many and both sides of a "
    "pair give the same one, so they call noise significant more often than their p says.";

std::string P(double p) {
  return std::isnan(p) ? "-" : p < 0.001 ? "< .001" : fmt::format("{:.3f}", p);
}

// "0.52 [0.31, 0.73]", scaled.
std::string Interval(const Estimate& estimate, double scale) {
  if (!estimate.exists()) return "-";
  const int digits = scale == 1 ? 2 : 0;
  std::string value = fmt::format("{:.{}f}", scale * estimate.value, digits);
  if (!estimate.has_interval()) return value;
  return fmt::format("{} [{:.{}f}, {:.{}f}]", value, scale * estimate.low, digits,
                     scale * estimate.high, digits);
}

std::string Percent(const Estimate& share) {
  return share.exists() ? Interval(share, 100) + " %" : "-";
}

constexpr std::array<std::string_view, 3> kDoubts = {"", "not heard", "too fast"};  // by Doubt

// 2026-01-31T12:34:56.789Z
std::string IsoTime(std::int64_t milliseconds) {
  return fmt::format("{:%FT%T}.{:03}Z", fmt::gmtime(milliseconds / 1000), milliseconds % 1000);
}

nlohmann::ordered_json Bounds(const Estimate& estimate) {
  if (!estimate.has_interval()) return nullptr;
  return {estimate.low, estimate.high};
}

}  // namespace

StudyResults ResultsOf(const StudyStore& store, bool include_doubtful) {
  StudyResults results;
  std::vector<Ratings> ratings(store.models().size());
  const StudyOptions& options = store.options();
  const double seconds = MelodySeconds(options.length, options.quarters_per_minute);
  std::vector<Participant> participants;
  for (const RecordedAnswer& recorded : store.Answers()) {
    const Answer& answer = recorded.answer;
    const Doubt doubt = DoubtOf(answer, seconds);
    results.not_heard += doubt == Doubt::kNotHeard ? 1 : 0;
    results.too_fast += doubt == Doubt::kTooFast ? 1 : 0;
    if (doubt != Doubt::kNone && !include_doubtful) continue;
    ++results.answers;
    participants.resize(static_cast<std::size_t>(recorded.participant) + 1);
    participants.back().push_back(answer);
    ratings[answer.question.first.model].push_back(-answer.preference);
    ratings[answer.question.second.model].push_back(answer.preference);
  }
  for (const StudySession& session : store.Sessions()) {
    ++results.participants;
    results.finished += session.answered >= options.comparisons ? 1 : 0;
    results.repeated += session.repeated;
  }

  const int models = static_cast<int>(ratings.size());
  results.preferences = ComparePreferences(participants, models);
  for (int m = 0; m < models; ++m) {
    results.models.push_back(ResultOf(store.models()[m].name, ratings[m]));
  }
  results.kruskal_wallis = KruskalWallis(ratings);
  const auto pairs = static_cast<double>(results.preferences.pairs.size());
  for (const PairPreference& pair : results.preferences.pairs) {
    const MannWhitneyTest test = MannWhitney(ratings[pair.a], ratings[pair.b]);
    results.pairs.push_back({pair.a, pair.b, test, std::min(test.p * pairs, 1.0)});
  }
  return results;
}

std::vector<std::string> Conclusions(const StudyResults& results) {
  const SignFlipTest& test = results.preferences.any_difference;
  if (results.answers == 0) {
    return {results.not_heard + results.too_fast == 0
                ? "Nothing can be said yet: there are no answers."
                : "Nothing can be said yet: all answers are doubtful, and --all counts them."};
  }
  std::vector<std::string> lines = {
      fmt::format("{} (p {}, {}).",
                  test.p_of_all < kLevel ? "The models differ in how well they are liked"
                                         : "No difference between the models is shown",
                  P(test.p_of_all), Counted(test.participants, "participant"))};
  if (test.smallest_p >= kLevel) {
    lines.push_back(
        "Six participants with a preference are the fewest that can show a difference.");
  }
  std::string open;
  for (const PairPreference& pair : results.preferences.pairs) {
    const std::string& a = results.models[pair.a].name;
    const std::string& b = results.models[pair.b].name;
    if (pair.corrected_p < kLevel) {
      const bool a_won = pair.share.value > 0.5;
      lines.push_back(fmt::format("{} is preferred to {} (p {}).", a_won ? a : b, a_won ? b : a,
                                  P(pair.corrected_p)));
    } else {
      open += fmt::format("{}{} and {}", open.empty() ? "" : "; ", a, b);
    }
  }
  if (!open.empty()) lines.push_back("Not told apart: " + open + ".");
  return lines;
}

std::string StudyText(const StudyResults& results) {
  std::string text =
      fmt::format("{} of {}, {} of whom finished\n", Counted(results.answers, "answer"),
                  Counted(results.participants, "participant"), results.finished);
  text += fmt::format("doubtful: {} not heard to the end, {} too fast; {} answered again\n\n",
                      results.not_heard, results.too_fast, results.repeated);
  for (const std::string& line : Conclusions(results)) text += line + '\n';

  const Preferences& preferences = results.preferences;
  TextTable models({"model", "comparisons", "wins (binomial deviation)", "losses", "ties",
                    "mean rating -2 .. 2", "share of wins [95 %]", "strength [95 %]"});
  for (std::size_t m = 0; m < results.models.size(); ++m) {
    const ModelResult& model = results.models[m];
    const bool rated = !std::isnan(model.mean_rating);
    models.AddRow(
        {model.name, std::to_string(model.comparisons),
         fmt::format("{} ({:.1f})", model.wins, model.wins_deviation), std::to_string(model.losses),
         std::to_string(model.ties), rated ? fmt::format("{:.2f}", model.mean_rating) : "-",
         Percent(preferences.models[m].share), Interval(preferences.models[m].strength, 1)});
  }
  text += '\n' + models.ToText();
  text += "A tie is half a win. Strengths are Bradley and Terry's, in log odds with mean 0";
  text += preferences.strengths_adjusted
              ? ";\n"
                "half a win was added to every side, because some model always or never won.\n"
              : ".\n";

  TextTable pairs(
      {"head to head", "wins-losses-ties", "share of wins [95 %]", "participants", "p"});
  for (const PairPreference& pair : preferences.pairs) {
    pairs.AddRow({results.models[pair.a].name + " and " + results.models[pair.b].name,
                  fmt::format("{}-{}-{}", pair.wins_a, pair.wins_b, pair.ties), Percent(pair.share),
                  fmt::format("{}-{}-{}", pair.for_a, pair.for_b, pair.undecided),
                  P(pair.corrected_p)});
  }
  text += '\n' + pairs.ToText();
  text += fmt::format(
      "Permutation test by participant, {}, p corrected for all pairs (step-down max-T).\n"
      "It holds its level even if one participant's answers depend on each other.\n",
      preferences.any_difference.exact ? "exact" : "10,000 patterns of signs");
  text += fmt::format("\nThe melody heard first: share of wins {}, p {}\n",
                      Percent(preferences.first_share), P(preferences.first_p));
  if (preferences.asked_again > 0) {
    text += fmt::format("The same two melodies again: {} of {} answers were the same as before\n",
                        preferences.same_answer, preferences.asked_again);
  }

  text += fmt::format("\nThe paper's tests, for comparison. {}\n", kPaperTests);
  const KruskalWallisTest& all = results.kruskal_wallis;
  if (std::isnan(all.h)) return text + "  too few answers, or all the same: no tests\n";
  text += fmt::format("  Kruskal-Wallis H({}) = {:.2f}, p {}\n", all.degrees_of_freedom, all.h,
                      P(all.p));
  text += "  Mann-Whitney U, p corrected by Bonferroni:\n";
  for (const PairResult& pair : results.pairs) {
    text +=
        fmt::format("    {} and {}: ", results.models[pair.a].name, results.models[pair.b].name);
    text += std::isnan(pair.test.p)
                ? "too few answers\n"
                : fmt::format("U = {:.1f}, p {}\n", pair.test.u, P(pair.corrected_p));
  }
  return text;
}

std::string StudyJson(const StudyResults& results) {
  nlohmann::ordered_json json;
  const Preferences& preferences = results.preferences;
  json["conclusions"] = Conclusions(results);
  for (std::size_t m = 0; m < results.models.size(); ++m) {
    const ModelResult& model = results.models[m];
    const ModelPreference& preference = preferences.models[m];
    json["models"].push_back({{"name", model.name},
                              {"comparisons", model.comparisons},
                              {"wins", model.wins},
                              {"wins_deviation", model.wins_deviation},
                              {"losses", model.losses},
                              {"ties", model.ties},
                              {"mean_rating", model.mean_rating},
                              {"share_of_wins", preference.share.value},
                              {"share_of_wins_ci95", Bounds(preference.share)},
                              {"strength", preference.strength.value},
                              {"strength_ci95", Bounds(preference.strength)}});
  }
  const SignFlipTest& test = preferences.any_difference;
  json["by_participant"] = {{"p", test.p_of_all},
                            {"significant", test.p_of_all < kLevel},
                            {"participants", test.participants},
                            {"smallest_p", test.smallest_p},
                            {"exact", test.exact},
                            {"strengths_adjusted", preferences.strengths_adjusted}};
  for (const PairPreference& pair : preferences.pairs) {
    json["by_participant"]["pairs"].push_back({{"a", results.models[pair.a].name},
                                               {"b", results.models[pair.b].name},
                                               {"wins_a", pair.wins_a},
                                               {"wins_b", pair.wins_b},
                                               {"ties", pair.ties},
                                               {"participants_for_a", pair.for_a},
                                               {"participants_for_b", pair.for_b},
                                               {"participants_undecided", pair.undecided},
                                               {"share_of_a", pair.share.value},
                                               {"share_of_a_ci95", Bounds(pair.share)},
                                               {"p", pair.p},
                                               {"corrected_p", pair.corrected_p},
                                               {"significant", pair.corrected_p < kLevel}});
  }
  json["heard_first"] = {{"share_of_wins", preferences.first_share.value},
                         {"share_of_wins_ci95", Bounds(preferences.first_share)},
                         {"p", preferences.first_p}};
  json["same_melodies_again"] = {{"asked", preferences.asked_again},
                                 {"same_answer", preferences.same_answer}};
  json["paper_tests_note"] = kPaperTests;
  json["kruskal_wallis"] = {{"h", results.kruskal_wallis.h},
                            {"degrees_of_freedom", results.kruskal_wallis.degrees_of_freedom},
                            {"p", results.kruskal_wallis.p}};
  for (const PairResult& pair : results.pairs) {
    json["mann_whitney"].push_back({{"a", results.models[pair.a].name},
                                    {"b", results.models[pair.b].name},
                                    {"u", pair.test.u},
                                    {"p", pair.test.p},
                                    {"corrected_p", pair.corrected_p}});
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
    csv +=
        fmt::format("{},{},{},{},{},{},{},{},{:.2f},{:.2f},{:.2f},{},{}\n",
                    recorded.participant + 1, recorded.question + 1, IsoTime(recorded.time),
                    name(first.model), first.melody + 1, name(second.model), second.melody + 1,
                    answer.preference, answer.first_heard, answer.second_heard, answer.taken,
                    recorded.repeats, kDoubts[static_cast<std::size_t>(DoubtOf(answer, seconds))]);
  }
  return csv;
}

std::string DrawWins(const StudyResults& results) {
  Chart chart{.title = "Wins of each model in the listening study",
              .x_label = "model (comparisons)",
              .y_label = "times preferred, with binomial standard deviation",
              .series = {{.colour = 1, .line = false, .points = true, .bars = true}},
              .notes = Conclusions(results)};
  PlottedSeries& wins = chart.series.front();
  for (const ModelResult& model : results.models) {
    chart.x_names.push_back(fmt::format("{} ({})", model.name, model.comparisons));
    wins.x.push_back(static_cast<double>(wins.x.size()));
    wins.y.push_back(model.wins);
    wins.low.push_back(std::max(0.0, model.wins - model.wins_deviation));
    wins.high.push_back(model.wins + model.wins_deviation);
    wins.labels.push_back(std::to_string(model.wins));
  }
  return DrawChart(chart);
}

}  // namespace rltuner::study
