// SPDX-License-Identifier: Apache-2.0
#include "rltuner/evaluation/corpus_distance.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numeric>
#include <optional>
#include <utility>

#include "rltuner/core/text_table.h"
#include "rltuner/evaluation/spectra.h"
#include "rltuner/training/held_out.h"

namespace rltuner {
namespace {

using Histogram = std::vector<double>;

constexpr int kPitchClasses = 12;
constexpr int kWidestInterval = 12;  // semitones; wider ones count as this
constexpr int kLongest = 16;         // steps from onset to onset
constexpr std::size_t kVendiMelodies = 300;

struct Notes {
  std::vector<int> classes, onsets;
};

Notes NotesOf(std::span<const std::uint8_t> events) {
  Notes notes;
  for (std::size_t t = 0; t < events.size(); ++t) {
    if (!IsNoteOn(events[t])) continue;
    notes.classes.push_back(events[t]);
    notes.onsets.push_back(static_cast<int>(t));
  }
  return notes;
}

struct Histograms {
  Histogram pitch_class = Histogram(kPitchClasses);
  Histogram interval = Histogram(2 * kWidestInterval + 1);
  Histogram duration = Histogram(kLongest);  // from onset to onset, or to the end
  Histogram onset;                           // by the step of the bar

  explicit Histograms(int bar_steps) : onset(static_cast<std::size_t>(bar_steps)) {}

  void Add(std::span<const std::uint8_t> events, const MusicContext& context) {
    const Notes notes = NotesOf(events);
    for (std::size_t i = 0; i < notes.classes.size(); ++i) {
      const int pitch = notes.classes[i] - kFirstNoteOn + context.lowest_pitch;
      ++pitch_class[static_cast<std::size_t>(pitch % kPitchClasses)];
      const auto first_step = onset.size() - static_cast<std::size_t>(context.melody.pickup);
      ++onset[(static_cast<std::size_t>(notes.onsets[i]) + first_step) % onset.size()];
      const bool last = i + 1 == notes.classes.size();
      const int end = last ? static_cast<int>(events.size()) : notes.onsets[i + 1];
      ++duration[static_cast<std::size_t>(std::min(end - notes.onsets[i], kLongest) - 1)];
      if (last) continue;
      const int change =
          std::clamp(notes.classes[i + 1] - notes.classes[i], -kWidestInterval, kWidestInterval);
      const int bin = change + kWidestInterval;
      ++interval[static_cast<std::size_t>(bin)];
    }
  }

