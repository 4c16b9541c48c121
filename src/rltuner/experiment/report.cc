// SPDX-License-Identifier: Apache-2.0
#include "rltuner/experiment/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "rltuner/core/files.h"
#include "rltuner/core/markup.h"
#include "rltuner/evaluation/metric_text.h"
#include "rltuner/experiment/gap.h"

namespace rltuner::experiment {
namespace {

std::string Decimals(double value, int digits) {
  return Typographic(fmt::format("{:.{}f}", value, digits));
}

// "5 × 100,000".
std::string SampleText(const Condition& condition) {
  return fmt::format("{} × {}", condition.seeds(), Grouped(condition.compositions));
}

class ReportWriter {
 public:
  explicit ReportWriter(const ExperimentReport& report)
      : report_(report),
        all_(report.conditions),
        page_(
            report.scale.empty() ? "RL Tuner, reproduced" : "RL Tuner, reproduced: " + report.scale,
            "wide") {}

  std::string Write() {
    Lead();
    Conclusions();
    Table1();
    Figure2();
    Explorations();
    Frontier();
    Baselines();
    LogZTable();
    GapTable();
    Turning();
    Exact();
    Melodies();
    HowMade();
    return page_.Finish();
  }

 private:
  void Lead() {
    page_.Put(
        "<p class=\"lead\">The experiment of Jaques, Gu, Turner and Eck, “Tuning Recurrent Neural "
        "Networks with Reinforcement Learning” (2017), repeated with {}. A method tunes the Note "
        "RNN so that its melodies keep rules of music theory (reward r<sub>MT</sub>, rules “{}”) "
        "and stay likely under the data it learnt from. c sets the balance: reward = log p + "
        "r<sub>MT</sub> / c.</p>\n",
        EscapeXml(report_.note_rnn), EscapeXml(report_.rules));
    page_.Put(
        "<p class=\"note\">Intervals are 95 %: with {} or more seeds, Student's t over the seeds; "
        "with one seed, over its compositions. Two seeds are too few for an interval. Intervals do "
        "not cover other training melodies. Logarithms are natural, means are per event.</p>\n",
        kFewestSeeds);
  }

  void Conclusions() {
    page_.Put("<h2>What reproduces and what does not</h2>\n<ul class=\"conclusions\">\n");
    for (const Conclusion& conclusion : PaperConclusions(all_)) {
      const auto [name, style] =
          conclusion.reproduces == Reproduces::kYes  ? std::pair{"reproduces", "better"}
          : conclusion.reproduces == Reproduces::kNo ? std::pair{"only in part", "worse"}
                                                     : std::pair{"not certain", "same"};
      page_.Put("<li><b class=\"{}\">{}</b>{}</li>\n", style, name, EscapeXml(conclusion.text));
    }
    page_.Put(
        "</ul>\n<p class=\"note\">A change is found if the intervals of the Note RNN and the "
        "method "
        "do not overlap and the change has the paper's direction.</p>\n");
    const std::vector<std::string> gradient = PolicyGradientConclusions(all_);
    if (gradient.empty()) return;
    page_.Put("<h2>Beyond the paper: the policy gradient</h2>\n");
    page_.List(gradient);
  }

  // Models as columns. With `with_paper`, the paper's columns stand beside the models it has.
  void ColumnsTable(const std::vector<const Condition*>& columns, bool with_paper,
                    std::string_view caption) {
    const auto has_paper = [&](const Condition* column) {
      return with_paper && PaperColumn(*column) >= 0;
    };
    std::vector<std::string> titles, seeds;
    for (const Condition* column : columns) {
      titles.push_back(EscapeXml(column->title));
      seeds.push_back(Cell(SampleText(*column)));
      if (!has_paper(column)) continue;
      titles.emplace_back("paper");
      seeds.push_back(Cell("", "paper"));
    }
    page_.BeginTable(caption, titles, "small");
    page_.Row("Seeds × compositions", seeds);
    for (const MetricInfo& metric : MetricInfos()) {
      std::vector<std::string> cells;
      bool exists = false;
      for (const Condition* column : columns) {
        const Estimate& estimate = column->Of(metric.key);
        exists = exists || estimate.exists();
        cells.push_back(Cell(estimate, metric.kind));
        if (has_paper(column)) cells.push_back(PaperCell(*column, estimate, metric));
      }
      if (exists) page_.Row(EscapeXml(std::string(metric.label)), cells);
    }
    page_.EndTable();
  }

