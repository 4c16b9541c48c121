// SPDX-License-Identifier: Apache-2.0
// A button has the notes to play: MIDI pitch, onset and duration in seconds of each.
(() => {
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
    const begin = audio.currentTime + .08;
    let end = 0;
    for (const note of button.dataset.notes.split(',')) {
      const [pitch, at, length] = note.split(' ').map(Number);
      tone(pitch, begin + at, Math.max(length - .03, .02));
      end = Math.max(end, at + length);
    }
    current = button;
    button.textContent = 'Stop';
    button.setAttribute('aria-pressed', 'true');
    timer = setTimeout(stop, 1000 * (end + .3));
  }
  for (const button of document.querySelectorAll('button[data-notes]')) {
    button.addEventListener('click', () => play(button));
  }
})();
