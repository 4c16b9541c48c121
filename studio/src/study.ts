// SPDX-License-Identifier: Apache-2.0
// The participant's page of a listening study (docs/study.md): welcome, one pair after the other,
// thanks.

import "./style/theme.css";
import "./style/notice.css";
import "./style/study.css";

import { ApiError, request } from "./api";
import { Audition } from "./audition";
import { announce, attempt, byId, notice } from "./dom";
import { kPaper } from "./melody";
import { loadRecordings, Player } from "./player";

interface Study {
  title: string;
  comparisons: number;
  melody_seconds: number;
  tempo: number;
}

type Question = { session: string; question: number; of: number } & (
  | { done: true }
  | { done: false; first: number[]; second: number[] }
);

const kKey = "rltuner-study-session"; // in the browser's storage
const kSecondsToChoose = 6;

// If the browser refuses to store anything, a session ends with its page.
const storage = {
  get: (): string | null => {
    try {
      return localStorage.getItem(kKey);
    } catch {
      return null;
    }
  },
  set: (key: string): void => {
    try {
      localStorage.setItem(kKey, key);
    } catch {
      // nothing to do
    }
  },
};

// The server's words or, where they would not help a participant, advice.
function inWords(error: unknown): Error {
  const isSilent = error instanceof ApiError && error.status === 0;
  if (isSilent) return new Error("The study does not answer. Check your connection and try again.");
  if (error instanceof ApiError && error.status === 401) {
    return new Error("Your link is no longer valid. Open the link that you received again.");
  }
  return error instanceof Error ? error : new Error(String(error));
}

async function ask<T>(method: string, path: string, body?: unknown): Promise<T> {
  try {
    return await request<T>(method, path, body);
  } catch (error) {
    throw inWords(error);
  }
}

// The session of this browser, if there is one that the server knows.
async function ownSession(): Promise<Question | undefined> {
  const session = storage.get();
  if (!session) return undefined;
  try {
    return await request<Question>("POST", "/api/study/session", { session });
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw inWords(error);
  }
}

function showPart(name: "welcome" | "question" | "thanks"): void {
  for (const part of ["welcome", "question", "thanks"]) byId(part).hidden = part !== name;
  scrollTo(0, 0);
  byId(`${name}-title`).focus({ preventScroll: true });
}

function welcome(study: Study): void {
  const pairs = study.comparisons === 1 ? "a pair" : `${study.comparisons} pairs`;
  const seconds = study.comparisons * (2 * study.melody_seconds + kSecondsToChoose);
  const minutes = Math.max(1, Math.round(seconds / 60));
  document.title = study.title;
  byId("welcome-title").textContent = study.title;
  byId("question-title").textContent = study.title;
  byId("task").textContent =
    `You will hear ${pairs} of short melodies. For each pair, say which one you like better.`;
  byId("effort").textContent = `It takes about ${minutes === 1 ? "a minute" : `${minutes} minutes`}.`;
}

class Session {
  private readonly player = new Player();
  private readonly auditions: readonly [Audition, Audition];
  private readonly form = byId<HTMLFormElement>("answer");
  private readonly choices = byId<HTMLFieldSetElement>("choices");
  private readonly next = byId<HTMLButtonElement>("next");
  private readonly radios = [...this.form.querySelectorAll<HTMLInputElement>("input")];
  private current: Question | undefined;
  private shown = 0; // when the question was shown, in milliseconds
  private sending = false;

  constructor(private readonly study: Study) {
    const audition = (id: string, name: string) =>
      new Audition(byId(id), name, this.player, study.tempo, kPaper, () => this.refresh());
    this.auditions = [audition("first", "First melody"), audition("second", "Second melody")];
    this.form.addEventListener("change", () => this.refresh());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!this.next.disabled) void this.send();
    });
    document.addEventListener("keydown", (event) => this.takeKey(event));
  }

  show(question: Question): void {
    storage.set(question.session);
    this.player.stop();
    this.current = question;
    if (question.done) {
      showPart("thanks");
      return;
    }
    this.auditions[0].show(question.first);
    this.auditions[1].show(question.second);
    this.form.reset();
    this.refresh();
    const place = `${question.question + 1} of ${question.of}`;
    byId("place-text").textContent = place;
    byId<HTMLProgressElement>("place-bar").value = question.question / question.of;
    this.shown = performance.now();
    showPart("question");
    announce(`Pair ${place}`);
  }

  // Enables what can be done now: first listen, then choose, then continue.
  private refresh(): void {
    const heard = this.auditions.every((audition) => audition.wasHeard);
    if (heard && this.choices.disabled) announce("You have heard both melodies. Choose your answer.");
    this.choices.disabled = !heard;
    this.next.disabled = !heard || this.sending || !this.chosen;
    byId("hint").textContent = heard
      ? "You may listen again before you choose."
      : "Please listen to both melodies to the end first.";
  }

  private get chosen(): HTMLInputElement | undefined {
    return this.radios.find((radio) => radio.checked);
  }

  private async send(): Promise<void> {
    const { current, chosen } = this;
    if (!current || current.done || !chosen) return;
    const heard = (audition: Audition) =>
      Math.min(audition.secondsHeard, this.study.melody_seconds);
    this.sending = true;
    this.refresh();
    const following = await attempt(() =>
      ask<Question>("POST", "/api/study/answer", {
        session: current.session,
        question: current.question,
        preference: Number(chosen.value),
        first_heard: heard(this.auditions[0]),
        second_heard: heard(this.auditions[1]),
        taken: (performance.now() - this.shown) / 1000,
      }),
    );
    this.sending = false;
    if (!following) {
      this.refresh();
      return;
    }
    byId("thanks-text").textContent = `You have answered all ${following.of} questions.`;
    this.show(following);
  }

  private takeKey(event: KeyboardEvent): void {
    if (byId("question").hidden || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.repeat) return;
    const onControl = event.target instanceof Element && event.target.closest("button, a, input");
    if (event.key === "1") this.auditions[0].toggle();
    else if (event.key === "2") this.auditions[1].toggle();
    else if (event.key === "Enter" && !onControl) this.form.requestSubmit(this.next);
    else if (event.key === "ArrowLeft") this.move(event, -1);
    else if (event.key === "ArrowRight") this.move(event, 1);
  }

  // Arrow keys work anywhere on the page; the first one chooses the middle.
  private move(event: KeyboardEvent, by: number): void {
    if (this.choices.disabled) return;
    event.preventDefault();
    const last = this.radios.length - 1;
    const at = this.chosen ? this.radios.indexOf(this.chosen) + by : last / 2;
    const radio = this.radios[Math.min(last, Math.max(0, at))];
    if (!radio) return;
    radio.checked = true;
    radio.focus();
    this.refresh();
  }
}

async function start(): Promise<void> {
  const study = await ask<Study>("GET", "/api/study");
  welcome(study);
  const session = new Session(study);
  const begin = byId<HTMLButtonElement>("begin");
  begin.addEventListener("click", () => {
    begin.disabled = true;
    // Another tab may have begun in the meantime.
    const next = async () =>
      (await ownSession()) ?? (await ask<Question>("POST", "/api/study/session"));
    void attempt(async () => session.show(await next()))
      .finally(() => (begin.disabled = false));
  });
  byId("thanks-text").textContent = "You have already taken part in this study. Once is enough.";
  const own = await ownSession();
  if (own) session.show(own);
  byId("study").removeAttribute("aria-busy");
}

start().catch((error: unknown) => notice(inWords(error).message, "error"));
void attempt(loadRecordings);
