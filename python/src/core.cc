// SPDX-License-Identifier: Apache-2.0
// The module rltuner._core: the library's calls with plain arguments. Names, defaults,
// documentation and checks that users see are in the Python files of the package.
#include <fmt/format.h>
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/filesystem.h>
#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "rewards.h"
#include "rltuner/core/error.h"
#include "rltuner/core/settings.h"
#include "rltuner/decoding/sequential_monte_carlo.h"
#include "rltuner/evaluation/evaluate.h"
#include "rltuner/evaluation/generation.h"
#include "rltuner/evaluation/matching.h"
#include "rltuner/melody/context.h"
#include "rltuner/melody/dataset.h"
#include "rltuner/nn/model.h"
#include "rltuner/recipes/recipes.h"
#include "rltuner/theory/rule_set.h"
#include "rltuner/training/train.h"
#include "rltuner/tuning/rollout.h"
#include "rltuner/tuning/tune.h"

namespace nb = nanobind;
using namespace nb::literals;  // NOLINT(google-build-using-namespace): "name"_a

namespace rltuner::python {
namespace {

namespace fs = std::filesystem;
using Values = std::vector<std::pair<std::string, std::string>>;  // settings and their text

// ---- Messages

// A message of the library in the words of Python: --kl-budget is the argument kl_budget, and
// --no-double-q is double_q=False.
std::string InPython(std::string text) {
  for (const auto& [command, call] : {std::pair("`rltuner dataset`", "Dataset.from_midi"),
                                      {"`rltuner train`", "NoteRNN.train"}}) {
    if (const auto at = text.find(command); at != std::string::npos) {
      text.replace(at, std::string_view(command).size(), call);
    }
  }
  const auto is_letter = [&](std::size_t at) {
    return at < text.size() && text[at] >= 'a' && text[at] <= 'z';
  };
  for (std::size_t at = 0; (at = text.find("--", at)) != std::string::npos;) {
    const bool begins = at == 0 || text[at - 1] == ' ' || text[at - 1] == '(';
    if (!begins || !is_letter(at + 2)) {
      at += 2;
      continue;
    }
    const bool is_off = text.compare(at, 5, "--no-") == 0;
    text.erase(at, is_off ? 5 : 2);
    for (; is_letter(at) || (text[at] == '-' && is_letter(at + 1)); ++at) {
      if (text[at] == '-') text[at] = '_';
    }
    if (is_off) text.insert(at, "=False");
  }
  return text;
}

// ---- Options

// Stores the values whose settings are in one of the tables; Error, which names `where`, for one
// that is in none.
void Assign(const Values& values, std::span<const Settings> tables,
            std::string_view where = "option") {
  for (const auto& [name, text] : values) {
    const Setting* found = nullptr;
    std::vector<std::string> names;
    for (const Settings& table : tables) {
      if (const Setting* setting = table.Find(name)) found = setting;
      for (const Setting& setting : table.entries()) names.push_back(setting.name);
    }
    if (found == nullptr) {
      const std::string nearest = NearestName(name, names);
      Fail("{}: there is no {}{}", where, name,
           nearest.empty() ? "" : fmt::format("; did you mean {}?", nearest));
    }
    found->Assign(text, where);
  }
}

// (name, range, default as TOML, help) of each option of a call.
std::vector<std::tuple<std::string, std::string, std::string, std::string>> Options(
    const std::string& call) {
  DatasetOptions dataset;
  NetworkOptions network;
  TrainingOptions training;
  TuningOptions tuning;
  EvaluationOptions evaluation;
  GenerationOptions generation;
  MusicOptions music;
  std::vector<Settings> tables;
  if (call == "from_midi") tables = Describe(dataset);
  if (call == "train") tables = {Describe(network), Describe(training)};
  if (call == "tune") tables = {Describe(tuning), Describe(music)};
  if (call == "evaluate") tables = {Describe(evaluation), Describe(music)};
  if (call == "generate") tables = {Describe(generation), Describe(music)};
  if (call == "train" || call == "tune") {
    const RecipeText recipe = FindRecipe(call, "default");
    ReadOwnTables(recipe.text, recipe.source, tables);
  }
  std::vector<std::tuple<std::string, std::string, std::string, std::string>> options;
  for (const Settings& table : tables) {
    for (const Setting& setting : table.entries()) {
      options.emplace_back(setting.name, setting.Range(), setting.Value(), InPython(setting.help));
    }
  }
  return options;
}

bool Given(const Values& values, std::string_view name) {
  return std::ranges::any_of(values, [name](const auto& value) { return value.first == name; });
}

// ---- Callbacks

// What a call needs from Python while it works without the interpreter's lock: Ctrl-C, which Python
// receives only on the thread that made the call, and a callback that may return False to stop.
class Listener {
 public:
  explicit Listener(nb::object callback = nb::none()) : callback_(std::move(callback)) {}

