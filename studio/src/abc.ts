// SPDX-License-Identifier: Apache-2.0
// A melody as ABC text, the engraver's input.

import { kStepsPerBar, type Piece, piecesOf } from "./melody";

// A printed sign: a piece of a note or rest that is one symbol within one bar.
export interface Sign extends Piece {
  tied: boolean; // to the next sign
}

const kLetters = ["C", "C", "D", "E", "E", "F", "F", "G", "A", "A", "B", "B"];
const kAccidentals = ["", "^", "", "_", "", "", "^", "", "_", "", "_", ""];

// Lengths that are one symbol, by where in the bar they may begin without hiding a beat.
function longestSign(place: number, length: number): number {
  const onBeat = place % 4 === 0;
  const sizes = place === 0 ? [16, 12, 8, 6, 4, 3, 2, 1] : onBeat ? [8, 6, 4, 3, 2, 1] : [4, 3, 2, 1];
  const toBeat = 4 - (place % 4);
  const fits = (size: number) => {
    if (size > length || place + size > kStepsPerBar) return false;
    if (onBeat) return size <= 4 || place % 8 === 0 || size === 8;
    return place % 2 === 0 ? size !== 3 : size <= Math.max(toBeat, 2);
  };
  return sizes.find(fits) ?? 1;
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