  std::array<const Histogram*, 4> all() const {
    return {&pitch_class, &interval, &duration, &onset};
  }
};

Histograms HistogramsOf(const Tunes& melodies) {
  Histograms histograms(melodies.contexts[0].BarSteps());
  for (std::size_t i = 0; i < melodies.events.size(); ++i) {
    histograms.Add(melodies.events[i], melodies.contexts[i]);
  }
  return histograms;
}

// KL of p from q in nats, with half a count added to every bin of both.
double Divergence(const Histogram& p, const Histogram& q) {
  const double half = 0.5 * static_cast<double>(p.size());
  const double p_sum = std::accumulate(p.begin(), p.end(), half);
  const double q_sum = std::accumulate(q.begin(), q.end(), half);
  double sum = 0;
  for (std::size_t i = 0; i < p.size(); ++i) {
    const double share = (p[i] + 0.5) / p_sum;
    sum += share * std::log(share / ((q[i] + 0.5) / q_sum));
  }
  return sum;
}

std::vector<double> FeatureRows(const Tunes& melodies) {
  std::vector<double> rows;
  for (std::size_t i = 0; i < melodies.events.size(); ++i) {
    const auto features = MelodicFeatures(melodies.events[i], melodies.contexts[i]);
    rows.insert(rows.end(), features.begin(), features.end());
  }
  return rows;
}

// Columns divided by their deviation over the rows of `reference`.
void Standardise(std::vector<double>* rows, std::span<const double> reference, int width) {
  const auto w = static_cast<std::size_t>(width);
  const std::size_t count = reference.size() / w;
  const auto n = static_cast<double>(count);
  for (std::size_t k = 0; k < w; ++k) {
    double sum = 0;
    double squares = 0;
    for (std::size_t i = k; i < reference.size(); i += w) {
      sum += reference[i];
      squares += reference[i] * reference[i];
    }
    const double deviation = std::sqrt(std::max(squares / n - sum * sum / n / n, 1e-12));
    for (std::size_t i = k; i < rows->size(); i += w) (*rows)[i] /= deviation;
  }
}

// Cosine similarity of two melodies' histograms, all four at once.
double VendiOf(const Tunes& melodies) {
  const std::size_t n = std::min(melodies.events.size(), kVendiMelodies);
  std::vector<Histogram> rows;
  for (std::size_t i = 0; i < n; ++i) {
    Histograms histograms(melodies.contexts[i].BarSteps());
    histograms.Add(melodies.events[i], melodies.contexts[i]);
    Histogram row;
    for (const Histogram* part : histograms.all()) {
      const double norm =
          std::sqrt(std::inner_product(part->begin(), part->end(), part->begin(), 0.0));
      for (const double count : *part) row.push_back(norm > 0 ? count / norm / 2 : 0);
    }
    rows.push_back(std::move(row));
  }
  std::vector<double> kernel(n * n);
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) {
      kernel[i * n + j] =
          i == j ? 1 : std::inner_product(rows[i].begin(), rows[i].end(), rows[j].begin(), 0.0);
    }
  }
  return VendiScore(kernel, static_cast<int>(n));
}

double MeanOver(const Tunes& melodies, double (*measure)(std::span<const std::uint8_t> events,
                                                         const MusicContext& context)) {
  double sum = 0;
  for (std::size_t i = 0; i < melodies.events.size(); ++i) {
    sum += measure(melodies.events[i], melodies.contexts[i]);
  }
  return sum / static_cast<double>(melodies.events.size());
}

}  // namespace

CorpusReference::CorpusReference(Tunes held_out, const Tunes& training)
    : tunes_(std::move(held_out)),
      model_(training.events, training.classes),
      copied_(std::vector<Dataset::Events>(training.events.begin(), training.events.end()),
              static_cast<int>(training.events[0].size())) {}

std::vector<CorpusMetric> CorpusReference::Measure(const Tunes& melodies) const {
  struct Names {
    std::string_view overlap, overlap_label, divergence, divergence_label;
  };
  constexpr Names kNames[] = {
      {"pitch_class_overlap", "Pitch classes: overlap with the tunes", "pitch_class_kl",
       "Pitch classes: KL from the tunes, nats"},
      {"interval_overlap", "Intervals: overlap", "interval_kl", "Intervals: KL"},
      {"duration_overlap", "Durations: overlap", "duration_kl", "Durations: KL"},
      {"onset_overlap", "Onset positions: overlap", "onset_kl", "Onset positions: KL"}};
  std::vector<CorpusMetric> metrics;
  const Histograms ours = HistogramsOf(melodies);
  const Histograms theirs = HistogramsOf(tunes_);
  for (std::size_t i = 0; i < std::size(kNames); ++i) {
    const Histogram& a = *ours.all()[i];
    const Histogram& b = *theirs.all()[i];
    metrics.push_back({kNames[i].overlap, kNames[i].overlap_label, HistogramOverlap(a, b)});
    metrics.push_back({kNames[i].divergence, kNames[i].divergence_label, Divergence(b, a)});
  }
  metrics.push_back({"pitch_class_entropy", "Pitch-class entropy of a melody, bits",
                     MeanOver(melodies, PitchClassEntropy)});
  metrics.push_back(
      {"scale_consistency", "Scale consistency of a melody", MeanOver(melodies, ScaleConsistency)});
  const std::vector<double> reference = FeatureRows(tunes_);
  std::vector<double> rows = FeatureRows(melodies);
  std::vector<double> standard = reference;
  Standardise(&rows, reference, kMelodicFeatures);
  Standardise(&standard, reference, kMelodicFeatures);
  metrics.push_back({"frechet_distance", "Frechet distance of melodic features",
                     FrechetDistance(rows, standard, kMelodicFeatures)});
  metrics.push_back({"vendi_score", "Vendi score of 300 melodies", VendiOf(melodies)});
  double likelihood = 0;
  double copied = 0;
  double events = 0;
  for (const std::vector<std::uint8_t>& melody : melodies.events) {
    likelihood += model_.LogLikelihood(melody);
    copied += copied_.LongestIn(melody);
    events += static_cast<double>(melody.size());
  }
  metrics.push_back(
      {"ppm_log_likelihood", "Log-likelihood under PPM, nats per event", likelihood / events});
  metrics.push_back({"copied_run", "Longest run of events of a training tune, in a melody",
                     copied / static_cast<double>(melodies.events.size())});
  return metrics;
}

