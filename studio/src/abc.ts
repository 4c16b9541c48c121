// SPDX-License-Identifier: Apache-2.0
// A melody as ABC text, the engraver's input.

import { type Piece, piecesOf, placeInBar, type Playback } from "./melody";

// A printed sign: a piece of a note or rest that is one symbol within one bar.
export interface Sign extends Piece {
  tied: boolean; // to the next sign
}

// The longest symbol, in steps, for the beginning of a note or rest of `length` steps at `place` of
// the bar, such that no beat is hidden: a note across a beat is split there, except in simple
// syncopations.
function longestSign(place: number, length: number, playback: Playback): number {
  const { bar, beat, steps_per_quarter } = playback;
  const isCompound = 2 * beat === 3 * steps_per_quarter;
  const rest = Math.min(length, bar - place);
  if (steps_per_quarter !== 4 || isCompound) {
    // Plain and dotted values of the grid; across beats only from beat to beat.
    const within = place % beat;
    const room = within === 0 ? rest : Math.min(rest, beat - within);
    const values = [4, 3, 2, 1.5, 1, 0.75, 0.5, 0.375, 0.25, 2 / 3, 1 / 3, 1 / 6, 1 / 8].map((quarters) => quarters * steps_per_quarter);
    const fits = (value: number) =>
      value <= room && Number.isInteger(value) && (value <= beat - within || value % beat === 0);
    return values.filter(fits).reduce((best, value) => Math.max(best, value), 1);
  }
  const longest = (...sizes: number[]) => sizes.find((size) => size <= rest) ?? 1;
  const exactly = (...sizes: number[]) => sizes.includes(length);
  switch (place % 4) {
    case 0:
      if (exactly(6) && rest === 6 && place % 8 === 0) return 6;
      if (place === 4) return exactly(8) ? longest(8, 4) : longest(4, 3, 2);
      return place === 0 ? longest(16, 12, 8, 4, 3, 2) : longest(8, 4, 3, 2);
    case 1:
      return longest(3, 2);
    case 2:
      return exactly(4) && place !== 6 ? longest(4, 2) : longest(2);
    default:
      return exactly(2) && place !== 7 ? longest(2) : 1;
  }
}

export function signsOf(events: readonly number[], playback: Playback): Sign[] {
  const signs: Sign[] = [];
  for (const piece of piecesOf(events, playback)) {
    const end = piece.start + piece.length;
    for (let start = piece.start; start < end; ) {
      const length = longestSign(placeInBar(start, playback), end - start, playback);
      const tied = piece.pitch !== null && start + length < end;
      signs.push({ start, length, pitch: piece.pitch, tied });
      start += length;
    }
  }
  return signs;
}

const kLetters = "FCGDAEB"; // by fifths
const kMajorKeys = ["Cb", "Gb", "Db", "Ab", "Eb", "Bb", "F", "C", "G", "D", "A", "E", "B", "F#", "C#"];

// A pitch as written: its letter, its octave, and by how many semitones it is raised.
function spell(pitch: number, flattest: number): { letter: string; octave: number; raised: number } {
  const fifths = flattest + ((((7 * pitch - flattest) % 12) + 12) % 12);
  const raised = Math.floor((fifths + 1) / 7);
  const letter = kLetters[(((fifths + 1) % 7) + 7) % 7] ?? "C";
  return { letter, octave: Math.floor((pitch - raised) / 12) - 1, raised };
}

// By how many semitones a key signature raises a letter.
function inKey(letter: string, sharps: number): number {
  const at = kLetters.indexOf(letter);
  return at < sharps ? 1 : at >= 7 + sharps ? -1 : 0;
}

const kMarks: Record<number, string> = { [-2]: "__", [-1]: "_", 0: "=", 1: "^", 2: "^^" };

function noteName(letter: string, octave: number): string {
  if (octave >= 5) return letter.toLowerCase() + "'".repeat(octave - 5);
  return letter + ",".repeat(4 - octave);
}

// `signs` as ABC with `barsPerLine` bars per line; the first line has the pickup as well.
export function abcOf(signs: readonly Sign[], barsPerLine: number, playback: Playback): string {
  const { bar, beat, pickup, metre, sharps, flattest, steps_per_quarter } = playback;
  const raised = new Map<string, number>(); // accidentals in force in the bar, by letter and octave
  const lowest = Math.min(...signs.map((sign) => sign.pitch ?? 127));
  const clef = lowest < 41 ? "bass" : lowest < 53 ? "treble-8" : "treble";
  // Sounding pitches are an octave below those written with the clef treble-8.
  const octaves = clef === "treble-8" ? 12 : 0;
  let text = `X:1\nM:${metre.join("/")}\nL:1/${4 * steps_per_quarter}\nK:${kMajorKeys[sharps + 7]} clef=${clef}\n`;
  let afterTie = false;
  for (const sign of signs) {
    const place = placeInBar(sign.start, playback);
    if (place === 0 && sign.start > 0) {
      const bars = (sign.start - pickup) / bar;
      text += bars > 0 && bars % barsPerLine === 0 ? "|\n" : "| ";
      raised.clear();
    } else if (place % beat === 0) {
      text += " "; // beams end with the beat
    }
    if (sign.pitch === null) {
      text += `z${sign.length}`;
    } else {
      const note = spell(sign.pitch + octaves, flattest);
      const name = noteName(note.letter, note.octave);
      // An accidental holds for its bar, as in print; a tied note takes that of the note before.
      if (!afterTie && note.raised !== (raised.get(name) ?? inKey(note.letter, sharps))) {
        raised.set(name, note.raised);
        text += kMarks[note.raised] ?? "";
      }
      text += name + sign.length + (sign.tied ? "-" : "");
    }
    afterTie = sign.tied;
  }
  return `${text}|]\n`;
}
