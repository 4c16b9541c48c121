# SPDX-License-Identifier: Apache-2.0
"""Melodies that a model played."""

from __future__ import annotations

import base64
import html
import io
import operator
import os
import warnings
from pathlib import Path
from typing import Any, SupportsIndex

import numpy as np
import numpy.typing as npt

from . import _core
from ._model import NoteRNN, model_of, rules_of
from ._options import classes_of, path_text, values_of, write_file
from ._rules import Rules
from ._staff import staff

_FIRST_NOTE = 2


class Melody:
    """A melody as events: 0 note off, 1 no event, 2 .. 37 a note-on from C3 (MIDI 48) upward.

    events         uint8 [T], one per step
    log_prior      float32 [T], log p of the Note RNN, nats; empty if no model played it
    probabilities  float32 [T, V], of every class before it was drawn
    rewards        by rule, and `total`: float32 [T]
    playback       how events become music: tempo, metre, transposition and so on; `pickup` is the
                   number of steps before the first bar line

    Other models have other pitches and grids: `lowest_pitch` and `highest_pitch` (MIDI) and
    `steps_per_quarter`. `metre` is a text such as "6/8". `key`, such as "D dorian", moves the
    melody there from the white keys, on which its classes are. In Jupyter a melody shows its score,
    its piano roll and a player.
    """

    def __init__(self, events: npt.ArrayLike, *, quarters_per_minute: float = 80,
                 steps_per_quarter: int = 4, lowest_pitch: int = 48, highest_pitch: int = 83,
                 metre: str = "4/4", key: str = "",
                 rules: Rules | str | os.PathLike[str] = "paper", name: str = "melody") -> None:
        self.playback: dict[str, Any] = _core.playback(values_of({
            "quarters_per_minute": quarters_per_minute, "steps_per_quarter": steps_per_quarter,
            "lowest_pitch": lowest_pitch, "highest_pitch": highest_pitch, "metre": metre,
            "key": key}))
        self.events = events
        self.name: str = str(name)
        self.log_prior: npt.NDArray[np.float32] = np.zeros(0, np.float32)
        self.probabilities: npt.NDArray[np.float32] = np.zeros((0, 0), np.float32)
        self._rules = rules_of(rules).to_toml()
        self._mode = str(self.playback["mode"])

    @property
    def events(self) -> npt.NDArray[np.uint8]:
        return self._events

    @events.setter
    def events(self, events: npt.ArrayLike) -> None:
        self._events: npt.NDArray[np.uint8] = classes_of(
            events, self.playback["classes"], "events").astype(np.uint8)

    @property
    def rewards(self) -> dict[str, npt.NDArray[np.float32]]:
        return _core.score(self.events.tolist(), self._rules, self.playback, self._mode)

    def notes(self) -> list[tuple[int, int, int]]:
        """(first step, steps, MIDI pitch) of each note."""
        notes: list[tuple[int, int, int]] = []
        sounds = False
        events = self.events.tolist()
        for step, (event, pitch) in enumerate(zip(events, _core.pitches(events, self.playback))):
            if event >= _FIRST_NOTE:
                notes.append((step, 0, pitch))
            if event != 1:
                sounds = event >= _FIRST_NOTE
            if sounds:
                start, steps, pitch = notes[-1]
                notes[-1] = (start, steps + 1, pitch)
        return notes

    def to_midi(self) -> bytes:
        """The bytes of a MIDI file."""
        return _core.to_midi(self.events.tolist(), self.playback, self.name)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes a MIDI file: its name ends with .mid or .midi, or has no ending."""
        file = Path(path_text(path, "path"))
        if file.suffix.lower() not in ("", ".mid", ".midi"):
            raise _core.Error(f"{file}: save writes MIDI, expected .mid; generate(output=, "
                              "notation=\"all\") writes scores")
        write_file(file, self.to_midi())

    def to_pretty_midi(self) -> Any:
        """As a pretty_midi.PrettyMIDI."""
        import pretty_midi  # type: ignore[import-not-found,unused-ignore]
        return pretty_midi.PrettyMIDI(io.BytesIO(self.to_midi()))

    def to_symusic(self) -> Any:
        """As a symusic.Score."""
        import symusic  # type: ignore[import-not-found,unused-ignore]
        return symusic.Score.from_midi(self.to_midi())

    def to_music21(self) -> Any:
        """As a music21 stream."""
        import music21  # type: ignore[import-not-found,unused-ignore]
        return music21.converter.parseData(self.to_midi(), format="midi")

    def _bar(self) -> int:
        """Steps in a bar."""
        quarters = 4 * self.playback["numerator"] / self.playback["denominator"]
        return max(1, int(quarters * self.playback["steps_per_quarter"]))

    def _before(self) -> int:
        """The number of steps by which the pickup is shorter than a bar."""
        return int(-self.playback["pickup"] % self._bar())

    def to_svg(self) -> str:
        """The piano roll as one <svg> element."""
        notes = self.notes()
        names = _core.event_names(self.events.tolist(), self.playback)
        low = min((pitch for *_, pitch in notes), default=60) - 1
        high = max((pitch for *_, pitch in notes), default=60) + 1
        row, step = 8, max(3, 56 // self.playback["steps_per_quarter"])
        width = step * len(self.events)
        parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} '
                 f'{row * (high - low + 1)}" width="{min(width, 900)}" '
                 f'style="background:#fff" role="img" aria-label="piano roll">']
        parts += [f'<line x1="{x}" x2="{x}" y1="0" y2="100%" stroke="#ccc"/>'
                  for x in range(-self._before() * step, width + 1, self._bar() * step) if x >= 0]
        parts += [f'<rect x="{start * step}" y="{(high - pitch) * row}" '
                  f'width="{length * step - 2}" height="{row}" rx="2" fill="#1f5fa8"><title>'
                  f'{names[start]}</title></rect>'
                  for start, length, pitch in notes]
        return "".join(parts) + "</svg>"

    def to_score_svg(self) -> str:
        """The score in staff notation as one <svg> element."""
        notes = self.notes()
        before = self._before()
        notes = [(start + before, length, pitch) for start, length, pitch in notes]
        return staff(notes, len(self.events) + before, self.playback)

    def _text(self) -> str:
        """The notes by name, a bar between two lines."""
        words = [{"hold": "–", "off": "·"}.get(name, name)
                 for name in _core.event_names(self.events.tolist(), self.playback)]
        bars = [" ".join(words[max(0, i):i + self._bar()])
                for i in range(-self._before(), len(words), self._bar())]
        return "| " + " | ".join(bars) + " |"

    def _repr_html_(self) -> str:
        notes = self.notes()
        seconds = 60 / self.playback["quarters_per_minute"] / self.playback["steps_per_quarter"]
        sounds = [[start * seconds, length * seconds, 440 * 2 ** ((pitch - 69) / 12)]
                  for start, length, pitch in notes]
        play = ("const a=new AudioContext();for(const [t,d,f] of " + repr(sounds) + "){const o="
                "a.createOscillator(),g=a.createGain();o.type='triangle';o.frequency.value=f;"
                "g.gain.setValueAtTime(.2,a.currentTime+t);"
                "g.gain.linearRampToValueAtTime(0,a.currentTime+t+d);"
                "o.connect(g).connect(a.destination);o.start(a.currentTime+t);"
                "o.stop(a.currentTime+t+d)}")
        midi = base64.b64encode(self.to_midi()).decode()
        return (f'<figure>{self.to_score_svg()}<br>{self.to_svg()}<figcaption>'
                f'<button onclick="{play}">play</button> '
                f'<a download="{html.escape(self.name)}.mid" '
                f'href="data:audio/midi;base64,{midi}">MIDI</a>'
                f'</figcaption></figure>')

    def __len__(self) -> int:
        return len(self.events)

    def __repr__(self) -> str:
        return f"Melody({self._text()})"


def generate(model: NoteRNN | str | os.PathLike[str] = "default", *, count: int = 10,
             rules: Rules | str | os.PathLike[str] | None = None,
             primer: SupportsIndex | str | os.PathLike[str] | None = None,
             output: str | os.PathLike[str] | None = None, **options: Any) -> list[Melody]:
    """Melodies that a model plays.

    count    how many melodies
    rules    for the rewards, and for decodings that follow rules. None: those of the model's
             tuning, or "paper" for a model that is not tuned
    primer   what the model hears first: a class, or a file with music; None: one random event
    output   folder for MIDI files, piano rolls, rewards.csv and index.html, as from the command
             line; the options include_primer and notation concern these files
    options  see rltuner.options("generate"), such as length, bars, metre, key, temperature, seed
             and decoding="best-of=64". With a key, melodies are moved there from the white
             keys. Without metre and key, those of the primer or of the model's tuning are used

    A RuntimeWarning says that a tuned model plays longer melodies than it was tuned for.
    """
    loaded = model_of(model)
    judged_by = (rules_of(rules) if rules is not None else
                 Rules.from_toml(_core.rules_of_tuning(loaded._core)))
    for name in ("include_primer", "notation"):
        if not output and options.get(name) not in (None, False, "none"):
            raise _core.Error(f"{name} is about files; expected an output folder for them")
    try:
        heard = ("" if primer is None else
                 os.fsdecode(primer) if isinstance(primer, (str, bytes, os.PathLike)) else
                 str(operator.index(primer)))
    except TypeError:
        raise TypeError(f"primer is {primer!r}, expected a class or a file with music") from None
    name = ("the bundled Note RNN" if model == "default" else
            "model" if isinstance(model, NoteRNN) else path_text(model, "model"))
    folder = path_text(output or "", "output")
    if folder:
        Path(folder).mkdir(parents=True, exist_ok=True)
    core, playback, mode = _core.generate(
        loaded._core, judged_by.to_toml(), values_of({"count": count, **options}), heard,
        folder, name, lambda line: warnings.warn(line, RuntimeWarning, stacklevel=3))
    digits = max(3, len(str(len(core))))
    melodies = []
    for number, generated in enumerate(core, start=1):
        melody = Melody([], rules=judged_by, name=f"melody_{number:0{digits}}")
        melody.playback, melody._mode = dict(playback), mode
        melody.playback["pickup"] = generated.pickup or playback["pickup"]
        melody.events, melody.log_prior = generated.events, generated.log_prior
        melody.probabilities = generated.probabilities
        melodies.append(melody)
    return melodies
