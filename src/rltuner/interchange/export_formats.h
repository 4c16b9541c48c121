// SPDX-License-Identifier: Apache-2.0
// The formats that a model can be exported to. A new one is one file and one line in
// export_formats.cc.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "rltuner/nn/model_file.h"

namespace rltuner {

struct ExportFormat {
  std::string_view name;
  std::string_view summary;                  // one line
  std::string (*write)(const Model& model);  // the file's bytes
};

std::span<const ExportFormat> ExportFormats();

// An Error that names the formats if there is none of that name.
const ExportFormat& FindExportFormat(std::string_view name);

// "onnx, ..." for messages and help.
std::string ExportFormatNames();

}  // namespace rltuner
