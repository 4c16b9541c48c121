// SPDX-License-Identifier: Apache-2.0
#include "rltuner/experiment/run.h"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <memory>
#include <sstream>
#include <utility>

#include "rltuner/core/error.h"
#include "rltuner/core/files.h"
#include "rltuner/core/text.h"
#include "rltuner/evaluation/generation.h"
#include "rltuner/evaluation/html_page.h"
#include "rltuner/melody/encoding.h"
#include "rltuner/tuning/methods.h"

namespace rltuner::experiment {
namespace fs = std::filesystem;
namespace {

constexpr std::int64_t kCheckpointEvery = 500'000;  // iterations; a kill may cost as many
constexpr double kTuningShare = 0.85;               // of the time of a run that tunes

struct Stopped {};  // ends the run from inside

// The part of a recipe that affects the tuning: all but comments and [evaluation].
std::string TuningPart(const std::string& recipe) {
  std::istringstream lines(recipe.substr(0, recipe.find("[evaluation]")));
  std::string part;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with('#')) part += line + '\n';
  }
  return part;
}

std::string TextOf(const fs::path& path) { return fs::exists(path) ? ReadTextFile(path) : ""; }

class FolderRun {
 public:
  FolderRun(const RunSpec& spec, const RunInputs& inputs, const fs::path& folder,
            const RunCallbacks& callbacks)
      : spec_(spec),
        inputs_(inputs),
        folder_(folder),
        callbacks_(callbacks),
        judge_(spec.rules.Make().In(
            MusicContext(spec.evaluation.context, MelodyEncodingOf(*inputs.note_rnn)))),
        checkpoint_(folder / "checkpoint", "tuning") {}

  void Do() {
    Begin();
    const Model model = ModelToPlay();
    WriteSomeMelodies(model);
    Judge(model);
  }

 private:
  // This recipe replaces the folder's, unless the folder belongs to another tuning.
  void Begin() {
    MakeFolder(folder_);
    const std::string recipe = RunRecipe(spec_);
    const fs::path path = folder_ / "recipe.toml";
    const std::string there = TextOf(path);
    if (there == recipe) return;
    if (!there.empty() && TuningPart(there) != TuningPart(recipe)) {
      Fail(
          "{}: an experiment with other settings is there; give another --output, or the settings "
          "that it was started with",
          path.string());
    }
    // The new recipe must never be seen with the old metrics.
    std::error_code ignored;
    fs::remove(folder_ / "evaluation.json", ignored);
    WriteFileAtomically(path, recipe);
  }

  // The run in the folder cannot be resumed.
  struct CannotResume {
    std::string why;
  };

  Model ModelToPlay() {
    if (!spec_.model_of.empty()) {
      return ReadModel(folder_.parent_path() / spec_.model_of / "model.safetensors");
    }
    if (!spec_.tuning) return *inputs_.note_rnn;
    try {
      return Tune();
    } catch (const CannotResume& problem) {
      callbacks_.warn(fmt::format("{}; the run restarts", problem.why));
      checkpoint_.Clear();
      return Tune();
    }
  }

  Model Tune() {
    TuningRecipe tuned = *spec_.tuning;
    const TuningSetup setup =
        SetUpTuning(*inputs_.note_rnn, {.given = [](std::string_view) { return true; }}, &tuned);
    const std::string recipe = TuningPart(RunRecipe(spec_));
    const std::unique_ptr<Tuning> tuning =
        StartTuning(setup.model.network, setup.reward(tuned), tuned.options, 1, setup.inputs.get());
    TuningRun run(tuning.get(), judge_, spec_.tuning->options,
                  {.recipe = recipe + "# judged by\n" + spec_.rules.toml,
                   .checkpoint = checkpoint_.path(),
                   .checkpoint_every = kCheckpointEvery});
    if (checkpoint_.HasAny()) {
      try {
        std::vector<std::string> warnings;
        run.Resume(&warnings);
        for (const std::string& warning : warnings) callbacks_.warn(warning);
        if (run.finished()) return ReadModel(folder_ / "model.safetensors");
      } catch (const Error& error) {
        throw CannotResume{error.what()};
      }
    }
    const TuningEnd end =
        run.Run({.progress =
                     [&](std::int64_t iteration, const ProgressRow&) {
                       callbacks_.progress(kTuningShare * static_cast<double>(iteration) /
                                           static_cast<double>(tuned.options.iterations));
                     },
                 .should_stop = [&] { return callbacks_.should_stop(); }});
    if (end == TuningEnd::kStopped) throw Stopped();
    Model model = ModelOf(tuning->Networks(), tuned.options.method, recipe, setup.model.encoding);
    WriteFileAtomically(folder_ / "progress.csv", ProgressCsv(run.rows()));
    WriteModel(folder_ / "model.safetensors", model);
    run.MarkFinished();
    return model;
  }

  void WriteSomeMelodies(const Model& model) const {
    GenerationOptions options{.count = spec_.melodies,
                              .length = spec_.evaluation.length,
                              .temperature = spec_.evaluation.temperature,
                              .seed = spec_.evaluation.seed,
                              .decoding = spec_.evaluation.decoding,
                              .c = spec_.evaluation.c,
                              .context = spec_.evaluation.context};
    options.playback.SetClasses(MelodyEncodingOf(model));
    WriteMelodies(folder_ / "melodies", Generate(model, judge_, options, {}), judge_, options,
                  spec_.name);
  }

