// SPDX-License-Identifier: Apache-2.0
// Runs the tests of the page, or those that are named ("studio"), in Chromium against a real server.
// Exit code 77: skipped, something that they need is missing; a line says what.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { installPackages } from "../packages.mjs";

const kSkipped = 77;

function skip(reason) {
  console.log(`studio.page: skipped, ${reason}`);
  process.exit(kSkipped);
}

function onPath(...names) {
  const folders = (process.env.PATH ?? "").split(":");
  return names.flatMap((name) => folders.map((folder) => `${folder}/${name}`)).find(existsSync);
}

process.chdir(fileURLToPath(new URL("..", import.meta.url)));
const program = process.env.RLTUNER ?? "../build/release/rltuner";
if (!existsSync(program)) skip(`there is no program ${program} (set RLTUNER)`);
try {
  installPackages();
} catch (error) {
  skip(error.message);
}
const chromium = process.env.CHROMIUM ?? onPath("chromium", "chromium-browser", "google-chrome");
if (!chromium) skip("chromium is not installed");
const help = spawnSync(program, ["help", "studio"], { encoding: "utf8" });
if (!help.stdout.includes("--port")) skip("this program is built without the studio");

const { build } = await import("esbuild");
const types = spawnSync(process.execPath, ["node_modules/typescript/bin/tsc", "--noEmit"], { stdio: "inherit" });
if (types.status !== 0) process.exit(1);
const bundles = "node_modules/.cache/tests";
const chosen = process.argv.slice(2);
const names = chosen.length > 0 ? chosen : ["format", "music", "studio", "song", "study"];
await build({
  entryPoints: names.map((name) => `test/${name}.test.ts`),
  outdir: bundles,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  packages: "external",
  platform: "node",
  format: "esm",
  logLevel: "warning",
});
const files = names.map((name) => `${bundles}/${name}.test.mjs`);
// All at once: they mostly wait for sound. Each has a server and a browser of its own.
const options = ["--test", "--test-reporter=spec", `--test-concurrency=${files.length}`];
const tests = spawnSync(process.execPath, [...options, ...files], {
  stdio: "inherit",
  env: { ...process.env, RLTUNER: program, CHROMIUM: chromium },
});
process.exit(tests.status ?? 1);
