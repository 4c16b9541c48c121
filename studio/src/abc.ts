// SPDX-License-Identifier: Apache-2.0
// A melody as ABC text, the engraver's input.

import { kStepsPerBar, type Piece, piecesOf } from "./melody";

// A printed sign: a piece of a note or rest that is one symbol within one bar.
export interface Sign extends Piece {
  tied: boolean; // to the next sign
}

const kLetters = ["C", "C", "D", "E", "E", "F", "F", "G", "A", "A", "B", "B"];
const kAccidentals = ["", "^", "", "_", "", "", "^", "", "_", "", "_", ""];

// The longest symbol, in steps, for the beginning of a note or rest of `length` steps at `place` of
// the bar, such that no beat is hidden: a note across a beat is split there, except for the plain
// syncopations.
function longestSign(place: number, length: number): number {
  const rest = Math.min(length, kStepsPerBar - place);
  const longest = (...sizes: number[]) => sizes.find((size) => size <= rest) ?? 1;
  const exactly = (...sizes: number[]) => sizes.includes(length);
  switch (place % 4) {
    case 0:
      if (exactly(6) && place % 8 === 0) return 6;
      if (place === 4) return exactly(8) ? 8 : longest(4, 3, 2);
      return place === 0 ? longest(16, 12, 8, 4, 3, 2) : longest(8, 4, 3, 2);
    case 1:
      return longest(3, 2);
    case 2:
      return exactly(4) && place !== 6 ? longest(4, 2) : longest(2);
    default:
      return exactly(2) && place !== 7 ? longest(2) : 1;
  }
}

export function signsOf(events: readonly number[]): Sign[] {
  const signs: Sign[] = [];
  for (const piece of piecesOf(events)) {
    const end = piece.start + piece.length;
    for (let start = piece.start; start < end; ) {
      const length = longestSign(start % kStepsPerBar, end - start);
      const tied = piece.pitch !== null && start + length < end;
      signs.push({ start, length, pitch: piece.pitch, tied });
      start += length;
    }
  }
  return signs;
}

// An accidental holds for its bar, as in print; a tied note takes that of the note before.
class Accidentals {
  private inBar = new Map<string, string>();

  clear(): void {
    this.inBar.clear();
  }

  mark(pitch: number): string {
    const key = `${kLetters[pitch % 12]}${Math.floor(pitch / 12)}`;
    const wanted = kAccidentals[pitch % 12] ?? "";
    if (wanted === (this.inBar.get(key) ?? "")) return "";
    this.inBar.set(key, wanted);
    return wanted || "=";
  }
}

function noteName(pitch: number): string {
  const letter = kLetters[pitch % 12] ?? "C";
  const octave = Math.floor(pitch / 12) - 1;
  if (octave >= 5) return letter.toLowerCase() + "'".repeat(octave - 5);
  return letter + ",".repeat(4 - octave);
}

// One line of `signs`, `barsPerLine` bars a line.
export function abcOf(signs: readonly Sign[], barsPerLine: number): string {
  const accidentals = new Accidentals();
  const lowest = Math.min(...signs.map((sign) => sign.pitch ?? 127));
  const clef = lowest < 53 ? "treble-8" : "treble";
  // Sounding pitches are an octave below those written with the clef treble-8.
  const raised = clef === "treble" ? 0 : 12;
  let text = `X:1\nM:4/4\nL:1/16\nK:C clef=${clef}\n`;
  let afterTie = false;
  for (const sign of signs) {
    const place = sign.start % kStepsPerBar;
    if (place === 0 && sign.start > 0) {
      text += (sign.start / kStepsPerBar) % barsPerLine === 0 ? "|\n" : "| ";
      accidentals.clear();
    } else if (place % 4 === 0) {
      text += " "; // beams end with the beat
    }
    if (sign.pitch === null) {
      text += `z${sign.length}`;
    } else {
      const pitch = sign.pitch + raised;
      const mark = afterTie ? "" : accidentals.mark(pitch);
      text += mark + noteName(pitch) + sign.length + (sign.tied ? "-" : "");
    }
    afterTie = sign.tied;
  }
  return `${text}|]\n`;
}
