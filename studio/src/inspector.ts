// SPDX-License-Identifier: Apache-2.0
// One event of a melody: what each rule gave it, and what else the models could have played.

import type { Melody, Rule } from "./api";
import { h, s } from "./dom";
import { percent, signed } from "./format";
import { describePlace, eventName, kHold, pieceAt, piecesOf, pitchName, type Playback } from "./melody";

// The chart, in its own units. "off" and "hold" have wider columns than the notes.
const kColumn = 13;
const kWideColumn = 30;
const kNotesLeft = 2 * kWideColumn + 6;
const kHeight = 250;
const kTop = 14;
const kBottom = 22; // room for the names
const kBar = 5;

// The classes with the highest probabilities, as words.
function likeliest(probabilities: readonly number[], playback: Playback): string {
  return probabilities
    .map((probability, event) => ({ probability, event }))
    .sort((a, b) => b.probability - a.probability)
    .slice(0, 3)
    .map(({ probability, event }) => `${eventName(event, playback)} ${percent(probability)}`)
    .join(", ");
}

function columnOf(event: number): { x: number; width: number } {
  if (event < 2) return { x: event * kWideColumn, width: kWideColumn };
  return { x: kNotesLeft + (event - 2) * kColumn, width: kColumn };
}

// A round number at or above the largest bar.
function scaleTop(largest: number): number {
  return [0.1, 0.25, 0.5].find((top) => largest <= top) ?? 1;
}

function chart(before: readonly number[], after: readonly number[], played: number, playback: Playback): SVGElement {
  const width = kNotesLeft + (playback.classes - 2) * kColumn;
  const top = scaleTop(Math.max(...before, ...after));
  const high = kHeight - kBottom;
  const picture = s("svg", {
    viewBox: `0 0 ${width} ${kHeight}`,
    class: "probabilities",
    role: "img",
    "aria-label": `Probabilities of all events, before and after tuning; played: ${eventName(played, playback)}.`,
  });
  picture.append(s("rect", { class: "played", ...columnOf(played), y: 0, height: kHeight, rx: 2 }));
  for (const share of [0.5, 1]) {
    const y = high - share * (high - kTop);
    picture.append(
      s("line", { class: "beat", x1: 0, x2: width, y1: y, y2: y }),
      s("text", { x: 0, y: y - 3 }, percent(share * top)),
    );
  }
  const bar = (kind: string, x: number, probability: number) => {
    const height = (probability / top) * (high - kTop);
    return s("rect", { class: kind, x, y: high - height, width: kBar, height });
  };
  for (let event = 0; event < playback.classes; ++event) {
    const column = columnOf(event);
    const middle = column.x + column.width / 2;
    picture.append(
      bar("before", middle - kBar - 0.5, before[event] ?? 0),
      bar("after", middle + 0.5, after[event] ?? 0),
    );
    // Only naturals are labelled; the place of a black key identifies it.
    const name = eventName(event, playback);
    if (!/[♯♭]/.test(name)) {
      const label = name.replace(/[1-9]$/, (octave) => (name.startsWith("C") ? octave : ""));
      picture.append(s("text", { x: middle, y: kHeight - 7, "text-anchor": "middle" }, label));
    }
  }
  picture.append(s("line", { class: "bar", x1: 0, x2: width, y1: high, y2: high }));
  return picture;
}

function rewardRow(title: string, reward: number, widest: number, total = false): HTMLElement {
  const share = (50 * Math.min(Math.abs(reward), widest)) / widest;
  const left = reward < 0 ? 50 - share : 50;
  return h(
    "tr",
    { class: total ? "total" : reward === 0 ? "none" : "" },
    h("th", { scope: "row" }, title),
    h(
      "td",
      { class: "bar-cell" },
      h("span", { class: reward < 0 ? "loss" : "gain", style: `left: ${left}%; width: ${share}%` }),
    ),
    h("td", { class: "number" }, signed(reward)),
  );
}

function rewardTable(melody: Melody, step: number, rules: readonly Rule[]): HTMLElement {
  const given = rules
    .filter((rule) => rule.name in melody.rewards)
    .map((rule) => ({ rule, reward: melody.rewards[rule.name]?.[step] ?? 0 }));
  const widest = Math.max(3, Math.min(10, ...given.map(({ reward }) => Math.abs(reward))));
  return h(
    "table",
    { class: "rewards" },
    h("caption", {}, "What each rule gave it"),
    h(
      "tbody",
      {},
      ...given.map(({ rule, reward }) => rewardRow(rule.title, reward, widest)),
      rewardRow("All rules", melody.total[step] ?? 0, widest, true),
    ),
  );
}

// "E4", "hold of E4", "rest"
function playedName(events: readonly number[], step: number, playback: Playback): string {
  const event = events[step] ?? 0;
  const pieces = piecesOf(events, playback);
  const pitch = pieces[pieceAt(pieces, step)]?.pitch ?? null;
  if (pitch === null) return "rest";
  return event === kHold ? `hold of ${pitchName(pitch)}` : pitchName(pitch);
}

export interface Place {
  melody: Melody;
  lead: readonly number[]; // shown before the melody
  step: number; // of the lead and the melody
}

function nameAt({ melody, lead, step }: Place): string {
  return playedName([...lead, ...melody.events], step, melody.playback);
}

export function describeStep(place: Place): string {
  const { melody, lead, step } = place;
  const reward = melody.total[step - lead.length];
  const judged = reward === undefined ? "from your file" : `reward ${signed(reward)}`;
  return `${nameAt(place)}, ${describePlace(step, melody.playback)}, ${judged}`;
}

// Fills `host` with the details of a place.
export function inspect(host: HTMLElement, owner: string, place: Place, rules: readonly Rule[]): void {
  const { melody, lead } = place;
  const step = place.step - lead.length;
  const heading = (text: string) =>
    h("h3", {}, `${nameAt(place)} `, h("small", {}, `${describePlace(place.step, melody.playback)} · ${text}`));
  if (step < 0) {
    const text = "The models heard this first. The rules judge only what they played after it.";
    host.replaceChildren(heading("from your file"), h("p", { class: "hint" }, text));
    return;
  }
  const played = melody.events[step] ?? 0;
  const before = melody.probabilities.note_rnn[step] ?? [];
  const after = melody.probabilities.tuned[step] ?? [];
  const legend = (kind: string, name: string, probabilities: readonly number[]) =>
    h(
      "p",
      {},
      h("span", { class: `dot ${kind}`, "aria-hidden": "true" }),
      h("b", {}, name),
      ` ${likeliest(probabilities, melody.playback)}`,
    );
  host.replaceChildren(
    heading(owner),
    h(
      "div",
      { class: "inspector-columns" },
      rewardTable(melody, step, rules),
      h(
        "div",
        { class: "thoughts" },
        h("p", { class: "caption" }, "What the models could have played here, and how likely it was"),
        h("div", { class: "legend" }, legend("before", "Note RNN", before), legend("after", "Tuned", after)),
        h("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": "Probabilities" }, chart(before, after, played, melody.playback)),
      ),
    ),
  );
}
