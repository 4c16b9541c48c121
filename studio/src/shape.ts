// SPDX-License-Identifier: Apache-2.0
// The controls: presets, a slider for each rule, c, temperature, method, exploration.

import { api, type Example, type Recipe, type Rule, type Run, type Shape, type ShapeChange, type State, type Warning } from "./api";
import { mayForget } from "./ask";
import { announce, attempt, byId, h, icon, option, paintSlider } from "./dom";
import { barsText, decimal, signed } from "./format";
import { barsOf, isNoteOn } from "./melody";
import type { Player } from "./player";

const kSendDelay = 150; // ms that a moved slider rests before it is sent
const kSliderSteps = 100;
const kNotch = 0.15; // how far a warning's button moves a slider, as a share of its length
const kExampleTempo = 100;
// Sliders that are fields of a request of their own; the others are weights.
const kFields = ["kl_budget", "c", "entropy_floor", "entropy_ceiling", "temperature"] as const;

interface Scale {
  steps: number;
  toValue: (position: number) => number;
  toPosition: (value: number) => number;
}

interface Slider extends Scale {
  input: HTMLInputElement;
  output: HTMLOutputElement;
}

// A step is at least 0.01, so that each position has its own value of two decimals and an arrow key
// always has an effect.
function linear(low: number, high: number): Scale {
  const steps = Math.max(1, Math.min(kSliderSteps, Math.floor(100 * (high - low) + 1e-6)));
  const step = (high - low) / steps;
  return {
    steps,
    toValue: (position) => Math.min(high, Math.max(low, Number((low + position * step).toFixed(2)))),
    toPosition: (value) => (value - low) / step,
  };
}

function logarithmic(low: number, high: number): Scale {
  const range = Math.log(high / low);
  return {
    steps: kSliderSteps,
    // Rounded, but never beyond an end.
    toValue: (position) =>
      Math.min(high, Math.max(low, Number((low * Math.exp((range * position) / kSliderSteps)).toPrecision(3)))),
    toPosition: (value) => (kSliderSteps * Math.log(value / low)) / range,
  };
}

export class ShapePanel {
  private readonly sliders = new Map<string, Slider>(); // kFields or a rule
  private readonly metre = byId<HTMLSelectElement>("metre");
  private readonly key = byId<HTMLSelectElement>("key");
  private readonly bars = byId<HTMLSelectElement>("tuned-bars");
  private readonly instrument = byId<HTMLSelectElement>("instrument");
  private readonly preset = byId<HTMLSelectElement>("preset");
  private readonly recipe = byId<HTMLSelectElement>("recipe");
  private readonly method = byId<HTMLSelectElement>("method");
  private readonly exploration = byId<HTMLSelectElement>("exploration");
  private readonly learn = byId<HTMLInputElement>("learn");
  private pending: ShapeChange = {};
  private timer = 0;
  private playingExample: HTMLButtonElement | undefined;

  constructor(
    private readonly state: State,
    private readonly player: Player,
    private readonly changed: (answer: { shape: Shape; run: Run }) => void,
  ) {
    const { kl_budget, entropy, temperature } = state.limits;
    this.addSlider("kl_budget", byId("slider-kl_budget"), logarithmic(...kl_budget));
    this.addSlider("c", byId("slider-c"), linear(0, 1)); // the recipe's scale follows
    this.addSlider("entropy_floor", byId("slider-entropy_floor"), linear(...entropy));
    this.addSlider("entropy_ceiling", byId("slider-entropy_ceiling"), linear(...entropy));
    this.addSlider("temperature", byId("slider-temperature"), linear(...temperature));
    byId("rules").append(...state.rules.map((rule) => this.ruleRow(rule)));
    this.fillChoices();
    this.show(state.shape);
  }

  show(shape: Shape): void {
    this.setScales(shape.recipe);
    for (const field of kFields) this.setSlider(field, shape[field]);
    this.showUsed(shape);
    this.showMusic(shape);
    for (const [rule, weight] of Object.entries(shape.weights)) this.setSlider(rule, weight);
    this.preset.value = shape.preset ?? "";
    this.recipe.value = shape.recipe;
    this.method.value = shape.method;
    this.exploration.value = shape.exploration;
    this.describeChoices();
  }

