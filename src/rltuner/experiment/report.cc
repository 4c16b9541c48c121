// SPDX-License-Identifier: Apache-2.0
#include "rltuner/experiment/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "rltuner/core/files.h"
#include "rltuner/core/markup.h"
#include "rltuner/evaluation/metric_text.h"
#include "rltuner/evaluation/page_parts.h"
#include "rltuner/experiment/figures.h"

namespace rltuner {
namespace {

using Kind = MetricInfo::Kind;

constexpr std::string_view kStyle = R"css(
body { max-width: 88rem; }
th, td { padding: .38rem .28rem; }
table.wide { font-size: .8rem; }
table.wide th:first-child { min-width: 9.5rem; }
td.paper.outside::before { content: "≠ "; color: var(--bad); }
td.paper { border-right: 1px solid var(--line); }
ul.findings { padding: 0; list-style: none; max-width: 56rem; }
ul.findings li { margin: .55rem 0; padding-left: 8rem; text-indent: -8rem; }
ul.findings b { display: inline-block; width: 8rem; text-indent: 0; font-weight: 600; }
p, ul { max-width: 52rem; }
)css";

class Page : private MarkupWriter {
 public:
  explicit Page(const ExperimentReport& report) : report_(report), summary_(report.summary) {}

  std::string Write() {
    Head();
    Findings();
    Table1();
    Figure2();
    Explorations();
    Frontier();
    Turning();
    Exact();
    Melodies();
    HowMade();
    text_ += PageEnd();
    return std::move(text_);
  }

 private:
  void Head() {
    text_ = PageHead(
        report_.scale.empty() ? "RL Tuner, reproduced" : "RL Tuner, reproduced: " + report_.scale,
        kStyle);
    Put("<p class=\"lead\">The experiment of Jaques, Gu, Turner and Eck, “Tuning Recurrent Neural "
        "Networks with Reinforcement Learning” (2017), run again on {}. A method tunes the Note "
        "RNN so that its melodies keep rules of music theory (reward r<sub>MT</sub>, rules “{}”) "
        "and stay likely under what it learnt from data. c sets the weight: reward = log p + "
        "r<sub>MT</sub> / c.</p>\n",
        EscapeXml(report_.note_rnn), EscapeXml(report_.rules));
    Put("<p class=\"note\">Intervals are 95 %: over seeds by Student's t where there are {} or "
        "more, "
        "over compositions where there is one. Two seeds are too few for an interval. The number "
        "of seeds stands with the figure. Intervals say nothing about other training melodies "
        "than these. Logarithms are natural, means are per event.</p>\n",
        kFewestSeeds);
  }

  void Findings() {
    Put("<h2>What reproduces and what does not</h2>\n<ul class=\"findings\">\n");
    for (const Finding& finding : PaperFindings(summary_)) {
      const auto [name, style] =
          finding.reproduces == Reproduces::kYes  ? std::pair{"reproduces", "better"}
          : finding.reproduces == Reproduces::kNo ? std::pair{"only in part", "worse"}
                                                  : std::pair{"not certain", "same"};
      Put("<li><b class=\"{}\">{}</b>{}</li>\n", style, name, EscapeXml(finding.text));
    }
    Put("</ul>\n<p class=\"note\">A change is found if the intervals of the Note RNN and the "
        "method "
        "are apart, on the side where the paper's are.</p>\n");
    const std::vector<std::string> gradient = PolicyGradientFindings(summary_);
    if (gradient.empty()) return;
    Put("<h2>Beyond the paper: the policy gradient</h2>\n<ul>\n");
    for (const std::string& line : gradient) Put("<li>{}</li>\n", EscapeXml(line));
    Put("</ul>\n");
  }

  static std::string SeedsCell(const Summary& summary) {
    return fmt::format("{} × {}", summary.seeds(), Grouped(summary.compositions));
  }

  // Models as columns, the paper's beside those that it has.
  void ColumnsTable(const std::vector<const Summary*>& columns, bool with_paper,
                    const std::string& caption) {
    Put("<div class=\"scroll\">\n<table class=\"wide\">\n<caption>{}</caption>\n<thead><tr><th "
        "scope=\"col\"></th>",
        caption);
    for (const Summary* column : columns) {
      Put("<th scope=\"col\">{}</th>", EscapeXml(column->condition.title));
      if (with_paper && PaperColumn(column->condition) >= 0) Put("<th scope=\"col\">paper</th>");
    }
    Put("</tr></thead>\n<tbody>\n<tr><th scope=\"row\">Seeds × compositions</th>");
    for (const Summary* column : columns) {
      Put("<td>{}</td>", SeedsCell(*column));
      if (with_paper && PaperColumn(column->condition) >= 0) Put("<td class=\"paper\"></td>");
    }
    Put("</tr>\n");
    for (std::size_t i = 0; i < MetricInfos().size(); ++i) Row(columns, with_paper, i);
    Put("</tbody>\n</table>\n</div>\n");
  }

