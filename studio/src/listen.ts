// SPDX-License-Identifier: Apache-2.0
// Two melodies side by side, by any two models, and their shared settings: tempo, length, primer.

import { api, type Melody, type MelodySummary, type ModelName, type Shape, type State } from "./api";
import { Card, type Side } from "./card";
import { announce, attempt, byId, h, notice, option, paintSlider } from "./dom";
import { barsText } from "./format";
import { describeStep, inspect } from "./inspector";
import { barsOf } from "./melody";
import type { Player } from "./player";
import { remember, remembered } from "./remember";

const kUsualVolume = 80;
const kBars = [2, 4, 8, 16]; // to choose from

function newSeed(): number {
  return Math.floor(Math.random() * 1e9);
}

export class Listen {
  private readonly cards: Record<Side, Card>;
  private readonly models: Record<Side, HTMLSelectElement>;
  private readonly tempo = byId<HTMLInputElement>("tempo");
  private readonly volume = byId<HTMLInputElement>("volume");
  private readonly bars = byId<HTMLSelectElement>("bars");
  private readonly follow = byId<HTMLInputElement>("follow");
  private readonly playNew = byId<HTMLInputElement>("play-new");
  private readonly newer = byId<HTMLButtonElement>("newer");
  private readonly inspector = byId("inspector");
  private active: Side = "after"; // the one that the space bar plays
  private seed = newSeed();
  private primer: number[] | undefined;
  private waiting: MelodySummary | undefined; // newest melody, not shown yet
  private loads: Record<Side, number> = { before: 0, after: 0 };
  private playBoth = false;
  private learnt = ""; // the recipe and length for which the length was chosen

  constructor(
    private readonly state: State,
    private readonly player: Player,
  ) {
    const card = (side: Side, title: string) =>
      new Card(byId(`card-${side}`), side, title, player, {
        tempo: () => Number(this.tempo.value),
        onSelect: (chosen, step) => this.select(chosen.side, step),
        onStop: (stopped, finished) => this.stopped(stopped.side, finished),
      });
    this.cards = { before: card("before", "left melody"), after: card("after", "right melody") };
    this.models = {
      before: byId<HTMLSelectElement>("model-before"),
      after: byId<HTMLSelectElement>("model-after"),
    };
    this.listModels();
    this.models.before.value = "note-rnn";
    this.models.after.value = "current";
    this.connectControls();
  }

  // Plays the melodies shown again by the models as they are now. The seeds are the same, so that
  // only the change makes a difference.
  async redraw(): Promise<void> {
    const seed = (side: Side) => this.cards[side].melody?.seed ?? this.seed;
    await Promise.all([this.load("before", seed("before")), this.load("after", seed("after"))]);
  }

  // A new melody by each model from the same seed.
  async newPair(): Promise<void> {
    this.player.stop();
    this.seed = newSeed();
    await Promise.all([this.load("before"), this.load("after")]);
  }

  // Lists the models to choose from.
  listModels(): void {
    const lost: Side[] = [];
    for (const side of ["before", "after"] as const) {
      const select = this.models[side];
      const chosen = select.value;
      select.replaceChildren(
        option("note-rnn", "Note RNN, before tuning"),
        option("current", "Tuned, as it is now"),
        ...this.state.versions.map((version) => option(version.id, version.name)),
      );
      const known = [...select.options].some(({ value }) => value === chosen);
      select.value = known ? chosen : "current";
      if (!known && this.cards[side].melody) lost.push(side); // its version was deleted
    }
    this.limitLength();
    for (const side of lost) void attempt(() => this.load(side));
  }

