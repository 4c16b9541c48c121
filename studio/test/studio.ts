// SPDX-License-Identifier: Apache-2.0
// A server of its own and a browser on it.

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import axe from "axe-core";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

const kProgram = process.env["RLTUNER"] ?? "";
export const kPictures = "../out/studio";

export class Server {
  private constructor(
    readonly address: string,
    private readonly process: ChildProcess,
    readonly folder: string,
  ) {}

  // Starts the program with the words for a new folder, which is the server's own, on a free port.
  static start(words: (folder: string) => string[]): Promise<Server> {
    const folder = mkdtempSync(join(tmpdir(), "rltuner-studio-"));
    return Server.startIn(folder, [...words(folder), "--port", "0"]);
  }

  static async startIn(folder: string, words: string[]): Promise<Server> {
    const child = spawn(kProgram, words, { stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    const address = await new Promise<string>((resolve, reject) => {
      const hear = (text: Buffer) => {
        said += text.toString();
        const found = /http:\/\/\S+/.exec(said)?.[0];
        if (found) resolve(found);
      };
      child.stdout?.on("data", hear);
      child.stderr?.on("data", hear);
      child.once("exit", () => reject(new Error(`the server ended: ${said}`)));
    });
    return new Server(address, child, folder);
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    const ended = new Promise((resolve) => this.process.once("exit", resolve));
    this.process.kill(signal);
    await ended;
  }

  async stop(): Promise<void> {
    await this.kill("SIGINT");
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

// The server's page in a window of its own, with a storage of its own.
export async function visit(
  browser: Browser,
  server: Server,
  options: BrowserContextOptions,
): Promise<OpenPage> {
  const context = await browser.newContext(options);
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
  await page.addInitScript(scrollAtOnce);
  await page.goto(server.address);
  return { page, faults };
}

const kDesk = { width: 1280, height: 900 };
export const kPhone = { width: 390, height: 844 };
export const kLooks = [
  { name: "light", colorScheme: "light", viewport: kDesk },
  { name: "dark", colorScheme: "dark", viewport: kDesk },
  { name: "phone", colorScheme: "light", viewport: kPhone },
  { name: "phone-dark", colorScheme: "dark", viewport: kPhone },
] as const;

// What axe finds, and whether the page scrolls sideways.
export async function faultsOfLook(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => (window as unknown as { axe: typeof axe }).axe.run());
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`);
  const overflow = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;
  if ((await page.evaluate(overflow)) !== 0) found.push("the page scrolls sideways");
  return found;
}

// In the page: nothing glides away between the press and the release of the mouse, as a button did
// when a slow machine began its smooth scrolling late.
function scrollAtOnce(): void {
  addEventListener("DOMContentLoaded", () => (document.documentElement.style.scrollBehavior = "auto"));
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
