// SPDX-License-Identifier: Apache-2.0
#include "rltuner/studio/handler.h"

namespace rltuner::studio {

ServiceReply JsonReply(const Json& json, int status) {
  return {.status = status, .body = ToText(json), .download = {}};
}

ServiceReply ErrorReply(int status, std::string_view message) {
  return JsonReply({{"error", message}}, status);
}

}  // namespace rltuner::studio