  std::atomic<bool>* interrupted() { return &interrupted_; }

  // Runs C++ without the lock. Where Poll ended it, KeyboardInterrupt is raised.
  template <typename Work>
  auto Run(const Work& work) const {
    try {
      const nb::gil_scoped_release unlocked;
      return work();
    } catch (const Stopped&) {
      PyErr_SetNone(PyExc_KeyboardInterrupt);
      throw nb::python_error();
    }
  }

  // For work that cannot be resumed: ends it. Called from any thread.
  void Poll() {
    if (ShouldStop()) throw Stopped();
  }

  // Takes the lock and calls the callback with the result of `make`.
  template <typename Make>
  void Tell(const Make& make) {
    if (callback_.is_none()) return;
    const nb::gil_scoped_acquire lock;
    try {
      const nb::object answer = callback_(make());
      stopped_ = stopped_ || (nb::isinstance<nb::bool_>(answer) && !nb::cast<bool>(answer));
    } catch (nb::python_error& error) {
      if (!error.matches(PyExc_KeyboardInterrupt)) throw;
      interrupted_ = true;
    }
  }

  // Takes the lock and passes a warning to Python.
  static void Warn(const nb::object& warn, const std::string& line) {
    const nb::gil_scoped_acquire lock;
    warn(InPython(line));
  }

  bool ShouldStop() {
    if (stopped_ || interrupted_) return true;
    if (std::this_thread::get_id() != caller_) return false;
    const nb::gil_scoped_acquire lock;
    if (PyErr_CheckSignals() == 0) return false;
    nb::python_error error;  // takes what is raised
    if (!error.matches(PyExc_KeyboardInterrupt)) throw error;
    interrupted_ = true;
    return true;
  }

 private:
  struct Stopped {};

