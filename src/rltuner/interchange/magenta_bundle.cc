// SPDX-License-Identifier: Apache-2.0
#include "rltuner/interchange/magenta_bundle.h"

#include "rltuner/interchange/protobuf.h"

namespace rltuner {

// GeneratorBundle: checkpoint files = 2; generator, metagraph and bundle details are skipped.
std::vector<Bytes> CheckpointFilesOf(const Bytes& bundle) {
  std::vector<Bytes> files;
  ReadProto(bundle, [&](ProtoReader message) {
    while (message.next(2, protozero::pbf_wire_type::length_delimited)) {
      files.push_back(bundle.Within(TextOf(message.get_view())));
    }
  });
  if (files.empty()) bundle.FailAt(0, "a bundle without a checkpoint");
  return files;
}

}  // namespace rltuner
