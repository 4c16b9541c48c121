// SPDX-License-Identifier: Apache-2.0
#include "rltuner/decoding/decodings.h"

#include <fmt/ranges.h>

#include <cmath>

#include "rltuner/core/error.h"
#include "rltuner/core/settings.h"
#include "rltuner/decoding/best_of.h"
#include "rltuner/decoding/masks.h"
#include "rltuner/decoding/sequential_monte_carlo.h"

namespace rltuner {
namespace {

void RequireNoValue(std::string_view name, std::string_view value) {
  if (!value.empty()) Fail("decoding {} takes no value; found '{}'", name, value);
}

template <typename T>
T Number(std::string name, std::string_view value, T minimum, T maximum) {
  T number{};
  Settings settings("decoding");
  settings.Add(std::move(name), &number, minimum, maximum, "");
  settings.entries().front().Assign(value, "decoding");
  return number;
}

class Sampling final : public Decoder {
 public:
  static std::unique_ptr<Decoder> Make(std::string_view value) {
    RequireNoValue("sample", value);
    return std::make_unique<Sampling>();
  }
  void Sample(const PolicyNetworks& networks, const RuleSet& /*rules*/, double /*c*/,
              const RolloutOptions& options, int count,
              const TrajectoryVisitor& visit) const override {
    SampleRollouts(networks, options, count, visit);
  }
};

class Temperature final : public Decoder {
 public:
  explicit Temperature(double temperature) : temperature_(static_cast<float>(temperature)) {}

  static std::unique_ptr<Decoder> Make(std::string_view value) {
    return std::make_unique<Temperature>(Number("temperature", value, 0.0, 100.0));
  }
  void Sample(const PolicyNetworks& networks, const RuleSet& /*rules*/, double /*c*/,
              const RolloutOptions& options, int count,
              const TrajectoryVisitor& visit) const override {
    if (options.temperature != 1) {
      Fail("decoding temperature={} and the option temperature {} contradict; give one of them",
           temperature_, options.temperature);
    }
    RolloutOptions rollout = options;
    rollout.temperature = temperature_;
    SampleRollouts(networks, rollout, count, visit);
  }

 private:
  float temperature_;
};

class Mask final : public Decoder {
 public:
  explicit Mask(MaskedRules masked) : masked_(masked) {}

  static std::unique_ptr<Decoder> Make(std::string_view value) {
    MaskedRules masked;
    for (const std::string_view rule : ListItems(value)) {
      if (rule == "key") {
        masked.key = true;
      } else if (rule == "repeat") {
        masked.repeat = true;
      } else {
        Fail("decoding mask={}: '{}' can't be masked; expected key, repeat or key,repeat", value,
             rule);
      }
    }
    return std::make_unique<Mask>(masked);
  }
  void Sample(const PolicyNetworks& networks, const RuleSet& rules, double /*c*/,
              const RolloutOptions& options, int count,
              const TrajectoryVisitor& visit) const override {
    RolloutOptions rollout = options;
    rollout.mask = MakeMask(rules, masked_);
    SampleRollouts(networks, rollout, count, visit);
  }

 private:
  MaskedRules masked_;
};

class BestOf final : public Decoder {
 public:
  explicit BestOf(int candidates) : candidates_(candidates) {}

  static std::unique_ptr<Decoder> Make(std::string_view value) {
    return std::make_unique<BestOf>(Number("best-of", value, 1, 1'000'000));
  }
  void Sample(const PolicyNetworks& networks, const RuleSet& rules, double /*c*/,
              const RolloutOptions& options, int count,
              const TrajectoryVisitor& visit) const override {
    SampleBestOf(networks, rules, candidates_, options, count, visit);
  }

 private:
  int candidates_;
};

class Smc final : public Decoder {
 public:
  explicit Smc(int particles) : particles_(particles) {}

  static std::unique_ptr<Decoder> Make(std::string_view value) {
    return std::make_unique<Smc>(Number("smc", value, 1, 65'536));
  }
  void Sample(const PolicyNetworks& networks, const RuleSet& rules, double c,
              const RolloutOptions& options, int count,
              const TrajectoryVisitor& visit) const override {
    if (std::isinf(1.0F / options.temperature)) {
      Fail("decoding smc={}: temperature {} always proposes the same event; expected one above 0",
           particles_, options.temperature);
    }
    SampleSmc(networks, rules, {.particles = particles_, .c = c}, options, count, visit);
  }

 private:
  int particles_;
};

}  // namespace

const std::vector<DecodingInfo>& Decodings() {
  static const std::vector<DecodingInfo> decodings = {
      {"sample", "sample", "every event is drawn from the policy", Sampling::Make},
      {"temperature", "temperature=0.7", "the same with the logits divided by the temperature",
       Temperature::Make},
      {"mask", "mask=key,repeat", "events that these rules punish are never played", Mask::Make},
      {"best-of", "best-of=64",
       "of so many compositions the one with the largest reward; stays varied", BestOf::Make},
      {"smc", "smc=256",
       "sequential Monte Carlo: so many particles, weighted by exp(reward / c) and resampled; of "
       "all ways the nearest to the optimum for its time",
       Smc::Make},
  };
  return decodings;
}

std::string DecodingHelp() {
  std::vector<std::string_view> examples;
  for (const DecodingInfo& info : Decodings()) examples.push_back(info.example);
  return fmt::format("{}", fmt::join(examples, ", "));
}

std::unique_ptr<Decoder> MakeDecoder(std::string_view decoding) {
  const std::size_t equals = std::min(decoding.find('='), decoding.size());
  const std::string_view name = decoding.substr(0, equals);
  const std::string_view value = decoding.substr(std::min(equals + 1, decoding.size()));
  std::vector<std::string> names;
  for (const DecodingInfo& info : Decodings()) {
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