  const std::thread::id caller_ = std::this_thread::get_id();
  nb::object callback_;
  std::atomic<bool> interrupted_{false}, stopped_{false};
};

// ---- Arrays

// `owner` keeps the memory alive; it cannot be written through the array.
template <typename T>
nb::object View(std::span<const T> values, const nb::object& owner) {
  return nb::ndarray<nb::numpy, const T, nb::ndim<1>>(values.data(), {values.size()}, owner).cast();
}

template <typename T>
nb::object ArrayOf(std::vector<T> values, std::vector<std::size_t> shape) {
  auto* kept = new std::vector<T>(std::move(values));
  const nb::capsule owner(kept, [](void* p) noexcept { delete static_cast<std::vector<T>*>(p); });
  return nb::ndarray<nb::numpy, T>(kept->data(), shape.size(), shape.data(), owner).cast();
}

template <typename T>
nb::object ArrayOf(std::vector<T> values) {
  const std::size_t size = values.size();
  return ArrayOf(std::move(values), {size});
}

// ---- Datasets

nb::dict ReportOf(const FileReport& file) {
  nb::list melodies, refused;
  for (const FileReport::Kept& kept : file.kept) melodies.append(kept.name);
  for (const Rejection& rejection : file.outcome.extraction.first_rejections) {
    nb::dict entry;
    entry["reason"] = std::string(RefusalName(rejection.refusal));
    entry["place"] = rejection.place.Text();
    entry["detail"] = InPython(rejection.detail);
    refused.append(entry);
  }
  nb::dict report;
  report["file"] = file.outcome.name;
  report["melodies"] = melodies;
  report["refused"] = refused;
  report["warnings"] = file.outcome.warnings;
  report["first_warning"] = file.outcome.first_warning;
  return report;
}

// The report of every file, and whether the run was stopped.
std::pair<nb::list, bool> Build(const std::vector<fs::path>& paths, const fs::path& output,
                                const Values& values, int threads, bool resume,
                                const fs::path& report, nb::object callback,
                                const nb::object& warn) {
  DatasetOptions options;
  options.threads = threads;
  options.resume = resume;
  options.report = report;
  Assign(values, Describe(options));
  Listener listener(std::move(callback));
  nb::list files;
  const DatasetCallbacks callbacks{
      .progress =
          [&](std::int64_t begun, std::int64_t total) {
            listener.Tell([&] { return nb::make_tuple(begun, total); });
            return !listener.ShouldStop();
          },
      .file =
          [&](const FileReport& file) {
            const nb::gil_scoped_acquire lock;
            files.append(ReportOf(file));
          },
      .warn = [&](const std::string& line) { Listener::Warn(warn, line); }};
  const bool stopped =
      listener.Run([&] { return BuildDataset(paths, output, options, callbacks).stopped; });
  return {files, stopped};
}

// ---- Training

nb::dict RecordOf(const TrainingRecord& record) {
  nb::dict row;
  row["iteration"] = record.iteration;
  row["learning_rate"] = record.learning_rate;
  row["loss"] = record.loss;
  row["gradient_norm"] = record.gradient_norm;
  const bool measured = record.held_out.steps > 0;
  row["held_out_log_perplexity"] = measured ? nb::cast(record.held_out.log_perplexity) : nb::none();
  row["held_out_accuracy"] = measured ? nb::cast(record.held_out.accuracy) : nb::none();
  return row;
}

template <typename Source>
std::tuple<Model, nb::list, bool> TrainModel(const Source& source, const std::string& recipe,
                                             const Values& values, int threads,
                                             const fs::path& checkpoint, bool resume,
                                             nb::object callback, const nb::object& warn) {
  NetworkOptions network;
  TrainingOptions training;
  const std::vector<Settings> tables = {Describe(network), Describe(training)};
  for (const std::string& name : {std::string("default"), recipe}) {
    const RecipeText text = FindRecipe("train", name);
    ReadOwnTables(text.text, text.source, tables);
  }
  Assign(values, tables);
  Listener listener(std::move(callback));
  const TrainingCallbacks callbacks{
      .progress =
          [&](const TrainingProgress& now) {
            listener.Tell([&] {
              nb::dict row;
              row["iteration"] = now.iteration;
              row["iterations"] = training.iterations;
              row["loss"] = now.loss;
              row["learning_rate"] = now.learning_rate;
              return row;
            });
          },
      .should_stop = [&] { return listener.ShouldStop(); },
      .warn = [&](const std::string& line) { Listener::Warn(warn, line); }};
  TrainedNoteRnn trained = listener.Run([&] {
    return Train(source, network, training,
                 {.threads = threads, .checkpoint = checkpoint, .resume = resume}, callbacks);
  });
  nb::list history;
  for (const TrainingRecord& record : trained.history) history.append(RecordOf(record));
  return {std::move(trained.model), history, trained.end == TrainingEnd::kStopped};
}

template <typename T>
using Row = nb::ndarray<const T, nb::ndim<1>, nb::c_contig, nb::device::cpu>;

// Of all sequences, one after the other: sequence i is tokens[offsets[i] .. offsets[i + 1]).
class Tokens : public TokenSequences {
 public:
  Tokens(Row<std::uint16_t> tokens, const Row<std::int64_t>& offsets, int most, double share)
      : kept_(std::move(tokens)) {
    for (std::size_t i = 0; i + 1 < offsets.size(); ++i) {
      sequences.emplace_back(kept_.data() + offsets(i), kept_.data() + offsets(i + 1));
    }
    vocabulary = most;
    held_out = share;
  }

