// SPDX-License-Identifier: Apache-2.0
// The coding of a melody: one event per sixteenth note, 38 classes. 0 is a note off, 1 a hold,
// 2 .. 37 start a note, C3 .. B5.

export const kClasses = 38;
export const kNoteOff = 0;
export const kHold = 1;
export const kLowestPitch = 48;
export const kHighestPitch = 83;
export const kStepsPerBar = 16;

export interface Piece {
  start: number; // step
  length: number; // steps
  pitch: number | null; // MIDI; null is a rest
}

const kPitchNames = ["C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B"];

const kLeadBars = 2;

// The last bars of what a model heard first, from a bar line on.
export function leadOf(primer: readonly number[]): number[] {
  const bars = Math.ceil(primer.length / kStepsPerBar);
  return primer.slice(kStepsPerBar * Math.max(0, bars - kLeadBars));
}

export function pitchOf(event: number): number {
  return event + 46;
}

export function isNoteOn(event: number): boolean {
  return event > kHold;
}

export function pitchName(pitch: number): string {
  return `${kPitchNames[pitch % 12]}${Math.floor(pitch / 12) - 1}`;
}

export function eventName(event: number): string {
  if (event === kNoteOff) return "off";
  return event === kHold ? "hold" : pitchName(pitchOf(event));
}

// Notes and rests in order; they cover every step. Holds before the first note are a rest, and so
// is all that follows a note off up to the next note.
export function piecesOf(events: readonly number[]): Piece[] {
  const pieces: Piece[] = [];
  events.forEach((event, step) => {
    const last = pieces.at(-1);
    const goesOn = last && (event === kHold || (event === kNoteOff && last.pitch === null));
    if (goesOn) ++last.length;
    else pieces.push({ start: step, length: 1, pitch: isNoteOn(event) ? pitchOf(event) : null });
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

export function describePiece(piece: Piece): string {
  const length = kLengthNames[piece.length] ?? `${piece.length} sixteenths`;
  return piece.pitch === null ? `Rest, ${length}` : `${pitchName(piece.pitch)}, ${length}`;
}

// "bar 2, beat 3", "bar 1, beat 1 + 2 sixteenths"
export function describePlace(step: number): string {
  const within = step % kStepsPerBar;
  const place = `bar ${Math.floor(step / kStepsPerBar) + 1}, beat ${Math.floor(within / 4) + 1}`;
  return within % 4 ? `${place} + ${within % 4}/16` : place;
}
