// SPDX-License-Identifier: Apache-2.0
// Measuring a model by the compositions it plays.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rltuner/core/settings.h"
#include "rltuner/evaluation/metrics.h"
#include "rltuner/melody/context.h"
#include "rltuner/melody/encoding.h"
#include "rltuner/nn/model.h"
#include "rltuner/theory/rule_set.h"

namespace rltuner {

// The defaults are those of Table 1 of Jaques et al. (2017).
struct EvaluationOptions {
  int compositions = 100'000;
  int length = 32;  // events a composition
  double temperature = 1;
  std::int64_t seed = 1;
  std::string decoding = "sample";  // as in decoding/decodings.h
  double c = 0.5;                   // for decoding smc: the rules' weight is 1 / c
  MelodyContext context = {};       // in which rules, and models that can, hear the compositions
};
Settings Describe(EvaluationOptions& options);

// Plays the model as options.decoding says, each composition after one priming event uniform over
// all classes, and measures it under `rules`. The metrics depend on model, rules and options only,
// not on `threads`. `progress`, if any, gets the number of finished compositions many times a
// second, from one thread at a time; an exception from it ends the evaluation. With `training`,
// runs copied from its melodies are measured too. Error if the model is not one of melodies.
Metrics Evaluate(const Model& model, const RuleSet& rules, const EvaluationOptions& options,
                 int threads, const std::function<void(int finished)>& progress = {},
                 const CopiedRuns* training = nullptr);

// What `rltuner evaluate --json` writes of one model.
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

// The metrics of the models side by side, as a table for people.
std::string EvaluationText(std::span<const EvaluationReport> reports, bool with_paper);

// Reads back the object that EvaluationJson wrote, or a list of several. A metric that the text
// lacks has no value. Error, naming `source`, if the text is damaged.
std::vector<EvaluationReport> ReadEvaluationJson(std::string_view json, std::string_view source);

// How the melodies of a model are coded. Error, which names `source`, unless its network has the
// classes and inputs of its encoding.
Encoding MelodyEncodingOf(const Model& model, std::string_view source = "the model");

// Whether there are models and all of them hear the mode.
bool HearMode(std::span<const Model> models);

// Whether there are models and all of them play pickups in this metre.
bool PlayPickups(std::span<const Model> models, const Metre& metre);

// The Note RNN of `model` with these inputs added, for tuning: they change nothing until they are
// learnt. Error as MelodyEncodingOf.
Model WithInputs(const Model& model, std::span<const Input> inputs);

}  // namespace rltuner
