# SPDX-License-Identifier: Apache-2.0
"""The installed package as a user meets it. RLTUNER names the program to compare with."""

from __future__ import annotations

import copy
import csv
import functools
import importlib
import inspect
import itertools
import json
import multiprocessing
import os
import pickle
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import rltuner

PROGRAM = os.environ.get("RLTUNER", "rltuner")
SHORT: dict[str, Any] = {"iterations": 20_000, "progress": False}
Events = npt.NDArray[np.int32]


def run(*arguments: str | Path) -> None:
    subprocess.run([PROGRAM, *map(str, arguments), "--quiet"], check=True)


@pytest.fixture(scope="session")
def midi(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("midi")
    rltuner.generate("default", count=12, length=160, output=folder)
    return folder


@pytest.fixture(scope="session")
def dataset(midi: Path) -> rltuner.Dataset:
    return rltuner.Dataset.from_midi(midi, minimum_bars=4, progress=False)


def in_range(events: Events) -> npt.NDArray[np.float32]:
    return (events[:, -1] < 20).astype(np.float32)


# ---- The same bytes as the command line


def test_version_is_the_programs() -> None:
    shown = subprocess.run([PROGRAM, "--version"], capture_output=True, text=True, check=True)
    assert rltuner.__version__ in shown.stdout


@pytest.mark.parametrize("method", ["psi", "pg"])
def test_tuning_gives_the_command_lines_model(tmp_path: Path, method: str) -> None:
    run("tune", "--method", method, "--iterations", "20000", "--seed", "3",
        "--output", tmp_path / "cli")
    rltuner.tune(method=method, seed=3, output=tmp_path / "python", **SHORT)
    for file in ("model.safetensors", "recipe.toml", "progress.csv"):
        assert (tmp_path / "cli" / file).read_bytes() == (tmp_path / "python" / file).read_bytes()


@pytest.mark.parametrize("inputs", ["event", "all"])
def test_training_gives_the_command_lines_model(tmp_path: Path, dataset: rltuner.Dataset,
                                                inputs: str) -> None:
    run("train", dataset.path, "--output", tmp_path / "cli", "--iterations", "30", "--hidden", "16",
        "--inputs", inputs)
    rltuner.NoteRNN.train(dataset, output=tmp_path / "python", iterations=30, hidden=16,
                          inputs=inputs, progress=False)
    assert (tmp_path / "cli").read_bytes() == (tmp_path / "python").read_bytes()


def test_a_dataset_is_the_command_lines(tmp_path: Path, midi: Path) -> None:
    run("dataset", midi, "--output", tmp_path / "cli", "--report", tmp_path / "cli.csv",
        "--minimum-bars", "4")
    rltuner.Dataset.from_midi(midi, tmp_path / "python", report=tmp_path / "python.csv",
                              minimum_bars=4, progress=False)
    assert (tmp_path / "cli").read_bytes() == (tmp_path / "python").read_bytes()
    assert (tmp_path / "cli.csv").read_bytes() == (tmp_path / "python.csv").read_bytes()


def test_melodies_and_metrics_are_the_command_lines(tmp_path: Path) -> None:
    run("generate", "default", "--count", "2", "--seed", "5", "--output", tmp_path / "cli")
    melodies = rltuner.generate(count=2, seed=5, output=tmp_path / "python")
    for file in ("melody_001.mid", "rewards.csv", "index.html"):
        assert (tmp_path / "cli" / file).read_bytes() == (tmp_path / "python" / file).read_bytes()
    assert melodies[1].to_midi() == (tmp_path / "cli" / "melody_002.mid").read_bytes()
    run("evaluate", "default", "--compositions", "200", "--json", tmp_path / "json")
    metrics = rltuner.evaluate("default", compositions=200, progress=False)
    assert metrics.json + "\n" == (tmp_path / "json").read_text()


FOLK = Path(__file__).parents[2] / "models" / "folk.safetensors"
JIG: dict[str, Any] = {"metre": "6/8", "bars": 4, "key": "E dorian"}
JIG_OPTIONS = ("--metre", "6/8", "--bars", "4", "--key", "E dorian")


def test_melodies_begin_with_pickups_as_the_tunes_do(tmp_path: Path) -> None:
    melodies = rltuner.generate(FOLK, count=20, bars=2, rules="song", output=tmp_path)
    lines = [json.loads(line) for line in (tmp_path / "melodies.jsonl").read_text().splitlines()]
    assert [melody.playback["pickup"] for melody in melodies] == [
        line.get("pickup", 0) for line in lines]
    assert {0, 4} <= {melody.playback["pickup"] for melody in melodies}
    for number, melody in enumerate(melodies, start=1):
        assert melody.to_midi() == (tmp_path / f"melody_{number:03}.mid").read_bytes()
        with (tmp_path / "rewards.csv").open() as rewards:
            totals = [float(row["total"]) for row in csv.DictReader(rewards)
                      if row["melody"] == str(number)]
        np.testing.assert_allclose(melody.rewards["total"], totals, atol=1e-4)


def test_a_model_with_inputs_is_tuned_and_played_as_by_the_command_line(tmp_path: Path) -> None:
    common = ("--method", "pg", "--rules", "theory", "--iterations", "10000", "--seed", "3")
    run("tune", "--model", FOLK, *common, *JIG_OPTIONS, "--output", tmp_path / "cli")
    rltuner.tune(FOLK, method="pg", rules="theory", seed=3, iterations=10_000, **JIG,
                 output=tmp_path / "python", progress=False)
    for file in ("model.safetensors", "recipe.toml", "progress.csv"):
        assert (tmp_path / "cli" / file).read_bytes() == (tmp_path / "python" / file).read_bytes()
    # Metre and mode are those that the model was tuned in.
    model = tmp_path / "cli" / "model.safetensors"
    run("evaluate", model, "--compositions", "100", "--json", tmp_path / "json")
    metrics = rltuner.evaluate(model, compositions=100, progress=False)
    assert metrics.json + "\n" == (tmp_path / "json").read_text() and metrics["length"] == 24


@pytest.mark.parametrize("options", [{"inputs": "rules"}, {"recipe": "song-waltz"}])
def test_a_run_is_resolved_as_by_the_command_line(tmp_path: Path,
                                                  options: dict[str, Any]) -> None:
    given = [part for name, value in options.items() for part in ("--" + name, value)]
    run("tune", "--model", FOLK, *given, "--iterations", "4000", "--compositions", "20",
        "--output", tmp_path / "cli")
    rltuner.tune(FOLK, **options, iterations=4000, compositions=20, output=tmp_path / "python",
                 progress=False)
    for file in ("model.safetensors", "recipe.toml", "progress.csv"):
        assert (tmp_path / "cli" / file).read_bytes() == (tmp_path / "python" / file).read_bytes()


@pytest.mark.parametrize("model", ["default", FOLK])
def test_melodies_in_a_metre_and_a_key_are_the_command_lines(tmp_path: Path, model: str) -> None:
    run("generate", model, "--count", "2", *JIG_OPTIONS, "--output", tmp_path / "cli")
    melodies = rltuner.generate(model, count=2, output=tmp_path / "python", **JIG)
    for file in ("melody_001.mid", "rewards.csv", "index.html"):
        assert (tmp_path / "cli" / file).read_bytes() == (tmp_path / "python" / file).read_bytes()
    assert melodies[1].to_midi() == (tmp_path / "cli" / "melody_002.mid").read_bytes()
    assert len(melodies[0]) == 48


def test_rewards_are_those_that_the_command_line_scores(tmp_path: Path) -> None:
    melody = rltuner.generate(count=1, seed=7, rules="theory")[0]
    (tmp_path / "melody.jsonl").write_text(json.dumps({"events": melody.events.tolist()}))
    run("score", tmp_path / "melody.jsonl", "--rules", "theory", "--json", tmp_path / "json")
    scored = json.loads((tmp_path / "json").read_text())["rewards"]
    for name, rewards in melody.rewards.items():
        np.testing.assert_allclose(rewards, scored[name], rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("form", [str, rltuner.Dataset])
def test_matching_finds_the_command_lines_weights(tmp_path: Path, midi: Path, form: Any) -> None:
    rltuner.generate(count=60, length=160, output=tmp_path / "midi")
    tunes = rltuner.Dataset.from_midi(tmp_path / "midi", tmp_path / "tunes", minimum_bars=4,
                                      progress=False)
    run("tune", "--match", tunes.path, "--iterations", "4000", "--compositions", "64",
        "--output", tmp_path / "cli")
    tuned = rltuner.tune(match=form(tunes.path), iterations=4000, compositions=64,
                         output=tmp_path / "python", progress=False)
    for file in ("model.safetensors", "recipe.toml", "progress.csv", "rules.toml", "matching.json"):
        assert (tmp_path / "cli" / file).read_bytes() == (tmp_path / "python" / file).read_bytes()
    assert tuned.matched_rules == rltuner.Rules(tmp_path / "cli" / "rules.toml")
    assert tuned.matching == json.loads((tmp_path / "cli" / "matching.json").read_text())
    again = pickle.loads(pickle.dumps(tuned))
    assert again.matched_rules == tuned.matched_rules and again.matching == tuned.matching
    with pytest.raises(rltuner.Error, match="match finds the weights of rules"):
        rltuner.tune(match=tunes, reward=in_range, progress=False)


def test_rules_hear_a_melody_in_its_metre() -> None:
    rules = rltuner.Rules("theory")
    rules["metre"] = {"weight": 1}
    events = [14, 1, 16, 1, 18, 1, 19, 1, 21, 1, 23, 1]
    heard = [rltuner.Melody(events * 2, metre=metre, rules=rules).rewards["metre"]
             for metre in ("4/4", "6/8")]
    assert heard[0].tolist() != heard[1].tolist()


# ---- Datasets and models


def test_events_are_not_copied(dataset: rltuner.Dataset) -> None:
    assert np.shares_memory(dataset.events, dataset.events)
    assert not dataset.events.flags.writeable and dataset.events.dtype == np.uint8
    assert len(dataset.offsets) == len(dataset) + 1 == len(dataset.names) + 1
    np.testing.assert_array_equal(dataset[0], dataset.events[:dataset.offsets[1]])


def test_arrays_outlive_their_dataset(midi: Path) -> None:
    events = rltuner.Dataset.from_midi(midi, minimum_bars=4, progress=False).events
    assert int(events.max()) < 38


def test_the_report_has_a_record_for_every_file(dataset: rltuner.Dataset) -> None:
    records = [record for record in dataset.report if record["file"].endswith(".mid")]
    assert len(records) == 12 and any(record["melodies"] for record in records)
    assert all(record["melodies"] or record["refused"] for record in records)


def test_models_are_pickled_and_copied() -> None:
    model = rltuner.NoteRNN.load()
    for again in (pickle.loads(pickle.dumps(model)), copy.deepcopy(model)):
        assert again.to_bytes() == model.to_bytes()


def test_tensors_go_out_and_come_back() -> None:
    tensors = rltuner.NoteRNN.load().tensors()
    assert tensors["lstm.weight_ih_l0"].shape == (400, 38)
    for name, values in rltuner.NoteRNN.from_torch(tensors).tensors().items():
        np.testing.assert_array_equal(values, tensors[name])


def test_a_policy_tuned_elsewhere_keeps_its_note_rnn() -> None:
    model = rltuner.NoteRNN.load()
    weights = model.tensors()
    weights["output.bias"] = weights["output.bias"] + np.eye(38, dtype=np.float32)[14]
    policy = model.with_weights(weights)
    np.testing.assert_array_equal(policy.tensors()["prior.output.bias"],
                                  model.tensors()["output.bias"])
    assert rltuner.evaluate(policy, compositions=50, progress=False)["kl_to_prior"] > 0.01
    with pytest.raises(rltuner.Error, match="output.bias"):
        model.with_weights({**weights, "output.bias": np.zeros(3)})


def test_torch_gives_the_same_log_p() -> None:
    torch = pytest.importorskip("torch")
    model = rltuner.NoteRNN.load()
    melody = rltuner.generate(model, count=1, seed=1, primer=14)[0]
    heard = torch.tensor([14, *melody.events[:-1].tolist()])
    log_p = torch.log_softmax(model.to_torch()(torch.eye(38)[heard][None])[0], -1)
    played = log_p[torch.arange(len(melody)), torch.tensor(melody.events.tolist())]
    np.testing.assert_allclose(played.detach().numpy(), melody.log_prior, atol=1e-4)


def midi_file(events: list[tuple[int, bytes]]) -> bytes:
    """A file of one track, 480 ticks a quarter note; each event with the ticks before it."""
    track = b"".join(bytes([0x80 | ticks >> 7, ticks & 0x7F]) + event
                     for ticks, event in [*events, (0, b"\xff\x2f\x00")])
    return (b"MThd" + bytes([0, 0, 0, 6, 0, 0, 0, 1, 1, 0xE0])
            + b"MTrk" + len(track).to_bytes(4, "big") + track)


def test_a_primer_in_minor_with_a_change_of_metre_gives_the_programs_files(tmp_path: Path) -> None:
    events = [(0, b"\xff\x59\x02\x01\x01"), (0, b"\xff\x58\x04\x04\x02\x18\x08")]  # E minor, 4/4
    for number, pitch in enumerate([64, 67, 71, 69, 67, 66, 64]):
        if number == 4:
            events.append((0, b"\xff\x58\x04\x03\x02\x18\x08"))  # 3/4
        events += [(0, bytes([0x90, pitch, 80])), (480, bytes([0x80, pitch, 0]))]
    primer = tmp_path / "primer.mid"
    primer.write_bytes(midi_file(events))
    played = rltuner.generate("default", count=3, seed=2, primer=primer, output=tmp_path / "ours")
    run("generate", "default", "--primer", primer, "--count", "3", "--seed", "2", "--output",
        tmp_path / "theirs")
    assert played[0].to_midi() == (tmp_path / "theirs" / "melody_001.mid").read_bytes()
    for path in sorted((tmp_path / "theirs").glob("melody_*")):
        assert path.read_bytes() == (tmp_path / "ours" / path.name).read_bytes(), path.name


def test_wrong_input_raises_error() -> None:
    with pytest.raises(rltuner.Error, match="iteration; did you mean iterations"):
        rltuner.tune(iteration=5)
    with pytest.raises(rltuner.Error, match="missing.safetensors"):
        rltuner.NoteRNN.load("missing.safetensors")
    with pytest.raises(rltuner.Error, match="no call 'tun'; expected from_midi"):
        rltuner.options("tun")
    tokens = rltuner.SequenceModel(vocabulary="abc", hidden=4)
    with pytest.raises(rltuner.Error, match="token 'd' is not in the vocabulary"):
        tokens.train_on(["abcd"])
    for call in (rltuner.tune, rltuner.evaluate, rltuner.generate):
        with pytest.raises(rltuner.Error, match="SequenceModel"):
            call(tokens)


# ---- Rules


def test_rules_are_a_mapping_that_checks() -> None:
    rules = rltuner.Rules("theory")
    rules["leap"]["weight"] = 2
    rules["key"] = {"weight": 0}
    assert rltuner.Rules.from_toml(rules.to_toml()).to_toml() == rules.to_toml()
    assert rules["leap"]["weight"] == 2 and len(rules) == len(list(rules))
    with pytest.raises(rltuner.Error):
        rules["leap"]["weight"] = "loud"
    assert rules["contour"]["weight"] == 0
    with pytest.raises(KeyError, match="the rules are"):
        rules["nothing"]


def test_saved_rules_are_read(tmp_path: Path) -> None:
    rules = rltuner.Rules()
    rules["repeat"]["weight"] = 3.5
    rules.save(tmp_path / "rules.toml")
    assert rltuner.Rules(tmp_path / "rules.toml").to_toml() == rules.to_toml()
    ours, theirs = (rltuner.Melody([14] * 9, rules=given).rewards["repeat"].tolist()
                    for given in (rules, tmp_path / "rules.toml"))
    assert ours == theirs


# ---- Melodies


def test_a_melody_shows_itself() -> None:
    melody = rltuner.Melody([14, 1, 0, 16])
    assert melody.notes() == [(0, 2, 60), (3, 1, 62)]
    html = melody._repr_html_()
    assert html.count("<svg") == 2 and "AudioContext" in html
    assert "C4 – · D4" in repr(melody)
    assert melody.to_midi().startswith(b"MThd")
    assert pickle.loads(pickle.dumps(melody)).to_midi() == melody.to_midi()
    rules = rltuner.Rules()
    assert set(melody.rewards) == {*(name for name in rules if rules[name]["weight"]), "total"}


def test_the_leading_note_of_a_minor_key_is_sharp() -> None:
    spelling = importlib.import_module("rltuner._staff")._spelling
    assert spelling(0, "major")[8] == (5, -1)  # A flat
    assert spelling(0, "minor")[8] == (4, 1)  # G sharp


MODES = ("major", "dorian", "phrygian", "lydian", "mixolydian", "minor", "locrian")


@pytest.mark.parametrize("mode", MODES)
def test_notes_are_spelt_as_in_files(tmp_path: Path, mode: str) -> None:
    staff = importlib.import_module("rltuner._staff")
    for tonic in ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"):
        melody = rltuner.generate(count=1, length=400, temperature=100.0, notation="musicxml",
                                  output=tmp_path, key=f"{tonic} {mode}")[0]
        playback = melody.playback
        spelling = staff._spelling(playback["sharps"], playback["mode"])
        written = {}
        pitch = r"<step>(.)</step>(?:<alter>(-?\d)</alter>)?<octave>"
        for step, alter in re.findall(pitch, (tmp_path / "melody_001.musicxml").read_text()):
            sign = int(alter or 0)
            written[("C D EF G A B".index(step) + sign) % 12] = ("CDEFGAB".index(step), sign)
        assert written == spelling, tonic
        assert {sign for _, sign in written.values()} <= set(staff._SIGNS)
        assert "<svg" in melody.to_score_svg()


def heads(svg: str) -> int:
    return svg.count("<ellipse")


def test_a_score_ties_notes_over_bar_lines() -> None:
    plain = rltuner.Melody([14, 1, 1, 1] * 4).to_score_svg()
    tied = rltuner.Melody([0] * 14 + [14] + [1] * 5 + [0] * 12).to_score_svg()
    assert (heads(plain), heads(tied)) == (4, 2)


@pytest.mark.parametrize(("steps_per_quarter", "marks"), [(4, 0), (12, 3)])
def test_a_score_marks_triplets(steps_per_quarter: int, marks: int) -> None:
    melody = rltuner.Melody([14, 1, 1, 1] * 3, steps_per_quarter=steps_per_quarter)
    assert melody.to_score_svg().count(">3</text>") == marks


def test_a_score_has_accidentals_where_the_key_lacks_them() -> None:
    def paths(key: str) -> int:
        return rltuner.Melody([20, 1, 1, 1], key=key).to_score_svg().count("<path")

    # An F sharp in C; moved to G it is a C sharp beside the signature's F sharp.
    assert paths("G") == paths("C") + 1


# ---- Rewards in Python


@pytest.mark.parametrize("method", ["q", "psi", "g", "rl-only", "pg"])
def test_every_method_takes_rewards(method: str) -> None:
    tuned = rltuner.tune(method=method, reward=in_range, iterations=3000, progress=False)
    assert tuned.method == method


class Below:
    """in_range as an object, which must not be told of two sequences at once."""

    def start(self, length: int) -> None:
        assert length == 32
        self.count = 0

    def place(self, event: int) -> float:
        self.count += 1
        assert self.count <= 32
        return float(event < 20)


@pytest.mark.parametrize("method", ["pg", "q"])
def test_functions_and_objects_are_the_same_reward(method: str) -> None:
    def tuned(reward: Any) -> bytes:
        # Progress is measured in the middle of sequences.
        return rltuner.tune(method=method, reward=reward, iterations=9000, progress_every=333,
                            progress=False).to_bytes()

    assert tuned(in_range) == tuned(Below())


def test_a_reward_raises_its_value() -> None:
    tuned = rltuner.tune(method="pg", reward=(in_range, 3.0), iterations=150_000, progress=False)
    assert tuned.progress[-1]["mean_reward"] > tuned.progress[0]["mean_reward"] + 0.3


def test_rules_and_rewards_add() -> None:
    @rltuner.per_sequence
    def nothing(sequences: Events) -> npt.NDArray[np.float64]:
        return np.zeros(len(sequences))

    def tensors(**arguments: Any) -> Any:
        return rltuner.tune(method="pg", rules="theory", **arguments, **SHORT).tensors()

    expected = tensors()
    for name, values in tensors(reward=[(nothing, 2)]).items():
        np.testing.assert_array_equal(values, expected[name])


def wrong_shape(events: Events) -> Any:
    return np.zeros((len(events), 1))


def not_finite(events: Events) -> Any:
    return np.full(len(events), np.nan)


def no_array(events: Events) -> Any:
    return "much"


@pytest.mark.parametrize("form", [list, tuple, np.float16, bool, object])
def test_results_may_be_whatever_numpy_makes_numbers_of(form: Any) -> None:
    def given(events: Events) -> Any:
        result = in_range(events)
        return form(result) if form in (list, tuple) else result.astype(form)

    def tuned(reward: Any) -> bytes:
        return rltuner.tune(method="pg", reward=reward, **SHORT).to_bytes()

    assert tuned(given) == tuned(in_range)


@pytest.mark.parametrize(("reward", "message"), [
    (wrong_shape, r"wrong_shape.*shape \([0-9]+, 1\); expected \([0-9]+,\)"),
    (not_finite, "not_finite.*nan.*finite"), (no_array, "no_array.*str.*expected an array")])
@pytest.mark.parametrize("method", ["pg", "q"])
def test_results_are_checked(reward: Callable[..., Any], message: str, method: str) -> None:
    with pytest.raises(rltuner.Error, match=message):
        rltuner.tune(method=method, reward=reward, **SHORT)


def test_an_exception_comes_out_with_its_traceback() -> None:
    def broken(events: Events) -> Any:
        raise RuntimeError("out of tune")

    with pytest.raises(RuntimeError, match="out of tune") as raised:
        rltuner.tune(method="pg", reward=broken, **SHORT)
    assert any(entry.name == "broken" for entry in raised.traceback)


def test_arrays_may_be_kept() -> None:
    kept: list[Events] = []

    def keeps(events: Events) -> Any:
        kept.append(events)
        return np.zeros(len(events))

    rltuner.tune(method="pg", reward=keeps, **SHORT)
    assert all(((0 <= events) & (events < 38)).all() for events in kept)


def test_the_rewards_that_help_shows_run(monkeypatch: pytest.MonkeyPatch) -> None:
    text = inspect.cleandoc(rltuner.tune.__doc__ or "")
    _, text = text.split("one of three forms:\n")
    code = inspect.cleandoc(text.split("Events are classes")[0])
    monkeypatch.setattr(rltuner, "tune", functools.partial(rltuner.tune, method="pg", **SHORT))
    exec(code, {"np": np, "rltuner": rltuner})


def test_a_number_that_place_returns_must_be_finite() -> None:
    class Infinite:
        def start(self, length: int) -> None: ...

        def place(self, event: int) -> float:
            return float("inf")

    with pytest.raises(rltuner.Error, match="Infinite: place returned inf.*finite"):
        rltuner.tune(method="psi", reward=Infinite(), **SHORT)


def test_a_reward_may_keep_state() -> None:
    class Novelty:
        """Pays for each melody that was not played before."""

        def __init__(self) -> None:
            self.seen: set[bytes] = set()

        def __call__(self, events: Events) -> list[float]:
            new = [row.tobytes() not in self.seen for row in events]
            self.seen.update(row.tobytes() for row in events)
            return [float(one) for one in new]

    first, second = Novelty(), Novelty()
    models = [rltuner.tune(method="pg", reward=reward, **SHORT) for reward in (first, second)]
    assert first.seen == second.seen and len(first.seen) > 1000
    assert models[0].to_bytes() == models[1].to_bytes()


@pytest.mark.parametrize("method", ["pg", "q"])
def test_what_an_object_raises_comes_out(method: str) -> None:
    class Broken:
        def start(self, length: int) -> None: ...

        def place(self, event: int) -> float:
            raise LookupError("no such note")

    with pytest.raises(LookupError, match="no such note"):
        rltuner.tune(method=method, reward=Broken(), **SHORT)


# ---- Running


def test_what_a_callback_raises_comes_out() -> None:
    def broken(row: dict[str, Any]) -> None:
        raise LookupError("no such row")

    with pytest.raises(LookupError, match="no such row"):
        rltuner.tune(method="psi", callback=broken, **SHORT)


def test_runs_in_several_threads_give_what_they_give_alone() -> None:
    def tuned(seed: int) -> bytes:
        return rltuner.tune(method="pg", rules="theory", reward=in_range, seed=seed,
                            **SHORT).to_bytes()

    alone = [tuned(seed) for seed in range(3)]
    with ThreadPoolExecutor(3) as pool:
        assert list(pool.map(tuned, range(3))) == alone


@pytest.mark.parametrize("start", ["fork", "spawn"])
def test_other_processes_take_and_return_models(start: str) -> None:
    model = rltuner.tune(method="psi", seed=2, **SHORT)
    with multiprocessing.get_context(start).Pool(1) as pool:
        again = pool.apply(tuned_in_a_process, (model,))
    assert again.to_bytes() == tuned_in_a_process(model).to_bytes()


def tuned_in_a_process(model: rltuner.NoteRNN) -> rltuner.NoteRNN:
    return rltuner.tune(model, method="pg", reward=in_range, seed=4, threads=2, **SHORT)


def test_memory_does_not_grow_in_a_loop() -> None:
    def resident() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def once() -> None:
        model = rltuner.tune(method="pg", reward=[in_range, Below()], iterations=16_000,
                             progress=False, callback=lambda row: None)
        rltuner.generate(model, count=5)[0].rewards
        with pytest.raises(rltuner.Error):
            rltuner.tune(method="pg", reward=not_finite, **SHORT)

    for _ in range(5):
        once()
    before = resident()
    for _ in range(25):
        once()
    assert resident() - before < 5_000_000  # a leaked model is 0.5 MB


def test_a_callback_stops_the_run_and_it_is_resumed(tmp_path: Path) -> None:
    with pytest.warns(RuntimeWarning, match="resume=True"):
        stopped = rltuner.tune(method="psi", output=tmp_path, seed=2, **SHORT,
                               callback=lambda row: row["iteration"] < 5000)
    assert stopped.stopped
    again = rltuner.tune(method="psi", output=tmp_path, seed=2, resume=True, **SHORT)
    assert again.to_bytes() == rltuner.tune(method="psi", seed=2, **SHORT).to_bytes()


@pytest.mark.parametrize("method", ["psi", "pg"])
def test_a_run_that_was_killed_is_resumed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
                                          method: str) -> None:
    monkeypatch.setattr("rltuner._tuning.SECONDS_BETWEEN_SAVES", 0.0)
    options: dict[str, Any] = {"method": method, "seed": 2, "output": tmp_path, **SHORT}
    seen: list[int] = []

    def killed(row: dict[str, Any]) -> None:
        if row["iteration"] > 10_000:
            raise MemoryError

    with pytest.raises(MemoryError):
        rltuner.tune(callback=killed, **options)
    again = rltuner.tune(resume=True, callback=lambda row: seen.append(row["iteration"]),
                         **options)
    assert seen[0] > 5000
    assert again.to_bytes() == rltuner.tune(**{**options, "output": None}).to_bytes()


def test_a_finished_run_is_resumed_at_once(tmp_path: Path) -> None:
    first = rltuner.tune(method="psi", output=tmp_path, **SHORT)
    progress = (tmp_path / "progress.csv").read_bytes()
    seen: list[Any] = []
    again = rltuner.tune(method="psi", output=tmp_path, resume=True, callback=seen.append, **SHORT)
    assert not seen and again.to_bytes() == first.to_bytes() and not again.stopped
    assert (tmp_path / "progress.csv").read_bytes() == progress


def test_a_run_that_the_program_finished_is_not_played_again(tmp_path: Path) -> None:
    run("tune", "--method", "psi", "--iterations", "20000", "--output", tmp_path)
    progress = (tmp_path / "progress.csv").read_bytes()
    with pytest.raises(rltuner.Error, match="the run is finished"):
        rltuner.tune(method="psi", output=tmp_path, resume=True, **SHORT)
    assert (tmp_path / "progress.csv").read_bytes() == progress


def test_control_c_stops_and_saves(tmp_path: Path) -> None:
    code = ("import os, signal, rltuner\n"
            "signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's & ignores it\n"
            "def interrupt(row):\n"
            "    if row['iteration'] == 3000: os.kill(os.getpid(), signal.SIGINT)\n"
            "model = rltuner.tune(method='psi', output='out', iterations=10**7, progress=False,\n"
            "                     callback=interrupt)\n"
            "assert model.stopped\n"
            "print('saved', os.listdir('out/checkpoint'))\n")
    ended = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True,
                           text=True, timeout=100)
    assert "newest.safetensors" in ended.stdout, ended.stderr


