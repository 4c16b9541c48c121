// SPDX-License-Identifier: Apache-2.0
// The dense loops of the LSTM. Each element of a result is summed in the same order for every batch
// size, so a batched step equals single steps bit for bit.
#pragma once

#include <cstddef>

namespace rltuner::kernels {

// A read-only matrix: element (m, k) is data[m * row_stride + k * column_stride], so its transpose
// is the same memory with the strides exchanged.
struct MatrixView {
  const float* data;
  std::ptrdiff_t row_stride;
  std::ptrdiff_t column_stride;
};

// c[m, n] += sum over k of a(m, k) * b[k, n], for m < rows, k < depth, n < columns.
// b and c are row-major with the given strides; columns is a multiple of 16.
void AddMatrixProduct(int rows, int columns, int depth, MatrixView a, const float* b,
                      std::ptrdiff_t b_stride, float* c, std::ptrdiff_t c_stride);

// The terms that a layer adds to its matrix product: its bias and, for one-hot inputs, the weight
// rows of the inputs that are one. Element (m, n) gets values[n] and then, if there are weights,
// weights[inputs[m * count + i], n] for i = 0 .. count-1, in this order.
struct Bias {
  const float* values = nullptr;
  const float* weights = nullptr;  // row-major
  std::ptrdiff_t weights_stride = 0;
  const int* inputs = nullptr;
  int count = 1;
};

// c[m, n] = bias + sum over k of a(m, k) * b[k, n]; otherwise as AddMatrixProduct. Equals
// AddMatrixProduct on a c filled with the bias, bit for bit.
void MatrixProduct(int rows, int columns, int depth, const Bias& bias, MatrixView a, const float* b,
                   std::ptrdiff_t b_stride, float* c, std::ptrdiff_t c_stride);

// One element of each row: values[m] = c[m, columns[m]] of the MatrixProduct with this bias, bit
// for bit.
void MatrixProductOneColumn(int rows, int depth, const float* bias, MatrixView a, const float* b,
                            std::ptrdiff_t b_stride, const int* columns, float* values);

// to[n, m] = from[m, n] for m < rows, n < columns.
void Transpose(int rows, int columns, const float* from, std::ptrdiff_t from_stride, float* to,
               std::ptrdiff_t to_stride);

// One row of LSTM cells. `gates` has the sums [i | f | g | o], H each, and is replaced by the
// activated gates. c and h are computed from c_before; tanh_c = tanh(c) is kept for the backward
// pass. c may be c_before.
//   c = f * c_before + i * g,  h = o * tanh(c)
void CellForward(int hidden, float* gates, const float* c_before, float* c, float* h,
                 float* tanh_c);

// The backward pass of CellForward for one row. dh and dc are the gradients of h and c. `gates` has
// the activated gates and is replaced by the gradients of their sums; dc is replaced by the
// gradient of c_before.
void CellBackward(int hidden, float* gates, const float* c_before, const float* tanh_c,
                  const float* dh, float* dc);

}  // namespace rltuner::kernels
