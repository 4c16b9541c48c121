// SPDX-License-Identifier: Apache-2.0
// The fixed parts of the report page (evaluation/report_page.h).
#pragma once

#include <string_view>

namespace rltuner {

std::string_view ReportStyle();   // CSS
std::string_view ReportScript();  // plays the melodies, with the browser's synthesizer

}  // namespace rltuner
