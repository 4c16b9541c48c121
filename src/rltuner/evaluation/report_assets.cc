// SPDX-License-Identifier: Apache-2.0
#include "rltuner/evaluation/page_parts.h"

namespace rltuner {
namespace {

constexpr std::string_view kStyle = R"css(
:root {
  color-scheme: light dark;
  --page: #fcfcfa; --ink: #22282f; --muted: #65707c; --line: #e2e4e2; --band: #f3f4f1;
  --accent: #2b6cb0; --good: #2f7d4f; --bad: #b3372f;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #15181b; --ink: #dfe3e6; --muted: #98a2ac; --line: #2c3238; --band: #1d2125;
    --accent: #7db3ea; --good: #74c493; --bad: #ee8b80;
  }
  /* Pictures are drawn dark on white. */
  figure svg { filter: invert(.92) hue-rotate(180deg); }
}
* { box-sizing: border-box; }
body {
  margin: 0 auto; padding: 3.5rem 1.25rem 5rem; max-width: 64rem;
  background: var(--page); color: var(--ink);
  font: 1.0625rem/1.6 system-ui, -apple-system, "Segoe UI", "Helvetica Neue", Arial, sans-serif;
}
h1 { margin: 0 0 1rem; font-size: 2.1rem; line-height: 1.2; letter-spacing: -.015em; }
h2 { margin: 3.5rem 0 .5rem; font-size: 1.3rem; line-height: 1.3; }
p, ul { max-width: 44rem; }
a { color: var(--accent); }
.lead { font-size: 1.175rem; }
.note, caption, figcaption { color: var(--muted); font-size: .9rem; }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: .925rem; }
caption { padding: 0 0 .75rem; text-align: left; }
th, td { padding: .42rem .6rem; text-align: right; vertical-align: baseline; white-space: nowrap; }
td { font-variant-numeric: tabular-nums; }
th:first-child { min-width: 14rem; padding-left: 0; text-align: left; white-space: normal; }
th { font-weight: 500; }
thead th { border-bottom: 1px solid var(--ink); color: var(--muted); vertical-align: bottom; }
tbody th, tbody td { border-bottom: 1px solid var(--line); }
tbody .group {
  padding-top: 1.4rem; color: var(--muted); font-size: .85rem; text-align: left;
}
td small { display: block; color: var(--muted); font-size: .75rem; line-height: 1.2; }
td.after { background: var(--band); font-weight: 600; }
td.after small { font-weight: 400; }
td.paper { color: var(--muted); }
.better { color: var(--good); }
.worse { color: var(--bad); }
.same { color: var(--muted); }
figure { margin: 1.25rem 0 2.25rem; }
figure svg { display: block; width: 100%; height: auto; border-radius: 6px; }
figcaption { display: flex; gap: 1rem; align-items: center; padding: 0 0 .6rem; }
figcaption strong { color: var(--ink); font-weight: 600; }
button {
  min-width: 5.2rem; padding: .3rem .9rem; border: 1px solid var(--accent); border-radius: 999px;
  background: transparent; color: var(--accent); font: inherit; cursor: pointer;
}
button[aria-pressed=true] { background: var(--accent); color: var(--page); }
button:focus-visible, a:focus-visible, summary:focus-visible {
  outline: 2px solid var(--accent); outline-offset: 2px;
}
summary { cursor: pointer; color: var(--accent); }
pre {
  overflow-x: auto; padding: .9rem 1.1rem; border-radius: 6px; background: var(--band);
  font: .85rem/1.55 ui-monospace, "SF Mono", Menlo, Consolas, monospace;
}
@media print { button { display: none; } body { max-width: none; } }
)css";

// Classes: 0 note off, 1 hold, 2 .. 37 MIDI pitch 48 .. 83; a sixteenth at 80 quarters per minute.
constexpr std::string_view kScript = R"js(
(() => {
  const kStep = 60 / 80 / 4;
  let audio, sounding = [], timer, current;
  function stop() {
    clearTimeout(timer);
    for (const tone of sounding) { try { tone.stop(); } catch (ended) { } }
    sounding = [];
    if (current) { current.textContent = 'Play'; current.setAttribute('aria-pressed', 'false'); }
    current = null;
  }
  function tone(pitch, begin, length) {
    const source = audio.createOscillator(), gain = audio.createGain();
    source.type = 'triangle';
    source.frequency.value = 440 * 2 ** ((pitch - 69) / 12);
    gain.gain.setValueAtTime(0, begin);
    gain.gain.linearRampToValueAtTime(.25, begin + .012);
    gain.gain.exponentialRampToValueAtTime(.08, begin + length);
    gain.gain.linearRampToValueAtTime(0, begin + length + .05);
    source.connect(gain).connect(audio.destination);
    source.start(begin);
    source.stop(begin + length + .06);
    sounding.push(source);
  }
  function play(button) {
    const again = current === button;
    stop();
    if (again) return;
    audio = audio || new (window.AudioContext || window.webkitAudioContext)();
    audio.resume();
    const events = button.dataset.events.split(' ').map(Number);
    const begin = audio.currentTime + .08;
    events.forEach((event, i) => {
      if (event < 2) return;
      let end = i + 1;
      while (end < events.length && events[end] === 1) ++end;
      tone(event + 46, begin + i * kStep, (end - i) * kStep - .03);
    });
    current = button;
    button.textContent = 'Stop';
    button.setAttribute('aria-pressed', 'true');
    timer = setTimeout(stop, 1000 * (events.length * kStep + .3));
  }
  for (const button of document.querySelectorAll('button[data-events]')) {
    button.addEventListener('click', () => play(button));
  }
})();
)js";

}  // namespace

std::string_view ReportStyle() { return kStyle; }
std::string_view ReportScript() { return kScript; }

}  // namespace rltuner
