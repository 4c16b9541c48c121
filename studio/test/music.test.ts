// SPDX-License-Identifier: Apache-2.0
// From events to notes and to what is printed.

import assert from "node:assert/strict";
import { test } from "node:test";

import { abcOf, signsOf } from "../src/abc";
import { describePlace, kPaper, leadOf, pieceAt, piecesOf, pitchOf, type Playback } from "../src/melody";

const kJig: Playback = { ...kPaper, metre: [6, 8], bar: 12, beat: 6 };
const kWaltz: Playback = { ...kPaper, metre: [3, 4], bar: 12, beat: 4 };
const kTriplets: Playback = { ...kPaper, steps_per_quarter: 12, bar: 48, beat: 12 };

test("holds lengthen notes, note offs begin rests", () => {
  assert.deepEqual(piecesOf([1, 14, 1, 0, 1, 0, 16], kPaper), [
    { start: 0, length: 1, pitch: null },
    { start: 1, length: 2, pitch: 60 },
    { start: 3, length: 3, pitch: null },
    { start: 6, length: 1, pitch: 62 },
  ]);
});

test("the piece that sounds at a step is found at its ends", () => {
  const pieces = piecesOf([14, 1, 1, 16], kPaper);
  assert.deepEqual([0, 2, 3].map((step) => pieceAt(pieces, step)), [0, 0, 1]);
});

for (const playback of [kPaper, kWaltz, kJig, kTriplets]) {
  const { bar, metre, steps_per_quarter } = playback;
  test(`every length at every place is printed as symbols that exist, within bars of ${metre.join("/")}`, () => {
    const printable = new Set([1, 2, 3, 4, 6, 8, 12, 16].map((sixteenths) => (sixteenths * steps_per_quarter) / 4));
    for (let place = 0; place < bar; ++place) {
      for (let length = 1; length <= bar + 4; ++length) {
        const events = Array.from({ length: 3 * bar }, (_, step) => {
          if (step === place) return 14;
          return step > place && step < place + length ? 1 : 0;
        });
        const signs = signsOf(events, playback).filter(({ pitch }) => pitch !== null);
        const sum = signs.reduce((steps, sign) => steps + sign.length, 0);
        assert.equal(sum, length, `length ${length} at ${place}`);
        for (const sign of signs) {
          if (steps_per_quarter === 4) assert.ok(printable.has(sign.length), `a symbol of ${sign.length} sixteenths`);
          assert.ok((sign.start % bar) + sign.length <= bar, "a symbol across a bar line");
        }
      }
    }
  });
}

test("a note sounds in its key and within the range of its instrument", () => {
  assert.equal(pitchOf(14, { ...kPaper, transposition: 2 }), 62);
  assert.equal(pitchOf(14, { ...kPaper, lowest: 74, highest: 98 }), 84);
});

test("places and leads are counted in bars of the metre", () => {
  assert.equal(describePlace(18, kJig), "bar 2, beat 2");
  assert.equal(describePlace(1, kJig), "bar 1, beat 1 + 1 step");
  assert.equal(leadOf(Array.from({ length: 40 }, () => 1), kJig).length, 16);
});

test("a melody with a pickup has its bar lines after it", () => {
  const withPickup: Playback = { ...kPaper, pickup: 4 };
  const bar = [21, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1];
  const notes = abcOf(signsOf([14, 1, 1, 1, ...bar, ...bar.slice(0, 12)], withPickup), 1, withPickup).split("\n").slice(4);
  assert.deepEqual(notes.map((line) => line.trim()), ["C4| G16|", "G12|]", ""]);
  assert.equal(describePlace(1, withPickup), "pickup, beat 4 + 1 step");
  assert.equal(describePlace(4, withPickup), "bar 1, beat 1");
});

test("a key signature is printed, and notes of the key bear no accidental", () => {
  const inE: Playback = { ...kPaper, sharps: 4, flattest: 0, transposition: 4 };
  const scale = [14, 16, 18, 19, 21, 23, 25, 26].flatMap((event) => [event, 1]);
  const [, metre, , key, notes] = abcOf(signsOf(scale, inE), 1, inE).split("\n");
  assert.equal(metre, "M:4/4");
  assert.equal(key, "K:E clef=treble");
  assert.equal(notes?.trim(), "E2F2 G2A2 B2c2 d2e2|]");
  const inFlats: Playback = { ...kPaper, sharps: -3, flattest: -7, transposition: 3 };
  assert.match(abcOf(signsOf([15, 1, 1, 1], inFlats), 1, inFlats), /=E4/);
});

test("the leading note of a minor key is sharp", () => {
  const inA: Playback = { ...kPaper, flattest: -2 };
  assert.match(abcOf(signsOf([22, 1, 23, 1], inA), 1, inA), /\^G2A2/);
});

test("an accidental is printed once a bar, and taken back by a natural", () => {
  const bar = [15, 1, 15, 1, 14, 1, 15, 1, 0, 0, 0, 0, 0, 0, 0, 0];
  const [first, second] = (abcOf(signsOf([...bar, ...bar], kPaper), 2, kPaper).split("\n")[4] ?? "").split("|");
  assert.match(first ?? "", /\^C2C2 =C2\^C2/);
  assert.match(second ?? "", /\^C2C2 =C2\^C2/);
});