def test_other_threads_run_meanwhile() -> None:
    counted = [0]
    done = threading.Event()

    def count() -> None:
        while not done.is_set():
            counted[0] += 1

    thread = threading.Thread(target=count)
    thread.start()
    before = counted[0]
    rltuner.evaluate(compositions=5000, progress=False)
    done.set()
    thread.join()
    assert counted[0] > before


# ---- Any tokens


def climbs(tokens: Events) -> Any:
    if tokens.shape[1] == 1:
        return np.zeros(len(tokens))
    step = tokens[:, -1] - tokens[:, -2]
    return (step == 1) * 1.0 - (step == 0)


def test_tokens_come_near_the_exact_optimum() -> None:
    model = rltuner.SequenceModel(vocabulary=5, hidden=16)
    tuned = model.tune(reward=climbs, length=4, c=0.5, iterations=400_000, compositions=128,
                       learning_rate=5e-3, progress=False)
    figures = tuned.evaluate(reward=climbs, length=4, c=0.5)
    sequences = np.array(list(itertools.product(range(5), repeat=4)))
    rewards = sum(climbs(sequences[:, :t + 1]) for t in range(4))
    log_z = np.log(np.exp(rewards / 0.5).mean())
    assert figures["value"] == pytest.approx(log_z, abs=0.05)
    estimate = model.evaluate(reward=climbs, length=4, c=0.5, count=100, log_z=True)
    assert estimate["log_z"] == pytest.approx(log_z, abs=0.1)
    assert log_z - 1 < estimate["log_z_at_least"] < log_z


def test_sequences_end() -> None:
    @rltuner.per_sequence
    def short(sequences: Events) -> Any:
        return (sequences == 2).any(axis=1) * 1.0 - (sequences != 2).sum(axis=1) / 10

    model = rltuner.SequenceModel(vocabulary="ab.", ends_with=".", hidden=16)
    tuned = model.tune(reward=short, length=8, c=0.2, iterations=100_000, progress=False)
    before, after = (m.evaluate(reward=short, length=8) for m in (model, tuned))
    assert after["tokens"] < before["tokens"] and after["reward"] > before["reward"]
    assert all("." not in sequence for sequence in tuned.sample(20, length=8))
    again = pickle.loads(pickle.dumps(tuned))
    assert again.tokens == ["a", "b", "."] and again.ends_with == "."


def test_sequences_of_unequal_length_are_learnt() -> None:
    model = rltuner.SequenceModel(vocabulary="ab.", ends_with=".").train_on(
        ["ab", "abab", "ababab"] * 40, iterations=300, hidden=16, progress=False)
    assert model.vocabulary == 3
    for sequence in model.sample(50, length=10, temperature=0.3):
        assert "aa" not in sequence and "bb" not in sequence