  static std::string PaperCell(const Condition& column, const Estimate& estimate,
                               const MetricInfo& metric) {
    const std::optional<double> value = PaperValue(column, metric);
    if (!value) return Cell("", "paper");
    return Cell(Typographic(PaperText(*value, metric.kind)),
                OutsideInterval(estimate, *value) ? "paper outside" : "paper");
  }

  void Table1() {
    page_.Put("<h2>Table 1</h2>\n");
    ColumnsTable(Table1Columns(all_), true,
                 "Means and 95 % intervals. Grey: the paper's Table 1, for its own training "
                 "melodies; ≠ where the paper's value is outside the interval. In the paper's Note "
                 "RNN column, “not in key” and “starting with tonic” seem to be exchanged. The "
                 "rows below the paper's show whether a policy is still varied.");
  }

  void Figure2() {
    if (all_.table.empty()) return;
    std::vector<std::string> lengths;
    for (const Condition& method : all_.table) {
      lengths.push_back(
          fmt::format("{} {}", method.title,
                      Grouped(static_cast<std::int64_t>(method.curve.back().iteration))));
    }
    page_.Put(
        "<h2>Figure 2: progress of tuning</h2>\n"
        "<p>Each point is measured on 100 compositions. Lines are means over seeds, bands their 95 "
        "% intervals. Events played in total: {}.</p>\n",
        EscapeXml(fmt::format("{}", fmt::join(lengths, ", "))));
    page_.Figure("log p of what is played, under the Note RNN", LogProbChart(all_));
    page_.Figure("The rules' reward for it", RewardChart(all_));
  }

  void Explorations() {
    if (all_.exploration.empty()) return;
    std::vector<const Condition*> columns;
    for (const Condition& other : all_.exploration) {
      for (const Condition& method : all_.table) {
        if (method.method == other.method) columns.push_back(&method);
      }
      columns.push_back(&other);
    }
    page_.Put("<h2>Both explorations</h2>\n");
    ColumnsTable(columns, false,
                 "The same methods with the other way of choosing events while they learn, each "
                 "beside its column of Table 1.");
  }

  // Conditions as rows, with the metrics that compare ways to earn reward.
  void RowsTable(const std::vector<Condition>& rows, std::string_view caption) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kMetrics = {
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
    std::vector<std::string_view> keys;
    std::vector<std::string> titles = {"seeds × comp."};
    for (const auto& [key, title] : kMetrics) {
      const auto exists = [key = key](const Condition& row) { return row.Of(key).exists(); };
      if (std::ranges::none_of(rows, exists)) continue;
      keys.push_back(key);
      titles.emplace_back(title);
    }
    page_.BeginTable(caption, titles, "small");
    for (const Condition& condition : rows) {
      std::vector<std::string> cells = {Cell(SampleText(condition))};
      for (const std::string_view key : keys) {
        cells.push_back(Cell(condition.Of(key), MetricInfos()[MetricIndex(key)].kind));
      }
      const std::string name = EscapeXml(condition.name);
      page_.Row(condition.c > 0 ? fmt::format("{}, c = {}", name, condition.c) : name, cells);
    }
    page_.EndTable();
  }

  void Frontier() {
    page_.Put(
        "<h2>What reward costs: the frontier</h2>\n<p>A policy further from the Note RNN (right) "
        "can earn more reward (up). At equal KL, higher is better. Circles need no tuning: "
        "temperatures, masks, best of N, sequential Monte Carlo (SMC). For best of N and SMC, the "
        "KL is an upper bound.{}</p>\n",
        AnyConverged(report_.log_z)
            ? " No policy is above the dashed line: for every c, the sum of r<sub>MT</sub> / c "
              "minus the KL is at most log Z(c), which SMC estimates (below)."
            : "");
    page_.Figure(
        "Mean r<sub>MT</sub> against KL from the Note RNN; an arrow at the edge marks a "
        "point outside the chart",
        FrontierChart(all_, report_.log_z, report_.length));
    std::vector<Condition> swept;
    for (const auto& sweep : all_.sweeps) {
      swept.insert(swept.end(), sweep.points.begin(), sweep.points.end());
    }
    swept.insert(swept.end(), all_.optimum.begin(), all_.optimum.end());
    if (!swept.empty()) RowsTable(swept, "The sweep over c.");
  }

