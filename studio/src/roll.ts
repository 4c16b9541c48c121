// SPDX-License-Identifier: Apache-2.0
// The piano roll: what was played, how likely every note was, and what the rules gave each step.
// One focusable list box whose options are the notes and rests.

import { s } from "./dom";
import {
  describePiece,
  describePlace,
  type Piece,
  pieceAt,
  piecesOf,
  pitchName,
  pitchOf,
  placeInBar,
  type Playback,
} from "./melody";

// In the picture's own units:
const kWidest = 16; // width of a step in up to two bars of sixteenths
const kNarrowest = 8; // its width in four bars and more
const kRow = 5; // height of a semitone
const kLabels = 30; // width of the pitch names
const kRewards = 30; // height of the strip of rewards
const kGap = 8;
const kBlackKeys = new Set([1, 3, 6, 8, 10]);

const kMostRows = 48; // of a range that is shown as a whole
const kAround = 5; // semitones shown around the notes otherwise
const kLongest = 64; // steps that a box shows without scrolling
const kScrolledUnit = 0.72; // px of a unit in a longer roll
const kMargin = 0.15; // of the box's width, kept in view on both sides of the cursor
const kWidestReward = 8; // larger rewards are drawn as this one

let rolls = 0;

export interface RollMelody {
  playback: Playback;
  lead: readonly number[]; // heard before the melody: shown but not judged
  events: readonly number[];
  total: readonly number[];
  probabilities?: readonly (readonly number[])[] | undefined; // [length][classes], the shading
}

export class Roll {
  private readonly id = `roll-${++rolls}`;
  private pieces: Piece[] = [];
  private lead = 0; // steps before the melody; all steps below count from the lead's first
  private length = 0;
  private step = kWidest; // width of a step
  private playback!: Playback;
  private range: [number, number] = [0, 0]; // MIDI pitches shown
  private selected = -1; // step
  private cursor: SVGElement | undefined;
  private column: SVGElement | undefined;
  private options: SVGElement[] = [];

  // `choose` is called with a step that was clicked or moved to.
  constructor(
    private readonly host: HTMLElement,
    private readonly name: string,
    private readonly choose: (step: number) => void,
  ) {}

  private get rollHeight(): number {
    return (this.range[1] - this.range[0] + 1) * kRow;
  }

  private get height(): number {
    return this.rollHeight + kGap + kRewards;
  }

  private rowTop(pitch: number): number {
    return (this.range[1] - pitch) * kRow;
  }

  // All pitches that the model can play or, if they are too many, those around the notes.
  private fitRange(): void {
    const { playback } = this;
    const pitches = Array.from({ length: playback.classes - 2 }, (_, at) => pitchOf(at + 2, playback));
    this.range = [Math.min(...pitches), Math.max(...pitches)];
    if (this.range[1] - this.range[0] < kMostRows) return;
    const played = this.pieces.flatMap(({ pitch }) => (pitch === null ? [] : [pitch]));
    const middle = played.length ? played : [60];
    this.range = [Math.min(...middle) - kAround, Math.max(...middle) + kAround];
  }

  show(melody: RollMelody): void {
    const events = [...melody.lead, ...melody.events];
    const { playback } = melody;
    this.playback = playback;
    this.pieces = piecesOf(events, playback);
    this.fitRange();
    this.lead = melody.lead.length;
    this.length = events.length;
    this.step = Math.max(kNarrowest, Math.min(kWidest, (2 * 16 * kWidest) / this.length));
    this.selected = -1;
    const width = kLabels + this.length * this.step;
    this.cursor = s("line", { class: "cursor", y1: 0, y2: this.height, visibility: "hidden" });
    this.column = s("rect", { class: "column", y: 0, width: this.step, height: this.height, visibility: "hidden" });
    this.options = this.pieces.map((piece, index) => this.option(piece, index));
    const focused = this.host.contains(document.activeElement);
    const picture = s(
      "svg",
      {
        viewBox: `0 0 ${width} ${this.height}`,
        class: "roll",
        role: "listbox",
        tabindex: 0,
        "aria-label": `Piano roll of ${this.name}. Arrow keys move among the notes.`,
        "aria-orientation": "horizontal",
        style: `min-width: ${this.length > kLongest ? kScrolledUnit * width : 0}px`,
        click: (event) => this.click(event as MouseEvent),
        keydown: (event) => this.key(event as KeyboardEvent),
      },
      this.background(),
      this.shading(melody.probabilities),
      this.column,
      ...this.options,
      this.rewards(melody.total),
      this.cursor,
    );
    this.host.replaceChildren(picture);
    this.host.scrollLeft = 0;
    if (focused) picture.focus();
  }

  // Marks the selected step; -1 is none.
  select(step: number): void {
    this.selected = step;
    this.column?.setAttribute("visibility", step < 0 ? "hidden" : "visible");
    this.column?.setAttribute("x", String(kLabels + step * this.step));
    const chosen = step < 0 ? -1 : pieceAt(this.pieces, step);
    this.options.forEach((option, index) => option.setAttribute("aria-selected", String(index === chosen)));
    const list = this.host.querySelector("[role=listbox]");
    if (chosen < 0) list?.removeAttribute("aria-activedescendant");
    else list?.setAttribute("aria-activedescendant", `${this.id}-${chosen}`);
    if (step >= 0) this.reveal(step);
  }

  // Moves the cursor to the position, in steps, that sounds; -1 hides it.
  moveCursor(position: number): void {
    const x = kLabels + position * this.step;
    this.cursor?.setAttribute("visibility", position < 0 ? "hidden" : "visible");
    this.cursor?.setAttribute("x1", String(x));
    this.cursor?.setAttribute("x2", String(x));
    const sounding = position < 0 ? -1 : pieceAt(this.pieces, Math.floor(position));
    this.options.forEach((option, index) => option.classList.toggle("playing", index === sounding));
    if (position >= 0) this.reveal(position);
  }

