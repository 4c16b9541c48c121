// SPDX-License-Identifier: Apache-2.0
#include "rltuner/evaluation/report_page.h"

#include <fmt/format.h>

#include <algorithm>

#include "rltuner/core/markup.h"
#include "rltuner/evaluation/metric_text.h"
#include "rltuner/tuning/methods.h"

namespace rltuner {
namespace {

constexpr std::size_t kPairsAtOnce = 1;  // the others are behind a click

class Page : private MarkupWriter {
 public:
  explicit Page(const Report& report) : report_(report), comparison_(report.comparison) {}

  std::string Write() {
    Open();
    Put("<h2>What changed</h2>\n");
    Summary();
    Melodies();
    FigureTable();
    ProgressChart();
    Commands();
    Next();
    text_ += PageEnd();
    return std::move(text_);
  }

 private:
  std::string MethodName() const { return EscapeXml(MethodTitle(comparison_.after.method)); }

  void Open() {
    text_ = PageHead("Melodies before and after tuning");
    const std::string learnt =
        comparison_.before.model == "default"
            ? "A small neural network, the Note RNN, learnt from printed collections of folk tunes "
              "to say which note comes next."
            : fmt::format(
                  "A neural network, the Note RNN {}, learnt from melodies to say which "
                  "note comes next.",
                  EscapeXml(comparison_.before.model));
    const std::string steps =
        report_.iterations > 0 ? fmt::format(" for {} steps", Grouped(report_.iterations)) : "";
    const MethodInfo* method = FindMethod(comparison_.after.method);
    const std::string_view close = method != nullptr && !method->uses_prior()
                                       ? ""
                                       : " and for staying close to what it had learnt";
    Put("<p class=\"lead\">{} Then it practised by itself{} ({}): each note was rewarded for "
        "keeping rules of music theory{}. Below is what it plays before and after, counted over "
        "{} melodies each.</p>\n",
        learnt, steps, MethodName(), close, Grouped(comparison_.after.options.compositions));
  }

  void Summary() {
    std::string better;
    std::string worse;
    for (const auto* figures : {&comparison_.table1, &comparison_.further}) {
      for (const ComparedMetric& figure : *figures) {
        std::string* list = figure.change == Change::kBetter  ? &better
                            : figure.change == Change::kWorse ? &worse
                                                              : nullptr;
        if (list == nullptr) continue;
        *list += fmt::format("<li>{}: {} before, {} after</li>\n", EscapeXml(figure.label),
                             Typographic(MetricText(figure.before.value, figure.kind)),
                             Typographic(MetricText(figure.after.value, figure.kind)));
      }
    }
    if (!better.empty()) Put("<p class=\"better\">Better</p>\n<ul>\n{}</ul>\n", better);
    if (!worse.empty()) Put("<p class=\"worse\">Worse</p>\n<ul>\n{}</ul>\n", worse);
  }

  void FigureTable() {
    Put("<h2>Table 1</h2>\n<div class=\"scroll\">\n<table>\n<caption>{} melodies of {} events "
        "(sixteenth notes) from each model, rules “{}”; small figures are 95 % "
        "intervals. The grey columns are those of Jaques, Gu, Turner and Eck (2017), for other "
        "training data.</caption>\n<thead><tr><th scope=\"col\"></th><th "
        "scope=\"col\">Before</th><th scope=\"col\">After</th><th scope=\"col\">Change</th>",
        Grouped(comparison_.after.options.compositions), comparison_.after.options.length,
        EscapeXml(comparison_.after.rules));
    for (const std::string_view model : kPaperModels) {
      Put("<th scope=\"col\">Paper<br>{}</th>", model);
    }
    Put("</tr></thead>\n");
    Group("", comparison_.table1);
    Group("Further figures", comparison_.further);
    Group("Reward per event, by rule" + EscapeXml(WeightsText(comparison_.after.rules)),
          comparison_.by_rule);
    Put("</table>\n</div>\n<p class=\"note\">“Same” means that the intervals overlap. "
        "Logarithms are natural. In the paper's Note RNN column two cells, “not in "
        "key” and “starting with tonic”, are exchanged.</p>\n");
  }