  // Moves the slider that a warning names by a notch, focuses it and highlights it.
  follow({ control, direction }: Warning): void {
    const slider = this.sliders.get(control);
    const row = slider?.input.closest<HTMLElement>(".slider");
    if (!slider || !row) return;
    slider.input.focus();
    if (direction) {
      const notch = (direction === "up" ? kNotch : -kNotch) * slider.steps;
      slider.input.value = String(Number(slider.input.value) + notch);
      slider.input.dispatchEvent(new Event("input"));
    }
    const details = row.closest("details");
    if (details) details.open = true;
    row.scrollIntoView({ block: "nearest" });
    row.classList.add("pointed-out");
    setTimeout(() => row.classList.remove("pointed-out"), 2500);
  }

  private recipeNamed(name: string): Recipe | undefined {
    return this.state.recipes.find((candidate) => candidate.name === name);
  }

  // Each recipe has its own ends for the sliders.
  private setScales(name: string): void {
    const recipe = this.recipeNamed(name);
    if (!recipe) return;
    const rescale = (slider: Slider | undefined, scale: Scale) => {
      if (slider) Object.assign(slider, scale).input.max = String(scale.steps);
    };
    rescale(this.sliders.get("c"), logarithmic(...recipe.c));
    for (const { name: rule } of this.state.rules) {
      const range = recipe.ranges[rule];
      const slider = this.sliders.get(rule);
      if (range) rescale(slider, linear(...range));
      slider?.input.closest(".slider")?.toggleAttribute("hidden", !range);
    }
    byId("rules-meaning").textContent = recipe.finds_weights
      ? "A slider at rest asks for as much as the tunes have. Move it to ask for more or less."
      : "How much each rule counts; 0 switches it off. Click an example to hear it.";
  }

  // Shows the sliders that the method uses.
  private showUsed(shape: Shape): void {
    const method = this.state.methods.find(({ name }) => name === shape.method);
    const use = (field: string, used: boolean | undefined) =>
      this.sliders.get(field)?.input.closest(".slider")?.toggleAttribute("hidden", !used);
    use("kl_budget", method?.uses_kl_budget);
    use("c", method?.uses_c);
    use("entropy_floor", method?.uses_entropy);
    use("entropy_ceiling", method?.uses_entropy);
    byId("budget-hint").hidden = !method?.uses_kl_budget;
  }

  // Shows metre, key, length and instrument where there is a choice.
  private showMusic(shape: Shape): void {
    const family = this.recipeNamed(shape.recipe)?.family;
    const lengths = this.state.recipes.filter((recipe) => recipe.family === family).map(({ bars }) => bars);
    const bars = barsOf(shape, this.state.playback); // a version may have a length that no recipe has
    const offered = [...new Set([...lengths, bars])].sort((a, b) => a - b);
    this.bars.replaceChildren(...offered.map((count) => option(count, barsText(count))));
    this.bars.value = String(bars);
    this.metre.value = shape.metre;
    this.key.value = shape.key;
    this.instrument.value = shape.instrument;
    for (const select of [this.metre, this.key, this.bars, this.instrument]) {
      select.closest(".setting")?.toggleAttribute("hidden", select.options.length < 2);
    }
  }

