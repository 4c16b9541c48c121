#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes tests/data/peer_metrics.json: figures of other programs for four melodies.

    pip install smg-metrics==5.4.3 muspy miditoolkit melody-features==1.3.3
    rltuner generate default --count 4 --length 64 --seed 5 --output melodies
    tests/evaluation/peer_metrics.py melodies > tests/data/peer_metrics.json
"""
import json
import pathlib
import sys

from melody_features.feature_definitions import absolute_pitch, pitch_interval
from smg_metrics.distribution import compute_all
from smg_metrics.harmony import pitch_class_entropy, scale_consistency

folder = pathlib.Path(sys.argv[1])
files = sorted(folder.glob("*.mid"))
melodies = []
for path, line in zip(files, (folder / "melodies.jsonl").read_text().splitlines()):
    events = json.loads(line)["events"]
    pitches = [event + 46 for event in events if event > 1]
    melodies.append({
        "events": events,
        "pitch_class_entropy": pitch_class_entropy(path),
        "scale_consistency": scale_consistency(path),
        "pitch_range": int(absolute_pitch.pitch_range(pitches)),
        "mean_absolute_interval": pitch_interval.mean_absolute_interval(pitches),
        "repeated_notes": absolute_pitch.repeated_notes(pitches),
    })
print(json.dumps({"melodies": melodies,
                  "pitch_overlap_of_the_first_two": compute_all(files[0], files[1]).pd}))
