// SPDX-License-Identifier: Apache-2.0
#include "rltuner/evaluation/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <tuple>
#include <utility>

#include "rltuner/core/error.h"
#include "rltuner/core/text_table.h"
#include "rltuner/evaluation/metric_text.h"
#include "rltuner/tuning/methods.h"

namespace rltuner {
namespace {

// The interval of the absolute value, for metrics that are best near zero.
Estimate SizeOf(const Estimate& x) {
  const bool across_zero = x.low < 0 && x.high > 0;
  return {std::abs(x.value), across_zero ? 0 : std::min(std::abs(x.low), std::abs(x.high)),
          std::max(std::abs(x.low), std::abs(x.high))};
}

Change Judge(Estimate before, Estimate after, Preference preference) {
  if (preference == Preference::kNone || std::isnan(before.low) || std::isnan(after.low)) {
    return Change::kNone;
  }
  if (preference == Preference::kNearZero) {
    before = SizeOf(before);
    after = SizeOf(after);
  }
  if (preference != Preference::kHigher) std::swap(before, after);
  if (after.low > before.high) return Change::kBetter;
  return after.high < before.low ? Change::kWorse : Change::kSame;
}

std::string_view ChangeText(Change change) {
  constexpr std::string_view kTexts[] = {"", "better", "same", "worse"};
  return kTexts[static_cast<std::size_t>(change)];
}

ComparedMetric Compared(std::string label, const Estimate& before, const Estimate& after,
                        const MetricInfo& info) {
  return {.label = std::move(label),
          .kind = info.kind,
          .before = before,
          .after = after,
          .change = Judge(before, after, info.preference),
          .paper = info.paper};
}

// A suffix for a reward's label that names the rules whose weights it has.
std::string WeightsText(const std::string& rules) {
  return fmt::format(", weights of “{}”", rules);
}

constexpr MetricInfo kRuleReward{.preference = Preference::kHigher};

class ComparisonWriter {
 public:
  explicit ComparisonWriter(const ComparisonReport& report)
      : report_(report), comparison_(report.comparison) {}

  std::string Write() {
    Lead();
    report_.matched.empty() ? Changes() : Matched();
    Melodies();
    Table1();
    Progress();
    HowMade();
    NextSteps();
    return page_.Finish();
  }

 private:
  void Lead() {
    const std::string note_rnn =
        report_.is_bundled
            ? "A small neural network, the Note RNN, learnt from printed collections of folk tunes "
              "to predict the next note."
            : fmt::format(
                  "A neural network, the Note RNN {}, learnt from melodies to predict the next "
                  "note.",
                  EscapeXml(comparison_.before.model));
    const std::string& name = comparison_.after.method;
    const MethodInfo* method = FindMethod(name);
    const std::string_view title = name == kNoteRnnMethod ? "no tuning"
                                   : method == nullptr    ? std::string_view{name}
                                                          : method->title;
    const std::string how =
        method != nullptr && method->finds_weights
            ? "the rules of music theory were weighted so that its melodies keep and break them as "
              "often as tunes do"
            : fmt::format("each note was rewarded for keeping rules of music theory{}",
                          method != nullptr && !method->uses_prior()
                              ? ""
                              : " and for staying close to what it had learnt");
    page_.Put(
        "<p class=\"lead\">{} Then it practised by itself{} ({}): {}. This page shows what it "
        "plays before and after, measured over {} melodies each.</p>\n",
        note_rnn,
        report_.iterations > 0 ? fmt::format(" for {} steps", Grouped(report_.iterations)) : "",
        EscapeXml(std::string(title)), how, Grouped(comparison_.after.options.compositions));
  }

  void Changes() {
    page_.Put("<h2>What changed</h2>\n");
    for (const auto& [change, title] :
         {std::pair{Change::kBetter, "Better"}, std::pair{Change::kWorse, "Worse"}}) {
      std::vector<std::string> lines;
      for (const auto* metrics : {&comparison_.table1, &comparison_.further}) {
        for (const ComparedMetric& metric : *metrics) {
          if (metric.change != change) continue;
          lines.push_back(fmt::format("{}: {} before, {} after", metric.label,
                                      Typographic(MetricText(metric.before.value, metric.kind)),
                                      Typographic(MetricText(metric.after.value, metric.kind))));
        }
      }
      if (lines.empty()) continue;
      page_.Put("<p class=\"{}\">{}</p>\n", ChangeText(change), title);
      page_.List(lines);
    }
  }

