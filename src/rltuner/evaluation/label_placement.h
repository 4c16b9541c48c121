// SPDX-License-Identifier: Apache-2.0
// Where the labels of a chart's points can stand without covering each other.
#pragma once

#include <optional>
#include <vector>

namespace rltuner {

// In pixels, y downwards.
struct Box {
  double left, top, width, height;
};

struct Segment {
  double x1, y1, x2, y2;
};

// Places one label after the other; a placed label does not move. Each is tried at eight places
// around its point, then at eight farther off, and at eight farther still.
class LabelPlacement {
 public:
  explicit LabelPlacement(const Box& area) : area_(area) {}

  // No label may cover the box.
  void Occupy(const Box& box) { occupied_.push_back(box); }

  // A label covers the segment only if there is no other place.
  void Avoid(const Segment& segment) { avoided_.push_back(segment); }

  struct Label {
    Box box;
    bool beside;  // false: far enough from the point to need a line to it
  };
  // The label of the point (x, y), which occupies its place from then on. Nothing if there is no
  // room in the area.
  std::optional<Label> PlaceLabel(double x, double y, double width, double height);

 private:
  bool IsFree(const Box& box) const;
  int Crossings(const Box& box) const;

  Box area_;
  std::vector<Box> occupied_;
  std::vector<Segment> avoided_;
};

}  // namespace rltuner
