// SPDX-License-Identifier: Apache-2.0
// The coding of a melody: one event a step of its grid. 0 is a note off, 1 a hold, all others start
// a note. The melody's playback, which the server sends, says what they stand for.

export const kNoteOff = 0;
export const kHold = 1;

export interface Playback {
  lowest_pitch: number; // MIDI, of class 2
  classes: number;
  steps_per_quarter: number;
  metre: [number, number];
  bar: number; // steps
  beat: number;
  pickup: number; // steps before the first bar line
  sharps: number; // of the key signature, negative: flats
  flattest: number; // of the twelve names of notes, on the line of fifths (F -1, C 0, G 1)
  transposition: number; // semitones from a class's pitch to the one that sounds
  lowest: number; // MIDI; notes beyond are moved by octaves
  highest: number;
}

// Sixteenths in 4/4 from C3 on, as in the paper.
export const kPaper: Playback = {
  lowest_pitch: 48,
  classes: 38,
  steps_per_quarter: 4,
  metre: [4, 4],
  bar: 16,
  beat: 4,
  pickup: 0,
  sharps: 0,
  flattest: -4,
  transposition: 0,
  lowest: 0,
  highest: 127,
};

export interface Piece {
  start: number; // step
  length: number; // steps
  pitch: number | null; // MIDI; null is a rest
}

const kPitchNames = ["C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B"];

// The number of bars, maybe a fraction, that the events fill.
export function barsOf(of: { length: number; metre: string }, { steps_per_quarter }: Playback): number {
  const [numerator = 4, denominator = 4] = of.metre.split("/").map(Number);
  return (of.length * denominator) / (4 * steps_per_quarter * numerator);
}

const kLeadBars = 2;

// The last bars of a primer, from a bar line on.
export function leadOf(primer: readonly number[], { bar }: Playback): number[] {
  const bars = Math.ceil(primer.length / bar);
  return primer.slice(bar * Math.max(0, bars - kLeadBars));
}

export function pitchOf(event: number, playback: Playback): number {
  let pitch = event - 2 + playback.lowest_pitch + playback.transposition;
  while (pitch < playback.lowest) pitch += 12;
  while (pitch > playback.highest) pitch -= 12;
  return pitch;
}

export function isNoteOn(event: number): boolean {
  return event > kHold;
}

export function pitchName(pitch: number): string {
  return `${kPitchNames[pitch % 12]}${Math.floor(pitch / 12) - 1}`;
}

export function eventName(event: number, playback: Playback): string {
  if (event === kNoteOff) return "off";
  return event === kHold ? "hold" : pitchName(pitchOf(event, playback));
}

// Notes and rests in order; they cover every step. Holds before the first note are a rest, and so
// is all that follows a note off up to the next note.
export function piecesOf(events: readonly number[], playback: Playback): Piece[] {
  const pieces: Piece[] = [];
  events.forEach((event, step) => {
    const last = pieces.at(-1);
    const goesOn = last && (event === kHold || (event === kNoteOff && last.pitch === null));
    if (goesOn) ++last.length;
    else pieces.push({ start: step, length: 1, pitch: isNoteOn(event) ? pitchOf(event, playback) : null });
  });
  return pieces;
}

// The index of the piece that sounds at `step`.
export function pieceAt(pieces: readonly Piece[], step: number): number {
  return pieces.findIndex((piece) => step < piece.start + piece.length);
}

const kLengthNames: Record<number, string> = {
  1: "sixteenth",
  2: "eighth",
  3: "dotted eighth",
  4: "quarter",
  6: "dotted quarter",
  8: "half",
  12: "dotted half",
  16: "whole",
};

export function describePiece(piece: Piece, { steps_per_quarter }: Playback): string {
  const sixteenths = (4 * piece.length) / steps_per_quarter;
  const length = kLengthNames[sixteenths] ?? `${Number(sixteenths.toFixed(2))} sixteenths`;
  return piece.pitch === null ? `Rest, ${length}` : `${pitchName(piece.pitch)}, ${length}`;
}

// Steps from the last bar line.
export function placeInBar(step: number, { bar, pickup }: Playback): number {
  return (step + bar - (pickup % bar)) % bar;
}

// "bar 2, beat 3", "bar 1, beat 1 + 2 steps", "pickup, beat 4"
export function describePlace(step: number, playback: Playback): string {
  const { bar, beat, pickup } = playback;
  const within = placeInBar(step, playback);
  const name = step < pickup ? "pickup" : `bar ${Math.floor((step - pickup) / bar) + 1}`;
  const place = `${name}, beat ${Math.floor(within / beat) + 1}`;
  const rest = within % beat;
  return rest ? `${place} + ${rest} step${rest === 1 ? "" : "s"}` : place;
}