  void Row(const std::vector<const Summary*>& columns, bool with_paper, std::size_t metric) {
    if (std::none_of(columns.begin(), columns.end(),
                     [&](const Summary* column) { return column->values[metric].exists(); })) {
      return;
    }
    const MetricInfo& info = MetricInfos()[metric];
    Put("<tr><th scope=\"row\">{}</th>", EscapeXml(std::string(info.label)));
    for (const Summary* column : columns) {
      const Estimate& estimate = column->values[metric];
      text_ += MetricCell(estimate, info.kind);
      const int paper = PaperColumn(column->condition);
      if (!with_paper || paper < 0) continue;
      if (!info.paper) {
        Put("<td class=\"paper\"></td>");
        continue;
      }
      const double value = (*info.paper)[static_cast<std::size_t>(paper)];
      Put("<td class=\"paper{}\">{}</td>", OutsideInterval(estimate, value) ? " outside" : "",
          Typographic(PaperText(value, info.kind)));
    }
    Put("</tr>\n");
  }

  void Table1() {
    Put("<h2>Table 1</h2>\n");
    ColumnsTable(Table1Columns(summary_), true,
                 "Means and 95 % intervals. Grey: the paper's Table 1, for its own training "
                 "melodies; ≠ where its value lies outside the interval. In the paper's Note RNN "
                 "column “not in key” and “starting with tonic” are exchanged. The rows after "
                 "those of the paper tell whether a policy is still varied.");
  }

  void Chart(const std::string& svg, std::string_view caption) {
    Put("<figure>\n<figcaption>{}</figcaption>\n{}</figure>\n", caption, svg);
  }

  void Figure2() {
    if (summary_.curves.empty()) return;
    std::vector<std::string> lengths;
    for (std::size_t i = 0; i < summary_.curves.size(); ++i) {
      lengths.push_back(
          fmt::format("{} {}", summary_.table[i].condition.title,
                      Grouped(static_cast<std::int64_t>(summary_.curves[i].iterations.back()))));
    }
    Put("<h2>Figure 2: while it learns</h2>\n<p>From 100 compositions at each point. Lines are "
        "means over seeds, bands their 95 % intervals. Events played in all: {}.</p>\n",
        EscapeXml(fmt::format("{}", fmt::join(lengths, ", "))));
    Chart(LogProbChart(summary_), "How likely the Note RNN finds what is played");
    Chart(RewardChart(summary_), "What the rules pay for it");
  }

  void Explorations() {
    if (summary_.exploration.empty()) return;
    std::vector<const Summary*> columns;
    for (const Summary& other : summary_.exploration) {
      for (const Summary& method : summary_.table) {
        if (method.condition.method == other.condition.method) columns.push_back(&method);
      }
      columns.push_back(&other);
    }
    Put("<h2>Both explorations</h2>\n");
    ColumnsTable(columns, false,
                 "The same methods with the other way to choose actions while learning; the column "
                 "before each is that of Table 1.");
  }

  // Conditions as rows, with the figures that compare ways to spend reward.
  void RowsTable(const std::vector<Summary>& rows, std::string_view caption) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kShown = {
        {{"mean_theory_reward", "r<sub>MT</sub>"},
         {"kl_to_prior", "KL"},
         {"mean_log_prob", "log p"},
         {"distinct_compositions", "distinct"},
         {"entropy", "entropy"},
         {"four_gram_entropy", "4-event entropy"},
         {"note_ons", "notes"},
         {"holds", "holds"},
         {"rests", "rests"},
         {"longest_copied_run", "copied"}}};
    Put("<div class=\"scroll\">\n<table class=\"wide\">\n<caption>{}</caption>\n<thead><tr><th "
        "scope=\"col\"></th><th scope=\"col\">seeds × comp.</th>",
        caption);
    const auto shown = [&](std::string_view key) {
      return std::any_of(rows.begin(), rows.end(),
                         [&](const Summary& row) { return row.Of(key).exists(); });
    };
    for (const auto& [key, title] : kShown) {
      if (shown(key)) Put("<th scope=\"col\">{}</th>", title);
    }
    Put("</tr></thead>\n<tbody>\n");
    for (const Summary& row : rows) {
      const Condition& condition = row.condition;
      const bool at_c = condition.c > 0;
      Put("<tr><th scope=\"row\">{}</th><td>{}</td>",
          at_c ? fmt::format("{}, c = {}", condition.method->label, condition.c)
               : EscapeXml(condition.title),
          SeedsCell(row));
      for (const auto& [key, title] : kShown) {
        if (shown(key)) text_ += MetricCell(row.Of(key), MetricInfos()[MetricIndex(key)].kind);
      }
      Put("</tr>\n");
    }
    Put("</tbody>\n</table>\n</div>\n");
  }

