// SPDX-License-Identifier: Apache-2.0
#include "rltuner/nn/kernels.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

#include "rltuner/nn/simd.h"

namespace rltuner::kernels {
namespace {

using simd::Broadcast;
using simd::Floats;
using simd::kLanes;
using simd::Load;
using simd::Store;

// The arguments of a matrix product. Without a bias the product is added to c.
struct Product {
  int depth;
  Bias bias;
  MatrixView a;
  const float* b;
  std::ptrdiff_t b_stride;
  float* c;
  std::ptrdiff_t c_stride;
};

// One tile of the result, kRows x (kVectors registers) from first_row and first_column on, stays in
// registers over the whole depth.
template <int kRows, int kVectors>
void Tile(const Product& product, std::ptrdiff_t first_row, std::ptrdiff_t first_column) {
  const Bias& bias = product.bias;
  float* const c = product.c + first_row * product.c_stride + first_column;
  Floats sum[kRows][kVectors];
  if (bias.values == nullptr) {
    RLTUNER_UNROLL
    for (int m = 0; m < kRows; ++m) {
      RLTUNER_UNROLL
      for (int v = 0; v < kVectors; ++v) sum[m][v] = Load(c + m * product.c_stride + v * kLanes);
    }
  } else {
    const float* const values = bias.values + first_column;
    RLTUNER_UNROLL
    for (int m = 0; m < kRows; ++m) {
      RLTUNER_UNROLL
      for (int v = 0; v < kVectors; ++v) sum[m][v] = Load(values + v * kLanes);
    }
    for (int i = 0; bias.weights != nullptr && i < bias.count; ++i) {
      const int* const inputs = bias.inputs + first_row * bias.count + i;
      RLTUNER_UNROLL
      for (int m = 0; m < kRows; ++m) {
        const float* const row =
            bias.weights + first_column + inputs[m * bias.count] * bias.weights_stride;
        RLTUNER_UNROLL
        for (int v = 0; v < kVectors; ++v) sum[m][v] += Load(row + v * kLanes);
      }
    }
  }
  const float* a = product.a.data + first_row * product.a.row_stride;
  const float* b = product.b + first_column;
  for (int k = 0; k < product.depth; ++k) {
    Floats row[kVectors];
    RLTUNER_UNROLL
    for (int v = 0; v < kVectors; ++v) row[v] = Load(b + v * kLanes);
    RLTUNER_UNROLL
    for (int m = 0; m < kRows; ++m) {
      const Floats factor = Broadcast(a[m * product.a.row_stride]);
      RLTUNER_UNROLL
      for (int v = 0; v < kVectors; ++v) sum[m][v] += factor * row[v];
    }
    a += product.a.column_stride;
    b += product.b_stride;
  }
  RLTUNER_UNROLL
  for (int m = 0; m < kRows; ++m) {
    RLTUNER_UNROLL
    for (int v = 0; v < kVectors; ++v) Store(c + m * product.c_stride + v * kLanes, sum[m][v]);
  }
}

using TileFunction = void (*)(const Product&, std::ptrdiff_t, std::ptrdiff_t);

template <int kVectors, int... kRows>
constexpr auto TilesByRows(std::integer_sequence<int, kRows...>) {
  return std::array<TileFunction, sizeof...(kRows)>{&Tile<kRows + 1, kVectors>...};
}

template <int... kVectors>
constexpr auto RowTiles(std::integer_sequence<int, kVectors...>) {
  return std::array<TileFunction, sizeof...(kVectors)>{&Tile<1, kVectors + 1>...};
}

// As large as the register file allows: 12 sums of 16 registers, 24 of 32.
constexpr int kTileRows = kLanes == 16 ? 8 : 6;
constexpr int kTileVectors = kLanes == 16 ? 3 : 2;

template <int... kVectors>
constexpr auto Tiles(std::integer_sequence<int, kVectors...>) {
  return std::array{TilesByRows<kVectors + 1>(std::make_integer_sequence<int, kTileRows>{})...};
}

constexpr auto kTiles = Tiles(std::make_integer_sequence<int, kTileVectors>{});

// A single row is split into equal pieces of at most this many registers: enough independent sums
// to hide the latency of an addition.
constexpr int kRowVectors = 12;
constexpr auto kRowTiles = RowTiles(std::make_integer_sequence<int, kRowVectors>{});

// Splits `total` into as few pieces of at most `most` as possible, as evenly as possible: a thin
// last piece would wait for the latency of its few sums. Calls visit(first, count) for each.
template <typename Visit>
void SplitEvenly(int total, int most, Visit visit) {
  if (total == 0) return;
  const int pieces = (total + most - 1) / most;
  const int smaller = total / pieces;
  const int larger_ones = total % pieces;
  for (int piece = 0, first = 0; piece < pieces; ++piece) {
    const int count = smaller + (piece < larger_ones ? 1 : 0);
    visit(first, count);
    first += count;
  }
}

void Compute(int rows, int columns, const Product& product) {
  assert(columns % 16 == 0);
  const int vectors = columns / kLanes;
  if (rows == 1) {
    SplitEvenly(vectors, kRowVectors,
                [&](int vector, int width) { kRowTiles[width - 1](product, 0, vector * kLanes); });
    return;
  }
  // The columns of one tile of b stay in the first-level cache while all rows of a pass over them.
  SplitEvenly(vectors, kTileVectors, [&](int vector, int width) {
    SplitEvenly(rows, kTileRows, [&](int row, int height) {
      kTiles[width - 1][height - 1](product, row, vector * kLanes);
    });
  });
}

}  // namespace

void MatrixProduct(int rows, int columns, int depth, const Bias& bias, MatrixView a, const float* b,
                   std::ptrdiff_t b_stride, float* c, std::ptrdiff_t c_stride) {
  assert(bias.values != nullptr);
  Compute(rows, columns, {depth, bias, a, b, b_stride, c, c_stride});
}

void AddMatrixProduct(int rows, int columns, int depth, MatrixView a, const float* b,
                      std::ptrdiff_t b_stride, float* c, std::ptrdiff_t c_stride) {
  Compute(rows, columns, {depth, {}, a, b, b_stride, c, c_stride});
}

void MatrixProductOneColumn(int rows, int depth, const float* bias, MatrixView a, const float* b,
                            std::ptrdiff_t b_stride, const int* columns, float* values) {
  using simd::kShortLanes;
  // Each row computes only the few columns around its own. Several rows are computed together,
  // because the additions of one row wait for each other; more rows would need more pointers than
  // there are registers.
  constexpr int kTogether = 4;
  for (int first = 0; first < rows; first += kTogether) {
    const int count = std::min(kTogether, rows - first);
    simd::ShortFloats sum[kTogether];
    const float* factor[kTogether];
    std::ptrdiff_t column[kTogether];
    RLTUNER_UNROLL
    for (int i = 0; i < kTogether; ++i) {
      const int m = first + std::min(i, count - 1);
      column[i] = columns[m] / kShortLanes * kShortLanes;
      sum[i] = simd::LoadShort(bias + column[i]);
      factor[i] = a.data + m * a.row_stride;
    }
    const float* row = b;
    std::ptrdiff_t at = 0;
    for (int k = 0; k < depth; ++k) {
      RLTUNER_UNROLL
      for (int i = 0; i < kTogether; ++i) {
        sum[i] += simd::BroadcastShort(factor[i][at]) * simd::LoadShort(row + column[i]);
      }
      row += b_stride;
      at += a.column_stride;
    }
    float lanes[kTogether][kShortLanes];
    RLTUNER_UNROLL
    for (int i = 0; i < kTogether; ++i) simd::StoreShort(lanes[i], sum[i]);
    for (int i = 0; i < count; ++i) values[first + i] = lanes[i][columns[first + i] % kShortLanes];
  }
}

void Transpose(int rows, int columns, const float* from, std::ptrdiff_t from_stride, float* to,
               std::ptrdiff_t to_stride) {
  // Works in squares of cache lines: whole columns of a matrix would miss the cache at every
  // element.
  constexpr int kSide = 16;
  for (int n = 0; n < columns; n += kSide) {
    for (int m = 0; m < rows; m += kSide) {
      const int n_end = std::min(n + kSide, columns);
      const int m_end = std::min(m + kSide, rows);
      for (int i = n; i < n_end; ++i) {
        for (int j = m; j < m_end; ++j) to[i * to_stride + j] = from[j * from_stride + i];
      }
    }
  }
}

namespace {

// to[i] = function(from[i]). If n is no multiple of kLanes, the last register overlaps the one
// before; it is loaded before that one is overwritten. n is at least kLanes.
template <typename Function>
void Map(int n, Function function, const float* from, float* to) {
  const int last = n - kLanes;
  const Floats tail = Load(from + last);
  for (int i = 0; i < last; i += kLanes) Store(to + i, function(Load(from + i)));
  Store(to + last, function(tail));
}

// One register of cells whose gates are activated. Loading and storing are separate for the same
// reason.
struct ForwardCells {
  Floats i, f, g, o, c;

