// SPDX-License-Identifier: Apache-2.0
// Makes elements and shows messages, in the live region and in the notice.

type Attributes = Record<string, string | number | boolean | ((event: Event) => void) | undefined>;
type Child = Node | string | null;

// Attributes whose value is a function are listeners ("click"); true is an empty attribute, false
// and undefined none.
function fill<E extends Element>(element: E, attributes: Attributes, children: Child[]): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? "" : String(value));
    }
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  return fill(document.createElement(tag), attributes, children);
}

export function option(value: string | number, text = String(value)): HTMLOptionElement {
  return h("option", { value }, text);
}

export function s<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: Child[]
): SVGElementTagNameMap[K] {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

export function byId<E extends HTMLElement = HTMLElement>(id: string): E {
  const element = document.getElementById(id);
  if (!element) throw new Error(`The page has no element "${id}".`);
  return element as E;
}

const kIcons = {
  play: "M5 3.2v9.6L13 8z",
  stop: "M4 4h8v8H4z",
  pause: "M4 3h3v10H4zM9 3h3v10H9z",
} as const;

// An icon in the colour of the text around it.
export function icon(name: keyof typeof kIcons): SVGElement {
  return s(
    "svg",
    { viewBox: "0 0 16 16", width: 16, height: 16, "aria-hidden": "true", class: "icon" },
    s("path", { d: kIcons[name], fill: "currentColor" }),
  );
}

// Makes a screen reader say the text, without moving the focus.
export function announce(text: string): void {
  byId("announcer").textContent = text;
}

let noticeTimer = 0;

// Shows a line at the bottom of the window for a few seconds: an error, or what was done.
export function notice(text: string, kind: "error" | "done" = "done"): void {
  const box = byId("notice");
  box.textContent = text;
  box.dataset["kind"] = kind;
  box.hidden = false;
  clearTimeout(noticeTimer);
  noticeTimer = window.setTimeout(() => (box.hidden = true), kind === "error" ? 9000 : 4000);
}

// Runs work that may fail; an error is shown, not thrown.
export async function attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    notice(error instanceof Error ? error.message : String(error), "error");
    return undefined;
  }
}

export function download(blob: Blob, name: string): void {
  const url = URL.createObjectURL(blob);
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

// The first characters (code points, as the server counts them) of a text.
export function clipped(text: string, characters: number): string {
  return [...text].slice(0, characters).join("");
}

// Limits an input to so many characters; `maxlength` would count some of them twice.
export function limitCharacters(input: HTMLInputElement, characters: number): void {
  const clip = (event: Event) => {
    if (event instanceof InputEvent && event.isComposing) return;
    const text = clipped(input.value, characters);
    if (input.value !== text) input.value = text;
  };
  for (const kind of ["input", "compositionend"]) input.addEventListener(kind, clip);
}

// Fills a slider's track up to its thumb.
export function paintSlider(input: HTMLInputElement): void {
  const low = Number(input.min);
  const share = (Number(input.value) - low) / (Number(input.max) - low);
  input.style.setProperty("--share", `${100 * share}%`);
}

export function prefersLessMotion(): boolean {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}
