// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <locale.h>
#if defined(__APPLE__)
#include <xlocale.h>
#endif

namespace rltuner {

// While an object lives, libraries that this thread calls treat UTF-8 as the system's encoding, in
// any locale. Otherwise libarchive returns no name for "für.mid".
class Utf8Names {
 public:
  Utf8Names() : before_(uselocale(Utf8())) {}
  ~Utf8Names() { uselocale(before_); }
  Utf8Names(const Utf8Names&) = delete;
  Utf8Names& operator=(const Utf8Names&) = delete;

 private:
  // Returns no locale where the system has none for UTF-8; the object then changes nothing.
  static locale_t Utf8() {
    static const locale_t utf8 = [] {
      const locale_t any = newlocale(LC_CTYPE_MASK, "C.UTF-8", locale_t{});
      return any != locale_t{} ? any : newlocale(LC_CTYPE_MASK, "en_US.UTF-8", locale_t{});
    }();
    return utf8;
  }

  locale_t before_;
};

}  // namespace rltuner
