// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>
#include <optional>
#include <vector>

#include "rltuner/cli/bundled.h"
#include "rltuner/cli/command.h"
#include "rltuner/cli/interrupt.h"
#include "rltuner/cli/options.h"
#include "rltuner/cli/progress.h"
#include "rltuner/cli/runs_progress.h"
#include "rltuner/cli/table.h"
#include "rltuner/core/error.h"
#include "rltuner/core/files.h"
#include "rltuner/core/parallel.h"
#include "rltuner/evaluation/metric_text.h"
#include "rltuner/experiment/experiment.h"
#include "rltuner/tuning/methods.h"

namespace rltuner::cli {
namespace {

constexpr double kLogZSeconds = 12;  // of one core, for one c, about

// How much is done; --quick has smaller numbers.
struct Scale {
  int seeds = 5;
  int sweep_seeds = 1;
  std::int64_t iterations = 1'000'000;
  int compositions = 100'000;
  int sweep_compositions = 25'000;
  int baseline_samples = 500'000;
};
constexpr Scale kFull;
constexpr Scale kQuick{.seeds = 3,
                       .iterations = 150'000,
                       .compositions = 10'000,
                       .sweep_compositions = 5'000,
                       .baseline_samples = 50'000};
constexpr int kQuickParticles = 128;  // of SMC, for log Z
constexpr int kQuickRunsPerPrimer = 4;
constexpr double kQuickExactShare = 0.25;
constexpr int kLength = 32;           // events a composition, as in the paper
constexpr int kQuickTraining = 3000;  // iterations of the Note RNN

class ReproduceCommand final : public Command {
 public:
  void AddOptions(CLI::App& app) override {
    app.add_option("--output", output_,
                   "Folder for the report and for all runs. The same command with the same folder "
                   "resumes where it stopped.")
        ->required()
        ->type_name("DIR");
    app.add_option("--model", model_,
                   "Note RNN to tune: a model file, or 'default' for the bundled one. [default "
                   "default, unless --corpus is given]")
        ->type_name("MODEL");
    app.add_option("--corpus", corpus_,
                   "Melodies, as 'rltuner dataset' writes them: to train the Note RNN on, unless "
                   "--model is given too, and to look for what is copied from them.")
        ->type_name("DATASET");
    app.add_option("--recipe", recipe_,
                   "How the Note RNN is trained on --corpus: a bundled recipe or a TOML file. "
                   "[default default]")
        ->type_name("NAME|FILE");
    app.add_option("--rules", rules_,
                   OptionHelp("The rules that judge, and that q, psi, g and rl-only learn.",
                              "paper|theory|FILE", rules_))
        ->type_name("NAME|FILE");
    app.add_option("--methods", methods_,
                   OptionHelp("Methods to tune with, with commas between them.",
                              fmt::format("{}", fmt::join(MethodNames(), "|")),
                              fmt::format("{}", fmt::join(methods_, ","))))
        ->delimiter(',')
        ->type_name("LIST");
    app.add_option("--c", c_,
                   OptionHelp("The sweep over the data's weight against the rules'.", "above 0",
                              fmt::format("{}", fmt::join(c_, ","))))
        ->delimiter(',')
        ->check(CLI::Range(1e-6, 1e6))
        ->type_name("LIST");
    app.add_option("--baselines", baselines_,
                   OptionHelp("Other ways to play the Note RNN, as 'rltuner evaluate --decoding'; "
                              "with spaces between them.",
                              "", fmt::format("{}", fmt::join(baselines_, " "))))
        ->type_name("LIST");
    app.add_flag("--quick", quick_,
                 "A smaller experiment, in minutes: fewer seeds, events and compositions.");
    app.add_flag_callback(
        "--resume", [] {}, "Does nothing: this command always resumes.");
    app.add_flag("--plan", plan_only_, "Print what would be done, and end.");
    AddScaleOptions(app);
    AddThreadsOption(app, &threads_);
  }

  int Run(const CommandContext& context) override {
    for (std::string& method : methods_) method = std::string(ListItems(method).front());
    std::optional<Model> given;  // what there is instead of a Note RNN to train
    if (!TrainsNoteRnn()) given = LoadModel(model_.empty() ? kDefaultModel : model_);
    std::optional<Dataset> dataset;
    std::optional<CopiedRuns> training;
    if (!corpus_.empty()) {
      dataset.emplace(corpus_);
      training.emplace(dataset->TrainingMelodies(), kLength);
    }
    const experiment::Plan plan =
        experiment::MakePlan(ResolvePlan(training ? training->fingerprint() : ""));
    if (context.cluster.rank() == 0) PrintPlan(context, plan);
    if (plan_only_) return kDone;

    const InterruptGuard interrupt;
    double stopped = 0;
    if (context.cluster.rank() == 0) stopped = Prepare(context, given, dataset, interrupt) ? 0 : 1;
    context.cluster.Sum(std::span(&stopped, 1));
    if (stopped > 0) return SayStopped(context);

    const Network note_rnn = experiment::ReadNoteRnn(output_);
    const experiment::RunInputs inputs{.note_rnn = &note_rnn,
                                       .training = training ? &*training : nullptr};
    const bool done = DoAll(context, plan, inputs, interrupt);
    context.cluster.Wait();
    if (!done) return SayStopped(context);
    if (context.cluster.rank() == 0) Report(context, plan, inputs);
    return kDone;
  }

 private:
  void AddScaleOptions(CLI::App& app) {
    const auto add = [&](const char* name, auto* field, const char* help, auto full, auto quick,
                         auto most) {
      app.add_option(
             name, *field,
             fmt::format("{} [1 .. {}; default {}, with --quick {}]", help, most, full, quick))
          ->check(CLI::Range(decltype(most){1}, most))
          ->type_name("N");
    };
    add("--seeds", &seeds_, "Runs of each method in the table, each with a seed of its own.",
        kFull.seeds, kQuick.seeds, 1000);
    add("--sweep-seeds", &sweep_seeds_, "The same for the sweep over c.", kFull.sweep_seeds,
        kQuick.sweep_seeds, 1000);
    add("--iterations", &iterations_,
        "Events that a tuning plays; in proportion more where a method's recipe, as pg's, has more "
        "than the paper's million.",
        kFull.iterations, kQuick.iterations, std::int64_t{1'000'000'000'000});
    add("--compositions", &compositions_, "Compositions that judge a run of the table.",
        kFull.compositions, kQuick.compositions, 10'000'000);
    add("--sweep-compositions", &sweep_compositions_, "The same for the sweep.",
        kFull.sweep_compositions, kQuick.sweep_compositions, 10'000'000);
  }

  experiment::PlanOptions ResolvePlan(const std::string& training_melodies) {
    const Scale& scale = quick_ ? kQuick : kFull;
    judge_ = experiment::ReadRules(rules_);
    experiment::PlanOptions options{
        .methods = {},
        .c = c_,
        .decodings = baselines_,
        .seeds = seeds_.value_or(scale.seeds),
        .sweep_seeds = sweep_seeds_.value_or(scale.sweep_seeds),
        .iterations = iterations_.value_or(scale.iterations),
        .compositions = compositions_.value_or(scale.compositions),
        .sweep_compositions = sweep_compositions_.value_or(scale.sweep_compositions),
        .baseline_samples = scale.baseline_samples,
        .rules = judge_,
        .training_melodies = training_melodies};
    options.sweep_compositions = std::min(options.sweep_compositions, options.compositions);
    for (const std::string& method : methods_) options.methods.push_back(SettingsOf(method));
    return plan_options_ = options;
  }

  // The paper's methods as in the paper, which is what TuningOptions defaults to; what the default
  // recipe is about as there.
  experiment::MethodSettings SettingsOf(const std::string& method) const {
    const std::vector<std::string> known = MethodNames();
    if (std::find(known.begin(), known.end(), method) == known.end()) {
      Fail("--methods: '{}' is unknown; expected {}", method, fmt::join(known, ", "));
    }
    experiment::MethodSettings settings;
    const RecipeText recipe = FindRecipe("tune", "default");
    ReadOwnTables(recipe.text, recipe.source, std::array{Describe(settings.tuning)});
    if (settings.tuning.method == method) {
      RuleSet rules = RuleSet::FromRecipe(recipe.text, recipe.source);
      settings.rules = {"recipe default", WriteRecipe(rules.Describe())};
      return settings;
    }
    settings.tuning = {};
    settings.tuning.method = method;
    settings.rules = judge_;
    return settings;
  }

  void PrintPlan(const CommandContext& context, const experiment::Plan& plan) const {
    struct Kind {
      int runs = 0;
      std::int64_t events = 0;  // of each run; a method's runs differ in c and seed alone
      double seconds = 0;
    };
    std::map<std::string, Kind> kinds;
    for (const experiment::RunSpec& spec : plan.runs) {
      Kind& kind = kinds[spec.tunes ? "tune " + spec.tuning.method : "baselines"];
      ++kind.runs;
      if (spec.tunes) kind.events = spec.tuning.iterations;
      kind.seconds += experiment::EstimatedSeconds(spec);
    }
    Table table({"what", "runs", "events each", "one core"});
    for (const auto& [name, kind] : kinds) {
      table.AddRow({name, std::to_string(kind.runs), kind.events > 0 ? Grouped(kind.events) : "-",
                    DurationText(kind.seconds)});
    }
    if (TrainsNoteRnn()) table.AddRow({"Note RNN", "1", "-", "minutes"});
    const double all =
        experiment::EstimatedSeconds(plan) + kLogZSeconds * static_cast<double>(LogZAtC().size());
    const std::string text =
        table.ToText() + fmt::format("{} runs; about {} on {} threads\n", plan.runs.size(),
                                     DurationText(all / (threads_ * context.cluster.size())),
                                     threads_ * context.cluster.size());
    if (plan_only_) {
      context.out() << text;
    } else {
      context.Say(text.substr(0, text.size() - 1));
    }
  }

  bool TrainsNoteRnn() const { return !corpus_.empty() && model_.empty(); }

  // False if it was stopped.
  bool Prepare(const CommandContext& context, const std::optional<Model>& given,
               const std::optional<Dataset>& dataset, const InterruptGuard& interrupt) const {
    MakeFolder(output_);
    RemoveTemporaryFiles(output_);  // of an experiment that was killed
    WriteFileAtomically(output_ / "rules.toml", judge_.toml);
    if (given) {
      if (given->tuned()) {
        context.Warn(fmt::format("{} is a tuned model ({}); what is tuned is its Note RNN", model_,
                                 given->method));
      }
      experiment::KeepNoteRnn(given->note_rnn(), output_);
      return true;
    }
    NetworkOptions network;
    TrainingOptions training;
    const RecipeText recipe = FindRecipe("train", recipe_.empty() ? "default" : recipe_);
    ReadOwnTables(recipe.text, recipe.source, std::array{Describe(network), Describe(training)});
    if (quick_ && recipe_.empty()) training.iterations = kQuickTraining;
    Progress progress(context, "train", training.iterations, "iterations");
    return experiment::TrainNoteRnn(
        *dataset, network, training, threads_,
        {.progress = [&](const TrainingProgress& now) { progress.Update(now.iteration); },
         .should_stop = [&] { return interrupt.Requested(); }},
        output_);
  }

  // False if it was stopped.
  bool DoAll(const CommandContext& context, const experiment::Plan& plan,
             const experiment::RunInputs& inputs, const InterruptGuard& interrupt) const {
    const std::vector<bool> finished = experiment::FinishedRuns(plan, output_);
    RunsProgress progress(context, plan, finished, output_);
    const bool done =
        experiment::DoRuns(plan, inputs, output_, &context.cluster, threads_,
                           {.progress = [&](int run, double share) { progress.Tell(run, share); },
                            .begun = [&](int run) { progress.Begin(run); },
                            .finished = [&](int run) { progress.End(run); },
                            .should_stop = [&] { return interrupt.Requested(); },
                            .warn = [&](const std::string& line) { progress.Warn(line); }});
    if (done) progress.Finish();
    return done;
  }

  int SayStopped(const CommandContext& context) const {
    context.Say(fmt::format("stopped, all saved in {}; the same command goes on from there",
                            output_.string()));
    return kInterrupted;
  }

  // log Z belongs to what the frontier shows: every c of it.
  std::vector<double> LogZAtC() const {
    std::vector<double> all = plan_options_.c;
    for (const experiment::MethodSettings& method : plan_options_.methods)
      all.push_back(method.tuning.c);
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    return all;
  }

  void Report(const CommandContext& context, const experiment::Plan& plan,
              const experiment::RunInputs& inputs) const {
    context.Say("estimating log Z and writing the report");
    experiment::EstimateOptions estimates{.threads = threads_, .c = LogZAtC()};
    if (quick_) {
      estimates.particles = kQuickParticles;
      estimates.runs_per_primer = kQuickRunsPerPrimer;
      estimates.exact_share = kQuickExactShare;
    }
    experiment::ExperimentReport report =
        experiment::CollectReport(plan, inputs, judge_, kLength, estimates, output_);
    report.command = CommandText();
    report.scale = ScaleText();
    report.note_rnn = TrainsNoteRnn() ? "a Note RNN trained on " + corpus_
                      : model_.empty() || model_ == kDefaultModel ? "the bundled Note RNN"
                                                                  : "the Note RNN " + model_;
    experiment::WriteExperimentReport(report, output_);
    context.out() << TextTable(report.summary);
    context.Say(fmt::format("the report is {}", (output_ / "report.html").string()));
  }

  // Short enough for a terminal: intervals, the sweep and the baselines are on the page.
  static std::string TextTable(const experiment::ExperimentSummary& summary) {
    const std::vector<const experiment::Summary*> columns = experiment::Table1Columns(summary);
    std::vector<std::string> header = {"mean over seeds"};
    for (const experiment::Summary* column : columns) header.push_back(column->condition.title);
    Table table(std::move(header));
    for (const MetricInfo& metric : MetricInfos()) {
      std::vector<std::string> row = {std::string(metric.label)};
      for (const experiment::Summary* column : columns) {
        row.push_back(MetricText(column->Of(metric.key).value, metric.kind));
      }
      table.AddRow(std::move(row));
    }
    return table.ToText();
  }

  std::string CommandText() const {
    std::string text = "rltuner reproduce";
    if (!model_.empty()) text += " --model " + model_;
    if (!corpus_.empty()) text += " --corpus " + corpus_;
    if (!recipe_.empty()) text += " --recipe " + recipe_;
    if (quick_) text += " --quick";
    return text + fmt::format(
                      " --rules {} --methods {} --c {} \\\n    --seeds {} --sweep-seeds {} "
                      "--iterations {} --compositions {} --sweep-compositions {} \\\n"
                      "    --baselines {} --output DIR",
                      rules_, fmt::join(methods_, ","), fmt::join(c_, ","), plan_options_.seeds,
                      plan_options_.sweep_seeds, plan_options_.iterations,
                      plan_options_.compositions, plan_options_.sweep_compositions,
                      fmt::join(baselines_, " "));
  }

  // "" at the paper's scale; else what is smaller, for the title.
  std::string ScaleText() const {
    const bool full = plan_options_.seeds >= kFull.seeds &&
                      plan_options_.iterations >= kFull.iterations &&
                      plan_options_.compositions >= kFull.compositions;
    return full ? ""
                : fmt::format("{}{} seed{}, {} events, {} compositions", quick_ ? "quick, " : "",
                              plan_options_.seeds, plan_options_.seeds == 1 ? "" : "s",
                              Grouped(plan_options_.iterations),
                              Grouped(plan_options_.compositions));
  }

  std::filesystem::path output_;
  std::string model_, corpus_, recipe_, rules_ = "paper";
  std::vector<std::string> methods_ = {"q", "psi", "g", "rl-only", "pg"};
  std::vector<double> c_ = {0.1, 0.25, 0.5, 1, 2, 5};
  std::vector<std::string> baselines_ = {
      "temperature=0.5", "temperature=0.6", "temperature=0.7", "temperature=0.8", "temperature=0.9",
      "temperature=1.1", "temperature=1.2", "mask=key",        "mask=repeat",     "mask=key,repeat",
      "best-of=4",       "best-of=16",      "best-of=64",      "best-of=256",     "best-of=1024",
      "smc=16",          "smc=64",          "smc=256",         "smc=1024"};
  std::optional<int> seeds_, sweep_seeds_, compositions_, sweep_compositions_;
  std::optional<std::int64_t> iterations_;
  bool quick_ = false, plan_only_ = false;
  int threads_ = HardwareThreads();
  experiment::RuleText judge_;
  experiment::PlanOptions plan_options_;
};

}  // namespace

CommandInfo ReproduceCommandInfo() {
  return {
      .name = "reproduce",
      .group = "Model",
      .summary = "runs the paper's whole experiment and writes one report",
      .description =
          "Tunes a Note RNN by every method with several seeds, as Jaques et al. (2017) did, "
          "judges each result, and puts it all beside the paper: Table 1 and Figure 2 with 95 % "
          "intervals over seeds, both explorations, the sweep over c as a frontier of reward "
          "against distance from the data, and baselines that need no tuning.\n"
          "\n"
          "DIR/report.html is one page that needs no other file; its tables are beside it as CSV "
          "and its charts as SVG. DIR/runs/ has a folder for each run with everything needed to "
          "repeat it. Ctrl-C saves; the same command goes on, and the report is byte for byte that "
          "of an undisturbed run. Runs that are finished are not run again.",
      .examples = {"rltuner reproduce --quick --output quick", "rltuner reproduce --output paper",
                   "rltuner reproduce --corpus folk.safetensors --seeds 3 --output folk"},
      .make = MakeCommand<ReproduceCommand>,
      .clustered = true,
  };
}

}  // namespace rltuner::cli
