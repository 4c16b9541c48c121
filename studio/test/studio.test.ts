// SPDX-License-Identifier: Apache-2.0
// The page in a real browser on a real server: everything a musician does, by clicks and keys.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";

import type { Browser, Page } from "playwright-core";

import type { Melody, State } from "../src/api";
import { signed } from "../src/format";
import { leadOf, piecesOf } from "../src/melody";
import { loudness, pitchStrength, readWav } from "./sound";
import { faultsOfLook, heard, kLooks, kPhone, kPictures, launch, type OpenPage, rltuner, save, Server, visit } from "./studio";

const kTempo = 80; // the page's own

let server: Server;
let browser: Browser;
let studio: OpenPage;
let page: Page;

before(async () => {
  browser = await launch();
  const begin = performance.now();
  server = await Server.start((folder) => ["studio", "--model", "default", "--folder", folder, "--no-browser"]);
  studio = await visit(browser, server, { viewport: kLooks[0].viewport });
  page = studio.page;
  for (const card of ["#card-before", "#card-after"]) {
    await page.waitForSelector(`${card} .roll .note`);
    await page.waitForSelector(`${card} .score .abcjs-note`);
  }
  await page.click("#card-after .play");
  await heard(page);
  const seconds = (performance.now() - begin) / 1000;
  console.log(`first sound ${seconds.toFixed(1)} s after starting the program`);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

async function state(): Promise<State> {
  return (await (await page.request.get(new URL("/api/state", server.address).href)).json()) as State;
}

// The melody that a card shows.
async function shown(card: string): Promise<Melody> {
  const link = await page.getAttribute(`${card} .files a`, "href");
  const id = /melodies\/(\d+)/.exec(link ?? "")?.[1];
  const answer = await page.request.get(new URL(`/api/melodies/${id}`, server.address).href);
  return ((await answer.json()) as { melody: Melody }).melody;
}

function pitchesOf(melody: Melody): number[] {
  return piecesOf(melody.events, melody.playback).flatMap(({ pitch }) => (pitch === null ? [] : [pitch]));
}

const status = (text: string) =>
  page.waitForFunction((name) => document.getElementById("run")?.dataset["status"] === name, text);

// Asks the server until it answers so.
async function until(is: (now: State) => boolean): Promise<void> {
  for (let waited = 0; !is(await state()); waited += 50) {
    assert.ok(waited < 60_000, "the server does not answer so within a minute");
    await page.waitForTimeout(50);
  }
}

// Nothing that the page waits for will move what is below it.
const settled = () => page.waitForFunction(() => !document.querySelector("[aria-busy=true]"));

// The row of a version in the list.
const version = (name: string) =>
  page.locator("#version-list li").filter({ has: page.getByText(name, { exact: true }) });

const answer = (text: string) => page.locator(".question").getByText(text, { exact: true }).click();

// Goes back to the Note RNN, whether or not there is something to lose.
async function reset(): Promise<void> {
  await page.click("#run-reset");
  await page.waitForFunction(
    () => document.querySelector(".question") ?? document.querySelector("#run[data-status=idle]"),
  );
  if (await page.locator(".question").count()) await answer("Reset");
  await status("idle");
}

// Has the server's next melodies play `events`.
async function play(events: number[]): Promise<void> {
  await page.route("**/api/melodies", async (route) => {
    const reply = (await (await route.fetch()).json()) as { melody: Melody };
    await route.fulfill({ json: { melody: { ...reply.melody, events } } });
  });
  await page.click("#new-pair");
  await settled();
  await page.unroute("**/api/melodies");
}

// New melodies that come while a test looks at one would be another cause to fail.
const follow = (on: boolean) => page.setChecked("#follow", on);

test("a click on Play moves the cursor, the space bar stops it", async () => {
  await page.click("#card-before .play");
  await page.waitForSelector("#card-before .cursor[visibility=visible]", { state: "attached" });
  await page.waitForSelector("#card-before .score .playing");
  await heard(page);
  await page.focus("#card-before .roll");
  await page.keyboard.press("Space");
  await page.waitForSelector("#card-before .cursor[visibility=hidden]", { state: "attached" });
  assert.equal(await page.textContent("#card-before .play"), "Play");
});

test("the WAV file sounds the melody's pitches", async () => {
  const melody = await shown("#card-before");
  const sound = readWav(readFileSync((await save(page, "#card-before .files button")).path));
  const step = 60 / kTempo / 4;
  let notes = 0;
  for (const { start, length, pitch } of piecesOf(melody.events, melody.playback)) {
    if (pitch === null) continue;
    ++notes;
    const at = start * step + 0.02;
    const seconds = Math.min(length * step - 0.02, 0.6);
    assert.ok(loudness(sound, at, seconds) > 0.005, `note ${notes} is silent`);
    const strength = (shift: number) => pitchStrength(sound, pitch + shift, at, seconds);
    const neighbours = Math.max(strength(-1), strength(1));
    assert.ok(strength(0) > neighbours, `note ${notes}, pitch ${pitch}, is not the strongest`);
  }
  assert.ok(notes > 3);
});

test("the MIDI and MusicXML files hold the melody's notes", async () => {
  const melody = await shown("#card-after");
  const midi = await save(page, "#card-after .files a:nth-of-type(1)");
  const read = JSON.parse(rltuner("midi", midi.path, "--json", "-")) as { onsets: number[][] };
  assert.deepEqual(read.onsets.map((onset) => onset[2]), pitchesOf(melody));
  const score = readFileSync((await save(page, "#card-after .files a:nth-of-type(2)")).path, "utf8");
  const struck = [...score.matchAll(/<note>.*?<\/note>/gs)]
    .map(([note]) => note)
    .filter((note) => note.includes("<pitch>") && !/<tie type="stop"/.test(note));
  assert.equal(struck.length, pitchesOf(melody).length);
});

test("a note shows its rewards and what else was likely; arrows go to the next", async () => {
  const melody = await shown("#card-after");
  const pieces = piecesOf(melody.events, melody.playback);
  await page.locator("#card-after .score .abcjs-note").first().click({ force: true });
  const total = page.locator("#inspector .total .number");
  const first = pieces.find(({ pitch }) => pitch !== null)?.start ?? 0;
  assert.equal(await total.textContent(), signed(melody.total[first] ?? 0));
  assert.equal(await page.locator("#inspector .probabilities :is(.before, .after)").count(), 76);

  await page.focus("#card-after .roll");
  await page.keyboard.press("Home");
  await page.keyboard.press("ArrowRight");
  assert.equal(await total.textContent(), signed(melody.total[pieces[1]?.start ?? 0] ?? 0));
  await page.keyboard.press("Shift+ArrowLeft");
  assert.equal(await total.textContent(), signed(melody.total[(pieces[1]?.start ?? 1) - 1] ?? 0));
  await page.screenshot({ path: `${kPictures}/note.png`, fullPage: true });
});

test("no note of a score is cut off", async () => {
  const high = [30, 1, 13, 1, 1, 1, 1, 1, 37, 1, 1, 1, 1, 1, 17, 1];
  const low = [1, 29, 1, 1, 36, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1, 12];
  await play([...high, ...low]);
  const cutOff = await page.evaluate(() => {
    const picture = document.querySelector("#card-after .score svg");
    const frame = picture?.getBoundingClientRect();
    const parts = [...(picture?.querySelectorAll("path") ?? [])].map((part) => part.getBoundingClientRect());
    if (!frame || parts.length === 0) return ["no score"];
    const outside = parts.filter(({ top, bottom }) => top < frame.top || bottom > frame.bottom);
    return outside.map(({ top, bottom }) => `${top} .. ${bottom} of ${frame.top} .. ${frame.bottom}`);
  });
  assert.deepEqual(cutOff, []);
});

test("all pitches are about equally loud, and no sample is at the limit", async () => {
  const pitches = [48, 53, 58, 62, 67, 71, 76, 83];
  await play(pitches.flatMap((pitch) => [pitch - 46, 1, 1, 1]));
  const sound = readWav(readFileSync((await save(page, "#card-after .files button")).path));
  const beat = 60 / kTempo;
  // The first beat of a bar is louder on purpose.
  const levels = pitches.map((_, index) => loudness(sound, index * beat, 0.3)).filter((_, index) => index % 4);
  assert.ok(Math.max(...levels) < 1.6 * Math.min(...levels), levels.join(" ")); // 4 dB
  assert.ok(Math.min(...levels) > 0.06, levels.join(" "));
  assert.ok([...sound.samples, ...sound.right].every((x) => Math.abs(x) < 0.999));
});

test("the volume is what sounds, and stays with tempo and length over a reload", async () => {
  await page.fill("#tempo", "200");
  await page.selectOption("#bars", "8");
  await page.fill("#volume", "0");
  await settled();
  await page.click("#card-before .play");
  await page.waitForSelector("#card-before .cursor[visibility=visible]", { state: "attached" });
  await page.waitForTimeout(300);
  assert.equal(await page.evaluate(() => (window as unknown as { loudness: () => number }).loudness()), 0);
  await page.click("#card-before .play");
  await page.reload();
  await page.waitForSelector("#card-after .score .abcjs-note");
  await settled();
  for (const [id, value] of [["#tempo", "200"], ["#bars", "8"], ["#volume", "0"]] as const) {
    assert.equal(await page.inputValue(id), value, id);
  }
  await page.fill("#volume", "80");
});

test("a roll that is wider than its card follows the sound", async () => {
  const scrolled = () => page.evaluate(() => document.querySelector("#card-after .roll-box")?.scrollLeft);
  assert.equal(await scrolled(), 0);
  await page.click("#card-after .play");
  await page.waitForFunction(() => (document.querySelector("#card-after .roll-box")?.scrollLeft ?? 0) > 0);
  const isInView = await page.evaluate(() => {
    const box = document.querySelector("#card-after .roll-box")?.getBoundingClientRect();
    const cursor = document.querySelector("#card-after .cursor")?.getBoundingClientRect();
    return box && cursor && cursor.left >= box.left && cursor.right <= box.right;
  });
  assert.ok(isInView);
  await page.click("#card-after .play");
  await page.fill("#tempo", String(kTempo));
  await page.selectOption("#bars", "2");
  await settled();
});

test("another temperature draws the melodies from the same seeds", async () => {
  const before = [await shown("#card-before"), await shown("#card-after")];
  const temperature = async (key: string) => {
    const { id } = await shown("#card-after");
    await page.focus("#slider-temperature");
    await page.keyboard.press(key);
    await page.waitForFunction((link) => !document.querySelector("#card-after .files a")?.getAttribute("href")?.includes(link), `/${id}.`);
    await settled();
  };
  await temperature("Home");
  const after = [await shown("#card-before"), await shown("#card-after")];
  assert.deepEqual(after.map(({ seed }) => seed), before.map(({ seed }) => seed));
  assert.notDeepEqual(after.map(({ id }) => id), before.map(({ id }) => id));
  await temperature("End");
});

test("examples of a rule play", async () => {
  await page.locator("#rules .example").first().click({ force: true });
  await page.waitForSelector("#rules .example.sounding");
  await heard(page);
  await page.waitForSelector("#rules .example.sounding", { state: "detached" });
});

test("a melody goes on from an uploaded MIDI file", async () => {
  const { path } = await save(page, "#card-before .files a:nth-of-type(1)");
  await page.setInputFiles("#primer-file", path);
  await page.waitForSelector("#primer-clear:visible");
  await page.waitForFunction(() => document.querySelector("#notice:not([hidden])"));
  await settled();
  const primed = await shown("#card-before");
  assert.ok(primed.primer.length > 1);
  assert.ok(await page.locator("#card-before .roll .lead .note").count());
  assert.ok(await page.locator("#card-before .score .lead").count());
  const lead = leadOf(primed.primer, primed.playback);
  const all = { ...primed, events: [...lead, ...primed.events] };
  const midi = await save(page, "#card-before .files a:nth-of-type(1)");
  const read = JSON.parse(rltuner("midi", midi.path, "--json", "-")) as { onsets: number[][] };
  assert.deepEqual(read.onsets.map((onset) => onset[2]), pitchesOf(all));
  const sound = readWav(readFileSync((await save(page, "#card-before .files button")).path));
  const seconds = sound.samples.length / sound.sampleRate;
  assert.ok(seconds > (all.events.length * 60) / kTempo / 4, `${seconds} s`);

  await page.focus("#card-before .roll");
  await page.keyboard.press("Home");
  await page.getByText("The models heard this first.").waitFor();
  await page.click("#primer-clear");
  await page.waitForSelector("#card-before .roll .lead", { state: "detached" });
});

test("a run starts, pauses, goes on and is reset", async () => {
  await page.click("#run-main");
  await status("running");
  await page.waitForSelector("#watch-curves:visible canvas");
  await page.waitForFunction(() => /\d s left/.test(document.getElementById("run-details")?.textContent ?? ""));
  await page.waitForFunction(() => /after/.test(document.querySelector("#card-after .figures")?.textContent ?? ""));
  await page.click("#run-main");
  await status("paused");
  const { iteration } = (await state()).run;
  await page.click("#run-main");
  await status("running");
  assert.ok((await state()).run.iteration >= iteration);
  for (const [button, text] of [["#run-reset", "Reset?"], ["#run-restart", "Start over?"]] as const) {
    await page.click(button);
    await page.locator(".question").getByText(text, { exact: true }).waitFor();
    await answer("Cancel");
    assert.ok((await state()).run.iteration >= iteration, "a question alone changes nothing");
  }
  await page.click("#run-reset");
  await answer("Keep it first");
  await status("idle");
  await page.waitForSelector("#watch-empty:visible");
  await version("Version 1").waitFor();
});

test("a run that is as long as a kept one is not taken for it", async () => {
  const learn = async () => {
    const data = { action: "start", iterations: 20_000 };
    await page.request.post(new URL("/api/run", server.address).href, { data });
    await status("running");
    await status("finished");
    const { iteration } = (await state()).run;
    await until(({ progress }) => progress.at(-1)?.iteration === iteration);
    return iteration;
  };
  const iteration = await learn();
  await page.fill("#version-name", "The first");
  await page.click("#version-form button");
  await version("The first").waitFor();
  await page.click("#run-reset"); // asks nothing
  await status("idle");
  assert.equal(await learn(), iteration);
  await page.click("#run-reset");
  await answer("Reset");
  await status("idle");
});

test("a moved slider is heard in a melody of the retuned model", async () => {
  await follow(true);
  await page.check("#play-new");
  await page.click("#card-after .play"); // a sound before, which must not be taken for the new one
  await page.click("#card-after .play");
  const begin = performance.now();
  await page.focus("#rule-leap");
  await page.keyboard.press("End");
  await status("running");
  await page.waitForFunction(() => /after/.test(document.querySelector("#card-after .figures")?.textContent ?? ""));
  await page.waitForSelector("#card-after .cursor[visibility=visible]", { state: "attached" });
  await heard(page);
  const seconds = (performance.now() - begin) / 1000;
  console.log(`a melody of the retuned model sounds ${seconds.toFixed(1)} s after moving a slider`);
  const { shape, recipes } = await state();
  assert.equal(shape.weights["leap"], recipes.find(({ name }) => name === shape.recipe)?.ranges["leap"]?.[1]);
  assert.equal(shape.preset, null);
  await page.uncheck("#play-new");
});

test("a preset sets the sliders", async () => {
  await page.selectOption("#preset", "default");
  await page.waitForFunction(() => (document.getElementById("preset") as HTMLSelectElement).value === "default");
  const { shape, recipes } = await state();
  assert.deepEqual(shape.weights, recipes.find(({ name }) => name === "default")?.weights);
});

test("what experts turn takes the place of the KL budget", async () => {
  await page.evaluate(() => document.querySelector("details")?.setAttribute("open", ""));
  await page.focus("#slider-c");
  await page.keyboard.press("End");
  await page.waitForFunction(() => document.querySelector("output[for=slider-kl_budget]")?.textContent === "off");
  assert.equal((await state()).shape.kl_budget, 0);
  await page.focus("#slider-kl_budget");
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction(() => document.querySelector("output[for=slider-kl_budget]")?.textContent !== "off");
  await until(({ shape }) => shape.kl_budget > 0); // a slider is sent with a delay, and starts a run
});

test("a version is kept, compared, shared, renamed, restored and deleted", async () => {
  await follow(false);
  if ((await state()).run.status === "running") {
    await status("running");
    await page.click("#run-main");
    await status("paused");
    await settled();
  }
  await page.fill("#version-name", "First try");
  await page.click("#version-form button");
  const row = version("First try");
  await row.waitFor();

  await page.selectOption("#compare-first", "note-rnn");
  await page.selectOption("#compare-second", { label: "First try" });
  await page.click("#compare-form button");
  await page.waitForSelector(".comparison tbody tr");
  await settled();
  await page.waitForFunction(() => {
    const { top, bottom } = document.querySelector(".comparison")?.getBoundingClientRect() ?? { top: -1, bottom: 0 };
    return top >= 0 && bottom <= window.innerHeight;
  });
  assert.equal(await page.locator("#model-after option:checked").textContent(), "First try");
  await settled();

  const file = await save(page, "#version-list a");
  assert.match(file.name, /\.safetensors$/);
  const figures = rltuner("evaluate", file.path, "--compositions", "100", "--json", "-", "--quiet");
  assert.equal((JSON.parse(figures) as { length: number }).length, 32);
  await page.setInputFiles("#version-file", { name: "Shared.safetensors", mimeType: "", buffer: readFileSync(file.path) });
  await version("Shared").waitFor();

  await row.getByText("Rename").click();
  await page.fill(".question input", "Second name");
  await page.keyboard.press("Enter");
  const renamed = version("Second name");
  await renamed.waitFor();

  await reset();
  await settled();
  await renamed.getByText("Restore").click();
  await status("paused");
  await settled();
  await renamed.getByText("Delete").click();
  await page.click(".question .primary");
  await renamed.waitFor({ state: "detached" });
  await settled();
  assert.equal((await shown("#card-after")).model, "current", "its version is gone");
});

test("a name has at most 80 characters, whatever their size", async () => {
  await page.fill("#version-name", "🎹".repeat(81));
  await page.fill("#version-note", "h".repeat(300)); // no look below may scroll sideways
  await page.click("#version-form button");
  await version("🎹".repeat(80)).waitFor();
});

test("a collapse is explained, and its button does what it advises", async () => {
  const collapsing = await browser.newContext();
  const other = await collapsing.newPage();
  await other.route("**/api/state", async (route) => {
    const answer = (await (await route.fetch()).json()) as State;
    answer.warnings = [{ kind: "collapse", text: "All melodies are alike.", control: "kl_budget", direction: "down" }];
    await route.fulfill({ json: answer });
  });
  await other.goto(server.address);
  await other.getByText("All melodies are alike.").waitFor();
  const top = () => other.evaluate(() => document.getElementById("listen")?.getBoundingClientRect().top);
  const withWarning = await top();
  const before = (await state()).shape.kl_budget;
  await other.getByText("Turn “KL budget” down").click();
  assert.equal(await other.evaluate(() => document.activeElement?.id), "slider-kl_budget");
  await other.waitForResponse("**/api/shape");
  assert.ok((await state()).shape.kl_budget < before);
  await other.getByText("Dismiss").click();
  await other.waitForSelector(".warning", { state: "detached" });
  assert.equal(await top(), withWarning);
  await collapsing.close();
});

for (const { name, colorScheme, viewport } of kLooks) {
  test(`no fault of accessibility, ${name}`, async () => {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize(viewport);
    await page.locator("#card-after .score .abcjs-note").first().click({ force: true });
    await page.waitForSelector("#inspector .probabilities");
    await page.evaluate(() => document.querySelector("details")?.setAttribute("open", ""));
    await page.screenshot({ path: `${kPictures}/${name}.png`, fullPage: true });
    assert.deepEqual(await faultsOfLook(page), []);
  });
}

test("a finger can meet every control on a phone", async () => {
  await page.setViewportSize(kPhone);
  const small = await page.evaluate(() =>
    [...document.querySelectorAll("a, button, select, summary, input:not(.unseen), label.button")]
      .filter((control) => !control.matches(".skip, [type=checkbox]"))
      .map((control) => ({ name: control.outerHTML.slice(0, 80), height: control.getBoundingClientRect().height }))
      .filter(({ height }) => height > 0 && height < 44),
  );
  assert.deepEqual(small, []);
});

test("nothing went wrong in the page, and nothing was asked of another host", () => {
  assert.deepEqual(studio.faults, []);
});
