// SPDX-License-Identifier: Apache-2.0
// Numbers that this browser keeps across reloads, such as the tempo.

const kPrefix = "rltuner-studio-";

// The number kept under `name`, or `otherwise` if there is none or the browser keeps nothing.
export function remembered(name: string, otherwise: number): number {
  try {
    const kept = localStorage.getItem(kPrefix + name);
    return kept !== null && Number.isFinite(Number(kept)) ? Number(kept) : otherwise;
  } catch {
    return otherwise;
  }
}

export function remember(name: string, value: number): void {
  try {
    localStorage.setItem(kPrefix + name, String(value));
  } catch {
    // A browser that keeps nothing begins with the defaults.
  }
}
