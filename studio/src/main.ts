// SPDX-License-Identifier: Apache-2.0
// The studio's page: fetches the state, makes the parts, and passes them what the server sends.

import "uplot/dist/uPlot.min.css";
import "./style/theme.css";
import "./style/layout.css";
import "./style/notice.css";
import "./style/listen.css";
import "./style/shape.css";
import "./style/watch.css";
import "./style/versions.css";

import { api, listen, type Run, type Shape, type State } from "./api";
import { attempt, byId, notice } from "./dom";
import { Listen } from "./listen";
import { loadRecordings, Player } from "./player";
import { RunBar } from "./run";
import { ShapePanel } from "./shape";
import { Versions } from "./versions";
import { Watch } from "./watch";

function showDialogs(): void {
  const about = byId<HTMLDialogElement>("about");
  byId("about-open").addEventListener("click", () => about.showModal());
  byId("about-close").addEventListener("click", () => about.close());
}

// True if the space bar has another meaning there.
function takesSpace(target: EventTarget | null): boolean {
  if (!(target instanceof Element)) return false;
  return target.closest("button, select, summary, a, textarea, input:not([type=range])") !== null;
}

function studio(state: State): void {
  const player = new Player();
  const listening = new Listen(state, player);
  const runBar = new RunBar(state, (run) => setRun(run));
  const shape = new ShapePanel(state, player, (answer) => {
    setRun(answer.run);
    setShape(answer.shape);
  });
  const watch = new Watch(state, (warning) => {
    if (warning.control === "reset") void attempt(() => runBar.forget("reset", "Reset"));
    else shape.follow(warning);
  });
  const versions = new Versions(state, {
    hear: async (before, after) => {
      await listening.compare(before, after);
      byId("listen").scrollIntoView();
    },
    compared: (before, after) => listening.compare(before, after),
    restored: async (answer) => {
      setShape(answer.shape);
      setRun(answer.run);
      await listening.currentChanged();
    },
  });

  function setRun(run: Run): void {
    const wentBack = run.status === "idle" && state.run.status !== "idle";
    state.run = run;
    runBar.show(run);
    listening.limitLength();
    if (wentBack) {
      watch.setRows([]);
      void attempt(() => listening.currentChanged());
    }
  }
  function setShape(next: Shape): void {
    const { weights } = state.shape;
    const heard = ["temperature", "metre", "length", "key", "instrument"] as const;
    const isHeard = heard.some((name) => next[name] !== state.shape[name]);
    const isJudged = JSON.stringify(next.weights) !== JSON.stringify(weights);
    state.shape = next;
    shape.show(next);
    listening.limitLength();
    // While the model learns, the server sends new melodies.
    const isRunning = state.run.status === "running";
    if (isHeard || (isJudged && !isRunning)) void attempt(() => listening.redraw());
  }
  function setState(next: State): void {
    Object.assign(state, next);
    setShape(next.shape);
    setRun(next.run);
    watch.setRows(next.progress);
    watch.showWarnings(next.warnings);
    versions.show();
    listening.listModels();
  }

  setState(state);
  listen(state.event_id, {
    reload: () =>
      void attempt(async () => {
        setState(await api.state());
        await listening.redraw(); // a restarted server has none of the melodies shown
      }),
    shape: setShape,
    run: setRun,
    progress: (row) => {
      state.progress = [row];
      watch.addRow(row);
    },
    melody: ({ melody }) => listening.live(melody),
    warnings: ({ warnings }) => watch.showWarnings(warnings),
    versions: (answer) => {
      state.versions = answer.versions;
      versions.show();
      listening.listModels();
    },
    connection: (open) => {
      byId("offline").hidden = open;
      runBar.setConnected(open);
    },
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== " " || event.ctrlKey || event.altKey || event.metaKey) return;
    if (takesSpace(event.target) || document.querySelector("dialog[open]")) return;
    event.preventDefault();
    listening.toggle();
  });
  void attempt(() => listening.newPair());
}

showDialogs();
api.state().then(
  (state) => {
    byId("program").textContent = state.program;
    studio(state);
    byId("studio").removeAttribute("aria-busy");
  },
  (error: unknown) => notice(String(error instanceof Error ? error.message : error), "error"),
);
void attempt(loadRecordings);