  void Baselines() {
    if (all_.baselines.empty()) return;
    page_.Put(
        "<h2>Baselines without tuning</h2>\n<p>Where they beat tuning: clearly more r<sub>MT</sub> "
        "at no more KL.</p>\n");
    page_.List(BaselineConclusions(all_));
    std::vector<Condition> baselines = {all_.note_rnn};
    baselines.insert(baselines.end(), all_.baselines.begin(), all_.baselines.end());
    RowsTable(baselines,
              "The Note RNN, and what the recipe optimum tuned, played in other ways. Entropy is "
              "that of the policy that proposes.");
  }

  void LogZTable() {
    if (report_.log_z.empty()) return;
    page_.BeginTable(
        "log Z per composition, estimated by SMC: the upper bound of any policy. Where the mean of "
        "the runs' log Z is more than a tenth of a nat lower, a few runs decide the estimate. "
        "Then only a lower bound is known, which holds with 95 % confidence, and the chart has "
        "no line for it.",
        {"log Z", "standard error", "mean of the runs' log Z", "runs"});
    for (const LogZAt& at : report_.log_z) {
      const bool known = at.log_z.Converged();
      page_.Row(
          fmt::format("c = {}", at.c),
          {Cell(known ? Decimals(at.log_z.value, 2) : "at least " + Decimals(at.log_z.at_least, 2)),
           Cell(known ? Decimals(at.log_z.standard_error, 3) : "unknown"),
           Cell(Decimals(at.log_z.mean_log, 2)), Cell(fmt::format("{}", at.log_z.runs))});
    }
    page_.EndTable();
  }

  void GapTable() {
    const std::vector<Gap> gaps = Gaps(all_, report_.log_z, report_.length);
    if (gaps.empty()) return;
    page_.Put(
        "<h2>How near to the optimum</h2>\n"
        "<p>The value of a way of playing is the mean sum of r<sub>MT</sub> / c minus KL, in nats "
        "a composition. The gap is how far it is below log Z. Where only a lower bound of log Z "
        "is known, the gap is at least the distance to that bound or to the highest value, "
        "whichever is more. A value over few compositions may be above log Z by chance.</p>\n");
    page_.List(GapFindings(gaps));
    page_.BeginTable("Nearest first, for every c.",
                     {"c", "value", "gap", "network steps an event"});
    for (const Gap& gap : gaps) {
      page_.Row(EscapeXml(gap.title),
                {Cell(fmt::format("{}", gap.c)), Cell(Decimals(gap.value, 2)), Cell(GapText(gap)),
                 Cell(fmt::format("{}{}", gap.steps > 1 ? "up to " : "", gap.steps))});
    }
    page_.EndTable();
  }

  void Turning() {
    const std::vector<std::string> turns = TurningConclusions(all_);
    if (turns.empty()) return;
    page_.Put(
        "<h2>Where reward rises and diversity falls</h2>\n<p>The rules can be hacked: a short "
        "motif repeated for ever earns much. As the reward weighs more (c falls, or more "
        "compositions are "
        "tried), the point reported is the first at which clearly fewer than {:.0f} % of the "
        "compositions are distinct while r<sub>MT</sub> is clearly above that of the point "
        "before.</p>\n",
        100 * kFewDistinct);
    page_.List(turns);
    if (!all_.sweeps.empty()) {
      page_.Figure("Distinct compositions against r<sub>MT</sub>, along c", DiversityChart(all_));
    }
  }