  void Matched() {
    page_.Put("<h2>What tunes have</h2>\n");
    page_.BeginTable(
        "What each rule gives a melody on average, for tunes and for the model before and after. "
        "Names with a number are shares of melodies: <code>form: 2</code> are those with two bars "
        "that return, <code>opening: 2</code> those that begin on the tonic and move by a step.",
        {"Tunes", "Before", "After", "Change", "Weight found"});
    for (const MatchedFeature& feature : report_.matched) {
      const double nearer =
          std::abs(feature.before - feature.target) - std::abs(feature.after - feature.target);
      const Change change = std::abs(nearer) < 0.005 ? Change::kSame
                            : nearer > 0             ? Change::kBetter
                                                     : Change::kWorse;
      const auto number = [](double value) { return Typographic(fmt::format("{:.2f}", value)); };
      page_.Row(EscapeXml(feature.name),
                {Cell(number(feature.target)), Cell(number(feature.before)),
                 Cell(number(feature.after), "after"),
                 Cell(change == Change::kBetter  ? "nearer"
                      : change == Change::kWorse ? "farther"
                                                 : "same",
                      ChangeText(change)),
                 Cell(number(feature.weight))});
    }
    page_.EndTable();
  }

  void Table1() {
    page_.Put("<h2>Table 1</h2>\n");
    std::vector<std::string> columns = {"Before", "After", "Change"};
    for (const std::string_view model : kPaperModels) {
      columns.push_back(fmt::format("Paper<br>{}", model));
    }
    page_.BeginTable(
        fmt::format("{} melodies of {} events (sixteenth notes) from each model, rules “{}”; small "
                    "figures are 95 % intervals. The grey columns are those of Jaques, Gu, Turner "
                    "and Eck (2017), for other training data.",
                    Grouped(comparison_.after.options.compositions),
                    comparison_.after.options.length, EscapeXml(comparison_.after.rules)),
        columns);
    Rows("", comparison_.table1);
    Rows("Further metrics", comparison_.further);
    Rows("Reward per event, by rule" + EscapeXml(WeightsText(comparison_.after.rules)),
         comparison_.by_rule);
    page_.EndTable();
    page_.Put(
        "<p class=\"note\">“Same” means that the intervals overlap. Logarithms are natural. In the "
        "paper's Note RNN column, the values of “not in key” and “starting with tonic” seem to be "
        "exchanged.</p>\n");
  }

  void Rows(const std::string& title_html, const std::vector<ComparedMetric>& metrics) {
    if (!title_html.empty() && !metrics.empty()) page_.RowGroup(title_html);
    for (const ComparedMetric& metric : metrics) {
      std::vector<std::string> cells = {Cell(metric.before, metric.kind),
                                        Cell(metric.after, metric.kind, "after"),
                                        Cell(ChangeText(metric.change), ChangeText(metric.change))};
      for (std::size_t model = 0; model < kPaperModels.size(); ++model) {
        cells.push_back(
            Cell(metric.paper ? Typographic(PaperText((*metric.paper)[model], metric.kind)) : "",
                 "paper"));
      }
      page_.Row(EscapeXml(metric.label), cells);
    }
  }

  void Progress() {
    const std::string svg = SvgElement(report_.progress_chart);
    if (svg.empty()) return;
    page_.Put("<h2>Progress of tuning</h2>\n");
    page_.Figure(fmt::format("Figure 2 of the paper: log p of what is played under the Note RNN, "
                             "and the rules' reward for it. The reward in the chart has the "
                             "weights of this tuning; the reward in the table has those of “{}”.",
                             EscapeXml(comparison_.after.rules)),
                 svg);
  }

