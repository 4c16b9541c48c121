// SPDX-License-Identifier: Apache-2.0
// Numbers as text.

import assert from "node:assert/strict";
import { test } from "node:test";

import { axisWidth, decimalsOf, duration, shortCount, signed } from "../src/format";

test("an axis with small steps has a different text at each mark", () => {
  const marks = [0, 0.005, 0.01, 0.015];
  assert.deepEqual(marks.map((mark) => signed(mark, decimalsOf(marks))), ["0.000", "+0.005", "+0.010", "+0.015"]);
  assert.equal(decimalsOf([-0.5, 0, 0.5]), 2);
  assert.equal(decimalsOf([0, 0.0025]), 4);
});

test("an axis has room for its longest text", () => {
  assert.equal(axisWidth(null), 48);
  assert.equal(axisWidth(["0.00", "+0.0525"]), 57);
});

test("counts are short, and half thousands stay apart", () => {
  assert.deepEqual([512, 1000, 1500, 9960, 142_300, 999_700, 1_310_000].map(shortCount), [
    "512", "1 k", "1.5 k", "10 k", "142 k", "1.0 M", "1.3 M",
  ]);
});

test("a duration never has 60 seconds", () => {
  assert.deepEqual([0.2, 59.5, 60, 119.6, 130.2].map(duration), ["1 s", "1 min 0 s", "1 min 0 s", "2 min 0 s", "2 min 11 s"]);
});