  // Offers the lengths that both models were tuned at; the Note RNN, which is the current model
  // before anything is learnt, plays any. Another recipe or length is heard at its own length.
  limitLength(): void {
    const { limits, playback, run, shape, versions } = this.state;
    const longest = limits.length[1];
    const whole = (of: Pick<Shape, "length" | "metre">) => Math.max(1, Math.floor(barsOf(of, playback)));
    const played = Object.values(this.models).map(({ value }) => {
      const { length, metre } = versions.find(({ id }) => String(id) === value)?.shape ?? shape;
      const isFree = value === "note-rnn" || (value === "current" && run.status === "idle");
      return { metre, length: isFree ? longest : length };
    });
    const most = Math.min(...played.map(whole));
    const tuned = played.filter(({ length }) => length < longest).map(whole);
    const offered = [...new Set([...kBars, whole(shape), ...tuned])].sort((a, b) => a - b);
    const learnt = `${shape.recipe} ${whole(shape)}`;
    const wanted = this.learnt && this.learnt !== learnt ? whole(shape) : Number(this.bars.value);
    this.learnt = learnt;
    if (offered.join() !== [...this.bars.options].map(({ value }) => value).join()) {
      this.bars.replaceChildren(...offered.map((bars) => option(bars, barsText(bars))));
    }
    for (const option of this.bars.options) option.disabled = Number(option.value) > most;
    const playable = offered.filter((bars) => bars <= most);
    this.bars.value = String(playable.includes(wanted) ? wanted : playable.at(-1));
  }

  // Puts two models side by side.
  async compare(before: ModelName, after: ModelName): Promise<void> {
    this.models.before.value = String(before);
    this.models.after.value = String(after);
    this.limitLength();
    await this.newPair();
  }

  // Takes a melody that the model has just played.
  live(summary: MelodySummary): void {
    if (this.models.after.value !== "current" || !this.follow.checked) return;
    this.waiting = summary;
    const busy = this.player.playing || this.cards.after.selected >= 0;
    this.newer.hidden = !busy;
    if (!busy) void attempt(() => this.showWaiting());
  }

  // The current model was replaced: plays a melody of the new one.
  async currentChanged(): Promise<void> {
    const sides = (["before", "after"] as const).filter((side) => this.models[side].value === "current");
    await Promise.all(sides.map((side) => this.load(side)));
  }

  // Stops the sound, or plays the melody that was used last.
  toggle(): void {
    if (this.player.playing) this.player.stop();
    else this.cards[this.active].toggle();
  }

  private connectControls(): void {
    const { tempo } = this.state.defaults;
    this.tempo.value = String(remembered("tempo", tempo));
    this.volume.value = String(remembered("volume", kUsualVolume));
    this.bars.value = String(barsOf(this.state.shape, this.state.playback));
    const bars = String(remembered("bars", Number(this.bars.value)));
    if ([...this.bars.options].some(({ value, disabled }) => value === bars && !disabled)) this.bars.value = bars;
    this.limitLength();
    const showTempo = () => {
      byId("tempo-value").textContent = this.tempo.value;
      paintSlider(this.tempo);
    };
    const setVolume = () => {
      this.player.volume = Number(this.volume.value) / Number(this.volume.max);
      paintSlider(this.volume);
    };
    showTempo();
    setVolume();
    this.tempo.addEventListener("input", showTempo);
    this.volume.addEventListener("input", setVolume);
    this.volume.addEventListener("change", () => remember("volume", Number(this.volume.value)));
    this.tempo.addEventListener("change", () => {
      remember("tempo", Number(this.tempo.value));
      for (const card of Object.values(this.cards)) card.refreshFiles();
    });
    this.bars.addEventListener("change", () => {
      remember("bars", Number(this.bars.value));
      void attempt(() => this.newPair());
    });
    byId("new-pair").addEventListener("click", () => void attempt(() => this.newPair()));
    byId("play-both").addEventListener("click", () => void attempt(() => this.hearBoth()));
    this.newer.addEventListener("click", () => {
      this.player.stop();
      void attempt(() => this.showWaiting());
    });
    for (const side of ["before", "after"] as const) {
      this.models[side].addEventListener("change", () => {
        this.limitLength();
        void attempt(() => this.load(side));
      });
      byId(`card-${side}`).addEventListener("focusin", () => (this.active = side));
    }
    byId<HTMLInputElement>("primer-file").addEventListener("change", (event) => {
      const input = event.target as HTMLInputElement;
      const file = input.files?.[0];
      input.value = "";
      if (file) void attempt(() => this.readPrimer(file));
    });
    byId("primer-clear").addEventListener("click", () => void attempt(() => this.setPrimer(undefined, "")));
  }

