// SPDX-License-Identifier: Apache-2.0
#include "rltuner/evaluation/label_placement.h"

#include <algorithm>

namespace rltuner {
namespace {

// Directions from a point to its label, the most readable first.
constexpr struct {
  int x, y;
} kDirections[] = {{1, -1}, {1, 0}, {1, 1}, {-1, -1}, {-1, 0}, {-1, 1}, {0, -1}, {0, 1}};

// Pixels from the point to the label's nearest side.
constexpr double kBeside = 5;
constexpr double kDistances[] = {kBeside, 17, 32};

bool Overlap(const Box& a, const Box& b) {
  return a.left < b.left + b.width && b.left < a.left + a.width && a.top < b.top + b.height &&
         b.top < a.top + a.height;
}

// Whether part of a segment lies in a box, by clipping at the four sides (Liang and Barsky, 1984).
bool Crosses(const Segment& segment, const Box& box) {
  double from = 0;
  double to = 1;
  const auto cut = [&](double start, double change, double low, double high) {
    if (change == 0) return start > low && start < high;
    const double a = (low - start) / change;
    const double b = (high - start) / change;
    from = std::max(from, std::min(a, b));
    to = std::min(to, std::max(a, b));
    return from < to;
  };
  return cut(segment.x1, segment.x2 - segment.x1, box.left, box.left + box.width) &&
         cut(segment.y1, segment.y2 - segment.y1, box.top, box.top + box.height);
}

// The place of a label along one axis: -1 before the point, 0 centred on it, 1 after it.
double Side(double point, int direction, double distance, double size) {
  if (direction == 0) return point - size / 2;
  return direction > 0 ? point + distance : point - distance - size;
}

}  // namespace

bool LabelPlacement::IsFree(const Box& box) const {
  if (box.left < area_.left || box.top < area_.top ||
      box.left + box.width > area_.left + area_.width ||
      box.top + box.height > area_.top + area_.height) {
    return false;
  }
  return std::ranges::none_of(occupied_, [&](const Box& other) { return Overlap(box, other); });
}

int LabelPlacement::Crossings(const Box& box) const {
  return static_cast<int>(std::ranges::count_if(
      avoided_, [&](const Segment& segment) { return Crosses(segment, box); }));
}

std::optional<LabelPlacement::Label> LabelPlacement::PlaceLabel(double x, double y, double width,
                                                                double height) {
  std::optional<Label> best;
  int least = 0;
  for (const double distance : kDistances) {
    for (const auto& direction : kDirections) {
      // Diagonal labels touch the point's height, so that they visibly belong to it.
      const double rise = direction.x == 0 ? distance : distance - kBeside;
      const Box box{Side(x, direction.x, distance, width), Side(y, direction.y, rise, height),
                    width, height};
      if (!IsFree(box)) continue;
      const int crossings = Crossings(box);
      if (best && crossings >= least) continue;
      best = {box, distance == kBeside};
      least = crossings;
    }
  }
  if (best) Occupy(best->box);
  return best;
}

}  // namespace rltuner
