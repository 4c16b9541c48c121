// SPDX-License-Identifier: Apache-2.0
#include "rltuner/evaluation/paper_table.h"

namespace rltuner {
namespace {

constexpr PaperRow kRows[] = {
    {0, {.633, .0, .0002, .0003}},       {1, {-.16, -.11, -.10, .55}},
    {2, {.14, .03, -.01, .31}},          {3, {-.13, .03, .01, .17}},
    {4, {.001, .0100, .0060, .287}},     {5, {.009, .288, .287, .0}},
    {6, {.772, .911, .900, .522}},       {7, {.647, .564, .594, .371}},
    {8, {.494, .519, .583, .565}},       {9, {.059, .757, .738, .693}},
    {10, {.00007, .0011, .0009, .0001}},
};

}  // namespace

std::span<const PaperRow> PaperTable() { return kRows; }

}  // namespace rltuner
