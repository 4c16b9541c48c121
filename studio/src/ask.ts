// SPDX-License-Identifier: Apache-2.0
// Dialogs that ask a question.

import { api, type Limits, type State } from "./api";
import { h, limitCharacters, notice } from "./dom";

type Answer = [value: string, text: string];

// The value of the answer that was chosen; "no" for none.
function open(dialog: HTMLDialogElement): Promise<string> {
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      resolve(dialog.returnValue || "no");
      dialog.remove();
    });
  });
}

// The last answer is the primary one.
function question(title: string, answers: Answer[], ...parts: HTMLElement[]): HTMLDialogElement {
  const buttons = answers.map(([value, text], index) =>
    h("button", { value, class: index === answers.length - 1 ? "primary" : "" }, text),
  );
  return h(
    "dialog",
    { class: "question", "aria-labelledby": "question-title" },
    h(
      "form",
      { method: "dialog" },
      h("h2", { id: "question-title" }, title),
      ...parts,
      h("div", { class: "answers" }, h("button", { value: "no", formnovalidate: true }, "Cancel"), ...buttons),
    ),
  );
}

// True if the answer is `yes`.
export async function confirmed(title: string, text: string, yes: string): Promise<boolean> {
  return (await open(question(title, [["yes", yes]], h("p", {}, text)))) === "yes";
}

// Whether `action` ("Reset") may discard the model. Asks only if the model is not a version yet, and
// offers to keep it first.
export async function mayForget(state: State, action: string): Promise<boolean> {
  const { run, versions } = state;
  const newest = state.progress.at(-1)?.mean_log_prob; // two runs never agree to the last digit
  const isKept = versions.some(
    ({ id, iteration, figures }) =>
      iteration === run.iteration && (id === run.from_version || (figures && figures.mean_log_prob === newest)),
  );
  if (run.status === "idle" || run.iteration === 0 || (isKept && run.status !== "running")) return true;
  const text = "What the model has learnt in this run is lost unless you keep it as a version.";
  const answers: Answer[] = [
    ["keep", "Keep it first"],
    ["yes", action],
  ];
  const answer = await open(question(`${action}?`, answers, h("p", {}, text)));
  if (answer !== "keep") return answer === "yes";
  const { name } = await api.saveVersion();
  notice(`Kept as “${name}”.`);
  return true;
}

// The name and the note as edited; undefined if cancelled.
export async function editedName(
  name: string,
  note: string,
  limits: Limits,
): Promise<{ name: string; note: string } | undefined> {
  const nameInput = h("input", { type: "text", value: name, required: true });
  const noteInput = h("input", { type: "text", value: note });
  limitCharacters(nameInput, limits.name);
  limitCharacters(noteInput, limits.note);
  const form = question(
    "Rename the version",
    [["yes", "Rename"]],
    h("label", {}, "Name", nameInput),
    h("label", {}, "Note", noteInput),
  );
  // Enter confirms, although Cancel is the first button.
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.target instanceof HTMLInputElement)) return;
    event.preventDefault();
    if (nameInput.reportValidity()) form.close("yes");
  });
  if ((await open(form)) !== "yes") return undefined;
  return { name: nameInput.value.trim(), note: noteInput.value.trim() };
}
