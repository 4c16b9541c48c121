#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check_notation.py FOLDER: whether other programs read what rltuner wrote there.

FOLDER has jig.mid, jig.musicxml and jig.abc, all of one jig in E dorian. mido, music21 and abc2midi
must find its notes, key, metre, tempo and instrument. Exits 77 if one of them is not here.
"""
import os
import pathlib
import shutil
import subprocess
import sys

NOTES = [64, 66, 67, 69, 71, 73]
folder = pathlib.Path(sys.argv[1])
try:
    import mido
    import music21
except ImportError as missing:
    # As check_runtimes.py --fetch leaves it.
    python = pathlib.Path(__file__).resolve().parents[2] / "build/python/notation/bin/python"
    if python.exists() and pathlib.Path(sys.prefix) != python.parents[1]:
        os.execv(python, [str(python), *sys.argv])
    print(f"{missing}; tests/interchange/check_runtimes.py --fetch build/python fetches it")
    sys.exit(77)
if shutil.which("abc2midi") is None:
    print("abc2midi is not here")
    sys.exit(77)


def check(what, found, expected):
    if found != expected:
        sys.exit(f"{what}: {found}, expected {expected}")


def check_midi(path):
    messages = [message for track in mido.MidiFile(path).tracks for message in track]
    found = {message.type: message for message in messages}
    check(f"{path}: notes",
          [m.note for m in messages if m.type == "note_on" and m.velocity > 0], NOTES)
    metre = found["time_signature"]
    check(f"{path}: metre", (metre.numerator, metre.denominator), (6, 8))
    check(f"{path}: key", found["key_signature"].key, "D")
    check(f"{path}: tempo", round(mido.tempo2bpm(found["set_tempo"].tempo)), 120)
    check(f"{path}: program", found["program_change"].program, 73)
    check(f"{path}: velocity", found["note_on"].velocity, 80)


check_midi(folder / "jig.mid")
score = music21.converter.parse(folder / "jig.musicxml").parts[0].flatten()
check("MusicXML: notes", [note.pitch.midi for note in score.notes], NOTES)
check("MusicXML: metre", score.getElementsByClass("TimeSignature")[0].ratioString, "6/8")
key = score.getElementsByClass("Key")[0]
check("MusicXML: key", (key.tonic.name, key.mode), ("E", "dorian"))
check("MusicXML: tempo", score.getElementsByClass("MetronomeMark")[0].number, 120)
check("MusicXML: program", score.getInstrument().midiProgram, 73)
subprocess.run(["abc2midi", folder / "jig.abc", "-o", folder / "from_abc.mid", "-silent"], check=True,
               stdout=subprocess.DEVNULL)
check_midi(folder / "from_abc.mid")
