// SPDX-License-Identifier: Apache-2.0
#include "rltuner/nn/kernels.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "normal.h"
#include "rltuner/core/random.h"
#include "rltuner/nn/simd.h"

namespace rltuner {
namespace {

// By the definition, one element at a time.
void AddMatrixProductReference(int rows, int columns, int depth, kernels::MatrixView a,
                               const float* b, std::ptrdiff_t b_stride, float* c,
                               std::ptrdiff_t c_stride) {
  for (int m = 0; m < rows; ++m) {
    for (int n = 0; n < columns; ++n) {
      for (int k = 0; k < depth; ++k) {
        c[m * c_stride + n] += a.data[m * a.row_stride + k * a.column_stride] * b[k * b_stride + n];
      }
    }
  }
}

std::vector<float> RandomFloats(std::size_t n, Random& random) {
  std::vector<float> values(n);
  for (float& value : values) value = static_cast<float>(Normal(random));
  return values;
}

TEST(AddMatrixProduct, EqualsTheReferenceForEveryTileShape) {
  constexpr std::uint64_t kKernelsSeed = 7;
  SCOPED_TRACE(kKernelsSeed);
  Random random(kKernelsSeed);
  for (int rows = 1; rows <= 26; ++rows) {
    for (const int columns : {16, 32, 48, 112, 400}) {
      const int depth = 1 + static_cast<int>(random.Below(40));
      const std::vector<float> a = RandomFloats(static_cast<std::size_t>(rows) * depth, random);
      const std::vector<float> b = RandomFloats(static_cast<std::size_t>(depth) * columns, random);
      std::vector<float> fast = RandomFloats(static_cast<std::size_t>(rows) * columns, random);
      std::vector<float> plain = fast;
      kernels::AddMatrixProduct(rows, columns, depth, {a.data(), depth, 1}, b.data(), columns,
                                fast.data(), columns);
      AddMatrixProductReference(rows, columns, depth, {a.data(), depth, 1}, b.data(), columns,
                                plain.data(), columns);
      for (std::size_t i = 0; i < fast.size(); ++i) {
        ASSERT_NEAR(fast[i], plain[i], 1e-4) << rows << " x " << columns << " x " << depth;
      }
    }
  }
}

// The bias of a product, and c that holds it before AddMatrixProduct.
struct Biased {
  std::vector<float> bias, weights;
  std::vector<int> events;
  std::vector<float> c;

  Biased(int rows, int columns, bool one_hot, Random& random)
      : bias(RandomFloats(columns, random)) {
    constexpr int kClasses = 5;
    if (one_hot) weights = RandomFloats(static_cast<std::size_t>(kClasses) * columns, random);
    for (int m = 0; m < rows; ++m) {
      events.push_back(static_cast<int>(random.Below(kClasses)));
      for (int n = 0; n < columns; ++n) {
        c.push_back(bias[n] + (one_hot ? weights[events[m] * columns + n] : 0.0F));
      }
    }
  }

