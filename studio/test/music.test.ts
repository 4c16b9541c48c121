// SPDX-License-Identifier: Apache-2.0
// From events to notes and to what is printed.

import assert from "node:assert/strict";
import { test } from "node:test";

import { abcOf, signsOf } from "../src/abc";
import { pieceAt, piecesOf } from "../src/melody";

test("holds lengthen notes, note offs begin rests", () => {
  assert.deepEqual(piecesOf([1, 14, 1, 0, 1, 0, 16]), [
    { start: 0, length: 1, pitch: null },
    { start: 1, length: 2, pitch: 60 },
    { start: 3, length: 3, pitch: null },
    { start: 6, length: 1, pitch: 62 },
  ]);
});

test("the piece that sounds at a step is found at its ends", () => {
  const pieces = piecesOf([14, 1, 1, 16]);
  assert.deepEqual([0, 2, 3].map((step) => pieceAt(pieces, step)), [0, 0, 1]);
});

test("every length at every place is printed as symbols that exist, within bars", () => {
  const printable = new Set([1, 2, 3, 4, 6, 8, 12, 16]);
  for (let place = 0; place < 16; ++place) {
    for (let length = 1; length <= 20; ++length) {
      const events = Array.from({ length: 48 }, (_, step) => {
        if (step === place) return 14;
        return step > place && step < place + length ? 1 : 0;
      });
      const signs = signsOf(events).filter(({ pitch }) => pitch !== null);
      const sum = signs.reduce((steps, sign) => steps + sign.length, 0);
      assert.equal(sum, length, `length ${length} at ${place}`);
      for (const sign of signs) {
        assert.ok(printable.has(sign.length), `a symbol of ${sign.length} sixteenths`);
        assert.ok((sign.start % 16) + sign.length <= 16, "a symbol across a bar line");
      }
    }
  }
});

test("an accidental is printed once a bar, and taken back by a natural", () => {
  const bar = [15, 1, 15, 1, 14, 1, 15, 1, 0, 0, 0, 0, 0, 0, 0, 0];
  const [first, second] = (abcOf(signsOf([...bar, ...bar]), 2).split("\n")[4] ?? "").split("|");
  assert.match(first ?? "", /\^C2C2 =C2\^C2/);
  assert.match(second ?? "", /\^C2C2 =C2\^C2/);
});