  private async load(side: Side, seed = this.seed): Promise<void> {
    const ticket = ++this.loads[side];
    const wanted = () => ticket === this.loads[side]; // otherwise another has been requested
    this.cards[side].waiting = true;
    try {
      const melody = await this.request(side, seed);
      if (!wanted()) return;
      this.cards[side].show(melody, this.primer);
      this.refreshInspector();
    } finally {
      if (wanted()) this.cards[side].waiting = false;
    }
  }

  private request(side: Side, seed: number): Promise<Melody> {
    const value = this.models[side].value;
    const model = value === "note-rnn" || value === "current" ? value : Number(value);
    return api.newMelody({ model, seed, bars: Number(this.bars.value), ...(this.primer && { primer: this.primer }) });
  }

  private async showWaiting(): Promise<void> {
    const summary = this.waiting;
    if (!summary) return;
    this.waiting = undefined;
    this.newer.hidden = true;
    const ticket = ++this.loads.after;
    const asWanted = summary.length === summary.playback.bar * Number(this.bars.value) && !this.primer;
    const melody = await (asWanted ? api.melody(summary.id) : this.request("after", newSeed()));
    if (ticket !== this.loads.after) return;
    this.cards.after.show(melody, this.primer);
    this.refreshInspector();
    if (this.playNew.checked && !this.player.playing) await this.cards.after.play();
  }

  private async hearBoth(): Promise<void> {
    this.player.stop();
    this.playBoth = true;
    await this.cards.before.play();
  }

  private stopped(side: Side, finished: boolean): void {
    const goOn = this.playBoth && finished && side === "before";
    this.playBoth = false;
    if (goOn) void attempt(() => this.cards.after.play());
    else if (finished && this.cards.after.selected < 0) void attempt(() => this.showWaiting());
  }

  private select(side: Side, step: number): void {
    this.active = side;
    const other = side === "before" ? "after" : "before";
    const card = this.cards[side];
    const { melody, lead } = card;
    if (!melody) return;
    this.cards[other].select(-1);
    card.select(step);
    // On a phone the cards are below one another, and the inspector below the chosen one.
    byId(`card-${side}`).after(this.inspector);
    const owner = this.models[side].selectedOptions[0]?.text ?? "";
    const place = { melody, lead, step };
    const { recipes, rules, shape } = this.state;
    const sliders = recipes.find(({ name }) => name === shape.recipe)?.ranges ?? {};
    const isUsed = (rule: string) => rule in sliders || melody.rewards[rule]?.some((reward) => reward !== 0);
    inspect(this.inspector, owner, place, rules.filter(({ name }) => isUsed(name)));
    announce(describeStep(place));
  }

  // Shows the selected note again after its melody was redrawn, or a hint if none is selected.
  private refreshInspector(): void {
    for (const side of ["before", "after"] as const) {
      const { selected } = this.cards[side];
      if (selected >= 0) return this.select(side, selected);
    }
    this.inspector.replaceChildren(
      h(
        "p",
        { class: "hint" },
        "Click a note to see what each rule gave it and what else the models could have played. The bars below a roll are the rewards.",
      ),
    );
  }

  private async readPrimer(file: File): Promise<void> {
    await this.setPrimer(await api.readPrimer(file), file.name);
    notice(`Both models now hear “${file.name}” first.`);
  }

  private async setPrimer(primer: number[] | undefined, name: string): Promise<void> {
    this.primer = primer;
    byId("primer-name").textContent = name;
    byId("primer-clear").hidden = primer === undefined;
    await this.newPair();
  }
}
