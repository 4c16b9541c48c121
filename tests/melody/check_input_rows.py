#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks examples/input_rows.py against rows that the program made.

FILE holds a list of {"encoding", "length", "metre", "pickup", "minor", "primer", "events", "rows"}.
"""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "examples"))
import input_rows


def main():
    melodies = json.loads(pathlib.Path(sys.argv[1]).read_text(encoding="utf-8"))
    for melody in melodies:
        rows = input_rows.InputRows(melody["encoding"], melody["length"], tuple(melody["metre"]),
                                    melody["pickup"], melody["minor"], melody["primer"])
        for step, expected in enumerate(melody["rows"]):
            found = rows.after(melody["events"][:step])
            if found != expected:
                sys.exit(f"{melody['metre']} step {step}: {found}, expected {expected}")
    print(f"{len(melodies)} melodies")
    return 0 if melodies else 1


if __name__ == "__main__":
    sys.exit(main())
