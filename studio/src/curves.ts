// SPDX-License-Identifier: Apache-2.0
// Live curves of one run, drawn with uPlot.

import uPlot from "uplot";

import type { ProgressRow } from "./api";
import { h } from "./dom";
import { axisWidth, decimalsOf, shortCount } from "./format";

function cssColor(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

export interface CurveOptions {
  title: string;
  meaning?: string;
  value: (row: ProgressRow) => number | null;
  text: (value: number | null, digits?: number) => string;
  height: number;
  axes: boolean;
  range?: [number, number];
}

// A heading with the newest value and the curve below it.
export class Curve {
  readonly element: HTMLElement;
  private readonly latest = h("b", {}, "–");
  private readonly box = h("div", { class: "plot", role: "img" });
  private plot: uPlot | undefined;
  private data: uPlot.AlignedData = [[], []];

  constructor(private readonly options: CurveOptions) {
    this.element = h(
      "figure",
      { class: options.axes ? "curve" : "curve small" },
      h("figcaption", { ...(options.meaning && { title: options.meaning }) }, options.title, this.latest),
      this.box,
    );
    this.box.setAttribute("aria-label", `${options.title}: no values yet`);
    new ResizeObserver(() => this.resize()).observe(this.box);
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    scheme.addEventListener("change", () => this.plot?.redraw(false, true));
  }

  show(rows: readonly ProgressRow[]): void {
    const values = rows.map(this.options.value);
    this.data = [rows.map((row) => row.iteration), values];
    const text = this.options.text(values.at(-1) ?? null);
    this.latest.textContent = text;
    this.box.setAttribute("aria-label", `${this.options.title}: ${text} now`);
    if (this.plot) this.plot.setData(this.data);
    else this.resize();
  }

  private resize(): void {
    const width = this.box.clientWidth;
    if (width === 0) return;
    if (this.plot) this.plot.setSize({ width, height: this.options.height });
    else this.plot = new uPlot(this.plotOptions(width), this.data, this.box);
  }

  private plotOptions(width: number): uPlot.Options {
    const { axes, height, range } = this.options;
    const line = { stroke: () => cssColor("--line"), width: 1 };
    const axis = (size: uPlot.Axis.Size, texts: (marks: number[]) => string[]): uPlot.Axis => ({
      show: axes,
      size,
      stroke: () => cssColor("--muted"),
      font: "11px system-ui, sans-serif",
      grid: line,
      ticks: { show: false },
      gap: 4,
      values: (_, marks) => texts(marks),
    });
    return {
      width,
      height,
      legend: { show: false },
      cursor: { show: false },
      padding: axes ? [6, 18, 0, 0] : [3, 0, 3, 0],
      scales: { x: { time: false }, ...(range && { y: { range } }) },
      axes: [
        axis(22, (marks) => marks.map(shortCount)),
        axis((_, texts) => axisWidth(texts), (marks) => marks.map((mark) => this.options.text(mark, decimalsOf(marks)))),
      ],
      series: [
        {},
        {
          stroke: () => cssColor("--after"),
          width: 2,
          spanGaps: true,
          points: { show: (plot) => plot.data[0].length === 1 }, // a single value has no line
        },
      ],
    };
  }
}
