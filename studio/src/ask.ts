// SPDX-License-Identifier: Apache-2.0
// Questions in a dialog of the page.

import { byId, h } from "./dom";

function open(dialog: HTMLDialogElement): Promise<boolean> {
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      resolve(dialog.returnValue === "yes");
      dialog.remove();
    });
  });
}

function question(title: string, yes: string, ...parts: HTMLElement[]): HTMLDialogElement {
  return h(
    "dialog",
    { class: "question", "aria-labelledby": "question-title" },
    h(
      "form",
      { method: "dialog" },
      h("h2", { id: "question-title" }, title),
      ...parts,
      h(
        "div",
        { class: "answers" },
        h("button", { value: "no", formnovalidate: true }, "Cancel"),
        h("button", { value: "yes", class: "primary" }, yes),
      ),
    ),
  );
}

// True if the answer is `yes`.
export function confirmed(title: string, text: string, yes: string): Promise<boolean> {
  return open(question(title, yes, h("p", {}, text)));
}

// The name and the note as edited; undefined if cancelled.
export async function editedName(
  name: string,
  note: string,
): Promise<{ name: string; note: string } | undefined> {
  const limits = (id: string) => ({ maxlength: byId<HTMLInputElement>(id).maxLength });
  const nameInput = h("input", { type: "text", value: name, required: true, ...limits("version-name") });
  const noteInput = h("input", { type: "text", value: note, ...limits("version-note") });
  const form = question(
    "Rename the version",
    "Rename",
    h("label", {}, "Name", nameInput),
    h("label", {}, "Note", noteInput),
  );
  // Enter means yes, though Cancel is the first button.
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.target instanceof HTMLInputElement)) return;
    event.preventDefault();
    if (nameInput.reportValidity()) form.close("yes");
  });
  if (!(await open(form))) return undefined;
  return { name: nameInput.value.trim(), note: noteInput.value.trim() };
}