  void Group(const std::string& title, const std::vector<ComparedMetric>& figures) {
    if (figures.empty()) return;
    const std::size_t columns = 4 + kPaperModels.size();
    Put("<tbody>\n");
    if (!title.empty()) {
      Put("<tr><th scope=\"rowgroup\" class=\"group\" colspan=\"{}\">{}</th></tr>\n", columns,
          title);
    }
    for (const ComparedMetric& figure : figures) {
      Put("<tr><th scope=\"row\">{}</th>{}{}<td class=\"{}\">{}</td>", EscapeXml(figure.label),
          MetricCell(figure.before, figure.kind), MetricCell(figure.after, figure.kind, "after"),
          ChangeText(figure.change), ChangeText(figure.change));
      for (std::size_t model = 0; model < kPaperModels.size(); ++model) {
        Put("<td class=\"paper\">{}</td>",
            figure.paper ? Typographic(PaperText((*figure.paper)[model], figure.kind)) : "");
      }
      Put("</tr>\n");
    }
    Put("</tbody>\n");
  }

  void ProgressChart() {
    const std::string svg = SvgElement(report_.progress_chart);
    if (svg.empty()) return;
    Put("<h2>While it learnt</h2>\n<p>How likely the Note RNN finds what is played, and what the "
        "rules pay for it: Figure 2 of the paper. The reward in the chart has the weights of the "
        "tuning's own settings, the reward in the table those of “{}”. The two differ where the "
        "weights do.</p>\n<figure role=\"img\" aria-label=\"Line "
        "chart over the events played: log p of the Note RNN and the reward of the rules, both "
        "per event\">\n{}</figure>\n",
        EscapeXml(comparison_.after.rules), svg);
  }

  void Melodies() {
    const std::size_t pairs = std::max(report_.before.size(), report_.after.size());
    if (pairs == 0) return;
    Put("<h2>Listen</h2>\n<p>Melodies of both models, not chosen. Those of one number start from "
        "the same random event. In the pictures blue is how likely every event was, orange is "
        "what was played; below stands what each rule paid (green) or took (red).</p>\n");
    for (std::size_t i = 0; i < pairs; ++i) {
      if (i == kPairsAtOnce) Put("<details>\n<summary>More melodies</summary>\n");
      if (i < report_.before.size()) Melody(report_.before[i], "Before", "before", i + 1);
      if (i < report_.after.size()) Melody(report_.after[i], "After", "after", i + 1);
    }
    if (pairs > kPairsAtOnce) Put("</details>\n");
  }

  void Melody(const ReportMelody& melody, std::string_view when, std::string_view prefix,
              std::size_t number) {
    text_ += MelodyFigure(melody, fmt::format("{} {}", when, number),
                          fmt::format("{}_{}", prefix, melody.name), prefix);
  }

  void Commands() {
    if (report_.commands.empty() && report_.recipe.empty()) return;
    Put("<h2>How this was made</h2>\n");
    if (!report_.commands.empty()) Put("<pre>{}</pre>\n", LinesEscaped(report_.commands));
    if (!report_.recipe.empty()) {
      Put("<details>\n<summary>Every setting of the tuning</summary>\n<pre>{}</pre>\n"
          "</details>\n",
          LinesEscaped(report_.recipe));
    }
  }

  void Next() {
    const std::string model = EscapeXml(comparison_.after.model);
    Put("<h2>What to do next</h2>\n"
        "<p>More melodies of the tuned model:</p>\n<pre>rltuner generate {0} --count 20 --output "
        "melodies</pre>\n"
        "<p>Learn from a folder of MIDI files of your own, then tune that:</p>\n"
        "<pre>rltuner dataset my_midi_folder --output my.safetensors\n"
        "rltuner train my.safetensors --output my_note_rnn.safetensors\n"
        "rltuner tune --model my_note_rnn.safetensors --output my_tuned</pre>\n"
        "<p>Change what is rewarded: write the rules' weights into a file such as "
        "<code>my_rules.toml</code>, for example <code>[rules.leap]</code> and <code>weight = "
        "3.0</code>, and tune with it:</p>\n<pre>rltuner tune --rules my_rules.toml --output "
        "my_tuned</pre>\n",
        model);
  }

  const Report& report_;
  const Comparison& comparison_;
};

}  // namespace

std::string ReportPage(const Report& report) { return Page(report).Write(); }

}  // namespace rltuner
