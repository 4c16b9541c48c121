// SPDX-License-Identifier: Apache-2.0
// The server's interface (docs/studio-api.md): its types, one function per request, and live events.

import type { Playback } from "./melody";

export interface Rule {
  name: string;
  title: string;
  meaning: string;
  summary: string;
  examples: Example[];
}

export interface Example {
  caption: string;
  events: number[];
  at: number; // index of the event that has the reward
  reward: number; // unweighted
  good: boolean;
}

export interface Choice {
  name: string;
  summary: string;
}

export interface Method extends Choice {
  title: string;
  uses_exploration: boolean;
  uses_kl_budget: boolean;
  uses_entropy: boolean;
  uses_c: boolean;
}

export interface Preset extends Choice {
  title: string;
  recipe: string; // the recipe that it uses, or another of that family
  wish: string | null; // the rule of which it asks for more or less than tunes have
}

export interface Recipe extends Choice {
  title: string;
  family: string; // the same for its variants in other metres and lengths
  metre: string;
  bars: number;
  methods: string[]; // to choose from
  finds_weights: boolean; // the rules' sliders are wishes
  c: [number, number]; // the slider's ends
  ranges: Record<string, [number, number]>; // of the rules' sliders
  weights: Record<string, number>; // the recipe's own positions
}

export interface Shape {
  recipe: string;
  preset: string | null; // null once anything differs from the preset
  base: string;
  method: string;
  exploration: string;
  c: number;
  kl_budget: number; // nats per event; 0: c is constant
  entropy_floor: number;
  entropy_ceiling: number;
  temperature: number;
  length: number; // of the melodies that it is tuned on, in events
  metre: string;
  key: string;
  instrument: string; // "": any
  weights: Record<string, number>; // the rules' sliders
}

export interface Run {
  status: "idle" | "running" | "paused" | "finished" | "failed";
  method: string;
  iteration: number; // events played so far
  iterations: number; // of this run in all
  from_version: number | null;
  events_per_second: number | null;
  seconds_left: number | null;
  error: string;
}

// Means per event, in nats; rewards are weighted. Null: there is no value.
export interface Figures {
  mean_log_prob: number | null;
  mean_theory_reward: number | null;
  kl_to_prior: number | null;
  entropy: number | null;
  distinct_compositions: number | null; // 0 .. 1
  reward_by_rule: Record<string, number | null>;
}

export interface ProgressRow extends Figures {
  iteration: number;
  reset?: boolean; // the first row of a new run
}

export interface Warning {
  kind: string;
  text: string;
  control: string; // "kl_budget", "c", a rule's name or "reset"
  direction: "up" | "down" | "";
}

export interface Version {
  id: number;
  name: string;
  note: string;
  created: number; // seconds since 1970
  method: string;
  iteration: number | null;
  shape: Shape;
  figures: Figures | null;
  file: string;
}

export interface Limits {
  length: [number, number];
  temperature: [number, number];
  kl_budget: [number, number];
  entropy: [number, number];
  tempo: [number, number];
  name: number; // characters
  note: number;
  versions: number;
}

export interface State {
  program: string;
  event_id: string;
  note_rnn: string;
  limits: Limits;
  defaults: { temperature: number; tempo: number; iterations: number };
  playback: Playback; // of examples
  music: { metres: string[]; keys: { mode: string; keys: string[] }[]; instruments: string[] };
  methods: Method[];
  explorations: Choice[];
  recipes: Recipe[];
  rules: Rule[];
  presets: Preset[];
  shape: Shape;
  run: Run;
  progress: ProgressRow[];
  warnings: Warning[];
  versions: Version[];
}

export type ModelName = "note-rnn" | "current" | number; // a number is a version's id

// What the page needs to draw and play a melody.
export interface MelodySummary {
  id: number;
  model: ModelName;
  title: string;
  iteration: number | null;
  seed: number;
  length: number;
  primer: number[]; // what was heard before it
  playback: Playback;
  events: number[];
  total: number[]; // reward of each event
  mean_reward: number;
  mean_log_prob: number;
}

export interface Melody extends MelodySummary {
  rewards: Record<string, number[]>; // by rule, of each event
  probabilities: { note_rnn: number[][]; tuned: number[][] }; // [length][classes]
}