  private fillMusic(): void {
    const { metres, keys, instruments } = this.state.music;
    this.metre.replaceChildren(...metres.map((metre) => option(metre)));
    this.instrument.replaceChildren(option("", "any"), ...instruments.map((name) => option(name)));
    this.key.replaceChildren(
      ...keys.map(({ mode, keys: named }) => h("optgroup", { label: mode }, ...named.map((key) => option(key)))),
    );
    const chosen = (select: HTMLSelectElement, change: () => ShapeChange, beginsAnew: () => boolean) =>
      select.addEventListener("change", () => {
        const wanted = change(); // another page may set the select back during the question
        void attempt(async () => {
          if (!beginsAnew() || (await mayForget(this.state, "Start a new run"))) this.send(wanted, false);
          else this.show(this.state.shape);
        });
      });
    const mode = (key: string) => key.split(" ")[1];
    chosen(this.metre, () => ({ metre: this.metre.value }), () => true);
    chosen(this.bars, () => ({ bars: Number(this.bars.value) }), () => true);
    chosen(this.key, () => ({ key: this.key.value }), () => mode(this.key.value) !== mode(this.state.shape.key));
    chosen(this.instrument, () => ({ instrument: this.instrument.value }), () => false);
  }

  private fillChoices(): void {
    this.fillMusic();
    const custom = h("option", { value: "", disabled: true }, "Your own");
    this.preset.replaceChildren(custom, ...this.state.presets.map(({ name, title }) => option(name, title)));
    const hasVariants = (family: string) => this.state.recipes.filter((recipe) => recipe.family === family).length > 1;
    const recipeTitle = ({ title, family, bars, metre }: Recipe) =>
      hasVariants(family) ? `${title}: ${barsText(bars)} of ${metre}` : title;
    this.recipe.replaceChildren(...this.state.recipes.map((recipe) => option(recipe.name, recipeTitle(recipe))));
    this.method.replaceChildren(...this.state.methods.map(({ name, title }) => option(name, title)));
    this.exploration.replaceChildren(...this.state.explorations.map(({ name }) => option(name, name)));
    this.preset.addEventListener("change", () => void attempt(() => this.choosePreset()));
    for (const name of ["recipe", "method", "exploration"] as const) {
      this[name].addEventListener("change", () => void attempt(() => this.choose(name, this[name].value)));
    }
  }

  private async choosePreset(): Promise<void> {
    const preset = this.preset.value;
    const recipe = this.state.presets.find(({ name }) => name === preset)?.recipe ?? "";
    const isSameRun = this.recipeNamed(recipe)?.family === this.recipeNamed(this.state.shape.recipe)?.family;
    if (isSameRun || (await mayForget(this.state, "Start a new run"))) this.send({ preset });
    else this.show(this.state.shape);
  }

  // Starts a new run, if the user agrees.
  private async choose(name: "recipe" | "method" | "exploration", value: string): Promise<void> {
    if (await mayForget(this.state, "Start a new run")) this.send({ [name]: value });
    else this.show(this.state.shape);
  }

  private describeChoices(): void {
    const { presets, recipes, methods, explorations } = this.state;
    const summary = (list: readonly { name: string; summary: string }[], name: string) =>
      list.find((choice) => choice.name === name)?.summary ?? "";
    const own = "Your own settings. Choose a preset to return to it.";
    byId("preset-summary").textContent = summary(presets, this.preset.value) || own;
    // A length may lack the slider for a preset's wish.
    const recipe = this.recipeNamed(this.state.shape.recipe);
    for (const choice of this.preset.options) {
      const preset = presets.find(({ name }) => name === choice.value);
      const isHere = preset && recipe && this.recipeNamed(preset.recipe)?.family === recipe.family;
      choice.disabled = !preset || Boolean(isHere && preset.wish && !(preset.wish in recipe.ranges));
    }
    byId("recipe-summary").textContent = summary(recipes, this.recipe.value);
    byId("method-summary").textContent = summary(methods, this.method.value);
    const offered = this.recipeNamed(this.recipe.value)?.methods ?? [];
    for (const choice of this.method.options) choice.disabled = !offered.includes(choice.value);
    const explores = methods.find(({ name }) => name === this.method.value)?.uses_exploration ?? true;
    this.exploration.disabled = !explores;
    byId("exploration-summary").textContent = explores
      ? summary(explorations, this.exploration.value)
      : "This method needs no exploration.";
  }