  // Scrolls a roll that is wider than its box so that `position` and what comes next are in view.
  private reveal(position: number): void {
    const { scrollLeft, scrollWidth, clientWidth } = this.host;
    if (scrollWidth <= clientWidth) return;
    const x = ((kLabels + position * this.step) / (kLabels + this.length * this.step)) * scrollWidth;
    const margin = kMargin * clientWidth;
    if (x < scrollLeft || x > scrollLeft + clientWidth - margin) this.host.scrollLeft = x - margin;
  }

  private background(): SVGElement {
    const group = s("g", { "aria-hidden": "true" });
    const right = kLabels + this.length * this.step;
    const width = this.lead * this.step;
    if (this.lead > 0) {
      group.append(s("rect", { class: "lead", x: kLabels, y: 0, width, height: this.rollHeight }));
    }
    for (let pitch = this.range[0]; pitch <= this.range[1]; ++pitch) {
      const top = this.rowTop(pitch);
      if (kBlackKeys.has(pitch % 12)) {
        const row = { class: "black", x: kLabels, y: top, width: right - kLabels, height: kRow };
        group.append(s("rect", row));
      }
      if (pitch % 12 === 0) {
        group.append(s("text", { x: 0, y: top + kRow }, pitchName(pitch)));
      }
    }
    for (let step = 0; step <= this.length; ++step) {
      const place = placeInBar(step, this.playback);
      if (place % this.playback.beat) continue;
      const x = kLabels + step * this.step;
      const kind = place === 0 ? "bar" : "beat";
      group.append(s("line", { class: kind, x1: x, x2: x, y1: 0, y2: this.rollHeight }));
    }
    return group;
  }

  private shading(probabilities: RollMelody["probabilities"]): SVGElement {
    const group = s("g", { class: "shading", "aria-hidden": "true" });
    probabilities?.forEach((row, step) =>
      row.forEach((probability, event) => {
        if (event < 2 || probability < 0.02) return;
        const pitch = pitchOf(event, this.playback);
        if (pitch < this.range[0] || pitch > this.range[1]) return;
        const cell = {
          x: kLabels + (this.lead + step) * this.step,
          y: this.rowTop(pitch),
          width: this.step,
          height: kRow,
          "fill-opacity": (0.65 * Math.sqrt(probability)).toFixed(2),
        };
        group.append(s("rect", cell));
      }),
    );
    return group;
  }

  private option(piece: Piece, index: number): SVGElement {
    const x = kLabels + piece.start * this.step;
    const width = piece.length * this.step;
    const kind = piece.start < this.lead ? "piece lead" : "piece";
    const parts: SVGElement[] = [
      s("rect", { class: "hit", x, y: 0, width, height: this.rollHeight, fill: "transparent" }),
    ];
    if (piece.pitch !== null) {
      const note = { class: "note", x: x + 0.75, y: this.rowTop(piece.pitch), width: width - 1.5, height: kRow };
      parts.push(s("rect", { ...note, rx: 1.5 }));
    }
    const label = `${describePiece(piece, this.playback)}, ${describePlace(piece.start, this.playback)}`;
    const attributes = { id: `${this.id}-${index}`, role: "option", "aria-selected": "false" };
    return s("g", { ...attributes, class: kind, "aria-label": label }, ...parts);
  }

  private rewards(total: readonly number[]): SVGElement {
    const middle = this.rollHeight + kGap + kRewards / 2;
    const group = s(
      "g",
      { "aria-hidden": "true" },
      s("line", { class: "beat", x1: kLabels, x2: kLabels + this.length * this.step, y1: middle, y2: middle }),
    );
    total.forEach((reward, step) => {
      const size = Math.sqrt(Math.min(Math.abs(reward), kWidestReward) / kWidestReward) * (kRewards / 2);
      const bar = {
        class: reward < 0 ? "loss" : "gain",
        x: kLabels + (this.lead + step + 0.25) * this.step,
        y: reward < 0 ? middle : middle - size,
        width: this.step / 2,
        height: size,
      };
      group.append(s("rect", bar));
    });
    return group;
  }

  private click(event: MouseEvent): void {
    const picture = event.currentTarget as SVGSVGElement;
    const box = picture.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * (kLabels + this.length * this.step);
    const step = Math.floor((x - kLabels) / this.step);
    if (step >= 0 && step < this.length) this.choose(step);
  }

  private key(event: KeyboardEvent): void {
    const step = this.stepAfter(event.key, event.shiftKey);
    if (step === undefined) return;
    event.preventDefault();
    this.choose(step);
  }

  // Arrows go from note to note, with Shift from step to step.
  private stepAfter(key: string, single: boolean): number | undefined {
    const last = this.length - 1;
    const piece = this.selected < 0 ? -1 : pieceAt(this.pieces, this.selected);
    const startOf = (index: number) =>
      this.pieces[Math.max(0, Math.min(this.pieces.length - 1, index))]?.start ?? 0;
    switch (key) {
      case "ArrowRight":
      case "ArrowDown":
        return single ? Math.min(last, this.selected + 1) : startOf(piece + 1);
      case "ArrowLeft":
      case "ArrowUp":
        return single ? Math.max(0, this.selected - 1) : startOf(piece - 1);
      case "Home":
        return 0;
      case "End":
        return startOf(this.pieces.length - 1);
      default:
        return undefined;
    }
  }
}