  ForwardCells(int hidden, const float* gates, const float* c_before)
      : i(Load(gates)),
        f(Load(gates + hidden)),
        g(Load(gates + 2 * hidden)),
        o(Load(gates + 3 * hidden)),
        c(Load(c_before)) {}

  void Store(float* c_after, float* h, float* tanh_c) {
    c = f * c + i * g;
    const Floats squashed = simd::Tanh(c);
    simd::Store(c_after, c);
    simd::Store(tanh_c, squashed);
    simd::Store(h, o * squashed);
  }
};

struct BackwardCells {
  Floats i, f, g, o, c_before, dc;

  BackwardCells(int hidden, const float* gates, const float* c_before_step, const float* d_c)
      : i(Load(gates)),
        f(Load(gates + hidden)),
        g(Load(gates + 2 * hidden)),
        o(Load(gates + 3 * hidden)),
        c_before(Load(c_before_step)),
        dc(Load(d_c)) {}

  void Store(int hidden, float* gates, const float* tanh_c, const float* d_h, float* d_c) {
    const Floats squashed = Load(tanh_c);
    const Floats dh = Load(d_h);
    dc += dh * o * (1.0F - squashed * squashed);
    simd::Store(gates, dc * g * i * (1.0F - i));
    simd::Store(gates + hidden, dc * c_before * f * (1.0F - f));
    simd::Store(gates + 2 * hidden, dc * i * (1.0F - g * g));
    simd::Store(gates + 3 * hidden, dh * squashed * o * (1.0F - o));
    simd::Store(d_c, dc * f);
  }
};

// Rows shorter than a register are moved to room of register length and back.
constexpr int kShort = kLanes;

struct ShortRow {
  float lanes[4 * kShort] = {};