  void Melodies() {
    const std::size_t pairs = std::max(report_.before.size(), report_.after.size());
    if (pairs == 0) return;
    page_.Put(
        "<h2>Listen</h2>\n<p>Melodies of both models, not chosen. Melodies of the same number "
        "start from the same random event. In the pictures, blue shows how likely every event was "
        "and orange what was played. Below, each rule's reward is green, its penalty red.</p>\n");
    for (std::size_t i = 0; i < pairs; ++i) {
      if (i == 1) page_.Put("<details>\n<summary>More melodies</summary>\n");
      for (const auto& [melodies, when, id] : {std::tuple{&report_.before, "Before", "before"},
                                               std::tuple{&report_.after, "After", "after"}}) {
        if (i >= melodies->size()) continue;
        const PageMelody& melody = (*melodies)[i];
        page_.Melody(melody, fmt::format("{} {}", when, i + 1),
                     fmt::format("{}_{}", id, melody.name), id);
      }
    }
    if (pairs > 1) page_.Put("</details>\n");
  }

  void HowMade() {
    if (report_.commands.empty() && report_.recipe.empty()) return;
    page_.Put("<h2>How this was made</h2>\n");
    if (!report_.commands.empty()) page_.Code(report_.commands);
    if (report_.recipe.empty()) return;
    page_.Put("<details>\n<summary>Every setting of the tuning</summary>\n");
    page_.Code(report_.recipe);
    page_.Put("</details>\n");
  }

  void NextSteps() {
    page_.Put("<h2>What to do next</h2>\n<p>More melodies of the tuned model:</p>\n");
    page_.Code(
        fmt::format("rltuner generate {} --count 20 --output melodies", comparison_.after.model));
    page_.Put("<p>Learn from a folder of your own MIDI files, then tune that model:</p>\n");
    page_.Code(
        "rltuner dataset my_midi_folder --output my.safetensors\n"
        "rltuner train my.safetensors --output my_note_rnn.safetensors\n"
        "rltuner tune --model my_note_rnn.safetensors --match my.safetensors --output my_tuned");
    page_.Put(
        "<p>Set the weights of rules yourself: write them into a file such as "
        "<code>my_rules.toml</code>, for example <code>[rules.leap]</code> and <code>weight = "
        "3.0</code>, and tune with it:</p>\n");
    page_.Code("rltuner tune --rules my_rules.toml --output my_tuned");
  }

  const ComparisonReport& report_;
  const Comparison& comparison_;
  HtmlPage page_{"Melodies before and after tuning"};
};

}  // namespace

std::string ComparisonPage(const ComparisonReport& report) {
  return ComparisonWriter(report).Write();
}

Comparison ReadComparison(std::string_view json, std::string_view source) {
  std::vector<EvaluationReport> reports = ReadEvaluationJson(json, source);
  if (reports.size() != 2) {
    Fail("{}: expected a list of two objects, as `rltuner evaluate BEFORE AFTER --json` writes",
         source);
  }
  Comparison comparison{.before = std::move(reports[0]), .after = std::move(reports[1])};
  const Metrics& before = comparison.before.metrics;
  const Metrics& after = comparison.after.metrics;
  for (const MetricInfo& info : MetricInfos()) {
    if (!before.Of(info.key).exists() && !after.Of(info.key).exists()) continue;
    std::string label(info.label);
    if (info.key == "mean_theory_reward") label += WeightsText(comparison.after.rules);
    (info.paper ? comparison.table1 : comparison.further)
        .push_back(Compared(std::move(label), before.Of(info.key), after.Of(info.key), info));
  }
  for (const auto& [rule, reward] : before.reward_by_rule) {
    const auto same = std::ranges::find(after.reward_by_rule, rule, &Metrics::RuleReward::rule);
    if (same == after.reward_by_rule.end()) continue;
    std::string label = rule;
    std::ranges::replace(label, '_', ' ');
    comparison.by_rule.push_back(Compared(std::move(label), reward, same->reward, kRuleReward));
  }
  return comparison;
}

std::string ComparisonText(const Comparison& comparison) {
  TextTable table({fmt::format("{} compositions each", comparison.after.options.compositions),
                   "before", "after", "change", "paper Note RNN", "paper Q"});
  for (const auto* metrics : {&comparison.table1, &comparison.further}) {
    for (const ComparedMetric& metric : *metrics) {
      std::vector<std::string> row{metric.label, MetricText(metric.before.value, metric.kind),
                                   MetricText(metric.after.value, metric.kind),
                                   std::string(ChangeText(metric.change))};
      for (const std::size_t model : {0, 1}) {
        if (metric.paper) row.push_back(MetricText((*metric.paper)[model], metric.kind));
      }
      table.AddRow(std::move(row));
    }
  }
  return table.ToText();
}

}  // namespace rltuner