 private:
  Row<std::uint16_t> kept_;
};

// ---- Rewards

// `rewards`: (object, form, weight, name).
using RewardTuples = std::vector<std::tuple<nb::object, std::string, float, std::string>>;

SumReward RewardOf(std::optional<RuleSet> rules, const RewardTuples& rewards, int ends_with,
                   std::atomic<bool>* interrupted = nullptr) {
  std::vector<PythonRewardSpec> specs;
  for (const auto& [target, form, weight, name] : rewards) {
    specs.push_back({target,
                     form == "event"      ? RewardForm::kEvent
                     : form == "sequence" ? RewardForm::kSequence
                                          : RewardForm::kObject,
                     weight, name});
  }
  return {std::move(rules), std::move(specs), ends_with, interrupted};
}

// All rules, also those that are switched off.
std::string TomlOf(RuleSet rules) {
  std::string text;
  for (const Settings& table : rules.Describe()) {
    text += fmt::format("{}[{}]\n", text.empty() ? "" : "\n", table.table());
    for (const Setting& setting : table.entries()) {
      text += fmt::format("{} = {}\n", setting.name, setting.Value());
    }
  }
  return text;
}

// `toml` with other parameters of one rule.
std::string ChangeRule(const std::string& toml, const std::string& rule, const Values& values) {
  RuleSet rules = RuleSet::FromToml(toml, "rules");
  for (const Settings& table : rules.Describe()) {
    if (table.table() == "rules." + rule) Assign(values, {&table, 1}, table.table());
  }
  rules.Prepare();
  return TomlOf(std::move(rules));
}

// ---- Tuning

nb::dict RowOf(const ProgressRow& row) {
  nb::dict values;
  values["iteration"] = row.iteration;
  values["mean_log_prob"] = row.mean_log_prob;
  values["mean_reward"] = row.mean_reward;
  values["kl_to_prior"] = row.kl_to_prior;
  values["entropy"] = row.entropy;
  values["distinct"] = row.distinct;
  values["epsilon"] = row.epsilon;
  values["loss"] = row.loss;
  values["gradient_norm"] = row.gradient_norm;
  return values;
}

// The recipe of runs that start from the options' own defaults.
constexpr std::string_view kNoRecipe = "none";

// `rules` as in ResolveTuning: "" = the recipe's; nullopt = none. `toml`: rules as text instead.
// `match`: as in TuningRequest. `of_melodies`: the model is played in a metre and a mode. `hears`:
// more inputs; "" = the recipe's. `warn` is called with each warning. The last two results are "",
// or the rules with the weights found, as TOML, and what they achieve, as JSON.
std::tuple<Model, nb::list, bool, std::string, std::string, std::string> TuneModel(
    const Model& model, bool of_melodies, const std::string& recipe,
    const std::optional<std::string>& rules, const std::optional<std::string>& toml,
    const std::string& match, const std::string& hears, const RewardTuples& rewards, int ends_with,
    const Values& values, int threads, const fs::path& checkpoint, double seconds_between_saves,
    bool resume, nb::object callback, const nb::object& warn) {
  using Clock = std::chrono::steady_clock;
  const std::chrono::duration<double> save_every(seconds_between_saves);
  TuningRecipe tuning{.inputs = hears, .has_rules = rules.has_value() || toml.has_value()};
  TuningOptions& options = tuning.options;
  const TuningRequest request{
      .recipe = recipe,
      .rules = rules.value_or("paper"),
      .match = match,
      .assign =
          [&] {
            std::vector<Settings> tables = {Describe(options)};
            if (of_melodies) tables.push_back(Describe(tuning.music));
            Assign(values, tables);
          },
      .given = [&](std::string_view setting) { return Given(values, setting); }};
  std::vector<std::string> notes;
  if (recipe == kNoRecipe) {
    request.assign();
    notes = WithoutEffect(options, request);
  } else {
    notes = ResolveTuning(request, &tuning).of_given;
  }
  if (options.method == "match" && !rewards.empty()) {
    Fail(
        "reward: method match finds the weights of rules and takes no other reward; expected none");
  }
  if (toml) tuning.rules = RuleSet::FromToml(*toml, "rules");
  const TuningSetup setup = of_melodies
                                ? SetUpTuning(model, request, &tuning)
                                : TuningSetup{.model = model, .recipe = WriteTuningRecipe(tuning)};
  Listener listener(std::move(callback));
  if (of_melodies) {
    const std::string note = InputsWithoutEffect(model, setup, tuning, "the model");
    if (!note.empty()) notes.push_back(note);
  }
  for (const std::string& line : notes) Listener::Warn(warn, line);
  const SumReward reward =
      RewardOf(tuning.has_rules ? std::optional<RuleSet>(std::move(tuning.rules)) : std::nullopt,
               rewards, ends_with, listener.interrupted());
  const TuningCallbacks callbacks{
      .progress =
          [&](std::int64_t iteration, const ProgressRow& row) {
            listener.Tell([&] {
              nb::dict now = RowOf(row);
              now["iteration"] = iteration;
              now["iterations"] = options.iterations;
              return now;
            });
          },
      .warn = [&](const std::string& line) { Listener::Warn(warn, line); },
      .should_stop = [&] { return listener.ShouldStop(); },
      .should_save =
          [&, last = Clock::now()]() mutable {
            const bool due = Clock::now() - last >= save_every;
            if (due) last = Clock::now();
            return due;
          }};
  std::string found, achieved;
  TunedModel tuned = listener.Run([&] {
    TunedModel result = Tune(
        setup.model, setup.features ? static_cast<const Reward&>(*setup.features) : reward, options,
        {.threads = threads,
         .recipe = setup.recipe,
         .checkpoint = checkpoint,
         .checkpoint_every = 0,
         .resume = resume,
         .inputs = setup.inputs.get()},
        callbacks);
    if (setup.features && result.end == TuningEnd::kFinished) {
      const std::vector<MatchedFeature> matched =
          Matched(*setup.features, result.weights, NetworksOf(result.model, setup.inputs.get()),
                  options, threads);
      const std::string far = OutOfReach(matched);
      if (!far.empty()) Listener::Warn(warn, far);
      found = MatchedRules(*setup.features, matched);
      achieved = MatchingJson(matched);
    }
    return result;
  });
  nb::list rows;
  for (const ProgressRow& row : tuned.rows) rows.append(RowOf(row));
  return {std::move(tuned.model),  rows,  tuned.end == TuningEnd::kStopped,
          ProgressCsv(tuned.rows), found, achieved};
}

// ---- Playing and measuring

// Calls visit(name, field, least, most) for what a Playback has, to and from a dict that can be
// pickled.
template <typename Fields, typename Visit>
void VisitFields(Fields& playback, const Visit& visit) {
  visit("quarters_per_minute", playback.quarters_per_minute, 4, 1000);
  visit("steps_per_quarter", playback.steps_per_quarter, 1, 96);
  visit("lowest_pitch", playback.lowest_pitch, 0, 127);
  visit("classes", playback.classes, kFirstNoteOn + 1, kFirstNoteOn + 128);
  visit("numerator", playback.music.metre.numerator, 1, 64);
  visit("denominator", playback.music.metre.denominator, 1, 64);
  visit("pickup", playback.music.pickup, 0, 1'000'000);
  visit("transposition", playback.transposition, -127, 127);
  visit("program", playback.program, 0, 127);
  visit("velocity", playback.velocity, 1, 127);
  visit("sharps", playback.sharps, -7, 7);
}

nb::dict DictOf(const Playback& playback) {
  nb::dict fields;
  VisitFields(playback,
              [&](const char* name, const auto& value, int, int) { fields[name] = value; });
  fields["mode"] = std::string(ModeName(playback.music.mode));
  return fields;
}

// Error for values that a user has changed to something impossible.
Playback PlaybackOf(const nb::dict& fields) {
  Playback playback;
  VisitFields(playback, [&]<typename T>(const char* name, T& value, int least, int most) {
    const nb::object given = fields[name];
    const auto fits = [&](auto number) { return number >= least && number <= most; };
    bool good = nb::try_cast(given, value);
    if constexpr (std::is_same_v<T, std::optional<int>>) {
      good = good && (!value || fits(*value));
    } else {
      good = good && fits(value);
    }
    if (!good) {
      Fail("playback: {} is {}, expected a {}number: {} .. {}", name, nb::str(given).c_str(),
           std::is_same_v<T, double> ? "" : "whole ", least, most);
    }
  });
  ParseMetre(playback.music.metre.Text(), "playback: metre");
  playback.music.mode = ParseMode(nb::cast<std::string>(fields["mode"]), "mode");
  return playback;
}

int ClassOf(int event, const Playback& playback) {
  if (event < 0 || event >= playback.classes) {
    Fail("events: {} is no class; expected 0 .. {}", event, playback.classes - 1);
  }
  return event;
}

// The playback that the arguments of Melody describe.
nb::dict MakePlayback(const Values& values) {
  Playback playback;
  int highest_pitch = 0;
  std::string metre, key;
  Settings table("melody");
  table.Add("quarters_per_minute", &playback.quarters_per_minute, 4, 1000, "")
      .Add("steps_per_quarter", &playback.steps_per_quarter, 1, 96, "")
      .Add("lowest_pitch", &playback.lowest_pitch, 0, 127, "")
      .Add("highest_pitch", &highest_pitch, 0, 127, "")
      .Add("metre", &metre, {}, "")
      .Add("key", &key, {}, "");
  Assign(values, {&table, 1});
  if (highest_pitch < playback.lowest_pitch) {
    Fail("option: highest_pitch is {}, expected {} .. 127", highest_pitch, playback.lowest_pitch);
  }
  playback.classes = kFirstNoteOn + highest_pitch - playback.lowest_pitch + 1;
  if (!metre.empty()) playback.music.metre = ParseMetre(metre, "metre");
  if (!key.empty()) PlayIn(ParseKey(key, "key"), playback);
  return DictOf(playback);
}

// The melodies, how those without a pickup of their own are played, and the mode heard.
std::tuple<std::vector<GeneratedMelody>, nb::dict, std::string> GenerateMelodies(
    const Model& model, const std::string& rules, const Values& values, const std::string& primer,
    const fs::path& folder, const std::string& model_name, const nb::object& warn) {
  GenerationOptions options;
  MusicOptions music;
  Assign(values, std::array{Describe(options), Describe(music)});
  RefuseUnusedC(Given(values, "c"), options.decoding);
  const RuleSet set = RuleSet::FromToml(rules, "rules");
  std::vector<GeneratedMelody> melodies;
  Listener listener;
  options.poll = [&] { listener.Poll(); };
  listener.Run([&] {
    const Encoding encoding = MelodyEncodingOf(model);
    const Primer heard =
        primer.empty() ? Primer() : ParsePrimer(primer, {.track = {}, .encoding = encoding});
    const TunedMusic tuned = SetMusic(model,
                                      {.music = music,
                                       .tempo_given = Given(values, "quarters_per_minute"),
                                       .length_given = Given(values, "length")},
                                      heard, &options);
    const std::string beyond = WarningBeyond(tuned, model_name, options.length);
    if (!beyond.empty()) Listener::Warn(warn, beyond);
    const MelodyContext played =
        AfterPrimer(static_cast<int>(heard.events.size()), options.context, encoding);
    options.playback.music.metre = played.metre;
    options.playback.music.pickup = played.pickup;
    melodies = Generate(model, set, options, heard.events);
    if (!folder.empty()) WriteMelodies(folder, melodies, set, options, model_name);
  });
  return {std::move(melodies), DictOf(options.playback),
          std::string(ModeName(options.context.mode))};
}

std::string EvaluateModel(const Model& model, const std::string& name, const std::string& rules,
                          const std::string& rules_name, const Values& values, int threads,
                          nb::object callback) {
  EvaluationReport report;
  report.encoding = MelodyEncodingOf(model, name);
  report.model = name;
  report.rules = rules_name;
  report.method = model.method;
  MusicOptions music;
  Assign(values, std::array{Describe(report.options), Describe(music)});
  RefuseUnusedC(Given(values, "c"), report.options.decoding);
  SetMusic(model, music, Given(values, "length"), &report.options);
  const RuleSet set = RuleSet::FromToml(rules, "rules");
  Listener listener(std::move(callback));
  report.metrics = listener.Run([&] {
    return Evaluate(model, set, report.options, threads, [&](int finished) {
      listener.Tell([&] { return nb::make_tuple(finished, report.options.compositions); });
      listener.Poll();
    });
  });
  return EvaluationJson(report);
}

struct SampleOptions {
  int count = 1, length = 32;
  double temperature = 1, c = 0.5;
  std::int64_t seed = 1, first = 0;  // the number of the first sequence
};

SampleOptions SampleOptionsOf(const Values& values) {
  SampleOptions options;
  Settings table("sample");
  table.Add("count", &options.count, 1, 10'000'000, "")
      .Add("length", &options.length, 1, 100'000, "")
      .Add("temperature", &options.temperature, 0, 100, "")
      .Add("c", &options.c, 1e-6, 1e6, "")
      .Add("seed", &options.seed, 0, kNoMaximum, "")
      .Add("first", &options.first, 0, kNoMaximum, "");
  Assign(values, {&table, 1});
  return options;
}

// Sequences of any model: (actions, log_prior, log_policy, entropy, kl, rewards), each [N, T].
nb::tuple Sample(const Model& model, const Values& values, int threads, const RewardTuples& rewards,
                 int ends_with) {
  const SampleOptions options = SampleOptionsOf(values);
  const SumReward reward = RewardOf({}, rewards, ends_with);
  Listener listener;
  Rollouts played = listener.Run([&] {
    return SampleRollouts(NetworksOf(model),
                          {.length = options.length,
                           .temperature = static_cast<float>(options.temperature),
                           .seed = static_cast<std::uint64_t>(options.seed),
                           .first_stream = options.first,
                           .threads = reward.JudgesBatches() ? 1 : threads,
                           .reward = rewards.empty() ? nullptr : &reward,
                           .poll = [&] { listener.Poll(); }},
                          options.count);
  });
  const std::vector<std::size_t> shape = {static_cast<std::size_t>(options.count),
                                          static_cast<std::size_t>(options.length)};
  return nb::make_tuple(
      ArrayOf(std::move(played.actions), shape), ArrayOf(std::move(played.log_prior), shape),
      ArrayOf(std::move(played.log_policy), shape), ArrayOf(std::move(played.entropy), shape),
      ArrayOf(std::move(played.kl), shape),
      rewards.empty() ? nb::none() : ArrayOf(std::move(played.rewards), shape));
}

// (log Z, its standard error, its lower bound), nats per sequence.
nb::tuple LogZOf(const Model& model, const Values& values, const RewardTuples& rewards,
                 int ends_with) {
  const SampleOptions options = SampleOptionsOf(values);
  const SumReward reward = RewardOf({}, rewards, ends_with);
  Listener listener;
  const LogZ value = listener.Run([&] {
    return EstimateLogZ(NetworksOf(model), reward, {.c = options.c},
                        {.length = options.length,
                         .seed = static_cast<std::uint64_t>(options.seed),
                         .poll = [&] { listener.Poll(); }},
                        4);
  });
  return nb::make_tuple(value.value, value.standard_error, value.at_least);
}

nb::dict ScoreEvents(const std::vector<std::uint8_t>& events, const std::string& toml,
                     const nb::dict& fields, const std::string& mode) {
  const Playback playback = PlaybackOf(fields);
  const Encoding encoding{.lowest_pitch = playback.lowest_pitch,
                          .highest_pitch = playback.lowest_pitch + playback.classes - 3,
                          .steps_per_quarter = playback.steps_per_quarter};
  for (const int event : events) ClassOf(event, playback);
  RuleSet rules = RuleSet::FromToml(toml, "rules");
  const Key key = WhiteKey(ParseMode(mode, "mode"));
  rules.SetContext(MusicContext({.metre = playback.music.metre,
                                 .pickup = playback.music.pickup,
                                 .tonic = key.tonic,
                                 .mode = key.mode},
                                encoding));
  Score score = ScoreComposition(rules, events);
  nb::dict result;
  for (int rule = 0; rule < rules.size(); ++rule) {
    result[std::string(rules.info(rule).name).c_str()] =
        ArrayOf(std::move(score.rewards[static_cast<std::size_t>(rule)]));
  }
  result["total"] = ArrayOf(std::move(score.total));
  return result;
}

}  // namespace

NB_MODULE(_core, m) {
  nb::exception<Error> error(m, "Error", PyExc_ValueError);
  error.attr("__module__") = "rltuner";
  // Comes before the translator that nb::exception has registered.
  nb::register_exception_translator(
      [](const std::exception_ptr& thrown, void* type) {
        try {
          std::rethrow_exception(thrown);
        } catch (const Error& caught) {
          PyErr_SetString(static_cast<PyObject*>(type), InPython(caught.what()).c_str());
        }
      },
      error.ptr());
  m.attr("__version__") = RLTUNER_VERSION;

  nb::class_<Dataset>(m, "Dataset")
      .def(nb::init<const fs::path&>(), "path"_a)
      .def("__len__", &Dataset::size)
      .def_prop_ro("events",
                   [](nb::handle self) {
                     return View(nb::cast<const Dataset&>(self).events(), nb::borrow(self));
                   })
      .def_prop_ro("offsets",
                   [](nb::handle self) {
                     return View(nb::cast<const Dataset&>(self).offsets(), nb::borrow(self));
                   })
      .def("name", [](const Dataset& self, std::size_t i) { return std::string(self.Name(i)); })
      .def("held_out",
           [](const Dataset& self) {
             std::vector<std::int64_t> starts;
             for (const Dataset::Events melody : self.HeldOutMelodies()) {
               starts.push_back(melody.data() - self.events().data());
             }
             return ArrayOf(std::move(starts));
           })
      .def_prop_ro("path", [](const Dataset& self) { return self.path().string(); })
      .def_prop_ro("settings", &Dataset::settings)
      .def_prop_ro("encoding", [](const Dataset& self) { return self.encoding().ToJson(); });

  nb::class_<Model>(m, "Model")
      .def_static(
          "load", [](const std::string& path) { return LoadModel(path, false); },
          nb::call_guard<nb::gil_scoped_release>())
      .def(
          "save", [](const Model& self, const fs::path& path) { WriteModel(path, self); },
          nb::call_guard<nb::gil_scoped_release>())
      .def_rw("encoding", &Model::encoding)
      .def_ro("method", &Model::method)
      .def_ro("recipe", &Model::recipe)
      .def_prop_ro("tuned", &Model::tuned)
      .def_prop_ro("vocabulary", [](const Model& self) { return self.network.shape().vocabulary; })
      .def_prop_ro("hidden", [](const Model& self) { return self.network.shape().hidden; })
      .def_prop_ro("layers", [](const Model& self) { return self.network.shape().layers; });

  nb::class_<GeneratedMelody>(m, "GeneratedMelody")
      .def_prop_ro("events", [](const GeneratedMelody& self) { return ArrayOf(self.events); })
      .def_prop_ro("primer", [](const GeneratedMelody& self) { return ArrayOf(self.primer); })
      .def_prop_ro("pickup", &GeneratedMelody::pickup)
      .def_prop_ro("log_prior", [](const GeneratedMelody& self) { return ArrayOf(self.log_prior); })
      .def_prop_ro("probabilities", [](const GeneratedMelody& self) {
        const std::size_t length = self.events.size();
        return ArrayOf(self.probabilities,
                       {length, self.probabilities.size() / std::max<std::size_t>(1, length)});
      });

  m.def("options", &Options);
  m.def("build_dataset", &Build);
  nb::class_<Tokens>(m, "Tokens")
      .def(nb::init<Row<std::uint16_t>, const Row<std::int64_t>&, int, double>());
  m.def("train", &TrainModel<Dataset>);
  m.def("train", &TrainModel<Tokens>);
  m.def("tune", &TuneModel);
  m.def("generate", &GenerateMelodies);
  m.def("evaluate", &EvaluateModel);
  m.def("sample", &Sample);
  m.def("log_z", &LogZOf);
  m.def("score", &ScoreEvents);
  m.def("rules_toml",
        [](const std::string& text) { return TomlOf(RuleSet::FromToml(text, "rules")); });
  m.def("named_rules",
        [](const std::string& name) { return TomlOf(RuleSet::FromNameFileOrRecipe(name)); });
  m.def("rules_of_tuning",
        [](const Model& model) { return TomlOf(RulesOfTuning(model, "model")); });
  m.def("change_rule", &ChangeRule);
  m.def("playback", &MakePlayback);
  m.def("event_names", [](const std::vector<int>& events, const nb::dict& fields) {
    const Playback playback = PlaybackOf(fields);
    std::vector<std::string> names;
    for (const int event : events) names.push_back(EventName(ClassOf(event, playback), playback));
    return names;
  });
  m.def("pitches", [](const std::vector<int>& events, const nb::dict& fields) {
    const Playback playback = PlaybackOf(fields);
    std::vector<int> pitches;
    for (const int event : events) pitches.push_back(playback.Pitch(ClassOf(event, playback)));
    return pitches;
  });
  m.def("to_midi", [](const std::vector<std::uint8_t>& events, const nb::dict& fields,
                      const std::string& name) {
    const Playback playback = PlaybackOf(fields);
    for (const int event : events) ClassOf(event, playback);
    const std::vector<std::uint8_t> bytes = ToMidi(events, playback, name);
    return nb::bytes(bytes.data(), bytes.size());
  });
}

}  // namespace rltuner::python