  void Judge(const Model& model) const {
    const double before = spec_.tuning ? kTuningShare : 0;
    const Metrics metrics = Evaluate(
        model, judge_, spec_.evaluation, 1,
        [&, told = 0](int finished) mutable {
          if (finished == std::exchange(told, finished)) return;
          if (callbacks_.should_stop()) throw Stopped();
          callbacks_.progress(before + (1 - before) * finished / spec_.evaluation.compositions);
        },
        inputs_.training);
    const EvaluationReport report{.model = spec_.name,
                                  .rules = spec_.rules.name,
                                  .method = model.method,
                                  .options = spec_.evaluation,
                                  .metrics = metrics,
                                  .encoding = MelodyEncodingOf(model)};
    WriteFileAtomically(folder_ / "evaluation.json", EvaluationJson(report) + '\n');
  }

  const RunSpec& spec_;
  const RunInputs& inputs_;
  const fs::path& folder_;
  const RunCallbacks& callbacks_;
  RuleSet judge_;
  CheckpointFolder checkpoint_;
};

}  // namespace

RuleText ReadRules(const std::string& name_or_file) {
  RuleSet rules = RuleSet::FromNameFileOrRecipe(name_or_file);
  return {name_or_file, WriteRecipe(rules.Describe())};
}

std::string RunRecipe(const RunSpec& spec) {
  EvaluationOptions evaluation = spec.evaluation;
  std::string commands = "# By hand, from this folder:\n";
  std::string model = spec.model_of.empty() ? "../../note_rnn.safetensors"
                                            : fmt::format("../{}/model.safetensors", spec.model_of);
  std::string tuning;
  if (spec.tuning) {
    model = "again/model.safetensors";
    commands +=
        "#   rltuner tune --model ../../note_rnn.safetensors --recipe recipe.toml --output again\n";
    tuning = WriteTuningRecipe(*spec.tuning) + '\n';
  }
  commands += fmt::format(
      "#   rltuner evaluate {} --rules ../../rules.toml --compositions {} --seed {} --decoding "
      "{}{}\n",
      model, evaluation.compositions, evaluation.seed, evaluation.decoding,
      evaluation.c == EvaluationOptions().c ? "" : fmt::format(" --c {}", evaluation.c));
  if (spec.tuning) commands += "# In progress.csv here, ../../rules.toml counts the reward.\n";
  if (!spec.training_melodies.empty()) {
    commands +=
        fmt::format("# Copied runs are looked for in melodies {}.\n", spec.training_melodies);
  }
  return commands + '\n' + tuning + WriteRecipe(std::array{Describe(evaluation)});
}

bool DoRun(const RunSpec& spec, const RunInputs& inputs, const fs::path& folder,
           const RunCallbacks& callbacks) {
  try {
    FolderRun(spec, inputs, folder, callbacks).Do();
    return true;
  } catch (const Stopped&) {
    return false;
  }
}

bool IsFinished(const RunSpec& spec, const fs::path& folder) {
  if (!fs::exists(folder / "evaluation.json")) return false;
  if (TextOf(folder / "recipe.toml") != RunRecipe(spec)) return false;
  try {
    ReadRun(spec, folder);
    ReadMelodies(folder / "melodies", spec.melodies);
    return true;
  } catch (const Error&) {
    return false;  // damaged: it is made again
  }
}

RunResult ReadRun(const RunSpec& spec, const fs::path& folder) {
  const fs::path evaluation = folder / "evaluation.json";
  const std::string text = ReadTextFile(evaluation);
  const std::vector<EvaluationReport> reports = ReadEvaluationJson(text, evaluation.string());
  // A report by an older version may lack a metric.
  if (reports.size() != 1 || EvaluationJson(reports.front()) + '\n' != text) {
    Fail("{}: not as this version writes it", evaluation.string());
  }
  RunResult result{.metrics = reports.front().metrics};
  if (spec.tuning) {
    const fs::path progress = folder / "progress.csv";
    result.rows = ReadProgressCsv(ReadTextFile(progress), progress.string());
  }
  return result;
}

std::vector<ProgressRow> ReadProgressCsv(std::string_view text, std::string_view source) {
  constexpr std::size_t kColumns = 9;
  std::istringstream lines{std::string(text)};
  std::string line;
  std::getline(lines, line);
  if (line + '\n' != ProgressCsv({})) Fail("{}:1: not the header of a progress.csv", source);
  std::vector<ProgressRow> rows;
  for (int number = 2; std::getline(lines, line); ++number) {
    const std::vector<std::string_view> cells = ListItems(line);
    std::vector<double> c;
    for (const std::string_view cell : cells) {
      const auto value = cell.empty() ? std::nan("") : ParseNumber<double>(cell);
      if (value) c.push_back(*value);
    }
    if (cells.size() != kColumns || c.size() != kColumns) {
      Fail("{}:{}: expected {} numbers", source, number, kColumns);
    }
    rows.push_back({std::llround(c[0]), c[1], c[2], c[3], c[4], c[5], c[6], c[7], c[8]});
  }
  if (rows.empty()) Fail("{}: no rows", source);
  return rows;
}

}  // namespace rltuner::experiment