CorpusComparison::CorpusComparison(Dataset dataset, const EvaluationOptions& options,
                                   const RuleSet& rules, std::span<const Model> models)
    : dataset_(std::move(dataset)),
      options_{.metre = options.context.metre.Text(),
               .bars = std::max(1, options.length / options.context.metre.BarSteps(
                                                        dataset_.encoding().steps_per_quarter)),
               .seed = options.seed,
               .mode = HearMode(models) ? std::optional(options.context.mode) : std::nullopt,
               .pickups = PlayPickups(models, options.context.metre),
               .playing = {.decoding = options.decoding,
                           .temperature = options.temperature,
                           .c = options.c,
                           .rules = rules.In(MusicContext(options.context, dataset_.encoding()))}},
      training_(ExcerptsOf(dataset_, dataset_.TrainingMelodies(), options_).first),
      held_out_(ExcerptsOf(dataset_, dataset_.HeldOutMelodies(), options_).first, training_) {}

std::vector<CorpusMetric> CorpusComparison::Measure(
    const Model& model, int threads, const std::function<void(int finished)>& progress) const {
  std::vector<CorpusMetric> metrics =
      held_out_.Measure(Played(model, held_out_.tunes(), options_, threads, progress));
  const MelodyCoding coding{
      .encoding = MelodyEncodingOf(model),
      .context_of = [&](MelodyEvents events) { return dataset_.ContextOf(events.bytes()); }};
  const std::vector<MelodyEvents> held_out(dataset_.HeldOutMelodies().begin(),
                                           dataset_.HeldOutMelodies().end());
  const bool says_p = model.policy == PolicyForm::kOutputs;
  metrics.push_back(
      {"log_perplexity", "Log perplexity of the held-out melodies, nats per event",
       says_p ? MeasureHeldOut(model.network, held_out, true, 0, threads, coding).log_perplexity
              : std::nan("")});
  return metrics;
}

std::string CorpusComparison::Text(std::span<const EvaluationReport> reports) const {
  std::vector<std::string> header{fmt::format("{} bars of {}, {} held-out tunes", options_.bars,
                                              options_.metre, held_out_.tunes().events.size())};
  std::vector<std::vector<CorpusMetric>> sets;
  for (const EvaluationReport& report : reports) {
    header.push_back(report.model);
    sets.push_back(report.corpus);
  }
  header.insert(header.end(), {"held-out tunes", "training tunes"});
  sets.push_back(held_out_.Measure(held_out_.tunes()));
  sets.push_back(held_out_.Measure(training_));
  TextTable table(std::move(header));
  for (std::size_t i = 0; i < sets[0].size(); ++i) {
    std::vector<std::string> row{std::string(sets[0][i].label)};
    for (const std::vector<CorpusMetric>& set : sets) {
      const bool exists = i < set.size() && !std::isnan(set[i].value);
      row.push_back(exists ? fmt::format("{:.3f}", set[i].value) : "-");
    }
    table.AddRow(std::move(row));
  }
  return table.ToText();
}

