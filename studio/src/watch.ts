// SPDX-License-Identifier: Apache-2.0
// The run's curves, and a warning if its melodies degenerate.

import type { ProgressRow, State, Warning } from "./api";
import { byId, h } from "./dom";
import { Curve } from "./curves";
import { decimal, percent, signed } from "./format";

export class Watch {
  private rows: ProgressRow[] = [];
  private warnings: readonly Warning[] = [];
  private readonly dismissed = new Set<string>(); // kinds of warnings, until each ends
  private readonly titles: Map<string, string>; // of the controls that warnings name
  private readonly curves: Curve[];
  private readonly byRule = new Map<string, Curve>();

  constructor(
    private readonly state: State,
    private readonly followAdvice: (warning: Warning) => void,
  ) {
    this.titles = new Map([
      ["kl_budget", "KL budget"],
      ["c", "c"],
      ["temperature", "Temperature"],
      ...state.rules.map(({ name, title }): [string, string] => [name, title]),
    ]);
    const large = { height: 150, axes: true };
    const main = [
      new Curve({
        ...large,
        title: "Reward of the rules",
        meaning: "What the rules give an event, on average",
        value: (row) => row.mean_theory_reward,
        text: signed,
      }),
      new Curve({
        ...large,
        title: "Likeness to the tunes (log p)",
        meaning: "How likely the Note RNN finds an event, on average; nearer to 0 is likelier",
        value: (row) => row.mean_log_prob,
        text: decimal,
      }),
      new Curve({
        ...large,
        title: "KL to the Note RNN",
        meaning: "How far the tuned model's choices are from the Note RNN's, in nats per event",
        value: (row) => row.kl_to_prior,
        text: decimal,
      }),
      new Curve({
        ...large,
        title: "Variety",
        meaning: "How many of 128 melodies differ",
        value: (row) => row.distinct_compositions,
        text: (value) => percent(value),
        range: [0, 1],
      }),
    ];
    for (const rule of state.rules) {
      const curve = new Curve({
        title: rule.title,
        height: 44,
        axes: false,
        value: (row) => row.reward_by_rule[rule.name] ?? null,
        text: signed,
      });
      this.byRule.set(rule.name, curve);
    }
    const byRule = [...this.byRule.values()];
    this.curves = [...main, ...byRule];
    byId("curves").append(...main.map((curve) => curve.element));
    byId("curves-by-rule").append(...byRule.map((curve) => curve.element));
  }

  setRows(rows: readonly ProgressRow[]): void {
    this.rows = [...rows];
    this.draw();
  }

  addRow(row: ProgressRow): void {
    if (row.reset) this.rows = [];
    this.rows.push(row);
    this.draw();
  }

  showWarnings(warnings: readonly Warning[]): void {
    this.warnings = warnings;
    for (const kind of this.dismissed) {
      if (!warnings.some((warning) => warning.kind === kind)) this.dismissed.delete(kind);
    }
    // One at a time: the first is the most serious, and following its advice often ends the others.
    const shown = warnings.find(({ kind }) => !this.dismissed.has(kind));
    byId("warnings").replaceChildren(...(shown ? [this.warningBox(shown)] : []));
  }

  private draw(): void {
    byId("watch-empty").hidden = this.rows.length > 0;
    byId("watch-curves").hidden = this.rows.length === 0;
    const recipe = this.state.recipes.find(({ name }) => name === this.state.shape.recipe);
    for (const [rule, curve] of this.byRule) curve.element.hidden = !(rule in (recipe?.ranges ?? {}));
    for (const curve of this.curves) curve.show(this.rows);
  }

  private warningBox(warning: Warning): HTMLElement {
    const { control, direction } = warning;
    const title = this.titles.get(control) ?? control;
    const advice = control === "reset" ? "Reset" : `Turn “${title}” ${direction}`.trim();
    const button = (text: string, kind: string, click: () => void) =>
      h("button", { type: "button", class: kind, click }, text);
    const dismiss = () => {
      this.dismissed.add(warning.kind);
      this.showWarnings(this.warnings);
    };
    return h(
      "div",
      { class: "warning" },
      h("p", {}, warning.text),
      control ? button(advice, "", () => this.followAdvice(warning)) : null,
      button("Dismiss", "link", dismiss),
    );
  }
}