export interface MelodyRequest {
  model?: ModelName;
  seed?: number;
  bars?: number;
  primer?: number[];
}

export type FileKind = "mid" | "musicxml" | "abc";

export type ShapeChange = Partial<Omit<Shape, "preset" | "base" | "length">> & {
  preset?: string;
  bars?: number;
  learn?: boolean;
};

export type RunAction = "start" | "resume" | "pause" | "reset";

// An error in the server's words, which a page can show. The status is 0 if there was no answer.
export class ApiError extends Error {
  constructor(
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

export async function request<T>(method: string, path: string, body?: unknown): Promise<T> {
  const init: RequestInit = { method };
  if (body instanceof Blob) {
    init.body = body;
    init.headers = { "Content-Type": "application/octet-stream" };
  } else if (method !== "GET") {
    init.body = JSON.stringify(body ?? {});
    init.headers = { "Content-Type": "application/json" };
  }
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch {
    throw new ApiError("The studio's program does not answer. Is it still running?", 0);
  }
  const answer = (await response.json().catch(() => ({}))) as T & { error?: string };
  if (!response.ok) {
    const reason = answer.error ?? `The request failed (${response.status}).`;
    throw new ApiError(reason, response.status);
  }
  return answer;
}

export const api = {
  state: () => request<State>("GET", "/api/state"),
  changeShape: (change: ShapeChange) =>
    request<{ shape: Shape; run: Run }>("POST", "/api/shape", change),
  act: (action: RunAction) => request<{ run: Run }>("POST", "/api/run", { action }),
  newMelody: async (wanted: MelodyRequest) =>
    (await request<{ melody: Melody }>("POST", "/api/melodies", wanted)).melody,
  melody: async (id: number) =>
    (await request<{ melody: Melody }>("GET", `/api/melodies/${id}`)).melody,
  // `lead`: how many of the primer's last events precede the melody.
  melodyFile: (id: number, extension: FileKind, tempo: number, lead: number) =>
    `/api/melodies/${id}.${extension}?tempo=${tempo}&primer=${lead}`,
  readPrimer: async (file: Blob) =>
    (await request<{ primer: { events: number[] } }>("POST", "/api/primer", file)).primer.events,
  // Without a name the server calls it by its number.
  saveVersion: async (name = "", note = "") =>
    (await request<{ version: Version }>("POST", "/api/versions", { ...(name && { name }), note })).version,
  renameVersion: (id: number, name: string, note: string) =>
    request("PATCH", `/api/versions/${id}`, { name, note }),
  restoreVersion: (id: number) =>
    request<{ shape: Shape; run: Run }>("POST", `/api/versions/${id}/restore`),
  deleteVersion: (id: number) => request("DELETE", `/api/versions/${id}`),
  versionFile: (id: number) => `/api/versions/${id}/file`,
  uploadVersion: async (name: string, file: Blob) =>
    (await request<{ version: Version }>(
      "POST",
      `/api/versions/file?name=${encodeURIComponent(name)}`,
      file,
    )).version,
  // What `rltuner evaluate --json` writes; numbers unless named otherwise.
  figures: (model: ModelName) =>
    request<Record<string, unknown>>("GET", `/api/figures?model=${model}`),
};

interface LiveEvents {
  reload: Record<string, never>;
  shape: Shape;
  run: Run;
  progress: ProgressRow;
  melody: { melody: MelodySummary };
  warnings: { warnings: Warning[] };
  versions: { versions: Version[] };
}

export type LiveHandlers = { [Name in keyof LiveEvents]: (data: LiveEvents[Name]) => void } & {
  connection: (open: boolean) => void;
};

// Calls the handlers for every event after `eventId`. The browser reconnects by itself. Returns a
// function that ends it.
export function listen(eventId: string, handlers: LiveHandlers): () => void {
  const source = new EventSource(`/api/events?after=${encodeURIComponent(eventId)}`);
  const { connection, ...live } = handlers;
  for (const [name, handle] of Object.entries(live)) {
    source.addEventListener(name, (event) => {
      (handle as (data: unknown) => void)(JSON.parse((event as MessageEvent<string>).data));
    });
  }
  source.addEventListener("open", () => connection(true));
  source.addEventListener("error", () => connection(false));
  return () => source.close();
}
