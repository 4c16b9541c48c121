// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "rltuner/melody/score_format.h"

namespace rltuner {

// MusicXML, plain (.musicxml, .xml) or compressed (.mxl). Every voice of a part is a track, at
// sounding pitch. Grace and cue notes are skipped; repeats are read once, as they are written.
// Nothing outside the file is looked at, and entities other than XML's own are not expanded.
ScoreFormat MusicXmlFormat();

}  // namespace rltuner
