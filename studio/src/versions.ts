// SPDX-License-Identifier: Apache-2.0
// The versions: save, hear, restore, rename, share, delete, and compare two models.

import { api, type ModelName, type Run, type Shape, type State, type Version } from "./api";
import { confirmed, editedName, mayForget } from "./ask";
import { comparison } from "./comparison";
import { attempt, byId, clipped, h, limitCharacters, notice, option } from "./dom";
import { date, decimal, percent, shortCount, signed } from "./format";

export interface VersionEvents {
  hear: (before: ModelName, after: ModelName) => Promise<void>;
  compared: (before: ModelName, after: ModelName) => Promise<void>; // their figures are shown
  restored: (answer: { shape: Shape; run: Run }) => Promise<void>;
}

function toModel(value: string): ModelName {
  return value === "note-rnn" || value === "current" ? value : Number(value);
}

export class Versions {
  private readonly name = byId<HTMLInputElement>("version-name");
  private readonly note = byId<HTMLInputElement>("version-note");
  private readonly first = byId<HTMLSelectElement>("compare-first");
  private readonly second = byId<HTMLSelectElement>("compare-second");

  constructor(
    private readonly state: State,
    private readonly events: VersionEvents,
  ) {
    limitCharacters(this.name, state.limits.name);
    limitCharacters(this.note, state.limits.note);
    byId("version-form").addEventListener("submit", (event) => {
      event.preventDefault();
      void attempt(() => this.save());
    });
    byId<HTMLInputElement>("version-file").addEventListener("change", (event) => {
      const input = event.target as HTMLInputElement;
      const file = input.files?.[0];
      input.value = "";
      if (file) void attempt(() => this.upload(file));
    });
    byId("compare-form").addEventListener("submit", (event) => {
      event.preventDefault();
      void attempt(() => this.compare());
    });
    this.show();
    this.second.value = "current";
  }

  // Lists the state's versions, newest first.
  show(): void {
    const rows = [...this.state.versions].reverse().map((version) => this.row(version));
    byId("version-list").replaceChildren(...rows);
    byId("versions-empty").hidden = rows.length > 0;
    for (const select of [this.first, this.second]) {
      const chosen = select.value;
      select.replaceChildren(
        option("note-rnn", "Note RNN"),
        option("current", "Tuned, as it is now"),
        ...this.state.versions.map(({ id, name }) => option(id, name)),
      );
      if ([...select.options].some(({ value }) => value === chosen)) select.value = chosen;
    }
  }

  private row(version: Version): HTMLElement {
    const button = (text: string, work: () => Promise<unknown>, kind = "link") =>
      h(
        "button",
        {
          type: "button",
          class: kind,
          "aria-label": `${text} ${version.name}`,
          click: () => void attempt(work),
        },
        text,
      );
    const share = h(
      "a",
      { href: api.versionFile(version.id), download: version.file, "aria-label": `Share ${version.name} as a file` },
      "Share",
    );
    return h(
      "li",
      {},
      h(
        "div",
        { class: "version-what" },
        h("b", {}, version.name),
        version.note ? h("span", { class: "note" }, version.note) : null,
        h("span", { class: "muted" }, this.summary(version)),
      ),
      h(
        "div",
        { class: "actions" },
        button("Hear", () => this.events.hear("note-rnn", version.id)),
        button("Restore", () => this.restore(version)),
        button("Rename", () => this.rename(version)),
        share,
        button("Delete", () => this.remove(version)),
      ),
    );
  }

  private summary(version: Version): string {
    const parts = [date(version.created), version.method];
    if (version.iteration !== null) parts.push(`${shortCount(version.iteration)} events`);
    const { figures } = version;
    if (figures) {
      parts.push(`reward ${signed(figures.mean_theory_reward)}`);
      parts.push(`log p ${decimal(figures.mean_log_prob)}`);
      parts.push(`${percent(figures.distinct_compositions)} different`);
    }
    return parts.join(" · ");
  }

  private async save(): Promise<void> {
    const { name } = await api.saveVersion(this.name.value.trim(), this.note.value.trim());
    this.name.value = this.note.value = "";
    notice(`Kept as “${name}”.`);
  }

  private async upload(file: File): Promise<void> {
    const name = clipped(file.name.replace(/\.[^.]*$/, ""), this.state.limits.name);
    const version = await api.uploadVersion(name, file);
    notice(`Added “${version.name}” to the versions.`);
  }

  private async restore(version: Version): Promise<void> {
    if (!(await mayForget(this.state, "Restore"))) return;
    await this.events.restored(await api.restoreVersion(version.id));
    notice(`Restored “${version.name}”. Press Resume to learn from here.`);
  }

  private async rename(version: Version): Promise<void> {
    const edited = await editedName(version.name, version.note, this.state.limits);
    if (edited) await api.renameVersion(version.id, edited.name, edited.note);
  }

  private async remove(version: Version): Promise<void> {
    const title = `Delete “${version.name}”?`;
    if (await confirmed(title, "This also deletes its file.", "Delete")) await api.deleteVersion(version.id);
  }

  private async compare(): Promise<void> {
    const [first, second] = [toModel(this.first.value), toModel(this.second.value)];
    const box = byId("comparison");
    box.replaceChildren(h("p", { class: "hint" }, "Listening to 2,000 melodies of each …"));
    box.setAttribute("aria-busy", "true");
    try {
      const [left, right] = await Promise.all([api.figures(first), api.figures(second)]);
      const names = [this.first, this.second].map((select) => select.selectedOptions[0]?.text ?? "");
      box.replaceChildren(comparison(names[0] ?? "", left, names[1] ?? "", right));
    } catch (error) {
      box.replaceChildren();
      throw error;
    } finally {
      box.removeAttribute("aria-busy");
    }
    await this.events.compared(first, second);
    box.scrollIntoView({ block: "center" });
  }
}
