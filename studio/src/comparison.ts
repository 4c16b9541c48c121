// SPDX-License-Identifier: Apache-2.0
// Table 1 of the paper for two models side by side.

import { h } from "./dom";
import { decimal, percent, signed } from "./format";

interface Row {
  key: string; // as `rltuner evaluate --json` names it
  title: string;
  text: (value: number) => string;
  better?: "more" | "less";
}

const kRows: Row[] = [
  { key: "mean_theory_reward", title: "Reward of the rules per event", text: (x) => signed(x), better: "more" },
  { key: "mean_log_prob", title: "log p under the Note RNN per event", text: (x) => decimal(x), better: "more" },
  { key: "notes_not_in_key", title: "Notes not in key", text: (x) => percent(x, 1), better: "less" },
  { key: "notes_excessively_repeated", title: "Notes repeated too often", text: (x) => percent(x, 2), better: "less" },
  { key: "starting_with_tonic", title: "Melodies that start on the tonic", text: (x) => percent(x), better: "more" },
  { key: "leaps_resolved", title: "Leaps resolved", text: (x) => percent(x), better: "more" },
  { key: "unique_max_note", title: "Melodies with one highest note", text: (x) => percent(x), better: "more" },
  { key: "unique_min_note", title: "Melodies with one lowest note", text: (x) => percent(x), better: "more" },
  { key: "notes_in_motif", title: "Notes in a motif", text: (x) => percent(x), better: "more" },
  { key: "notes_in_repeated_motif", title: "Notes in a repeated motif", text: (x) => percent(x, 2), better: "more" },
  { key: "kl_to_prior", title: "KL to the Note RNN", text: (x) => decimal(x) },
  { key: "distinct_compositions", title: "Different melodies", text: (x) => percent(x, 1), better: "more" },
];

type Figures = Record<string, unknown>;

function numberAt(figures: Figures, key: string): number | null {
  const value = figures[key];
  return typeof value === "number" ? value : null;
}

function interval(figures: Figures, key: string): [number, number] | null {
  const value = figures[`${key}_ci95`];
  return Array.isArray(value) && value.length === 2 ? [Number(value[0]), Number(value[1])] : null;
}

// "better", "worse", or "" if the 95 % intervals overlap or neither direction is better.
function verdict(row: Row, left: Figures, right: Figures): "better" | "worse" | "" {
  const a = interval(left, row.key);
  const b = interval(right, row.key);
  if (!a || !b || !row.better || (a[0] <= b[1] && b[0] <= a[1])) return "";
  return b[0] > a[1] === (row.better === "more") ? "better" : "worse";
}

export function comparison(leftName: string, left: Figures, rightName: string, right: Figures): HTMLElement {
  const cell = (figures: Figures, row: Row, kind = "") => {
    const value = numberAt(figures, row.key);
    return h("td", { class: `number ${kind}` }, value === null ? "–" : row.text(value));
  };
  const rows = kRows.map((row) => {
    const kind = verdict(row, left, right);
    const word = h("td", { class: kind }, kind);
    return h("tr", {}, h("th", { scope: "row" }, row.title), cell(left, row), cell(right, row, kind), word);
  });
  return h(
    "div",
    { class: "scroll", tabindex: 0, role: "group", "aria-label": "Comparison" },
    h(
      "table",
      { class: "comparison" },
      h("caption", {}, "2,000 melodies each. Better and worse are marked where the 95 % intervals do not overlap."),
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          h("td"),
          h("th", { scope: "col" }, leftName),
          h("th", { scope: "col" }, rightName),
          h("th", { scope: "col" }, h("span", { class: "unseen" }, "Verdict")),
        ),
      ),
      h("tbody", {}, ...rows),
    ),
  );
}
