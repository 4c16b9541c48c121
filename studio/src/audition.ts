// SPDX-License-Identifier: Apache-2.0
// One melody of a pair in the listening study: its play button, and how much of it was played.

import { attempt, h, icon, prefersLessMotion } from "./dom";
import type { Playback } from "./melody";
import { type Player, secondsPerStep } from "./player";

export class Audition {
  private events: readonly number[] = [];
  private furthest = 0; // step reached; a melody always plays from its beginning
  private sounding = false;
  private readonly button: HTMLButtonElement;
  private readonly progress: HTMLProgressElement;
  private readonly state = h("p", { class: "state" });

  // Fills `host`. `name` begins the button's text ("First melody"); `onHeard` is called whenever the
  // melody has been played to its end.
  constructor(
    host: HTMLElement,
    private readonly name: string,
    private readonly player: Player,
    private readonly tempo: number,
    private readonly playback: Playback,
    private readonly onHeard: () => void,
  ) {
    this.button = h("button", { class: "hear", type: "button", click: () => this.toggle() });
    this.progress = h("progress", { max: 1, value: 0, "aria-label": `${name}: played so far` });
    host.append(this.button, this.progress, this.state);
  }

  show(events: readonly number[]): void {
    this.events = events;
    this.furthest = 0;
    this.progress.value = 0;
    this.label("not heard yet");
  }

  get wasHeard(): boolean {
    return this.furthest >= this.events.length;
  }

  // Seconds of the melody that were played at least once.
  get secondsHeard(): number {
    return this.furthest * secondsPerStep(this.tempo, this.playback);
  }

  toggle(): void {
    if (this.sounding) this.player.stop();
    else void attempt(() => this.play());
  }

  private async play(): Promise<void> {
    this.player.stop(); // the other melody must end before this one begins
    this.sounding = true;
    this.label("one moment …");
    const smooth = !prefersLessMotion();
    await this.player.play(this.events, this.playback, this.tempo, {
      onStep: (step, position) => {
        if (this.state.textContent !== "playing") this.label("playing");
        this.furthest = Math.max(this.furthest, position);
        this.progress.value = (smooth ? position : step) / this.events.length;
      },
      onEnd: (finished) => {
        this.sounding = false;
        if (finished) this.furthest = this.events.length;
        this.progress.value = finished ? 1 : 0;
        this.label(this.wasHeard ? "heard" : "not heard to the end yet");
        if (finished) this.onHeard();
      },
    });
  }

  private label(state: string): void {
    const action = this.sounding ? "stop" : "play";
    this.button.replaceChildren(icon(action), this.name, h("span", { class: "unseen" }, `, ${action}`));
    this.button.classList.toggle("sounding", this.sounding);
    this.state.textContent = state;
    this.state.classList.toggle("heard", this.wasHeard);
  }
}
