// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <locale.h>
#if defined(__APPLE__)
#include <xlocale.h>
#endif

namespace rltuner {

// While an object lives, libraries that this thread calls take UTF-8 to be the system's encoding,
// whatever its locale is. Without it, libarchive has no name for "für.mid".
class Utf8Names {
 public:
  Utf8Names() : before_(uselocale(Utf8())) {}
  ~Utf8Names() { uselocale(before_); }
  Utf8Names(const Utf8Names&) = delete;
  Utf8Names& operator=(const Utf8Names&) = delete;

 private:
  // None where the system has no such locale; then nothing changes.
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