  // `parts` pieces of `count` floats, each to its own register.
  ShortRow(int parts, int count, const float* from) {
    for (int part = 0; part < parts; ++part) {
      std::copy_n(from + part * count, count, lanes + part * kShort);
    }
  }
  void CopyTo(int parts, int count, float* to) const {
    for (int part = 0; part < parts; ++part) {
      std::copy_n(lanes + part * kShort, count, to + part * count);
    }
  }
};

}  // namespace

void CellForward(int hidden, float* gates, const float* c_before, float* c, float* h,
                 float* tanh_c) {
  if (hidden < kLanes) {
    ShortRow z(4, hidden, gates);
    ShortRow cell(1, hidden, c_before);
    ShortRow out(1, hidden, c_before);
    ShortRow squashed(1, hidden, c_before);
    CellForward(kShort, z.lanes, cell.lanes, cell.lanes, out.lanes, squashed.lanes);
    z.CopyTo(4, hidden, gates);
    cell.CopyTo(1, hidden, c);
    out.CopyTo(1, hidden, h);
    squashed.CopyTo(1, hidden, tanh_c);
    return;
  }
  // Computes all gates first: their exponentials do not wait for one another, so the processor
  // computes many at once. If each cell's tanh followed its gates, the processor would wait for
  // each such chain.
  Map(2 * hidden, simd::Sigmoid, gates, gates);
  Map(hidden, simd::Tanh, gates + 2 * hidden, gates + 2 * hidden);
  Map(hidden, simd::Sigmoid, gates + 3 * hidden, gates + 3 * hidden);
  const int last = hidden - kLanes;
  ForwardCells tail(hidden, gates + last, c_before + last);
  for (int n = 0; n < last; n += kLanes) {
    ForwardCells(hidden, gates + n, c_before + n).Store(c + n, h + n, tanh_c + n);
  }
  tail.Store(c + last, h + last, tanh_c + last);
}

void CellBackward(int hidden, float* gates, const float* c_before, const float* tanh_c,
                  const float* dh, float* dc) {
  if (hidden < kLanes) {
    ShortRow z(4, hidden, gates);
    ShortRow cell(1, hidden, dc);
    const ShortRow before(1, hidden, c_before);
    const ShortRow squashed(1, hidden, tanh_c);
    const ShortRow out(1, hidden, dh);
    BackwardCells(kShort, z.lanes, before.lanes, cell.lanes)
        .Store(kShort, z.lanes, squashed.lanes, out.lanes, cell.lanes);
    z.CopyTo(4, hidden, gates);
    cell.CopyTo(1, hidden, dc);
    return;
  }
  const int last = hidden - kLanes;
  BackwardCells tail(hidden, gates + last, c_before + last, dc + last);
  for (int n = 0; n < last; n += kLanes) {
    BackwardCells(hidden, gates + n, c_before + n, dc + n)
        .Store(hidden, gates + n, tanh_c + n, dh + n, dc + n);
  }
  tail.Store(hidden, gates + last, tanh_c + last, dh + last, dc + last);
}

}  // namespace rltuner::kernels
