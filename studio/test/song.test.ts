// SPDX-License-Identifier: Apache-2.0
// What the studio opens with: the bundled model that hears metre, key and form.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { join } from "node:path";

import type { Browser, Page } from "playwright-core";

import type { Melody, State } from "../src/api";
import { piecesOf } from "../src/melody";
import { faultsOfLook, kLooks, kPictures, launch, type OpenPage, rltuner, save, Server, visit } from "./studio";

let server: Server;
let browser: Browser;
let studio: OpenPage;
let page: Page;

before(async () => {
  browser = await launch();
  server = await Server.start((folder) => ["studio", "--folder", folder, "--no-browser"]);
  studio = await visit(browser, server, { viewport: kLooks[0].viewport });
  page = studio.page;
  await page.waitForSelector("#card-after .score .abcjs-note");
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

async function state(): Promise<State> {
  return (await (await page.request.get(new URL("/api/state", server.address).href)).json()) as State;
}

async function shown(): Promise<Melody> {
  const link = await page.getAttribute("#card-after .files a", "href");
  const id = /melodies\/(\d+)/.exec(link ?? "")?.[1];
  const answer = await page.request.get(new URL(`/api/melodies/${id}`, server.address).href);
  return ((await answer.json()) as { melody: Melody }).melody;
}

// Until the right melody's playback has `text` in it.
async function melodyWith(text: string): Promise<Melody> {
  for (;;) {
    const melody = await shown();
    if (JSON.stringify(melody.playback).includes(text)) return melody;
    await page.waitForTimeout(100);
  }
}

test("it opens with melodies of eight bars like the tunes", async () => {
  const { shape, note_rnn, recipes } = await state();
  assert.equal(note_rnn, "folk");
  assert.equal(shape.preset, "song");
  assert.equal(recipes.find(({ name }) => name === shape.recipe)?.finds_weights, true);
  assert.equal((await shown()).events.length, 128);
  assert.equal(await page.locator("#slider-kl_budget").isVisible(), false);
  assert.equal(await page.locator("#rule-key").isVisible(), false);
  assert.equal(await page.textContent("output[for=rule-cadence]"), "as in the tunes");
});

test("metre, key and instrument are drawn, and are in the files", async () => {
  await page.selectOption("#metre", "6/8");
  await melodyWith("6,8");
  await page.selectOption("#key", "D dorian");
  await melodyWith("\"sharps\":0");
  await page.selectOption("#instrument", "whistle");
  const melody = await melodyWith("\"lowest\":74");
  assert.equal(melody.playback.bar, 12);
  const pitches = piecesOf(melody.events, melody.playback).flatMap(({ pitch }) => (pitch === null ? [] : [pitch]));
  assert.ok(pitches.every((pitch) => pitch >= 74));
  const midi = await save(page, "#card-after .files a:nth-of-type(1)");
  const read = JSON.parse(rltuner("midi", midi.path, "--json", "-")) as { onsets: number[][] };
  assert.deepEqual(read.onsets.map((onset) => onset[2]), pitches);
  const abc = await save(page, "#card-after .files a:nth-of-type(3)");
  assert.match(abc.name, /\.abc$/);
});

test("a preset whose wish a length does not have cannot be chosen there", async () => {
  const { shape } = await state();
  const change = async (data: object) => {
    await page.request.post(new URL("/api/shape", server.address).href, { data });
    const state = "bars" in data && data.bars === 4 ? "attached" : "detached";
    await page.waitForSelector("#preset option[value=refrain]:disabled", { state });
  };
  await change({ metre: "4/4", bars: 4 });
  await change({ bars: 8 });
  await change({ metre: shape.metre });
});

test("a preset is one wish, and a run learns it", async () => {
  await page.selectOption("#preset", "coming-home");
  await page.waitForFunction(() => document.querySelector("output[for=rule-cadence]")?.textContent !== "as in the tunes");
  assert.equal(await page.textContent("output[for=rule-phrase]"), "as in the tunes");
  await page.waitForFunction(() => /after/.test(document.querySelector("#card-after .figures")?.textContent ?? ""));
  const { shape, run } = await state();
  assert.equal(shape.preset, "coming-home");
  assert.equal(shape.metre, "6/8");
  assert.ok(run.iteration > 0);
  await page.waitForSelector("#watch-curves:visible");
  await page.click("#run-main");
});

for (const { name, colorScheme, viewport } of kLooks) {
  test(`no fault of accessibility, ${name}`, async () => {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize(viewport);
    await page.screenshot({ path: `${kPictures}/song-${name}.png`, fullPage: true });
    assert.deepEqual(await faultsOfLook(page), []);
  });
}

test("the paper's rules are one choice away and have the KL budget", async () => {
  await page.selectOption("#preset", "default");
  await page.locator(".question .primary").click();
  await page.waitForSelector("#slider-kl_budget:visible");
  await page.waitForSelector("#rule-key:visible");
  assert.ok((await state()).shape.kl_budget > 0);
  await page.waitForSelector("#card-after .score .abcjs-note");
});

test("an arrow key moves each slider by a step", async () => {
  await page.uncheck("#learn");
  for (const id of ["slider-temperature", "rule-motif"]) {
    await page.focus(`#${id}`);
    await page.keyboard.press("Home");
    for (let step = 1; step <= 6; ++step) {
      await page.keyboard.press("ArrowRight");
      await page.waitForTimeout(400); // the page sends it and shows the answer
      assert.equal(await page.inputValue(`#${id}`), String(step));
    }
  }
  await page.check("#learn");
});

test("a version of three bars is heard and taken up at its length", async () => {
  const tuned = join(server.folder, "tuned");
  rltuner("tune", "--model", "folk", "--bars", "3", "--iterations", "2000", "--compositions", "20", "--output", tuned, "--quiet");
  await page.setInputFiles("#version-file", join(tuned, "model.safetensors"));
  await page.getByRole("button", { name: "Hear model" }).click();
  await page.waitForSelector("#bars option[value='3']:enabled", { state: "attached" });
  await page.getByRole("button", { name: "Restore model" }).click();
  await page.locator(".question .primary").click();
  await page.waitForFunction(() => document.querySelector<HTMLSelectElement>("#tuned-bars")?.value === "3");
  assert.equal(await page.inputValue("#bars"), "3");
  while ((await shown()).events.length !== 48) await page.waitForTimeout(100);
});

test("nothing went wrong in the page, and nothing was asked of another host", () => {
  assert.deepEqual(studio.faults, []);
});
