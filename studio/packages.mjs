// SPDX-License-Identifier: Apache-2.0
// Installs the npm packages of package-lock.json in node_modules/, where they are missing or older.
import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";

const kFolder = new URL(".", import.meta.url);

function time(path) {
  return statSync(new URL(path, kFolder), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

// Throws an error of one line where npm is missing or cannot install them.
export function installPackages() {
  if (time("node_modules/.package-lock.json") >= time("package-lock.json")) return;
  const options = { cwd: kFolder, encoding: "utf8" };
  const { error, status, stderr } = spawnSync("npm", ["ci", "--no-audit", "--no-fund"], options);
  if (error) throw new Error("the packages of studio/package-lock.json need npm, which is missing");
  if (status === 0) return;
  const reason = stderr.trim().split("\n")[0];
  throw new Error(`npm could not install the packages of studio/package-lock.json: ${reason}`);
}
