// SPDX-License-Identifier: Apache-2.0
#include "rltuner/nn/kernels.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <utility>

#include "rltuner/nn/simd.h"

namespace rltuner::kernels {
namespace {

using simd::Broadcast;
using simd::Floats;
using simd::kLanes;
using simd::Load;
using simd::Store;

// One tile of the result, kRows x (kVectors registers), stays in registers over the whole depth.
template <int kRows, int kVectors>
void Tile(int depth, Operand a, const float* b, std::ptrdiff_t b_stride, float* c,
          std::ptrdiff_t c_stride) {
  Floats sum[kRows][kVectors];
  for (int m = 0; m < kRows; ++m) {
    for (int v = 0; v < kVectors; ++v) sum[m][v] = Load(c + m * c_stride + v * kLanes);
  }
  for (int k = 0; k < depth; ++k) {
    Floats row[kVectors];
    for (int v = 0; v < kVectors; ++v) row[v] = Load(b + v * kLanes);
    for (int m = 0; m < kRows; ++m) {
      const Floats factor = Broadcast(a.data[m * a.row_step]);
      for (int v = 0; v < kVectors; ++v) sum[m][v] += factor * row[v];
    }
    a.data += a.k_step;
    b += b_stride;
  }
  for (int m = 0; m < kRows; ++m) {
    for (int v = 0; v < kVectors; ++v) Store(c + m * c_stride + v * kLanes, sum[m][v]);
  }
}

using TileFunction = void (*)(int, Operand, const float*, std::ptrdiff_t, float*, std::ptrdiff_t);

template <int kVectors, int... kRows>
constexpr auto TilesByRows(std::integer_sequence<int, kRows...>) {
  return std::array<TileFunction, sizeof...(kRows)>{&Tile<kRows + 1, kVectors>...};
}

template <int... kVectors>
constexpr auto RowTiles(std::integer_sequence<int, kVectors...>) {
  return std::array<TileFunction, sizeof...(kVectors)>{&Tile<1, kVectors + 1>...};
}

// Two registers wide and as tall as the register file allows: 12 sums of 16 registers, 24 of 32.
constexpr int kTileRows = kLanes == 16 ? 12 : 6;
constexpr int kTileVectors = 2;
constexpr auto kWideTiles = TilesByRows<kTileVectors>(std::make_integer_sequence<int, kTileRows>{});
constexpr auto kNarrowTiles = TilesByRows<1>(std::make_integer_sequence<int, kTileRows>{});

// A single row is split into equal pieces of at most this many registers: enough independent sums
// to hide the latency of an addition.
constexpr int kRowVectors = 12;
constexpr auto kRowTiles = RowTiles(std::make_integer_sequence<int, kRowVectors>{});

void MultiplyAddRow(int columns, int depth, Operand a, const float* b, std::ptrdiff_t b_stride,
                    float* c) {
  const int vectors = columns / kLanes;
  const int pieces = (vectors + kRowVectors - 1) / kRowVectors;
  for (int piece = 0; piece < pieces; ++piece) {
    const int first = vectors * piece / pieces;
    const int count = vectors * (piece + 1) / pieces - first;
    kRowTiles[count - 1](depth, a, b + first * kLanes, b_stride, c + first * kLanes, 0);
  }
}

}  // namespace

void MultiplyAdd(int rows, int columns, int depth, Operand a, const float* b,
                 std::ptrdiff_t b_stride, float* c, std::ptrdiff_t c_stride) {
  assert(columns % 16 == 0);
  if (rows == 1) {
    MultiplyAddRow(columns, depth, a, b, b_stride, c);
    return;
  }
  // Rows are dealt out evenly: a thin last tile would wait on the latency of its few sums.
  const int row_tiles = (rows + kTileRows - 1) / kTileRows;
  // The columns of one tile of b stay in the first cache while all rows of a pass over them.
  for (int n = 0; n < columns;) {
    const bool wide = columns - n >= kTileVectors * kLanes;
    const auto& tiles = wide ? kWideTiles : kNarrowTiles;
    for (int tile = 0; tile < row_tiles; ++tile) {
      const int m = rows * tile / row_tiles;
      const int count = rows * (tile + 1) / row_tiles - m;
      tiles[count - 1](depth, {a.data + m * a.row_step, a.row_step, a.k_step}, b + n, b_stride,
                       c + m * c_stride + n, c_stride);
    }
    n += wide ? kTileVectors * kLanes : kLanes;
  }
}

void MultiplyAddReference(int rows, int columns, int depth, Operand a, const float* b,
                          std::ptrdiff_t b_stride, float* c, std::ptrdiff_t c_stride) {
  for (int m = 0; m < rows; ++m) {
    for (int n = 0; n < columns; ++n) {
      for (int k = 0; k < depth; ++k) {
        c[m * c_stride + n] += a.data[m * a.row_step + k * a.k_step] * b[k * b_stride + n];
      }
    }
  }
}

void Transpose(int rows, int columns, const float* from, std::ptrdiff_t from_stride, float* to,
               std::ptrdiff_t to_stride) {
  for (int n = 0; n < columns; ++n) {
    for (int m = 0; m < rows; ++m) to[n * to_stride + m] = from[m * from_stride + n];
  }
}

namespace {

// What CellForward does to kLanes cells; Loader and Storer let the last few cells of a row that is
// no multiple of kLanes go through the same arithmetic.
template <typename Loader, typename Storer>
void ForwardCells(Loader load, Storer store, float* i_gate, float* f_gate, float* g_gate,
                  float* o_gate, const float* c_before, float* c, float* h, float* tanh_c) {
  const Floats i = simd::Sigmoid(load(i_gate));
  const Floats f = simd::Sigmoid(load(f_gate));
  const Floats g = simd::Tanh(load(g_gate));
  const Floats o = simd::Sigmoid(load(o_gate));
  const Floats cell = f * load(c_before) + i * g;
  const Floats squashed = simd::Tanh(cell);
  store(i_gate, i);
  store(f_gate, f);
  store(g_gate, g);
  store(o_gate, o);
  store(c, cell);
  store(tanh_c, squashed);
  store(h, o * squashed);
}

template <typename Loader, typename Storer>
void BackwardCells(Loader load, Storer store, float* i_gate, float* f_gate, float* g_gate,
                   float* o_gate, const float* c_before, const float* tanh_c, const float* dh,
                   float* dc) {
  const Floats i = load(i_gate);
  const Floats f = load(f_gate);
  const Floats g = load(g_gate);
  const Floats o = load(o_gate);
  const Floats squashed = load(tanh_c);
  const Floats d_h = load(dh);
  const Floats d_c = load(dc) + d_h * o * (1.0F - squashed * squashed);
  store(i_gate, d_c * g * i * (1.0F - i));
  store(f_gate, d_c * load(c_before) * f * (1.0F - f));
  store(g_gate, d_c * i * (1.0F - g * g));
  store(o_gate, d_h * squashed * o * (1.0F - o));
  store(dc, d_c * f);
}

struct PartialLoad {
  int count;
  Floats operator()(const float* from) const {
    float lanes[kLanes] = {};
    std::copy_n(from, count, lanes);
    return Load(lanes);
  }
};

struct PartialStore {
  int count;
  void operator()(float* to, Floats x) const {
    float lanes[kLanes];
    Store(lanes, x);
    std::copy_n(lanes, count, to);
  }
};

}  // namespace

void CellForward(int hidden, float* gates, const float* c_before, float* c, float* h,
                 float* tanh_c) {
  float* const i = gates;
  float* const f = gates + hidden;
  float* const g = gates + 2 * hidden;
  float* const o = gates + 3 * hidden;
  int n = 0;
  for (; n + kLanes <= hidden; n += kLanes) {
    ForwardCells(Load, Store, i + n, f + n, g + n, o + n, c_before + n, c + n, h + n, tanh_c + n);
  }
  if (n < hidden) {
    ForwardCells(PartialLoad{hidden - n}, PartialStore{hidden - n}, i + n, f + n, g + n, o + n,
                 c_before + n, c + n, h + n, tanh_c + n);
  }
}

void CellBackward(int hidden, float* gates, const float* c_before, const float* tanh_c,
                  const float* dh, float* dc) {
  float* const i = gates;
  float* const f = gates + hidden;
  float* const g = gates + 2 * hidden;
  float* const o = gates + 3 * hidden;
  int n = 0;
  for (; n + kLanes <= hidden; n += kLanes) {
    BackwardCells(Load, Store, i + n, f + n, g + n, o + n, c_before + n, tanh_c + n, dh + n,
                  dc + n);
  }
  if (n < hidden) {
    BackwardCells(PartialLoad{hidden - n}, PartialStore{hidden - n}, i + n, f + n, g + n, o + n,
                  c_before + n, tanh_c + n, dh + n, dc + n);
  }
}

void AddScaled(std::size_t n, float a, const float* x, float* y) {
  for (std::size_t i = 0; i < n; ++i) y[i] += a * x[i];
}

}  // namespace rltuner::kernels
