// SPDX-License-Identifier: Apache-2.0
// The engraved score of a melody.

import abcjs from "abcjs";

import { abcOf, type Sign, signsOf } from "./abc";
import { h } from "./dom";
import { kPaper, pitchName, piecesOf, type Playback } from "./melody";

const kBarWidth = 320; // of a bar, in the engraver's units
const kComfortableBar = 290; // px of a bar in a short melody
const kNarrowestBar = 185; // px that a bar of sixteenths needs to be read
const kMostBarsPerLine = 4;
const kEdge = 2; // units around what is drawn
const kReach = 30; // px around a note or rest within which a click selects it

// Fits a picture's frame to its content. The engraver's own frame cuts off low notes of the last
// line.
function frame(picture: SVGSVGElement): void {
  const { x, y, width, height } = picture.getBBox();
  const box = [x - kEdge, y - kEdge, width + 2 * kEdge, height + 2 * kEdge];
  picture.setAttribute("viewBox", box.join(" "));
  picture.removeAttribute("width");
  picture.removeAttribute("height");
}

export class Score {
  private events: readonly number[] = [];
  private playback: Playback = kPaper;
  private lead = 0; // steps before the melody
  private signs: Sign[] = [];
  private elements: Element[] = [];
  private barsPerLine = 0;
  private marks = { playing: -1, selected: -1 };

  // Draws into `host`; `choose` is called with the step of a note or rest that was clicked.
  constructor(
    private readonly host: HTMLElement,
    private readonly choose: (step: number) => void,
  ) {
    host.addEventListener("click", (event) => {
      const sign = this.nearest(event.clientX, event.clientY);
      if (sign) this.choose(sign.start);
    });
    new ResizeObserver(() => {
      if (this.fittingBars() !== this.barsPerLine) this.draw();
    }).observe(host);
  }

  // The first `lead` events were heard before the melody.
  show(events: readonly number[], lead: number, playback: Playback): void {
    this.events = events;
    this.lead = lead;
    this.playback = playback;
    this.signs = signsOf(events, playback);
    this.draw();
  }

  // Colours the sign that sounds, or the selected one, at `step`; -1 is none.
  mark(kind: "playing" | "selected", step: number): void {
    this.marks[kind] = step;
    this.elements.forEach((element, index) => {
      const sign = this.signs[index];
      const here = sign !== undefined && step >= sign.start && step < sign.start + sign.length;
      element.classList.toggle(kind, here);
    });
  }

  // The sign nearest to a click; note heads are too small to be hit exactly.
  private nearest(x: number, y: number): Sign | undefined {
    const distances = this.elements.map((element) => {
      const { left, right, top, bottom } = element.getBoundingClientRect();
      return Math.hypot(Math.max(left - x, 0, x - right), Math.max(top - y, 0, y - bottom));
    });
    const least = Math.min(...distances);
    return least <= kReach ? this.signs[distances.indexOf(least)] : undefined;
  }

  private fittingBars(): number {
    const isShort = this.events.length <= 2 * this.playback.bar;
    const fitting = Math.floor(this.host.clientWidth / (isShort ? kComfortableBar : kNarrowestBar));
    return Math.max(1, Math.min(kMostBarsPerLine, fitting));
  }

  private draw(): void {
    if (this.events.length === 0 || this.host.clientWidth === 0) return;
    this.barsPerLine = this.fittingBars();
    const names = piecesOf(this.events, this.playback).flatMap((piece) =>
      piece.pitch === null ? [] : [pitchName(piece.pitch)],
    );
    const bars = Math.ceil(this.events.length / this.playback.bar);
    const paper = h("div");
    abcjs.renderAbc(paper, abcOf(this.signs, this.barsPerLine, this.playback), {
      add_classes: true,
      selectTypes: false,
      format: { staffsep: "34", stretchlast: 1 } as object,
      ariaLabel: `Score. Notes: ${names.join(" ") || "none"}.`,
      staffwidth: Math.min(bars, this.barsPerLine) * kBarWidth + 40,
      paddingtop: 0,
      paddingbottom: 0,
      paddingleft: 0,
      paddingright: 0,
    });
    // It is for dragging notes, which is off, and the page's content policy would report it.
    paper.querySelector("style")?.remove();
    paper.querySelector("title")?.remove(); // the label says more
    const picture = paper.querySelector("svg");
    if (!picture) return;
    this.host.replaceChildren(picture);
    frame(picture);
    this.elements = [...this.host.querySelectorAll(".abcjs-note, .abcjs-rest")];
    this.elements.forEach((element, index) =>
      element.classList.toggle("lead", (this.signs[index]?.start ?? 0) < this.lead),
    );
    this.mark("playing", this.marks.playing);
    this.mark("selected", this.marks.selected);
  }
}
