// SPDX-License-Identifier: Apache-2.0
// Classes: 0 note off, 1 hold, 2 .. 37 MIDI pitch 48 .. 83; a sixteenth at 80 quarters per minute.
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