  kernels::Bias view(int columns) const {
    if (weights.empty()) return {.values = bias.data()};
    return {bias.data(), weights.data(), columns, events.data()};
  }
};

TEST(MatrixProduct, EqualsBitForBitAddMatrixProductToTheBias) {
  constexpr std::uint64_t kSeed = 8;
  SCOPED_TRACE(kSeed);
  Random random(kSeed);
  for (const bool one_hot : {false, true}) {
    for (const int rows : {1, 2, 7, 8, 9, 31, 32}) {
      for (const int columns : {16, 48, 400}) {
        const int depth = 1 + static_cast<int>(random.Below(40));
        const std::vector<float> a = RandomFloats(static_cast<std::size_t>(rows) * depth, random);
        const std::vector<float> b =
            RandomFloats(static_cast<std::size_t>(depth) * columns, random);
        Biased expected(rows, columns, one_hot, random);
        kernels::AddMatrixProduct(rows, columns, depth, {a.data(), depth, 1}, b.data(), columns,
                                  expected.c.data(), columns);
        std::vector<float> c = RandomFloats(expected.c.size(), random);
        kernels::MatrixProduct(rows, columns, depth, expected.view(columns), {a.data(), depth, 1},
                               b.data(), columns, c.data(), columns);
        ASSERT_EQ(c, expected.c) << rows << " x " << columns << " x " << depth;
      }
    }
  }
}

TEST(AddMatrixProduct, OfNoRowsDoesNothing) {
  const float one = 1;
  std::vector<float> c(16, 3.0F);
  kernels::AddMatrixProduct(0, 16, 1, {&one, 1, 1}, c.data(), 16, c.data(), 16);
  EXPECT_EQ(c, std::vector<float>(16, 3.0F));
}

TEST(MatrixProductOneColumn, EqualsBitForBitThatColumnOfTheProduct) {
  constexpr std::uint64_t kSeed = 9;
  SCOPED_TRACE(kSeed);
  constexpr int kColumns = 48;
  Random random(kSeed);
  for (int rows = 1; rows <= 10; ++rows) {
    const int depth = 1 + static_cast<int>(random.Below(120));
    const std::vector<float> a = RandomFloats(static_cast<std::size_t>(rows) * depth, random);
    const std::vector<float> b = RandomFloats(static_cast<std::size_t>(depth) * kColumns, random);
    const std::vector<float> bias = RandomFloats(kColumns, random);
    std::vector<float> c(static_cast<std::size_t>(rows) * kColumns);
    kernels::MatrixProduct(rows, kColumns, depth, {.values = bias.data()}, {a.data(), depth, 1},
                           b.data(), kColumns, c.data(), kColumns);
    std::vector<int> columns(rows);
    for (int& column : columns) column = static_cast<int>(random.Below(kColumns));
    std::vector<float> values(rows);
    kernels::MatrixProductOneColumn(rows, depth, bias.data(), {a.data(), depth, 1}, b.data(),
                                    kColumns, columns.data(), values.data());
    for (int m = 0; m < rows; ++m) ASSERT_EQ(values[m], c[m * kColumns + columns[m]]) << m;
  }
}

TEST(AddMatrixProduct, TakesATransposedMatrix) {
  Random random(3);
  const std::vector<float> a = RandomFloats(5 * 9, random);  // [depth 9, rows 5]
  const std::vector<float> b = RandomFloats(9 * 16, random);
  std::vector<float> fast(5 * 16, 0.0F);
  std::vector<float> plain(5 * 16, 0.0F);
  kernels::AddMatrixProduct(5, 16, 9, {a.data(), 1, 5}, b.data(), 16, fast.data(), 16);
  AddMatrixProductReference(5, 16, 9, {a.data(), 1, 5}, b.data(), 16, plain.data(), 16);
  for (std::size_t i = 0; i < fast.size(); ++i) ASSERT_NEAR(fast[i], plain[i], 1e-5);
}

TEST(Transpose, ExchangesRowsAndColumns) {
  const std::vector<float> from = {1, 2, 3, 4, 5, 6};
  std::vector<float> to(6);
  kernels::Transpose(2, 3, from.data(), 3, to.data(), 2);
  EXPECT_EQ(to, (std::vector<float>{1, 4, 2, 5, 3, 6}));
}

float Lane(simd::Floats x) {
  float lanes[simd::kLanes];
  simd::Store(lanes, x);
  return lanes[0];
}

TEST(Simd, ExpIsWithinTwoUnitsInTheLastPlace) {
  for (double x = -86; x < 87; x += 0.0137) {
    const float argument = static_cast<float>(x);
    const double exact = std::exp(static_cast<double>(argument));
    ASSERT_NEAR(Lane(simd::Exp(simd::Broadcast(argument))) / exact, 1.0, 2.4e-7) << x;
  }
}

TEST(Simd, ExpStaysFiniteForAnyArgument) {
  for (const float x : {-1e30F, -INFINITY, 1e30F, INFINITY}) {
    EXPECT_TRUE(std::isfinite(Lane(simd::Exp(simd::Broadcast(x))))) << x;
  }
}

TEST(Simd, SigmoidAndTanhAreWithin2e7) {
  for (double x = -30; x < 30; x += 0.0071) {
    const float argument = static_cast<float>(x);
    ASSERT_NEAR(Lane(simd::Sigmoid(simd::Broadcast(argument))), 1 / (1 + std::exp(-argument)),
                2e-7);
    ASSERT_NEAR(Lane(simd::Tanh(simd::Broadcast(argument))), std::tanh(argument), 2e-7);
  }
}

}  // namespace
}  // namespace rltuner