  void Frontier() {
    Put("<h2>What reward costs: the frontier</h2>\n<p>A policy that leaves the Note RNN (to the "
        "right) can earn more (upwards). Higher at the same place is better. Circles are what one "
        "can do without any tuning: temperatures, masks, best of N, sequential Monte Carlo (SMC). "
        "For best of N and SMC the KL is an upper bound.{}</p>\n",
        AnyConverged(report_.log_z)
            ? " No policy lies above the dashed line: for every c, the sum of r<sub>MT</sub> / c "
              "less the KL is log Z(c) at most, which SMC estimates (below)."
            : "");
    Chart(FrontierChart(summary_, report_.log_z, report_.length),
          "Mean r<sub>MT</sub> against KL to the Note RNN; an arrow at the edge stands for what "
          "lies outside");
    std::vector<Summary> swept;
    for (const auto& sweep : summary_.sweeps) {
      swept.insert(swept.end(), sweep.points.begin(), sweep.points.end());
    }
    if (!swept.empty()) RowsTable(swept, "The sweep over c.");
    if (!summary_.baselines.empty()) {
      Put("<h2>Baselines without tuning</h2>\n<p>Where they beat tuning: with clearly more "
          "r<sub>MT</sub> at no more KL.</p>\n<ul>\n");
      for (const std::string& line : BaselineFindings(summary_)) {
        Put("<li>{}</li>\n", EscapeXml(line));
      }
      Put("</ul>\n");
      std::vector<Summary> baselines = {summary_.note_rnn};
      baselines.insert(baselines.end(), summary_.baselines.begin(), summary_.baselines.end());
      RowsTable(baselines,
                "The Note RNN played in other ways. Entropy is that of the policy that "
                "proposes.");
    }
    LogZTable();
  }

  void LogZTable() {
    if (report_.log_z.empty()) return;
    Put("<div class=\"scroll\">\n<table>\n<caption>log Z per composition, by SMC: what "
        "no policy can exceed. Where the runs do not agree within a nat, a few lucky ones decide; "
        "then only the mean of their logarithms stands, which is below log Z on average, and the "
        "line of the chart does without.</caption>\n"
        "<thead><tr><th scope=\"col\">c</th><th scope=\"col\">log Z</th><th "
        "scope=\"col\">standard error</th><th scope=\"col\">mean of the runs' log Z</th><th "
        "scope=\"col\">runs</th></tr></thead>\n<tbody>\n");
    for (const LogZAt& at : report_.log_z) {
      const std::string mean = Typographic(fmt::format("{:.2f}", at.log_z.mean_log));
      const bool known = at.log_z.Converged();
      Put("<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n", at.c,
          known ? Typographic(fmt::format("{:.2f}", at.log_z.value)) : "more than " + mean,
          known ? fmt::format("{:.3f}", at.log_z.standard_error) : "not told", mean, at.log_z.runs);
    }
    Put("</tbody>\n</table>\n</div>\n");
  }

  void Turning() {
    const std::vector<std::string> turns = TurningFindings(summary_);
    if (turns.empty()) return;
    Put("<h2>Where reward rises and diversity falls</h2>\n<p>The rules can be hacked: a short "
        "motif "
        "repeated for ever pays well. The rule by which the point is found: as the reward weighs "
        "more (c falls, or more compositions are tried), the first place where clearly fewer than "
        "{:.0f} % of the compositions are distinct while r<sub>MT</sub> is clearly above that of "
        "the place before.</p>\n<ul>\n",
        100 * kFewDistinct);
    for (const std::string& line : turns) Put("<li>{}</li>\n", EscapeXml(line));
    Put("</ul>\n");
    if (!summary_.sweeps.empty()) {
      Chart(DiversityChart(summary_), "Distinct compositions against r<sub>MT</sub>, along c");
    }
  }

