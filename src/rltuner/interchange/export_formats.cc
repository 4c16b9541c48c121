// SPDX-License-Identifier: Apache-2.0
#include "rltuner/interchange/export_formats.h"

#include <array>

#include "rltuner/core/error.h"
#include "rltuner/interchange/onnx_export.h"

namespace rltuner {

std::span<const ExportFormat> ExportFormats() {
  static constexpr std::array kFormats = {
      ExportFormat{"onnx", "ONNX, opset 14, for onnxruntime and others", &ToOnnx},
  };
  return kFormats;
}

const ExportFormat& FindExportFormat(std::string_view name) {
  for (const ExportFormat& format : ExportFormats()) {
    if (format.name == name) return format;
  }
  Fail("export format {}: unknown; expected {}", name, ExportFormatNames());
}

std::string ExportFormatNames() {
  std::string names;
  for (const ExportFormat& format : ExportFormats()) {
    names += (names.empty() ? "" : ", ") + std::string(format.name);
  }
  return names;
}

}  // namespace rltuner
