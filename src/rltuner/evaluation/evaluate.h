// SPDX-License-Identifier: Apache-2.0
// Measures a model by the compositions it plays: Table 1 of Jaques et al. (2017), and metrics that
// distinguish a good policy from one that exploits gaps in the rules.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rltuner/core/settings.h"
#include "rltuner/melody/context.h"
#include "rltuner/melody/encoding.h"
#include "rltuner/nn/model.h"
#include "rltuner/theory/rule_set.h"

namespace rltuner {

class CopiedRuns;
struct Composition;

// A value and the bounds of its 95 % confidence interval; NaN where there is none. The events in a
// composition depend on each other, so intervals come from the variance between compositions, not
// between events.
struct Estimate {
  double value = std::numeric_limits<double>::quiet_NaN();
  double low = std::numeric_limits<double>::quiet_NaN();
  double high = std::numeric_limits<double>::quiet_NaN();

  bool exists() const { return !std::isnan(value); }
  bool has_interval() const { return !std::isnan(low); }
};

// The mean of independent draws, such as a metric of several seeds, with Student's interval. Fewer
// than two draws give no interval, and no draw gives no value. NaN draws are skipped.
Estimate MeanOfDraws(std::span<const double> draws);

// The models of Table 1 of Jaques et al. (2017), in its order, and a row of it as printed, in
// fractions. The paper seems to have exchanged the Note RNN's "not in key" (.1 %) and "starting
// with tonic" (.9 %): its published model has .9 % and .1 %.
inline constexpr std::array<std::string_view, 4> kPaperModels = {"Note RNN", "Q", "Psi", "G"};
using PaperRow = std::array<double, kPaperModels.size()>;

// Which values of a metric are better than others.
enum class Preference { kNone, kHigher, kLower, kNearZero };

struct MetricInfo {
  struct Terms {
    double numerator, denominator;
  };
  enum class Kind { kShare, kMean };  // kShare: 0 .. 1; decides interval and format

  std::string_view key = {};    // "notes_in_motif", "autocorrelation_2"
  std::string_view label = {};  // as tables show it
  Kind kind = Kind::kMean;
  Preference preference = Preference::kNone;
  // The metric is the sum of numerators over all compositions / the sum of denominators. Null for a
  // metric of the sample as a whole.
  Terms (*terms)(const Composition& composition) = nullptr;
  std::optional<PaperRow> paper = {};  // its row of the paper's Table 1
  bool never_negative = false;         // a mean whose interval does not go below 0
};

// Every metric, in the order of reports: first those of the paper's Table 1. Thread-safe.
std::span<const MetricInfo> MetricInfos();

// The index of a metric by its key, asserted to exist.
std::size_t MetricIndex(std::string_view key);

// A metric that compares a set of melodies with a corpus (corpus_distance.h).
struct CorpusMetric {
  std::string_view key;    // "interval_overlap"
  std::string_view label;  // as tables show it
  double value;
};

// The metrics of one sample of compositions.
struct Metrics {
  struct RuleReward {
    std::string rule;  // its name
    Estimate reward;   // weighted, per event
  };

  int compositions = 0, length = 0;
  std::vector<Estimate> values = std::vector<Estimate>(MetricInfos().size());
  std::vector<RuleReward> reward_by_rule = {};
  int longest_copied_run_of_all = 0;  // in events; 0 without training melodies

  const Estimate& Of(std::string_view key) const { return values[MetricIndex(key)]; }
  Estimate& Of(std::string_view key) { return values[MetricIndex(key)]; }
};

// The defaults are those of Table 1 of Jaques et al. (2017).
struct EvaluationOptions {
  int compositions = 100'000;
  int length = 32;  // events in a composition
  double temperature = 1;
  std::int64_t seed = 1;
  std::string decoding = "sample";  // as in decoding/decodings.h
  double c = 0.5;                   // for decoding smc: the rules' weight is 1 / c
  MelodyContext context = {};       // metre and key, for the rules and for models that hear them
};
Settings Describe(EvaluationOptions& options);

// Plays the model as options.decoding says and measures it under `rules`. Each composition follows
// one priming event, uniform over all classes. The metrics depend on model, rules and options only,
// not on `threads`. `progress`, if any, gets the number of finished compositions many times a
// second, from one thread at a time; an exception from it ends the evaluation. With `training`,
// runs copied from its melodies are measured too. Error if the model is not one of melodies.
Metrics Evaluate(const Model& model, const RuleSet& rules, const EvaluationOptions& options,
                 int threads, const std::function<void(int finished)>& progress = {},
                 const CopiedRuns* training = nullptr);

// The results for one model that `rltuner evaluate --json` writes.
struct EvaluationReport {
  std::string model, rules, method;
  EvaluationOptions options = {};
  Metrics metrics = {};
  Encoding encoding = {};
  std::vector<CorpusMetric> corpus = {};  // distances from a corpus, if there is one
};

// One object of fixed keys. Each metric is followed by its interval under its key with `_ci95`;
// null where a value or an interval does not exist. The autocorrelations are a list.
std::string EvaluationJson(const EvaluationReport& report);

// One report's object, or a list of several; ends with a line break.
std::string EvaluationJson(std::span<const EvaluationReport> reports);

// The metrics of the models side by side, as a table to print.
std::string EvaluationText(std::span<const EvaluationReport> reports, bool with_paper);

// Reads back the object that EvaluationJson wrote, or a list of several. A metric that the text
// lacks has no value. Error, naming `source`, if the text is damaged.
std::vector<EvaluationReport> ReadEvaluationJson(std::string_view json, std::string_view source);

// The encoding of a model of melodies. Error that names `source` unless the network has the classes
// and inputs of the encoding.
Encoding MelodyEncodingOf(const Model& model, std::string_view source = "the model");

// Whether there are models and all of them hear the mode.
bool HearMode(std::span<const Model> models);

// Whether there are models and all of them play pickups in this metre.
bool PlayPickups(std::span<const Model> models, const Metre& metre);

// The Note RNN of `model` with these inputs added, for tuning: their weights start at zero. Errors
// are those of MelodyEncodingOf.
Model WithInputs(const Model& model, std::span<const Input> inputs);

// Error if a c was given that the decoding does not use.
void RefuseUnusedC(bool given, std::string_view decoding);

}  // namespace rltuner
