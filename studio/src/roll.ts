// SPDX-License-Identifier: Apache-2.0
// The piano roll: what was played, how likely every note was, and what the rules gave each step.
// One focusable list box whose options are the notes and rests.

import { s } from "./dom";
import {
  describePiece,
  describePlace,
  kHighestPitch,
  kLowestPitch,
  type Piece,
  pieceAt,
  piecesOf,
  pitchName,
} from "./melody";

const kStep = 16; // width of a sixteenth, in the picture's own units
const kRow = 5; // height of a semitone
const kLabels = 30; // width of the pitch names
const kRewards = 30; // height of the strip of rewards
const kGap = 8;
const kBlackKeys = new Set([1, 3, 6, 8, 10]);

const kRows = kHighestPitch - kLowestPitch + 1;
const kRollHeight = kRows * kRow;
const kHeight = kRollHeight + kGap + kRewards;
const kWidestReward = 8; // rewards beyond are drawn as this one

let rolls = 0;

function rowTop(pitch: number): number {
  return (kHighestPitch - pitch) * kRow;
}

export interface RollMelody {
  events: readonly number[];
  total: readonly number[];
  probabilities?: readonly (readonly number[])[] | undefined; // [length][38], the shading
}

export class Roll {
  private readonly id = `roll-${++rolls}`;
  private pieces: Piece[] = [];
  private length = 0;
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

  show(melody: RollMelody): void {
    this.pieces = piecesOf(melody.events);
    this.length = melody.events.length;
    this.selected = -1;
    const width = kLabels + this.length * kStep;
    this.cursor = s("line", { class: "cursor", y1: 0, y2: kHeight, visibility: "hidden" });
    this.column = s("rect", { class: "column", y: 0, width: kStep, height: kHeight, visibility: "hidden" });
    this.options = this.pieces.map((piece, index) => this.option(piece, index));
    const focused = this.host.contains(document.activeElement);
    const picture = s(
      "svg",
      {
        viewBox: `0 0 ${width} ${kHeight}`,
        class: "roll",
        role: "listbox",
        tabindex: 0,
        "aria-label": `Piano roll of ${this.name}. Arrow keys move among the notes.`,
        "aria-orientation": "horizontal",
        style: `min-width: ${Math.max(0, this.length - 32) * 9}px`,
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
    if (focused) picture.focus();
  }

  // Shows which step is looked at; -1 is none.
  select(step: number): void {
    this.selected = step;
    this.column?.setAttribute("visibility", step < 0 ? "hidden" : "visible");
    this.column?.setAttribute("x", String(kLabels + step * kStep));
    const chosen = step < 0 ? -1 : pieceAt(this.pieces, step);
    this.options.forEach((option, index) => option.setAttribute("aria-selected", String(index === chosen)));
    const list = this.host.querySelector("[role=listbox]");
    if (chosen < 0) list?.removeAttribute("aria-activedescendant");
    else list?.setAttribute("aria-activedescendant", `${this.id}-${chosen}`);
  }

  // Puts the line where the sound is, in steps; -1 hides it.
  moveCursor(position: number): void {
    const x = kLabels + position * kStep;
    this.cursor?.setAttribute("visibility", position < 0 ? "hidden" : "visible");
    this.cursor?.setAttribute("x1", String(x));
    this.cursor?.setAttribute("x2", String(x));
    const sounding = position < 0 ? -1 : pieceAt(this.pieces, Math.floor(position));
    this.options.forEach((option, index) => option.classList.toggle("playing", index === sounding));
  }

  private background(): SVGElement {
    const group = s("g", { "aria-hidden": "true" });
    const right = kLabels + this.length * kStep;
    for (let pitch = kLowestPitch; pitch <= kHighestPitch; ++pitch) {
      const top = rowTop(pitch);
      if (kBlackKeys.has(pitch % 12)) {
        const row = { class: "black", x: kLabels, y: top, width: right - kLabels, height: kRow };
        group.append(s("rect", row));
      }
      if (pitch % 12 === 0) {
        group.append(s("text", { x: 0, y: top + kRow }, pitchName(pitch)));
      }
    }
    for (let step = 0; step <= this.length; step += 4) {
      const x = kLabels + step * kStep;
      const kind = step % 16 === 0 ? "bar" : "beat";
      group.append(s("line", { class: kind, x1: x, x2: x, y1: 0, y2: kRollHeight }));
    }
    return group;
  }

  private shading(probabilities: RollMelody["probabilities"]): SVGElement {
    const group = s("g", { class: "shading", "aria-hidden": "true" });
    probabilities?.forEach((row, step) =>
      row.forEach((probability, event) => {
        if (event < 2 || probability < 0.02) return;
        const cell = {
          x: kLabels + step * kStep,
          y: rowTop(event + 46),
          width: kStep,
          height: kRow,
          "fill-opacity": (0.65 * Math.sqrt(probability)).toFixed(2),
        };
        group.append(s("rect", cell));
      }),
    );
    return group;
  }

  private option(piece: Piece, index: number): SVGElement {
    const x = kLabels + piece.start * kStep;
    const width = piece.length * kStep;
    const parts: SVGElement[] = [
      s("rect", { class: "hit", x, y: 0, width, height: kRollHeight, fill: "transparent" }),
    ];
    if (piece.pitch !== null) {
      const note = { class: "note", x: x + 0.75, y: rowTop(piece.pitch), width: width - 1.5, height: kRow };
      parts.push(s("rect", { ...note, rx: 1.5 }));
    }
    const label = `${describePiece(piece)}, ${describePlace(piece.start)}`;
    const attributes = { id: `${this.id}-${index}`, role: "option", "aria-selected": "false" };
    return s("g", { ...attributes, "aria-label": label }, ...parts);
  }

  private rewards(total: readonly number[]): SVGElement {
    const middle = kRollHeight + kGap + kRewards / 2;
    const group = s(
      "g",
      { "aria-hidden": "true" },
      s("line", { class: "beat", x1: kLabels, x2: kLabels + this.length * kStep, y1: middle, y2: middle }),
    );
    total.forEach((reward, step) => {
      const size = Math.sqrt(Math.min(Math.abs(reward), kWidestReward) / kWidestReward) * (kRewards / 2);
      const bar = {
        class: reward < 0 ? "loss" : "gain",
        x: kLabels + step * kStep + 4,
        y: reward < 0 ? middle : middle - size,
        width: kStep - 8,
        height: size,
      };
      group.append(s("rect", bar));
    });
    return group;
  }

  private click(event: MouseEvent): void {
    const picture = event.currentTarget as SVGSVGElement;
    const box = picture.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * (kLabels + this.length * kStep);
    const step = Math.floor((x - kLabels) / kStep);
    if (step >= 0 && step < this.length) this.choose(step);
  }

  private key(event: KeyboardEvent): void {
    const step = this.stepAfter(event.key, event.shiftKey);
    if (step === undefined) return;
    event.preventDefault();
    this.choose(step);
  }

  // Arrows go from note to note, with Shift from sixteenth to sixteenth.
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
