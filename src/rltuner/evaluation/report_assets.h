// SPDX-License-Identifier: Apache-2.0
// The fixed parts of the report page (evaluation/report_page.h).
#pragma once

#include <string_view>

namespace rltuner {

extern const std::string_view kReportStyle;   // CSS
extern const std::string_view kReportScript;  // plays the melodies, with the browser's synthesizer

}  // namespace rltuner
