// SPDX-License-Identifier: Apache-2.0
#include "rltuner/decoding/decodings.h"

#include <fmt/ranges.h>

#include <cmath>

#include "rltuner/core/error.h"
#include "rltuner/core/settings.h"
#include "rltuner/decoding/masks.h"
#include "rltuner/decoding/selection.h"
#include "rltuner/decoding/sequential_monte_carlo.h"

namespace rltuner {
namespace {

template <typename T>
T Number(std::string name, std::string_view value, T minimum, T maximum) {
  T number{};
  Settings settings("decoding");
  settings.Add(std::move(name), &number, minimum, maximum, "");
  settings.entries().front().Assign(value, "decoding");
  return number;
}

Decoder MakeSampling(std::string_view value) {
  if (!value.empty()) Fail("decoding sample takes no value; found '{}'", value);
  return [](const PolicyNetworks& networks, const RuleSet& /*rules*/, double /*c*/,
            const RolloutOptions& options, int count,
            const TrajectoryVisitor& visit) { SampleRollouts(networks, options, count, visit); };
}

Decoder MakeTemperature(std::string_view value) {
  const auto temperature = static_cast<float>(Number("temperature", value, 0.0, 100.0));
  return [temperature](const PolicyNetworks& networks, const RuleSet& /*rules*/, double /*c*/,
                       RolloutOptions options, int count, const TrajectoryVisitor& visit) {
    if (options.temperature != 1) {
      Fail(
          "decoding temperature={} and the option temperature {} contradict each other; give "
          "one of them",
          temperature, options.temperature);
    }
    options.temperature = temperature;
    SampleRollouts(networks, options, count, visit);
  };
}

Decoder MakeMasking(std::string_view value) {
  MaskedRules masked;
  for (const std::string_view rule : ListItems(value)) {
    if (rule != "key" && rule != "repeat") {
      Fail("decoding mask={}: '{}' can't be masked; expected key, repeat or key,repeat", value,
           rule);
    }
    (rule == "key" ? masked.key : masked.repeat) = true;
  }
  return [masked](const PolicyNetworks& networks, const RuleSet& rules, double /*c*/,
                  RolloutOptions options, int count, const TrajectoryVisitor& visit) {
    options.mask = MakeMask(rules, masked);
    SampleRollouts(networks, options, count, visit);
  };
}

Decoder MakeBestOf(std::string_view value) {
  const int candidates = Number("best-of", value, 1, 1'000'000);
  return [candidates](const PolicyNetworks& networks, const RuleSet& rules, double /*c*/,
                      const RolloutOptions& options, int count, const TrajectoryVisitor& visit) {
    SampleBestOf(networks, rules, candidates, options, count, visit);
  };
}

Decoder MakeSmc(std::string_view value) {
  const int particles = Number("smc", value, 1, 65'536);
  return [particles](const PolicyNetworks& networks, const RuleSet& rules, double c,
                     const RolloutOptions& options, int count, const TrajectoryVisitor& visit) {
    if (std::isinf(1.0F / options.temperature)) {
      Fail("decoding smc={}: temperature {} always proposes the same event; expected one above 0",
           particles, options.temperature);
    }
    SampleSmc(networks, rules, {.particles = particles, .c = c}, options, count, visit);
  };
}

struct DecodingInfo {
  std::string_view name;     // the text before "="
  std::string_view example;  // a whole decoding, "best-of=64"
  // Makes the decoder. `value` is the text after "=", or "" without one. Error if it is not valid.
  Decoder (*make)(std::string_view value);
};

constexpr DecodingInfo kDecodings[] = {
    {"sample", "sample", MakeSampling},
    {"temperature", "temperature=0.7", MakeTemperature},
    {"mask", "mask=key,repeat", MakeMasking},
    {"best-of", "best-of=64", MakeBestOf},
    {"smc", "smc=256", MakeSmc},
};

}  // namespace

std::string DecodingHelp() {
  std::vector<std::string_view> examples;
  for (const DecodingInfo& info : kDecodings) examples.push_back(info.example);
  return fmt::format("{}", fmt::join(examples, ", "));
}

Decoder MakeDecoder(std::string_view decoding) {
  const std::size_t equals = std::min(decoding.find('='), decoding.size());
  const std::string_view name = decoding.substr(0, equals);
  const std::string_view value = decoding.substr(std::min(equals + 1, decoding.size()));
  std::vector<std::string> names;
  for (const DecodingInfo& info : kDecodings) {
    names.emplace_back(info.name);
    if (info.name != name) continue;
    if (equals == decoding.size() && info.example != info.name) {
      Fail("decoding {} needs a value, such as {}", name, info.example);
    }
    return info.make(value);
  }
  const std::string nearest = NearestName(name, names);
  Fail("decoding '{}' is unknown{}; expected one like {}", decoding,
       nearest.empty() ? "" : fmt::format(", did you mean {}?", nearest), DecodingHelp());
}

}  // namespace rltuner