double HistogramOverlap(std::span<const double> a, std::span<const double> b) {
  const double a_sum = std::accumulate(a.begin(), a.end(), 0.0);
  const double b_sum = std::accumulate(b.begin(), b.end(), 0.0);
  if (a_sum == 0 || b_sum == 0) return 0;
  double overlap = 0;
  for (std::size_t i = 0; i < a.size(); ++i) overlap += std::min(a[i] / a_sum, b[i] / b_sum);
  return overlap;
}

std::array<double, kMelodicFeatures> MelodicFeatures(std::span<const std::uint8_t> events,
                                                     const MusicContext& context) {
  const auto mean = [](const std::vector<double>& values) {
    return values.empty() ? 0.0
                          : std::accumulate(values.begin(), values.end(), 0.0) /
                                static_cast<double>(values.size());
  };
  const auto deviation = [&](std::vector<double> values) {
    const double middle = mean(values);
    for (double& value : values) value = (value - middle) * (value - middle);
    return std::sqrt(mean(values));
  };
  const auto entropy = [](const Histogram& histogram) {
    const double sum = std::accumulate(histogram.begin(), histogram.end(), 0.0);
    double bits = 0;
    for (const double count : histogram) {
      if (count > 0) bits -= count / sum * std::log2(count / sum);
    }
    return bits;
  };
  Histograms histograms(context.BarSteps());
  histograms.Add(events, context);
  const Notes notes = NotesOf(events);
  std::vector<double> pitches;
  std::vector<double> lengths;
  std::vector<double> sizes;
  double repeats = 0;
  double steps = 0;
  double leaps = 0;
  double turns = 0;
  int direction = 0;
  for (std::size_t i = 0; i < notes.classes.size(); ++i) {
    pitches.push_back(notes.classes[i]);
    if (i == 0) continue;
    lengths.push_back(notes.onsets[i] - notes.onsets[i - 1]);
    const int change = notes.classes[i] - notes.classes[i - 1];
    const int size = std::abs(change);
    sizes.push_back(size);
    repeats += size == 0 ? 1 : 0;
    steps += size == 1 || size == 2 ? 1 : 0;
    leaps += size >= 7 ? 1 : 0;
    turns += change * direction < 0 ? 1 : 0;
    if (change != 0) direction = change > 0 ? 1 : -1;
  }
  const double intervals = std::max<double>(1, static_cast<double>(sizes.size()));
  const auto [low, high] = std::ranges::minmax_element(pitches);
  return {pitches.empty() ? 0 : *high - *low,
          mean(pitches),
          deviation(pitches),
          mean(sizes),
          deviation(sizes),
          repeats / intervals,
          steps / intervals,
          leaps / intervals,
          static_cast<double>(pitches.size()) / static_cast<double>(events.size()),
          deviation(lengths),
          entropy(histograms.duration),
          entropy(histograms.pitch_class),
          entropy(histograms.interval),
          turns / intervals};
}

double PitchClassEntropy(std::span<const std::uint8_t> events, const MusicContext& context) {
  return MelodicFeatures(events, context)[11];
}

double ScaleConsistency(std::span<const std::uint8_t> events, const MusicContext& context) {
  Histograms histograms(context.BarSteps());
  histograms.Add(events, context);
  const Histogram& counts = histograms.pitch_class;
  const double notes = std::accumulate(counts.begin(), counts.end(), 0.0);
  double most = 0;
  // Each minor scale has the notes of a major scale.
  for (int root = 0; root < kPitchClasses; ++root) {
    double inside = 0;
    for (const int degree : {0, 2, 4, 5, 7, 9, 11}) {
      inside += counts[static_cast<std::size_t>((root + degree) % kPitchClasses)];
    }
    most = std::max(most, inside);
  }
  return notes == 0 ? 0 : most / notes;
}

}  // namespace rltuner