  void Exact() {
    const ExactComparison& exact = report_.exact;
    if (exact.rows.empty()) return;
    page_.Put(
        "<h2>A problem small enough to solve</h2>\n<p>Sequences of three actions out of three: the "
        "optimum is known by enumeration. log Z = {:.4f}; SMC estimates {:.4f} ({:.4f} … {:.4f}). "
        "The gap is log Z minus a policy's value, which is its reward minus its KL.</p>\n",
        exact.log_z, exact.smc_log_z.value, exact.smc_log_z.low, exact.smc_log_z.high);
    page_.BeginTable("", {"reward / c", "KL", "value", "gap"});
    const auto row = [&](std::string_view name, double reward, double kl, double value,
                         double gap) {
      page_.Row(EscapeXml(std::string(name)), {Cell(Decimals(reward, 4)), Cell(Decimals(kl, 4)),
                                               Cell(Decimals(value, 4)), Cell(Decimals(gap, 4))});
    };
    for (const auto& [method, label, policy, gap] : exact.rows) {
      row(label, policy.reward, policy.kl, policy.value(), gap);
    }
    row("optimum", exact.log_z + exact.optimum_kl, exact.optimum_kl, exact.log_z, 0);
    page_.EndTable();
  }

  void Melodies() {
    if (report_.melodies.empty()) return;
    page_.Put(
        "<h2>Listen</h2>\n<p>The first melody of each model, seed 1, not chosen. Blue shows how "
        "likely every event was, orange what was played. Below, each rule's reward is green and "
        "its "
        "penalty red.</p>\n");
    for (std::size_t i = 0; i < report_.melodies.size(); ++i) {
      const auto& [title, melodies] = report_.melodies[i];
      for (std::size_t j = 0; j < melodies.size(); ++j) {
        if (j == 1) {
          page_.Put("<details>\n<summary>More melodies of {}</summary>\n", EscapeXml(title));
        }
        page_.Melody(melodies[j], fmt::format("{}, melody {}", title, j + 1),
                     fmt::format("model_{}_{}", i + 1, melodies[j].name),
                     fmt::format("model-{}", i + 1));
      }
      if (melodies.size() > 1) page_.Put("</details>\n");
    }
  }

  void HowMade() {
    page_.Put("<h2>How this was made</h2>\n");
    page_.Code(report_.command);
    page_.Put(
        "<p>Each run has a folder in <code>runs/</code> with its recipe, the commands that repeat "
        "it alone, the model, its progress, metrics and melodies. The tables of this page are "
        "beside it as CSV, the charts as SVG.</p>\n");
  }

  const ExperimentReport& report_;
  const Conditions& all_;
  HtmlPage page_;
};

std::string ExactCsv(const ExactComparison& exact) {
  std::string csv = "method,reward,kl,value,gap,log_z\n";
  for (const auto& [method, label, policy, gap] : exact.rows) {
    csv += fmt::format("{},{:.6g},{:.6g},{:.6g},{:.6g},{:.6g}\n", method, policy.reward, policy.kl,
                       policy.value(), gap, exact.log_z);
  }
  return csv;
}

}  // namespace

void WriteExperimentReport(const ExperimentReport& report, const std::filesystem::path& folder) {
  const Conditions& all = report.conditions;
  const auto write = [&](const char* name, const std::string& text) {
    WriteFileAtomically(folder / name, text);
  };
  write("table1.csv", Table1Csv(all));
  write("explorations.csv", ConditionsCsv(all.exploration));
  write("baselines.csv", ConditionsCsv(all.baselines));
  write("frontier.csv", ConditionsCsv(FrontierConditions(all)));
  write("log_z.csv", LogZCsv(report.log_z));
  write("gap.csv", GapCsv(Gaps(all, report.log_z, report.length)));
  write("figure2.csv", Figure2Csv(all));
  write("exact.csv", ExactCsv(report.exact));
  write("figure2_logp.svg", LogProbChart(all));
  write("figure2_reward.svg", RewardChart(all));
  write("frontier.svg", FrontierChart(all, report.log_z, report.length));
  write("diversity.svg", DiversityChart(all));
  write("report.html", ReportWriter(report).Write());
}

}  // namespace rltuner::experiment
