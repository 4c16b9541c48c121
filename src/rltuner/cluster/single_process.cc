// SPDX-License-Identifier: Apache-2.0
#include "rltuner/cluster/cluster.h"
#include "rltuner/core/parallel.h"

namespace rltuner {
namespace {

class Single final : public Cluster {
 public:
  int rank() const override { return 0; }
  int size() const override { return 1; }
  void Sum(std::span<float>) override {}
  void Sum(std::span<double>) override {}
  void Wait() override {}
  void ForEachTask(int tasks, int threads, const std::function<void(int)>& work) override {
    ParallelFor(tasks, threads, [&](int task, int) { work(task); });
  }
  void Abort(int) override {}
};

}  // namespace

std::unique_ptr<Cluster> SingleProcess() { return std::make_unique<Single>(); }

}  // namespace rltuner
