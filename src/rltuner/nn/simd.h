// SPDX-License-Identifier: Apache-2.0
// A register full of floats, with the few operations that the kernels need. One source for AVX-512,
// AVX2, SSE and NEON through the vector extension of GCC and Clang; other compilers get one float
// at a time.
//
// This header is not installed, and no public header includes it, because what it defines depends
// on the processor for which a file is compiled.
#pragma once

#include <cstdint>
#include <cstring>
#include <span>

#if defined(__AVX__)
#include <immintrin.h>
#endif

namespace rltuner::simd {

// Put before a short loop of constant length whose values should stay in registers. Without this, a
// compiler unrolls the loop only after register allocation.
#if defined(__GNUC__)
#define RLTUNER_UNROLL _Pragma("GCC unroll 16")
#else
#define RLTUNER_UNROLL
#endif

#if defined(__GNUC__)

#if defined(__AVX512F__)
inline constexpr int kLanes = 16;
#elif defined(__AVX__)
inline constexpr int kLanes = 8;
#else
inline constexpr int kLanes = 4;
#endif

using Floats = float __attribute__((vector_size(kLanes * 4)));
using Ints = std::int32_t __attribute__((vector_size(kLanes * 4)));
using UnalignedFloats = float __attribute__((vector_size(kLanes * 4), aligned(4), may_alias));

inline Floats Broadcast(float x) { return x - Floats{}; }

// A short register, for data that would fill only part of a whole one. Two loads of these take the
// time of one.
inline constexpr int kShortLanes = 4;
using ShortFloats = float __attribute__((vector_size(kShortLanes * 4)));
using UnalignedShortFloats =
    float __attribute__((vector_size(kShortLanes * 4), aligned(4), may_alias));
inline ShortFloats BroadcastShort(float x) { return x - ShortFloats{}; }
inline ShortFloats LoadShort(const float* from) {
  return *reinterpret_cast<const UnalignedShortFloats*>(from);
}
inline void StoreShort(float* to, ShortFloats x) {
  *reinterpret_cast<UnalignedShortFloats*>(to) = x;
}

// Compilers turn `a < b ? a : b` into a comparison and a blend, which take three times as long.
#if defined(__AVX512F__)
// Masked with ones, because GCC 12 warns about its own header in the plain form (bug 105593).
inline Floats Min(Floats a, Floats b) { return _mm512_maskz_min_ps(0xFFFF, a, b); }
inline Floats Max(Floats a, Floats b) { return _mm512_maskz_max_ps(0xFFFF, a, b); }
#elif defined(__AVX__)
inline Floats Min(Floats a, Floats b) { return _mm256_min_ps(a, b); }
inline Floats Max(Floats a, Floats b) { return _mm256_max_ps(a, b); }
#else
inline Floats Min(Floats a, Floats b) { return a < b ? a : b; }
inline Floats Max(Floats a, Floats b) { return a > b ? a : b; }
#endif

// Uses a type of its own rather than memcpy, which makes GCC copy the vector through the stack.
inline Floats Load(const float* from) { return *reinterpret_cast<const UnalignedFloats*>(from); }
inline void Store(float* to, Floats x) { *reinterpret_cast<UnalignedFloats*>(to) = x; }

inline Ints Bits(Floats x) { return reinterpret_cast<Ints>(x); }
inline Floats FromBits(Ints bits) { return reinterpret_cast<Floats>(bits); }

#else

inline constexpr int kLanes = 1;
using Floats = float;
using Ints = std::int32_t;

inline constexpr int kShortLanes = 1;
using ShortFloats = float;
inline ShortFloats BroadcastShort(float x) { return x; }
inline ShortFloats LoadShort(const float* from) { return *from; }
inline void StoreShort(float* to, ShortFloats x) { *to = x; }

inline Floats Broadcast(float x) { return x; }
inline Floats Min(Floats a, Floats b) { return a < b ? a : b; }
inline Floats Max(Floats a, Floats b) { return a > b ? a : b; }
inline Floats Load(const float* from) { return *from; }
inline void Store(float* to, Floats x) { *to = x; }
inline Ints Bits(Floats x) {
  Ints bits;
  std::memcpy(&bits, &x, sizeof bits);
  return bits;
}
inline Floats FromBits(Ints bits) {
  Floats x;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

#endif

// Starts to load the values into the second-level cache. The first-level cache thus keeps what the
// next steps need. This is a hint: it may do nothing.
template <typename T>
void Prefetch([[maybe_unused]] std::span<const T> values) {
#if defined(__GNUC__)
  constexpr std::size_t kLine = 64 / sizeof(T);
  for (std::size_t i = 0; i < values.size(); i += kLine) __builtin_prefetch(&values[i], 0, 1);
#endif
}

// e^x within 2 units in the last place. x is clamped so that the result is finite and normal.
inline Floats Exp(Floats x) {
  x = Min(Max(x, Broadcast(-87.0F)), Broadcast(88.0F));
  // Adding 1.5 * 2^23 rounds to the nearest integer n and leaves n in the low bits.
  const Floats shifted = x * 1.44269504F + 12582912.0F;
  const Floats n = shifted - 12582912.0F;
  const Floats r = (x - n * 0.693359375F) + n * 2.12194440e-4F;
  Floats p = Broadcast(1.9875691500e-4F);
  p = p * r + 1.3981999507e-3F;
  p = p * r + 8.3334519073e-3F;
  p = p * r + 4.1665795894e-2F;
  p = p * r + 1.6666665459e-1F;
  p = p * r + 5.0000001201e-1F;
  p = p * (r * r) + (r + 1.0F);
  return p * FromBits((Bits(shifted) + (127 - 0x4B400000)) << 23);
}

inline Floats Sigmoid(Floats x) { return 1.0F / (1.0F + Exp(-x)); }

// tanh with an absolute error of at most 1e-7.
inline Floats Tanh(Floats x) { return 2.0F / (1.0F + Exp(-2.0F * x)) - 1.0F; }

}  // namespace rltuner::simd
