// SPDX-License-Identifier: Apache-2.0
#include "rltuner/interchange/magenta_bundle.h"

#include "rltuner/interchange/protobuf.h"

namespace rltuner {

// GeneratorBundle: generator details = 1 (its id = 1), checkpoint files = 2, metagraph = 3, bundle
// details = 4.
MagentaBundle ParseMagentaBundle(const Bytes& bundle) {
  MagentaBundle parsed;
  ProtoReader reader(bundle);
  for (ProtoField field; reader.Next(&field);) {
    if (field.number == 1) {
      const Bytes details = LengthField(field, bundle, "the generator's details");
      ProtoReader inner(details);
      for (ProtoField part; inner.Next(&part);) {
        if (part.number == 1) parsed.generator = LengthField(part, details, "its name").Text();
      }
    } else if (field.number == 2) {
      parsed.checkpoints.push_back(LengthField(field, bundle, "a checkpoint"));
    }
  }
  if (parsed.checkpoints.empty()) bundle.FailAt(0, "a bundle without a checkpoint");
  return parsed;
}

}  // namespace rltuner
