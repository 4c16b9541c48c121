// SPDX-License-Identifier: Apache-2.0
// The dense loops under the LSTM. Every element of a result is summed in the same order whatever
// the batch size, so a batched step gives bit for bit what single steps give.
#pragma once

#include <cstddef>

namespace rltuner::kernels {

// A matrix that is only read: element (row, k) stands at data[row * row_step + k * k_step], so a
// transposed matrix is the same memory with the steps exchanged.
struct Operand {
  const float* data;
  std::ptrdiff_t row_step;
  std::ptrdiff_t k_step;
};

// c[m, n] += sum over k of a(m, k) * b[k, n], for m < rows, k < depth, n < columns.
// b and c are row-major with the given strides; columns is a multiple of 16.
void MultiplyAdd(int rows, int columns, int depth, Operand a, const float* b,
                 std::ptrdiff_t b_stride, float* c, std::ptrdiff_t c_stride);

// What the sums of row m begin with: every_row[n], and table[table_rows[m], n] where there is a
// table. An LSTM's sums of gates begin with the bias and, for a one-hot input, with its weights.
struct Start {
  const float* every_row = nullptr;
  const float* table = nullptr;  // row-major
  std::ptrdiff_t table_stride = 0;
  const int* table_rows = nullptr;
};

// c[m, n] = start + sum over k of a(m, k) * b[k, n]; otherwise as MultiplyAdd, and bit for bit what
// that makes of a c that holds the start.
void Multiply(int rows, int columns, int depth, const Start& start, Operand a, const float* b,
              std::ptrdiff_t b_stride, float* c, std::ptrdiff_t c_stride);

// values[m] = what Multiply makes of c[m, columns[m]] with a start of every_row alone, bit for bit.
void MultiplyOneColumn(int rows, int depth, const float* every_row, Operand a, const float* b,
                       std::ptrdiff_t b_stride, const int* columns, float* values);

// MultiplyAdd by the definition, one element at a time: what the tests hold the fast one against.
void MultiplyAddReference(int rows, int columns, int depth, Operand a, const float* b,
                          std::ptrdiff_t b_stride, float* c, std::ptrdiff_t c_stride);

// to[n, m] = from[m, n] for m < rows, n < columns.
void Transpose(int rows, int columns, const float* from, std::ptrdiff_t from_stride, float* to,
               std::ptrdiff_t to_stride);

// One row of LSTM cells: `gates` holds the sums [i | f | g | o], H each, and is replaced by the
// activated gates; c and h are computed from c_before, tanh_c = tanh(c) is kept for the backward
// pass. c may be c_before.
//   c = f * c_before + i * g,  h = o * tanh(c)
void CellForward(int hidden, float* gates, const float* c_before, float* c, float* h,
                 float* tanh_c);

// The backward pass of CellForward for one row: from dh and dc (gradients of h and c) to `gates`,
// which holds the activated gates and is replaced by the gradients of their sums; dc is replaced by
// the gradient of c_before.
void CellBackward(int hidden, float* gates, const float* c_before, const float* tanh_c,
                  const float* dh, float* dc);

// y[i] += x[i]
void Add(std::size_t n, const float* x, float* y);

}  // namespace rltuner::kernels