  private addSlider(
    name: string,
    input: HTMLInputElement,
    scale: Scale,
  ): void {
    const output = input.closest(".slider")?.querySelector("output");
    if (!output) throw new Error(`The slider ${name} has no output.`);
    input.min = "0";
    input.max = String(scale.steps);
    input.step = "1";
    const slider = { input, output, ...scale };
    this.sliders.set(name, slider);
    input.addEventListener("input", () => {
      const value = slider.toValue(Number(input.value));
      this.label(name, slider, value);
      this.queue(name, value);
    });
  }

  private setSlider(name: string, value: number): void {
    const slider = this.sliders.get(name);
    // Leaves a slider alone while the user moves it.
    if (!slider || this.isPending(name)) return;
    slider.input.value = String(value === 0 && name === "kl_budget" ? 0 : slider.toPosition(value));
    this.label(name, slider, value);
  }

  private label(name: string, slider: Slider, value: number): void {
    const recipe = this.recipeNamed(this.state.shape.recipe);
    const atRest = recipe?.finds_weights && recipe.weights[name] === value;
    const isOff = name === "kl_budget" && value === 0;
    const text = decimal(value, Math.abs(value) < 10 ? 2 : 1);
    slider.output.textContent = atRest ? "as in the tunes" : isOff ? "off" : text;
    slider.input.setAttribute("aria-valuetext", slider.output.textContent);
    paintSlider(slider.input);
    slider.input.closest(".slider")?.classList.toggle("off", value === 0 && !recipe?.finds_weights);
  }

  private isPending(name: string): boolean {
    return name in this.pending || name in (this.pending.weights ?? {});
  }

  private queue(name: string, value: number): void {
    const field = kFields.find((candidate) => candidate === name);
    if (field) this.pending[field] = value;
    else this.pending.weights = { ...this.pending.weights, [name]: value };
    clearTimeout(this.timer);
    this.timer = window.setTimeout(() => {
      const change = this.pending;
      this.pending = {};
      this.send(change);
    }, kSendDelay);
  }

  // `mayLearn`: whether the change may start learning.
  private send(change: ShapeChange, mayLearn = true): void {
    const isHeardAtOnce = "temperature" in change && Object.keys(change).length === 1;
    const learn = mayLearn && this.learn.checked && !isHeardAtOnce;
    void attempt(async () => {
      try {
        this.changed(await api.changeShape({ ...change, ...(learn && { learn }) }));
      } catch (error) {
        this.show(this.state.shape); // the settings before the change
        throw error;
      }
    });
  }

  private ruleRow(rule: Rule): HTMLElement {
    const id = `rule-${rule.name}`;
    const input = h("input", { type: "range", id, "aria-describedby": `${id}-meaning` });
    const row = h(
      "div",
      { class: "slider" },
      h("label", { for: id }, rule.title),
      h("output", { for: id }),
      input,
      h("p", { id: `${id}-meaning`, class: "meaning" }, rule.meaning),
      h(
        "div",
        { class: "examples", role: "group", "aria-label": `Examples of ${rule.title}` },
        ...rule.examples.map((example) => this.exampleButton(example)),
      ),
    );
    this.addSlider(rule.name, input, linear(0, 1)); // the recipe's scale follows
    return row;
  }

  private exampleButton(example: Example): HTMLElement {
    const reward = h("span", { class: example.good ? "better" : "worse" }, signed(example.reward, Number.isInteger(example.reward) ? 0 : 1));
    const button = h(
      "button",
      { type: "button", class: "example" },
      icon("play"),
      h("span", { class: "unseen" }, "Play: "),
      example.caption,
      reward,
    );
    button.addEventListener("click", () => this.playExample(button, example));
    return button;
  }

  private playExample(button: HTMLButtonElement, example: Example): void {
    const again = this.playingExample === button;
    this.player.stop();
    if (again) return;
    this.playingExample = button;
    button.classList.add("sounding");
    const onEnd = () => {
      button.classList.remove("sounding");
      if (this.playingExample === button) this.playingExample = undefined;
    };
    if (!example.events.some(isNoteOn)) announce("This example is silent.");
    void attempt(() => this.player.play(example.events, this.state.playback, kExampleTempo, { onEnd }));
  }
}
