// SPDX-License-Identifier: Apache-2.0
// One melody: score, piano roll, play button, downloads.

import { api, type FileKind, type Melody } from "./api";
import { attempt, download, h, icon, prefersLessMotion } from "./dom";
import { decimal, shortCount, signed } from "./format";
import { leadOf } from "./melody";
import { type Player, renderWav } from "./player";
import { Roll } from "./roll";
import { Score } from "./score";

export type Side = "before" | "after";

export interface CardSettings {
  tempo: () => number;
  onSelect: (card: Card, step: number) => void;
  onStop: (card: Card, finished: boolean) => void; // the sound ended or was stopped
}

export class Card {
  melody: Melody | undefined;
  lead: number[] = []; // what is shown and played before the melody: the primer's last bars
  selected = -1; // step of the lead and the melody
  private readonly score: Score;
  private readonly roll: Roll;
  private readonly playButton: HTMLButtonElement;
  private readonly figures = h("p", { class: "figures" });
  private readonly files = h("p", { class: "files" });
  private sounding = false;

  // Fills `host`, a section whose heading row is already there.
  constructor(
    private readonly host: HTMLElement,
    readonly side: Side,
    readonly title: string,
    private readonly player: Player,
    private readonly settings: CardSettings,
  ) {
    const scoreHost = h("div", { class: "score" });
    const rollHost = h("div", { class: "roll-box" });
    const choose = (step: number) => this.settings.onSelect(this, step);
    this.score = new Score(scoreHost, choose);
    this.roll = new Roll(rollHost, title, choose);
    this.playButton = h("button", { class: "play", type: "button", click: () => this.toggle() });
    this.labelPlayButton();
    host.append(
      this.figures,
      scoreHost,
      rollHost,
      h("div", { class: "transport" }, this.playButton, this.files),
    );
  }

  // Another melody is being loaded and will replace the one shown.
  set waiting(on: boolean) {
    this.host.ariaBusy = String(on);
  }

  // Everything that sounds: the lead and the melody.
  get events(): number[] {
    return [...this.lead, ...(this.melody?.events ?? [])];
  }

  // `primer` is what the user gave the model to hear first.
  show(melody: Melody, primer: readonly number[] = []): void {
    const { playback } = melody;
    const before = `${this.events} ${JSON.stringify(this.melody?.playback)}`;
    this.melody = melody;
    this.lead = leadOf(primer, playback);
    const isOther = `${this.events} ${JSON.stringify(playback)}` !== before;
    if (isOther && this.sounding) this.player.stop();
    const { lead } = this;
    const { note_rnn, tuned } = melody.probabilities;
    const probabilities = melody.model === "note-rnn" ? note_rnn : tuned;
    this.roll.show({ playback, lead, events: melody.events, total: melody.total, probabilities });
    if (isOther) this.score.show(this.events, lead.length, playback);
    this.select(isOther ? -1 : this.selected);
    this.figures.replaceChildren(...this.figureTexts(melody));
    this.files.replaceChildren(...this.fileLinks(melody));
  }

  select(step: number): void {
    this.selected = step;
    this.roll.select(step);
    this.score.mark("selected", step);
  }

  toggle(): void {
    if (this.sounding) this.player.stop();
    else void attempt(() => this.play());
  }

  async play(): Promise<void> {
    if (!this.melody) return;
    this.player.stop();
    this.sounding = true;
    this.labelPlayButton();
    const smooth = !prefersLessMotion();
    await this.player.play(this.events, this.melody.playback, this.settings.tempo(), {
      onStep: (step, position) => {
        this.roll.moveCursor(smooth ? position : step);
        this.score.mark("playing", step);
      },
      onEnd: (finished) => {
        this.sounding = false;
        this.labelPlayButton();
        this.roll.moveCursor(-1);
        this.score.mark("playing", -1);
        this.settings.onStop(this, finished);
      },
    });
  }

  // The links contain the tempo.
  refreshFiles(): void {
    if (this.melody) this.files.replaceChildren(...this.fileLinks(this.melody));
  }

  private labelPlayButton(): void {
    const [name, text] = this.sounding ? (["stop", "Stop"] as const) : (["play", "Play"] as const);
    this.playButton.replaceChildren(icon(name), text);
    this.playButton.setAttribute("aria-label", `${text} ${this.title}`);
  }

  private learnt(melody: Melody): string {
    if (melody.model === "note-rnn") return "before tuning";
    if (melody.iteration === null) return "from a file";
    return melody.iteration > 0 ? `after ${shortCount(melody.iteration)} events` : "nothing learnt yet";
  }

  private figureTexts(melody: Melody): Node[] {
    const figure = (value: string, name: string, title: string) =>
      h("span", { title }, h("b", {}, value), ` ${name}`);
    return [
      h("span", {}, this.learnt(melody)),
      figure(signed(melody.mean_reward), "reward", "What the rules give an event of this melody, on average"),
      figure(
        decimal(melody.mean_log_prob),
        "log p",
        "How likely the Note RNN finds an event of this melody; nearer to 0 is likelier",
      ),
    ];
  }

  private fileLinks(melody: Melody): Node[] {
    const tempo = this.settings.tempo();
    const name = `${this.side}-${melody.id}`;
    const link = (extension: FileKind, text: string) =>
      h(
        "a",
        { href: api.melodyFile(melody.id, extension, tempo, this.lead.length), download: `${name}.${extension}` },
        text,
      );
    const wav = h(
      "button",
      {
        type: "button",
        class: "link",
        click: () =>
          void attempt(async () =>
            download(await renderWav(this.events, melody.playback, this.settings.tempo()), `${name}.wav`),
          ),
      },
      "WAV",
    );
    return [link("mid", "MIDI"), link("musicxml", "MusicXML"), link("abc", "ABC"), wav];
  }
}
