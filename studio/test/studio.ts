// SPDX-License-Identifier: Apache-2.0
// A server of its own and a browser on it.

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { type Browser, chromium, type Page } from "playwright-core";

const kProgram = process.env["RLTUNER"] ?? "";
export const kPictures = "../out/studio";

export class Server {
  private constructor(
    readonly address: string,
    private readonly process: ChildProcess,
    private readonly folder: string,
  ) {}

  // Starts `rltuner studio` on a free port, with a folder of its own for runs and versions.
  static async start(): Promise<Server> {
    const folder = mkdtempSync(join(tmpdir(), "rltuner-studio-"));
    const child = spawn(kProgram, ["studio", "--port", "0", "--folder", folder, "--no-browser"], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    let said = "";
    const address = await new Promise<string>((resolve, reject) => {
      const hear = (text: Buffer) => {
        said += text.toString();
        const found = /http:\/\/\S+/.exec(said)?.[0];
        if (found) resolve(found);
      };
      child.stdout?.on("data", hear);
      child.stderr?.on("data", hear);
      child.once("exit", () => reject(new Error(`rltuner studio ended: ${said}`)));
    });
    return new Server(address, child, folder);
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.process.once("exit", resolve));
    this.process.kill("SIGINT");
    await ended;
    rmSync(this.folder, { recursive: true, force: true });
  }
}

// The standard output of the program.
export function rltuner(...words: string[]): string {
  return execFileSync(kProgram, words, { encoding: "utf8" });
}

export function launch(): Promise<Browser> {
  mkdirSync(kPictures, { recursive: true });
  return chromium.launch({
    executablePath: process.env["CHROMIUM"] ?? "chromium",
    args: ["--no-sandbox"], // tests may run as root
  });
}

export interface OpenPage {
  page: Page;
  faults: string[]; // errors of the page, and requests to other hosts
}

// The studio in a window of its own, both melodies drawn.
export async function open(browser: Browser, server: Server): Promise<OpenPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  const faults: string[] = [];
  page.on("pageerror", (error) => faults.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(message.text());
  });
  const host = new URL(server.address).host;
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith("http") && url.host !== host) faults.push(`asks ${url.host}`);
  });
  await page.addInitScript(listenToSound);
  await page.goto(server.address);
  for (const card of ["#card-before", "#card-after"]) {
    await page.waitForSelector(`${card} .roll .note`);
    await page.waitForSelector(`${card} .score .abcjs-note`);
  }
  return { page, faults };
}

// In the page: taps what goes to the loudspeaker. `window.loudness()` is its level now.
function listenToSound(): void {
  const taps: AnalyserNode[] = [];
  const connect = AudioNode.prototype.connect as (...words: unknown[]) => unknown;
  AudioNode.prototype.connect = function (this: AudioNode, ...words: unknown[]) {
    if (words[0] instanceof AudioDestinationNode && this.context instanceof AudioContext) {
      const tap = new AnalyserNode(this.context, { fftSize: 2048 });
      connect.call(this, tap);
      taps.push(tap);
    }
    return connect.apply(this, words);
  } as typeof AudioNode.prototype.connect;
  (window as unknown as { loudness: () => number }).loudness = () => {
    const samples = new Float32Array(2048);
    let loudest = 0;
    for (const tap of taps) {
      tap.getFloatTimeDomainData(samples);
      loudest = Math.max(loudest, ...samples.map(Math.abs));
    }
    return loudest;
  };
}

export async function heard(page: Page): Promise<void> {
  await page.waitForFunction(() => (window as unknown as { loudness: () => number }).loudness() > 0.003);
}

export async function save(page: Page, selector: string): Promise<{ path: string; name: string }> {
  const [download] = await Promise.all([page.waitForEvent("download"), page.click(selector)]);
  return { path: await download.path(), name: download.suggestedFilename() };
}
