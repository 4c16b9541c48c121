// SPDX-License-Identifier: Apache-2.0
// The bar at the top: what the run is doing, and start, pause, resume, reset.

import { api, type Run, type RunAction, type State } from "./api";
import { mayForget } from "./ask";
import { announce, attempt, byId, icon } from "./dom";
import { count, duration, shortCount } from "./format";

const kStatusNames: Record<Run["status"], string> = {
  idle: "Nothing learnt yet",
  running: "Learning",
  paused: "Paused",
  finished: "Finished",
  failed: "Stopped by an error",
};

export class RunBar {
  private readonly main = byId<HTMLButtonElement>("run-main");
  private readonly restart = byId<HTMLButtonElement>("run-restart");
  private readonly reset = byId<HTMLButtonElement>("run-reset");
  private shown: Run | undefined;
  private connected = true;

  constructor(
    private readonly state: State,
    private readonly changed: (run: Run) => void,
  ) {
    this.main.addEventListener("click", () => void attempt(() => this.act(this.mainAction())));
    this.restart.addEventListener("click", () => void attempt(() => this.forget("start", "Start over")));
    this.reset.addEventListener("click", () => void attempt(() => this.forget("reset", "Reset")));
  }

  // Discards what has been learnt, if the user agrees.
  async forget(action: RunAction, title: string): Promise<void> {
    if (await mayForget(this.state, title)) await this.act(action);
  }

  // Without the server the state of the run is unknown.
  setConnected(connected: boolean): void {
    this.connected = connected;
    if (this.shown) this.show(this.shown);
  }

  show(run: Run): void {
    const before = this.shown?.status;
    this.shown = run;
    byId("run").dataset["status"] = this.connected ? run.status : "unknown";
    byId("run-status").textContent = this.connected ? run.error || kStatusNames[run.status] : "No connection";
    byId("run-details").textContent = this.connected ? this.details(run) : "";
    this.main.disabled = !this.connected;
    const share = run.iterations > 0 ? Math.min(1, run.iteration / run.iterations) : 0;
    byId<HTMLProgressElement>("run-progress").value = run.status === "idle" ? 0 : share;
    this.labelMain(run);
    const nothingDone = run.status === "idle";
    this.reset.disabled = nothingDone || !this.connected;
    this.restart.disabled = nothingDone || !this.connected;
    if (before && before !== run.status) announce(kStatusNames[run.status]);
  }

  private details(run: Run): string {
    if (run.status === "idle") return "Press Start, or move a slider";
    const parts = [`${count(run.iteration)} of ${count(run.iterations)} events`];
    if (run.events_per_second !== null) parts.push(`${shortCount(run.events_per_second)} a second`);
    if (run.seconds_left !== null) parts.push(`${duration(run.seconds_left)} left`);
    return parts.join(" · ");
  }

  private mainAction(): RunAction {
    if (this.shown?.status === "running") return "pause";
    return this.shown?.status === "idle" ? "start" : "resume";
  }

  private labelMain(run: Run): void {
    const text = { start: "Start", pause: "Pause", resume: "Resume", reset: "Reset" }[this.mainAction()];
    if (this.main.textContent === text) return;
    this.main.replaceChildren(icon(run.status === "running" ? "pause" : "play"), text);
  }

  private async act(action: RunAction): Promise<void> {
    this.changed((await api.act(action)).run);
  }
}
