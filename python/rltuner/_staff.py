# SPDX-License-Identifier: Apache-2.0
"""Staff notation as SVG, for notebooks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import groupby
from typing import Any

_GAP = 8  # between two lines of the staff, pixels
_QUARTER = 60  # width
_LINE = 840  # width of a line of bars, at most
_E4 = 4 * 7 + 2  # the bottom line, in steps of the scale from C0 (MIDI 12)
_ORDER = (3, 0, 4, 1, 5, 2, 6)  # letters (C = 0) by fifths, as a signature has its sharps
_CLEF = ("M3 4C-3 3-3-5 3-6C10-7 12 4 4 7C-5 10-12 2-9-7C-6-16 6-20 6-31C6-38 2-40 0-33"
         "C-1-26 3 8 4 17C5 25-3 26-4 21")
_SIGNS = {2: "M-3-3L3 3M-3 3L3-3", 1: "M-2-8V9M2-9V8M-4-2L4-5M-4 4L4 1",
          0: "M-3-10V4L3 2M3 9V-5L-3-3", -1: "M-3-12V4C6-1 3-7-3-2",
          -2: "M-7-12V4C2-1-1-7-7-2M-1-12V4C8-1 5-7-1-2"}
_RESTS = ("M-2-10L3-4C-1-1 0 1 4 6C-2 4-3 7 1 10", "M-3-5C-1-2 2-3 4-6L0 9",
          "M-3-5C-1-2 2-3 4-6L-1 14M-5 3C-3 6 0 5 2 2",
          "M-3-5C-1-2 2-3 4-6L-2 20M-5 3C-3 6 0 5 2 2M-7 11C-5 14-2 13 0 10")  # by flags


@dataclass
class _Value:
    """A note or a rest of one note value; times are in quarters from the start of the melody."""
    start: Fraction
    quarters: Fraction
    pitch: int | None
    tied: bool  # to the next
    # As written: quarters without the dot or the triplet.
    plain: Fraction = field(default=Fraction(1))
    dotted: bool = False
    triplet: bool = False

    @property
    def flags(self) -> int:
        return max(0, (1 / self.plain).numerator.bit_length() - 1) if self.plain < 1 else 0


def _largest(quarters: Fraction) -> _Value:
    """The length itself if it is a note value, or else the longest shorter one, no triplet."""
    longest = None
    for exponent in range(2, -5, -1):
        plain = Fraction(2) ** exponent
        for factor in (Fraction(3, 2), Fraction(1), Fraction(2, 3)):
            value = _Value(Fraction(0), plain * factor, None, False, plain, factor > 1, factor < 1)
            if value.quarters == quarters:
                return value
            if longest is None and value.quarters < quarters and factor >= 1 and exponent < 2:
                longest = value
    return longest or _Value(Fraction(0), quarters, None, False, Fraction(1, 16))


def _values(start: Fraction, quarters: Fraction, pitch: int | None, bar: Fraction
            ) -> Iterator[_Value]:
    """The tied values in which a note or a rest is written, none of them across a bar line."""
    while quarters > 0:
        value = _largest(min(quarters, bar - start % bar))
        value.start, value.pitch = start, pitch
        start, quarters = start + value.quarters, quarters - value.quarters
        value.tied = quarters > 0 and pitch is not None
        yield value


def _path(x: float, y: float, shape: str) -> str:
    return (f'<path transform="translate({x:g} {y:g})" d="{shape}" fill="none" stroke="#000" '
            'stroke-width="1.5"/>')


def _line(x1: float, y1: float, x2: float, y2: float, width: float = 1) -> str:
    return (f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}" stroke="#000" '
            f'stroke-width="{width:g}"/>')


def _spelling(sharps: int, mode: str) -> dict[int, tuple[int, int]]:
    """Letter (C = 0) and accidental of each of the twelve classes, as in the files."""
    flattest = sharps - (2 if mode in ("minor", "phrygian") else 4)
    return {7 * fifth % 12: (_ORDER[(fifth + 1) % 7], (fifth + 1) // 7)
            for fifth in range(flattest, flattest + 12)}


class _Staff:
    """One line of bars; y = 0 is the top line of the staff."""

    def __init__(self, sharps: int, mode: str) -> None:
        self.parts: list[str] = []
        self.top, self.bottom = -30.0, 4 * _GAP + 30.0
        self.spelling = _spelling(sharps, mode)
        letters = _ORDER[:sharps] if sharps >= 0 else _ORDER[::-1][:-sharps]
        self.signature = {letter: 1 if sharps > 0 else -1 for letter in letters}

    def y(self, step: int) -> float:
        return 4 * _GAP - (step - _E4) * _GAP / 2

    def begin(self, numerator: int, denominator: int, first: bool) -> float:
        """Clef, signature and metre; returns where the first bar begins."""
        self.parts.append(_path(18, 3 * _GAP, _CLEF))
        x = 36.0
        for letter, sign in self.signature.items():
            step = 5 * 7 + letter - (7 if letter > (4 if sign > 0 else 3) else 0)
            self.parts.append(_path(x, self.y(step), _SIGNS[sign]))
            x += 9
        if first:
            self.parts += [f'<text x="{x + 6:g}" y="{y}" font-size="19" font-family="serif" '
                           f'font-weight="bold" text-anchor="middle">{number}</text>'
                           for y, number in ((2 * _GAP - 2, numerator),
                                             (4 * _GAP - 2, denominator))]
        return x + 26

    def bars(self, left: float, count: int, width: float) -> None:
        right = left + count * width
        self.parts += [_line(0, i * _GAP, right, i * _GAP, .8) for i in range(5)]
        self.parts += [_line(left + i * width, 0, left + i * width, 4 * _GAP)
                       for i in range(1, count + 1)]

    def fill(self, left: float, width: float, values: list[_Value], first: int, bar: Fraction,
             beat: Fraction) -> None:
        """Draws the values in bars of width `width`; bar number `first` begins at `left`."""
        groups: list[list[tuple[float, int, _Value]]] = []
        shown: dict[int, int] = {}
        last_bar: int | None = None
        last_beat: int | None = None
        tie: float | None = None
        for value in values:
            number = value.start // bar
            if number != last_bar:
                shown, last_bar = {}, number
            x = left + (number - first) * width + float(value.start % bar) * _QUARTER + 18
            if value.pitch is None:
                self.rest(x, value)
                self.mark(x, 2 * _GAP, value)
                last_beat = None
                continue
            letter, sign = self.spelling[value.pitch % 12]
            step = ((value.pitch - sign) // 12 - 1) * 7 + letter
            if shown.get(step, self.signature.get(letter, 0)) != sign and tie is None:
                shown[step] = sign
                self.parts.append(_path(x - 12, self.y(step), _SIGNS[sign]))
            self.head(x, step, value)
            self.mark(x, self.y(step), value)
            if tie is not None:
                shape = f"M5 0Q{(x - tie) / 2:g} 8 {x - tie - 5:g} 0"
                self.parts.append(_path(tie, self.y(step) + 5, shape))
            tie = x if value.tied else None
            now = value.start // beat if value.flags else None
            if now is None or now != last_beat:
                groups.append([])
            last_beat = now
            groups[-1].append((x, step, value))
        for group in groups:
            if group[0][2].plain < 4:
                self.stems(group)

    def head(self, x: float, step: int, value: _Value) -> None:
        y = self.y(step)
        self.top, self.bottom = min(self.top, y - 38), max(self.bottom, y + 38)
        hollow = value.plain >= 2
        self.parts.append(
            f'<ellipse cx="{x:g}" cy="{y:g}" rx="5" ry="3.6" transform="rotate(-18 {x:g} {y:g})" '
            f'fill="{"none" if hollow else "#000"}" stroke="#000" stroke-width="1.4"/>')
        for ledger in (*range(_E4 - 2, step - 1, -2), *range(_E4 + 10, step + 1, 2)):
            self.parts.append(_line(x - 8, self.y(ledger), x + 8, self.y(ledger)))

    def mark(self, x: float, y: float, value: _Value) -> None:
        if value.dotted:
            self.parts.append(f'<circle cx="{x + 9:g}" cy="{y - 2:g}" r="1.6"/>')
        if value.triplet:
            self.parts.append(f'<text x="{x:g}" y="-22" font-size="10" font-style="italic" '
                              'text-anchor="middle">3</text>')

    def stems(self, group: list[tuple[float, int, _Value]]) -> None:
        """Draws the stem and flags of one note, or the stems of several notes under a beam."""
        up = sum(step for _, step, _ in group) < (_E4 + 4) * len(group)
        ys = [self.y(step) for _, step, _ in group]
        end = min(ys) - 27 if up else max(ys) + 27
        side, sense = (4.6, 1) if up else (-4.6, -1)
        for (x, _, _), y in zip(group, ys):
            self.parts.append(_line(x + side, y, x + side, end, 1.3))
        xs = [x + side for x, _, _ in group]
        most = max(value.flags for *_, value in group)
        for level in range(most):
            y = end + sense * 5.5 * level
            if len(group) == 1:
                flag = f"M0 0C1 {5 * sense} 9 {7 * sense} 5 {15 * sense}"
                self.parts.append(_path(xs[0], y, flag))
                continue
            at = 0
            for has, run in groupby(group, key=lambda one: one[2].flags > level):
                count = len(list(run))
                if has:
                    left, right = xs[at], xs[at + count - 1]
                    if count == 1:
                        left, right = (left - 7, right) if at else (left, right + 7)
                    self.parts.append(_line(left - .6, y, right + .6, y, 3.6))
                at += count

    def rest(self, x: float, value: _Value) -> None:
        if value.plain >= 2:
            y = _GAP if value.plain >= 4 else 2 * _GAP - 4
            self.parts.append(f'<rect x="{x - 5:g}" y="{y:g}" width="10" height="4"/>')
        else:
            self.parts.append(_path(x, 2 * _GAP, _RESTS[min(3, value.flags)]))


def staff(notes: list[tuple[int, int, int]], steps: int, playback: dict[str, Any]) -> str:
    """A treble staff of notes (first step, steps, MIDI pitch) within so many steps, as <svg>."""
    grid = Fraction(1, playback["steps_per_quarter"])
    numerator, denominator = playback["numerator"], playback["denominator"]
    bar = Fraction(4 * numerator, denominator)
    compound = denominator >= 8 and numerator > 3 and numerator % 3 == 0
    beat = Fraction(4, denominator) * (3 if compound else 1)
    sharps = playback["sharps"] or 0
    bars = max(1, int(-(-steps * grid // bar)))
    values: list[_Value] = []
    at = 0
    for start, length, pitch in [*notes, (int(bars * bar / grid), 0, 0)]:
        values += _values(at * grid, (start - at) * grid, None, bar)
        values += _values(start * grid, length * grid, pitch, bar)
        at = start + length
    width = float(bar) * _QUARTER + 12
    in_line = max(1, int(_LINE // width))
    of_line: dict[int, list[_Value]] = {}
    for value in values:
        of_line.setdefault(value.start // bar // in_line, []).append(value)
    parts, height, total = [], 0.0, 0.0
    for first in range(0, bars, in_line):
        count = min(in_line, bars - first)
        line = _Staff(sharps, playback["mode"])
        left = line.begin(numerator, denominator, first == 0)
        line.bars(left, count, width)
        line.fill(left, width, of_line.get(first // in_line, []), first, bar, beat)
        parts.append(f'<g transform="translate(4 {height - line.top:g})">{"".join(line.parts)}</g>')
        height += line.bottom - line.top
        total = max(total, left + count * width + 8)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {total:g} {height:g}" '
            f'width="{total:g}" style="background:#fff" role="img" aria-label="score">{"".join(parts)}</svg>')
