// SPDX-License-Identifier: Apache-2.0
// A participant of a listening study, from the link to the report.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, test } from "node:test";

import type { Browser, Page } from "playwright-core";

import {
  faultsOfLook, heard, kLooks, kPhone, kPictures, launch, type OpenPage, rltuner, Server, visit,
} from "./studio";

interface Report {
  participants: number;
  finished: number;
  answers: number;
  not_heard: number;
  too_fast: number;
  repeated: number;
}

const kSides = ["#first", "#second"];
const kLength = 8; // sixteenths: a second and a half

let server: Server;
let browser: Browser;
let study: OpenPage;
let page: Page;

before(async () => {
  browser = await launch();
  server = await Server.start((folder) => {
    const file = join(folder, "study.db");
    const models = ["--model", "a=default", "--model", "b=default"];
    const size = ["--comparisons", "2", "--melodies", "2", "--length", String(kLength)];
    rltuner("study", "create", file, ...models, ...size);
    return ["study", "serve", file];
  });
  study = await visit(browser, server, { viewport: kPhone, hasTouch: true, isMobile: true });
  page = study.page;
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

function report(): Report {
  const output = join(server.folder, "results");
  rltuner("study", "report", join(server.folder, "study.db"), "--output", output);
  return JSON.parse(readFileSync(join(output, "results.json"), "utf8")) as Report;
}

// What a participant without the page does.
async function post(path: string, data: object): Promise<Record<string, unknown>> {
  const answer = await page.request.post(new URL(path, server.address).href, { data });
  assert.equal(answer.status(), 200, await answer.text());
  return (await answer.json()) as Record<string, unknown>;
}

const isAt = (place: string) => page.getByText(place, { exact: true }).waitFor();

test("an answer waits until both melodies were heard to their end", async () => {
  await page.tap("#begin");
  await isAt("1 of 2");
  assert.ok(await page.isDisabled("#choices [value='0']"));
  await page.tap("#first .hear");
  await heard(page);
  await page.waitForSelector("#first .state.heard");
  assert.ok(await page.isDisabled("#choices [value='0']"));
  await page.tap("#second .hear");
  await page.waitForSelector("#second .sounding");
  await page.tap("#second .hear"); // stopped before its end
  await page.getByText("not heard to the end yet").waitFor();
  assert.ok(await page.isDisabled("#choices [value='0']"));
  await page.tap("#second .hear");
  await page.waitForSelector("#choices:enabled");
  assert.ok(await page.isDisabled("#next"));
});

test("the other melody's button stops the one that sounds", async () => {
  await page.tap("#first .hear");
  await page.waitForSelector("#first .sounding");
  await page.tap("#second .hear");
  await page.waitForSelector("#second .sounding");
  assert.equal(await page.locator(".sounding").count(), 1);
  assert.ok(await page.isEnabled("#choices [value='0']"), "what was heard stays heard");
});

test("a reload goes on with the next question", async () => {
  await page.getByText("the second, slightly").tap();
  await page.tap("#next");
  await isAt("2 of 2");
  await page.reload();
  await isAt("2 of 2");
  assert.ok(await page.isDisabled("#choices [value='0']"));
});

test("keys play, choose and go on", async () => {
  for (const [index, side] of kSides.entries()) {
    await page.keyboard.press(String(index + 1));
    await page.waitForSelector(`${side} .state.heard`);
  }
  await page.keyboard.press("ArrowRight");
  assert.ok(await page.isChecked("[name=preference][value='0']"));
  await page.keyboard.press("ArrowLeft");
  assert.ok(await page.isChecked("[name=preference][value='-1']"));
  await page.keyboard.press("Enter");
  await page.waitForSelector("#thanks:visible");
});

test("who has finished is told so", async () => {
  await page.reload();
  await page.getByText("already taken part").waitFor();
});

test("the report counts both answers and doubts none", () => {
  const expected = { participants: 1, finished: 1, answers: 2, not_heard: 0, too_fast: 0, repeated: 0 };
  const found = report();
  assert.deepEqual({ ...found, ...expected }, found);
});

test("answers without listening, and second ones, are noticed", async () => {
  const { session } = await post("/api/study/session", {});
  const answer = { session, question: 0, preference: 2, taken: 60 };
  await post("/api/study/answer", { ...answer, first_heard: 0, second_heard: 0 });
  const { repeated } = await post("/api/study/answer", { ...answer, first_heard: 9, second_heard: 9 });
  assert.equal(repeated, true);
  await post("/api/study/answer", { ...answer, question: 1, first_heard: 9, second_heard: 9 });
  const expected = { participants: 2, answers: 2, not_heard: 1, too_fast: 1, repeated: 1 };
  const found = report();
  assert.deepEqual({ ...found, ...expected }, found);
});

// Checks the look of every part of the study on the way.
async function takePartIn({ name, ...look }: (typeof kLooks)[number]): Promise<void> {
  const visitor = await visit(browser, server, { ...look, reducedMotion: "reduce" });
  const check = async (part: string) => {
    await visitor.page.screenshot({ path: `${kPictures}/study-${part}-${name}.png`, fullPage: true });
    assert.deepEqual(await faultsOfLook(visitor.page), [], part);
  };
  await visitor.page.waitForSelector("#study:not([aria-busy])");
  await check("welcome");
  await visitor.page.click("#begin");
  await visitor.page.click("#first .hear");
  await visitor.page.waitForSelector("#first .state.heard");
  await check("listening");
  await visitor.page.click("#second .hear");
  await visitor.page.getByText("the first, slightly").click();
  await check("answering");
  await visitor.page.click("#next");
  await visitor.page.getByText("2 of 2", { exact: true }).waitFor();
  for (const side of kSides) {
    await visitor.page.click(`${side} .hear`);
    await visitor.page.waitForSelector(`${side} .state.heard`);
  }
  await visitor.page.getByText("the first, slightly").click();
  await visitor.page.click("#next");
  await visitor.page.waitForSelector("#thanks:visible");
  await check("thanks");
  assert.deepEqual(visitor.faults, []);
  await visitor.page.context().close();
}

test("no fault of accessibility in a study", { concurrency: true }, async (context) => {
  // At once, for each listens to the end of every melody.
  await Promise.all(kLooks.map((look) => context.test(look.name, () => takePartIn(look))));
});

test("a key that the study does not know begins anew", async () => {
  await page.evaluate(() => localStorage.setItem("rltuner-study-session", "unknown"));
  const faults = study.faults.splice(0);
  await page.reload();
  await page.waitForSelector("#begin:visible");
  study.faults.splice(0, Infinity, ...faults); // the browser writes down the 404
});

test("the link and a half-done session survive a server that is killed", async () => {
  const visitors = await Server.start((folder) => {
    const file = join(folder, "public.db");
    const models = ["--model", "a=default", "--model", "b=default"];
    rltuner("study", "create", file, ...models, "--comparisons", "2", "--melodies", "1", "--length", "8");
    return ["study", "serve", file, "--listen", "0.0.0.0"];
  });
  const { page: visitor } = await visit(browser, visitors, { reducedMotion: "reduce" });
  await visitor.click("#begin");
  for (const side of kSides) {
    await visitor.click(`${side} .hear`);
    await visitor.waitForSelector(`${side} .state.heard`);
  }
  await visitor.getByText("the first, slightly").click();
  await visitor.click("#next");
  await visitor.getByText("2 of 2", { exact: true }).waitFor();
  await visitors.kill("SIGKILL");
  const words = ["study", "serve", join(visitors.folder, "public.db"), "--listen", "0.0.0.0"];
  const again = await Server.startIn(visitors.folder, words);
  assert.equal(again.address, visitors.address);
  await visitor.goto(again.address);
  await visitor.getByText("2 of 2", { exact: true }).waitFor();
  await visitor.reload(); // by the cookie alone
  await visitor.getByText("2 of 2", { exact: true }).waitFor();
  const stranger = await (await browser.newContext()).newPage();
  await stranger.goto(again.address.replace(/token=.*/, "token=wrong"));
  await stranger.getByRole("heading", { name: "This link is not complete" }).waitFor();
  await stranger.screenshot({ path: `${kPictures}/study-wrong-link.png` });
  await stranger.context().close();
  await visitor.context().close();
  await again.stop();
});

test("nothing went wrong in the study's page, and nothing was asked of another host", () => {
  assert.deepEqual(study.faults, []);
});
