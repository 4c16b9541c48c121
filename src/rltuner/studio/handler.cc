// SPDX-License-Identifier: Apache-2.0
#include "rltuner/studio/handler.h"

namespace rltuner::studio {

ServiceReply Reply(const std::function<ServiceReply()>& answer) {
  try {
    return answer();
  } catch (const RequestError& error) {
    return ErrorReply(error.status(), error.what());
  } catch (const Error& error) {
    return ErrorReply(400, error.what());
  } catch (const std::exception& error) {
    return ErrorReply(500, fmt::format("the server failed: {}", error.what()));
  }
}

}  // namespace rltuner::studio