  void Exact() {
    const ExactComparison& exact = report_.exact;
    if (exact.rows.empty()) return;
    Put("<h2>One problem small enough to solve</h2>\n<p>Sequences of three actions out of three: "
        "the optimum is known by enumeration. log Z = {:.4f}; SMC's estimate {:.4f} "
        "({:.4f} … {:.4f}). The gap is what a policy's value, reward less KL, stays below log "
        "Z.</p>\n<div class=\"scroll\">\n<table>\n<thead><tr><th scope=\"col\"></th><th "
        "scope=\"col\">reward / c</th><th scope=\"col\">KL</th><th scope=\"col\">value</th><th "
        "scope=\"col\">gap</th></tr></thead>\n<tbody>\n",
        exact.log_z, exact.smc_log_z.value, exact.smc_log_z.low, exact.smc_log_z.high);
    for (const ExactComparison::Row& row : exact.rows) {
      Put("<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
          EscapeXml(row.label), Typographic(fmt::format("{:.4f}", row.reward)),
          Typographic(fmt::format("{:.4f}", row.kl)), Typographic(fmt::format("{:.4f}", row.value)),
          Typographic(fmt::format("{:.4f}", row.gap)));
    }
    Put("<tr><th scope=\"row\">optimum</th><td>{}</td><td>{}</td><td>{}</td><td>0</td></tr>\n",
        Typographic(fmt::format("{:.4f}", exact.log_z + exact.optimum_kl)),
        Typographic(fmt::format("{:.4f}", exact.optimum_kl)),
        Typographic(fmt::format("{:.4f}", exact.log_z)));
    Put("</tbody>\n</table>\n</div>\n");
  }

  void Melodies() {
    if (report_.melodies.empty()) return;
    Put("<h2>Listen</h2>\n<p>The first melody of each model, seed 1, not chosen. Blue is how "
        "likely "
        "every event was, orange what was played; below stands what each rule paid (green) or took "
        "(red).</p>\n");
    for (std::size_t i = 0; i < report_.melodies.size(); ++i) {
      const auto& [title, melodies] = report_.melodies[i];
      for (std::size_t j = 0; j < melodies.size(); ++j) {
        if (j == 1) {
          Put("<details>\n<summary>More melodies of {}</summary>\n", EscapeXml(title));
        }
        text_ += MelodyFigure(melodies[j], fmt::format("{}, melody {}", title, j + 1),
                              fmt::format("model_{}_{}", i + 1, melodies[j].name),
                              fmt::format("model-{}", i + 1));
      }
      if (melodies.size() > 1) Put("</details>\n");
    }
  }

  void HowMade() {
    Put("<h2>How this was made</h2>\n<pre>{}</pre>\n<p>Each run has a folder in <code>runs/</code> "
        "with its recipe, the commands that repeat it alone, the model, its progress, figures and "
        "melodies. The tables of this page are beside it as CSV, the charts as SVG.</p>\n",
        LinesEscaped(report_.command));
  }

  const ExperimentReport& report_;
  const ExperimentSummary& summary_;
};

std::string ExactCsv(const ExactComparison& exact) {
  std::string csv = "method,reward,kl,value,gap,log_z\n";
  for (const ExactComparison::Row& row : exact.rows) {
    csv += fmt::format("{},{:.6g},{:.6g},{:.6g},{:.6g},{:.6g}\n", row.method, row.reward, row.kl,
                       row.value, row.gap, exact.log_z);
  }
  return csv;
}

}  // namespace

std::string ExperimentPage(const ExperimentReport& report) { return Page(report).Write(); }

void WriteExperimentReport(const ExperimentReport& report, const std::filesystem::path& folder) {
  const ExperimentSummary& summary = report.summary;
  WriteFileAtomically(folder / "table1.csv", Table1Csv(summary));
  WriteFileAtomically(folder / "explorations.csv", ConditionsCsv(summary.exploration));
  WriteFileAtomically(folder / "baselines.csv", ConditionsCsv(summary.baselines));
  WriteFileAtomically(folder / "frontier.csv", ConditionsCsv(FrontierConditions(summary)));
  WriteFileAtomically(folder / "log_z.csv", LogZCsv(report.log_z));
  WriteFileAtomically(folder / "figure2.csv", Figure2Csv(summary));
  WriteFileAtomically(folder / "exact.csv", ExactCsv(report.exact));
  WriteFileAtomically(folder / "figure2_logp.svg", LogProbChart(summary));
  WriteFileAtomically(folder / "figure2_reward.svg", RewardChart(summary));
  WriteFileAtomically(folder / "frontier.svg", FrontierChart(summary, report.log_z, report.length));
  WriteFileAtomically(folder / "diversity.svg", DiversityChart(summary));
  WriteFileAtomically(folder / "report.html", ExperimentPage(report));
}

}  // namespace rltuner
