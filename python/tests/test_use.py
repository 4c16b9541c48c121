# SPDX-License-Identifier: Apache-2.0
"""Uses that are unusual or wrong, as someone makes them who has read only help()."""

from __future__ import annotations

import copy
import functools
import json
import os
import pickle
import re
import subprocess
import sys
import threading
import time
import warnings
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

import rltuner

Events = npt.NDArray[np.int32]
METHODS = ["q", "psi", "g", "rl-only", "pg"]


def tuned(reward: Any, **options: Any) -> rltuner.NoteRNN:
    return rltuner.tune(reward=reward, **{"method": "pg", "iterations": 3000, "progress": False,
                                          **options})


def low(events: Events) -> Any:
    return (events[:, -1] < 20) * 1.0


@rltuner.per_sequence
def low_at_last(sequences: Events) -> Any:
    return (sequences[:, -1] < 20) * 1.0


@pytest.fixture
def letters() -> rltuner.SequenceModel:
    return rltuner.SequenceModel(vocabulary="abc.", ends_with=".", hidden=8)


# ---- Rewards


@pytest.mark.parametrize("method", ["pg", "q"])
def test_a_reward_may_change_its_input(method: str) -> None:
    def changes(events: Events) -> Any:
        events[:] = 37
        return np.zeros(len(events))

    rewards = [(changes, 1.0), (low, 1.0)]
    assert tuned(rewards, method=method).tensors()["output.bias"].tolist() == \
        tuned([low, lambda events: np.zeros(len(events))],
              method=method).tensors()["output.bias"].tolist()


@pytest.mark.parametrize("method", ["pg", "q"])
@pytest.mark.parametrize("form", [
    lambda rewards: rewards + 0j, lambda rewards: rewards.astype(str),
    lambda rewards: np.array([10**400] * len(rewards), object),
    lambda rewards: rewards.astype("datetime64[s]")])
def test_only_real_numbers_are_rewards(method: str, form: Any) -> None:
    with pytest.raises(rltuner.Error, match="returned 'ndarray'; expected an array"):
        tuned(lambda events: form(low(events)), method=method)


@pytest.mark.parametrize("form", [
    lambda rewards: np.repeat(rewards.astype(np.float32), 3)[::3],
    lambda rewards: rewards[::-1].astype(np.float32)[::-1],
    lambda rewards: rewards.astype(">f8"), lambda rewards: [Fraction(x) for x in rewards],
    lambda rewards: memoryview(rewards.astype(np.float32))])
def test_arrays_of_any_layout_are_rewards(form: Any) -> None:
    assert tuned(lambda events: form(low(events))).to_bytes() == tuned(low).to_bytes()


@pytest.mark.parametrize("method", ["pg", "q"])
def test_a_reward_that_its_weight_makes_infinite_is_named(method: str) -> None:
    class Huge:
        def start(self, length: int) -> None: ...

        def place(self, event: int) -> float:
            return 1e30

    def huge(events: Events) -> Any:
        return np.full(len(events), 1e30, np.float32)

    with pytest.raises(rltuner.Error, match="reward Huge: place returned 1e.30"):
        tuned((Huge(), 1e30), method=method)
    with pytest.raises(rltuner.Error, match="reward huge: returned 1e.30"):
        tuned((huge, 1e30), method=method)


def test_partial_functions_and_methods_keep_their_form() -> None:
    class Mine:
        def low(self, sequences: Events) -> Any:
            return low_at_last(sequences)

    expected = tuned(low_at_last).to_bytes()
    for reward in (functools.partial(low_at_last), rltuner.per_sequence(Mine().low),
                   rltuner.per_sequence(functools.partial(Mine().low))):
        assert tuned(reward).to_bytes() == expected


def test_an_attribute_called_form_is_the_users() -> None:
    class Mine:
        form = "sequence"

        def __call__(self, events: Events) -> Any:
            return low(events)

    assert tuned(Mine()).to_bytes() == tuned(low).to_bytes()


def test_a_partial_function_is_named_as_its_function() -> None:
    def wrong(events: Events, *, value: Any) -> Any:
        return value

    with pytest.raises(rltuner.Error, match="reward wrong: returned 'NoneType'"):
        tuned(functools.partial(wrong, value=None))


@pytest.mark.parametrize("weight", [np.float32(0.5), np.float64(0.5), Fraction(1, 2)])
def test_any_real_number_is_a_weight(weight: Any) -> None:
    assert tuned((low, weight)).to_bytes() == tuned((low, 0.5)).to_bytes()
    rltuner.tune(reward=(low, np.float32(0.5)), iterations=500, progress=False)  # types, too


@pytest.mark.parametrize(("reward", "message"), [
    ((low, float("nan")), "weight.*nan"), ((low, 1e39), "weight.*1e.39; expected a finite"),
    ((low, 10**400), "weight.*expected a finite"), ([(low, 1.0, 2)], "no pair"),
    ([(low,)], "no pair"),
    ([(low, "1")], "no pair"), ("theory", "neither a function")])
def test_wrong_rewards_are_named(reward: Any, message: str) -> None:
    with pytest.raises((TypeError, rltuner.Error), match=message):
        tuned(reward)


def test_a_class_in_place_of_its_object_is_named() -> None:
    class Alternate:
        def start(self, length: int) -> None: ...

        def place(self, event: int) -> float:
            return 0

    with pytest.raises(TypeError, match=r"expected an object of it, Alternate\(\)"):
        tuned(Alternate)


@pytest.mark.parametrize("method", METHODS)
def test_finished_sequences_have_one_length_with_every_method(
        letters: rltuner.SequenceModel, method: str) -> None:
    @rltuner.per_sequence
    def checked(sequences: Events) -> Any:
        assert sequences.shape[1] == 6
        ended = np.maximum.accumulate(sequences == 3, axis=1)
        assert (sequences[ended] == 3).all()
        return np.zeros(len(sequences))

    model = letters.tune(reward=checked, method=method, iterations=300, length=6, progress=False)
    model.evaluate(reward=checked, count=50, length=6, log_z=True)


# ---- Stopping


class Interrupted:
    """`low`, in any form; the call of that number is cut short by Ctrl-C."""

    def __init__(self, at: int) -> None:
        self.calls, self.at = 0, at

    def __call__(self, events: Events) -> Any:
        self.count()
        return low(events)

    def start(self, length: int) -> None:
        self.placed = 0

    def place(self, event: int) -> float:
        self.placed += 1
        self.count()
        return float(event < 20) * self.placed

    def count(self) -> None:
        self.calls += 1
        if self.calls == self.at:
            raise KeyboardInterrupt


@pytest.mark.parametrize("method", ["pg", "psi"])
@pytest.mark.parametrize("form", ["function", "object"])
def test_control_c_inside_of_a_reward_changes_nothing_that_is_saved(
        tmp_path: Path, method: str, form: str) -> None:
    def reward(at: int) -> Any:
        interrupted = Interrupted(at)
        return interrupted if form == "object" else lambda events: interrupted(events)

    options: dict[str, Any] = {"method": method, "iterations": 9000}
    with pytest.warns(RuntimeWarning, match="stopped"):
        stopped = tuned(reward(50 if form == "function" else 9000), output=tmp_path, **options)
    assert stopped.stopped
    resumed = tuned(reward(0), output=tmp_path, resume=True, **options)
    assert resumed.to_bytes() == tuned(reward(0), **options).to_bytes()


def test_control_c_inside_of_a_reward_ends_an_evaluation(letters: rltuner.SequenceModel) -> None:
    with pytest.raises(KeyboardInterrupt):
        letters.evaluate(reward=Interrupted(5).__call__, count=100, length=5)
    with pytest.raises(KeyboardInterrupt):
        letters.evaluate(reward=Interrupted(700).__call__, count=10, length=50, log_z=True)


@pytest.mark.parametrize("call", [
    "rltuner.generate(count=100_000, length=4096)",
    "rltuner.generate(count=1, length=4096, decoding='best-of=100000')",
    "rltuner.generate(count=1, length=4096, decoding='smc=4000')",
    "rltuner.generate(count=30_000, length=1, output='out')",
    "rltuner.evaluate(decoding='best-of=100000', threads=2, progress=False)",
    "rltuner.evaluate(compositions=10_000, length=65536, threads=1, progress=False)",
    "rltuner.Dataset.from_midi('tunes', 'tunes.safetensors', threads=2, progress=False)",
    "model.sample(10_000, length=3000)",
])
def test_control_c_ends_a_call_while_it_works(tmp_path: Path, call: str) -> None:
    if "from_midi" in call:
        # Long tunes, one file under many names: the signals find the call far from its end.
        (tmp_path / "tunes").mkdir()
        first = tmp_path / "tunes" / "0.mid"
        first.write_bytes(rltuner.Melody([14, 1, 16, 1, 18, 1, 19, 1] * 3000).to_midi())
        for number in range(1, 20_000):
            (tmp_path / "tunes" / f"{number}.mid").hardlink_to(first)
    # Each signal waits until the one before is heard: a call that looks only at its end hears one.
    code = ("import os, signal, threading, time, rltuner\n"
            "heard = []\n"
            "def hear(number, frame):\n"
            "    heard.append(number)\n"
            "    if len(heard) == 5:\n"
            "        raise KeyboardInterrupt\n"
            "signal.signal(signal.SIGINT, hear)\n"
            "def tell():\n"
            "    for before in range(5):\n"
            "        while len(heard) < before:\n"
            "            time.sleep(.01)\n"
            "        os.kill(os.getpid(), signal.SIGINT)\n"
            "model = rltuner.SequenceModel(vocabulary=50, hidden=256)\n"
            "threading.Timer(.5, tell).start()\n"
            "try:\n"
            f"    {call}\n"
            "    print('finished')\n"
            "except KeyboardInterrupt:\n"
            "    print('stopped')\n")
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                           timeout=600, cwd=tmp_path)
    assert ended.stdout == "stopped\n", ended.stdout + ended.stderr


def test_numpys_false_stops_a_run() -> None:
    with pytest.warns(RuntimeWarning, match="stopped"):
        assert tuned(low, method="psi", callback=lambda row: np.bool_(False)).stopped


def test_a_stopped_run_says_where(letters: rltuner.SequenceModel) -> None:
    def stop(row: dict[str, Any]) -> bool:
        return bool(row["iteration"] < 3000)

    with pytest.warns(RuntimeWarning, match="stopped at event 3000$"):
        tuned(low, method="psi", iterations=20_000, callback=stop)


def test_a_warning_that_is_an_error_leaves_the_files(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(RuntimeWarning, match="stopped"):
            tuned(low, method="psi", output=tmp_path, callback=lambda row: False)
    assert {"recipe.toml", "progress.csv"} <= set(os.listdir(tmp_path))


@pytest.mark.parametrize("call", [
    lambda: tuned(low, resume=True),
    lambda: rltuner.Dataset.from_midi(".", resume=True, progress=False),
    lambda: rltuner.NoteRNN._train(None, resume=True),  # type: ignore[arg-type]
    lambda: rltuner.SequenceModel(vocabulary="abc").train_on(["a"] * 9, resume=True),
])
def test_nothing_is_resumed_without_an_output(call: Any) -> None:
    with pytest.raises(rltuner.Error, match="^resume: there is no output"):
        call()


def test_a_model_that_was_tuned_before_is_named() -> None:
    with pytest.warns(RuntimeWarning, match=r"tuned before \(pg\); starting from its Note RNN"):
        rltuner.tune(tuned(low), iterations=500, progress=False)


def test_a_run_may_begin_in_the_callback_of_another() -> None:
    inner: list[bytes] = []

    def callback(row: dict[str, Any]) -> None:
        if not inner:
            inner.append(tuned(low, seed=5).to_bytes())

    assert tuned(low, callback=callback).to_bytes() == tuned(low).to_bytes()
    assert inner == [tuned(low, seed=5).to_bytes()]


def test_what_is_raised_in_a_thread_comes_out_there() -> None:
    raised: list[BaseException] = []

    def run() -> None:
        try:
            tuned(lambda events: 1 / 0, method="q")
        except ZeroDivisionError as error:
            raised.append(error)

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    expected = tuned(low).to_bytes()
    for thread in threads:
        thread.join()
    assert len(raised) == 3 and tuned(low).to_bytes() == expected


# ---- Rules


@pytest.mark.parametrize("base", ["paper", "theory", "song"])
def test_a_rule_keeps_its_parameters_while_it_is_switched_off(base: str) -> None:
    rules = rltuner.Rules(base)
    rules["metre"] = {"weight": 0, "downbeat": 0.25}
    assert rules["metre"]["downbeat"] == 0.25 and rules["metre"]["weight"] == 0
    again = rltuner.Rules.from_toml(rules.to_toml())
    again["metre"]["weight"] = 2
    assert again["metre"]["downbeat"] == 0.25


@pytest.mark.parametrize("base", ["paper", "theory", "song"])
def test_every_rule_can_be_switched_off(base: str) -> None:
    rules = rltuner.Rules(base)
    rules.clear()
    assert not any(rules[name]["weight"] for name in rules)
    assert repr(rules) == "Rules()" and len(rules) == len(rltuner.Rules())


def test_what_is_popped_is_a_rule_as_it_was() -> None:
    rules = rltuner.Rules("theory")
    rules["leap"]["weight"] = 2
    leap = rules.pop("leap")
    assert type(leap) is dict and leap["weight"] == 2 and rules["leap"]["weight"] == 0
    rules["leap"] = leap
    assert rules["leap"]["weight"] == 2
    assert rules.pop("nothing", None) is None
    with pytest.raises(KeyError, match="the rules are"):
        rules.pop("nothing")


def test_popitem_ends_when_no_rule_has_a_weight() -> None:
    rules = rltuner.Rules("theory")
    with_weight = [name for name in rules if rules[name]["weight"]]
    popped = dict(rules.popitem() for _ in with_weight)
    assert list(popped) == with_weight[::-1] and all(popped[name]["weight"] for name in popped)
    with pytest.raises(KeyError, match="no rule has a weight"):
        rules.popitem()


def test_the_recipe_of_a_run_has_rules(tmp_path: Path) -> None:
    rules = rltuner.Rules("theory")
    rules["leap"]["weight"] = 2
    rltuner.tune(method="psi", rules=rules, output=tmp_path, iterations=500, progress=False)
    assert rltuner.Rules(tmp_path / "recipe.toml") == rules
    rltuner.generate(count=1, rules=tmp_path / "recipe.toml")


def test_rules_that_are_switched_off_pay_nothing_in_a_recipe_either() -> None:
    rules = rltuner.Rules("song")
    del rules["metre"]
    recipe = rltuner.tune(rules=rules, iterations=500, progress=False).recipe
    assert re.search(r"\[rules.metre\]\nweight = 0", recipe)


def test_rules_take_numpys_numbers_and_whole_tables() -> None:
    rules = rltuner.Rules()
    rules["leap"]["weight"] = np.float32(0.5)
    rules.update({"key": {"weight": np.int64(2)}, "repeat": {"count_holds": np.bool_(False)}})
    assert (rules["leap"]["weight"], rules["key"]["weight"]) == (0.5, 2)
    assert rules["repeat"]["count_holds"] is False
    assert rules == copy.deepcopy(rules) == pickle.loads(pickle.dumps(rules)) != rltuner.Rules()


@pytest.mark.parametrize(("value", "message"), [
    (None, "rules.leap: weight is None"), (float("nan"), "rules.leap: weight is nan"),
    (True, "rules.leap: weight is true"), (1e9, r"expected a number: -1000 \.\. 1000")])
def test_wrong_parameters_are_named(value: Any, message: str) -> None:
    with pytest.raises(rltuner.Error, match=message):
        rltuner.Rules()["leap"]["weight"] = value


def test_wrong_names_and_tables_of_rules_are_named() -> None:
    rules = rltuner.Rules()
    with pytest.raises(rltuner.Error, match="rules.leap: there is no wieght; did you mean weight"):
        rules["leap"]["wieght"] = 1
    with pytest.raises(TypeError, match="rules.leap is 2, expected a mapping"):
        rules["leap"] = 2


def test_rules_read_comments_and_letters_of_all_kinds() -> None:
    text = '# Regeln äöü 音\n[rules]\nbase = "theory"  # hier\n\n[rules.leap] # ü\nweight = 2.5\n'
    assert rltuner.Rules.from_toml(text)["leap"]["weight"] == 2.5


# ---- Warnings and messages


def warnings_of(call: Any) -> list[str]:
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        call()
    assert all(one.category is rltuner.TuningWarning and one.filename == __file__ for one in heard)
    return [str(one.message) for one in heard]


def test_a_missed_budget_is_told() -> None:
    lines = warnings_of(lambda: tuned(low, kl_budget=0.5, iterations=8192, compositions=256))
    assert len(lines) == 1
    assert re.fullmatch("KL is .* nats per event and its budget 0.5: raise iterations", lines[0])


def test_a_collapse_is_told_once_and_at_once() -> None:
    seen: list[int] = []

    def stop(row: dict[str, Any]) -> bool:
        seen.append(row["iteration"])
        return bool(row["iteration"] < 30_000)

    lines = warnings_of(lambda: tuned(low, method="q", c=1e-3, iterations=40_000,
                                      progress_every=1000, callback=stop))
    collapse, stopped = lines
    assert "the policy plays few different melodies" in collapse and "stopped" in stopped
    assert collapse.endswith("a larger c or a smaller kl_budget or gamma keeps it closer to the "
                             "data")
    assert int(collapse.split()[2]) < seen[-1]


def test_a_model_of_few_sequences_has_not_collapsed() -> None:
    model = rltuner.SequenceModel(vocabulary="abc", hidden=4)
    assert warnings_of(lambda: model.tune(reward=low, length=2, iterations=512, compositions=256,
                                          progress=False)) == []


@pytest.mark.parametrize(("options", "message"), [
    ({"iterations": 300}, "method pg plays whole updates of 256 compositions: 8192 events instead "
                          "of 300; fewer compositions make an update shorter"),
    ({"method": "psi", "iterations": 20}, "20 iterations end before the first gradient step")])
def test_another_length_is_told(options: Any, message: str) -> None:
    lines = warnings_of(lambda: tuned(low, **options))
    assert len(lines) == 1 and message in lines[0]


def test_a_training_tells_what_the_command_line_tells(letters: rltuner.SequenceModel,
                                                      tmp_path: Path) -> None:
    def train() -> None:
        letters.train_on(["ab", "cab"], held_out=0, iterations=2, output=tmp_path / "m",
                         progress=False)

    with pytest.warns(RuntimeWarning, match="nothing is held out") as heard:
        train()
    assert len(heard) == 1 and heard[0].filename == __file__
    with pytest.warns(RuntimeWarning, match="will be replaced; resume resumes that run"):
        train()


def test_melodies_longer_than_the_tuning_are_told() -> None:
    model = rltuner.tune(iterations=256, compositions=8, length=32, progress=False)
    with pytest.warns(RuntimeWarning, match="has to play 64") as heard:
        rltuner.generate(model, count=1, length=64)
    assert heard[0].filename == __file__


def test_the_recipe_of_rewards_alone_has_no_rules(tmp_path: Path) -> None:
    model = tuned(low, output=tmp_path, compositions=32)
    for rules in (rltuner.Rules(tmp_path / "recipe.toml"), rltuner.Rules.from_toml(
            rltuner._core.rules_of_tuning(model._core))):
        assert [name for name in rules if rules[name]["weight"]] == []


def test_a_damaged_checkpoint_is_told(tmp_path: Path) -> None:
    options: dict[str, Any] = {"method": "psi", "iterations": 9000, "output": tmp_path}
    with pytest.warns(rltuner.TuningWarning, match="stopped"):
        tuned(low, callback=lambda row: row["iteration"] < 4000, **options)
    with pytest.warns(rltuner.TuningWarning, match="stopped"):
        tuned(low, callback=lambda row: row["iteration"] < 6000, resume=True, **options)
    (tmp_path / "checkpoint" / "newest.safetensors").write_bytes(b"damaged")
    lines = warnings_of(lambda: tuned(low, resume=True, **options))
    assert len(lines) == 1 and "newest.safetensors" in lines[0]


@pytest.mark.parametrize("iterations", [300, 60_000])
def test_a_warning_that_is_an_error_comes_when_the_files_are_there(tmp_path: Path,
                                                                   iterations: int) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", rltuner.TuningWarning)
        with pytest.raises(rltuner.TuningWarning, match="instead of 300" if iterations == 300 else
                           "KL is"):
            tuned(low, kl_budget=50, iterations=iterations, output=tmp_path)
    assert {"model.safetensors", "recipe.toml", "progress.csv"} <= set(os.listdir(tmp_path))


def test_a_dataset_that_is_begun_again_is_told(tmp_path: Path) -> None:
    rltuner.generate(count=9, length=160, output=tmp_path / "played")
    arguments: Any = (tmp_path / "played", tmp_path / "songs")
    with pytest.raises(KeyboardInterrupt):
        rltuner.Dataset.from_midi(*arguments, callback=lambda at: False, progress=False)
    with pytest.warns(RuntimeWarning, match="done again; resume continues that run$"):
        rltuner.Dataset.from_midi(*arguments, minimum_bars=4, progress=False)


@pytest.mark.parametrize("call", [
    lambda: rltuner.tune(metre="7/64"), lambda: rltuner.tune(metre="x"),
    lambda: rltuner.generate(key="H"), lambda: rltuner.evaluate(key="C minor", mode="dorian"),
    lambda: rltuner.generate(bars=2, length=9), lambda: rltuner.tune(inputs="nothing"),
    lambda: rltuner.generate(count=1, primer=99), lambda: rltuner.generate(primer="missing"),
    lambda: rltuner.tune(method="match", recipe="default"), lambda: rltuner.evaluate(c=2),
    lambda: rltuner.Dataset.from_midi([], "x"), lambda: rltuner.Dataset(__file__),
    lambda: rltuner.NoteRNN.load(__file__), lambda: rltuner.tune(recipe="nothing"),
    lambda: rltuner.tune(match=__file__), lambda: rltuner.tune(rules="nothing")])
def test_messages_have_no_words_of_the_command_line(call: Any) -> None:
    with pytest.raises(rltuner.Error) as raised:
        call()
    assert not re.search("--[a-z]|`rltuner", str(raised.value))


def test_help_of_options_has_no_words_of_the_command_line() -> None:
    for call in ("from_midi", "train", "tune", "evaluate", "generate"):
        assert not re.search("--[a-z]", repr(rltuner.options(call)))


@pytest.mark.parametrize(("name", "call"), [
    ("model", lambda value: rltuner.tune(value)), ("model", rltuner.generate),
    ("model", rltuner.evaluate), ("model", rltuner.NoteRNN.load), ("rules", rltuner.Rules),
    ("rules", lambda value: rltuner.tune(rules=value)),
    ("rules", lambda value: rltuner.generate(rules=value)),
    ("recipe", lambda value: rltuner.tune(recipe=value)),
    ("match", lambda value: rltuner.tune(match=value)),
    ("output", lambda value: rltuner.tune(output=value)),
    ("output", lambda value: rltuner.generate(output=value)), ("dataset", rltuner.NoteRNN.train),
    ("paths", lambda value: rltuner.Dataset.from_midi([value])),
    ("path", lambda value: rltuner.Rules().save(value))])
def test_what_is_no_path_is_named(name: str, call: Any) -> None:
    with pytest.raises(TypeError, match=f"^{name} is 5, expected a name or a path$"):
        call(5)


def test_paths_in_messages_stay_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "a--kl-budget --9.toml"
    with pytest.raises(rltuner.Error, match=re.escape(str(path))):
        rltuner.NoteRNN.load(path)


def test_a_tuned_model_is_judged_by_the_rules_of_its_tuning() -> None:
    rules = rltuner.Rules("theory")
    rules["leap"]["weight"] = 3
    tuned = rltuner.tune(rules=rules, iterations=256, compositions=8, progress=False)
    melody, = rltuner.generate(tuned, count=1)
    same, = rltuner.generate(tuned, count=1, rules=rules)
    other, = rltuner.generate(tuned, count=1, rules="theory")
    assert all((melody.rewards[name] == same.rewards[name]).all() for name in same.rewards)
    assert any((melody.rewards[name] != other.rewards[name]).any() for name in other.rewards)


# ---- Options, paths and threads


def test_inputs_that_the_model_hears_already_are_told() -> None:
    with pytest.warns(rltuner.TuningWarning, match="inputs mode have no effect: the model hears"):
        rltuner.tune("folk", inputs="mode", iterations=256, compositions=8, progress=False)


def test_inputs_may_be_a_list(tmp_path: Path) -> None:
    names: Any
    models = [rltuner.tune("folk", inputs=names, method="pg", iterations=500, compositions=10,
                           progress=False).to_bytes()
              for names in ("rules,mode", ["rules", "mode"], ("rules", "mode"))]
    assert models[0] == models[1] == models[2]


@pytest.mark.parametrize("name", ["docs/python.md", "python/README.md", "README.md"])
def test_the_code_of_documents_runs(name: str, monkeypatch: pytest.MonkeyPatch,
                                    tmp_path: Path) -> None:
    root = Path(__file__).parents[2]
    (tmp_path / "models").symlink_to(root / "models")
    monkeypatch.chdir(tmp_path)
    rltuner.generate(count=60, length=160, output="midi")
    rltuner.Dataset.from_midi("midi", "tunes.safetensors", minimum_bars=4, progress=False)
    for place, call in ((rltuner, "tune"), (rltuner.SequenceModel, "tune"),
                        (rltuner.SequenceModel, "train_on")):
        long = getattr(place, call)
        monkeypatch.setattr(place, call, lambda *given, long=long, **options: long(
            *given, **{**options, "iterations": 200, "progress": False}))
    code = re.findall(r"```python\n(.*?)```", (root / name).read_text(), re.DOTALL)
    names: dict[str, Any] = {}
    for block in code:
        exec(block, names)
    assert code


def test_errors_have_the_name_that_help_gives() -> None:
    assert f"{rltuner.Error.__module__}.{rltuner.Error.__qualname__}" == "rltuner.Error"
    assert isinstance(pickle.loads(pickle.dumps(rltuner.Error("x"))), rltuner.Error)


@pytest.mark.parametrize("kind", [rltuner.NoteRNN, rltuner.SequenceModel])
def test_a_model_from_a_wrong_argument_is_refused(kind: Any) -> None:
    with pytest.raises(TypeError, match=r"\('abc'\): a model comes from load, train"):
        kind("abc")


def test_names_of_melodies_do_not_depend_on_how_the_count_is_written(tmp_path: Path) -> None:
    count: Any = 1000.0
    name = rltuner.generate(count=count, length=1, output=tmp_path)[-1].name
    assert name == "melody_1000" and (tmp_path / f"{name}.mid").exists()


def test_whole_numbers_may_be_floats() -> None:
    assert tuned(low, iterations=3e3, seed=1.0).to_bytes() == tuned(low, seed=1).to_bytes()
    with pytest.raises(rltuner.Error, match="iterations is 3000.5, expected a whole number"):
        tuned(low, iterations=3000.5)
    tokens: Any = rltuner.SequenceModel(vocabulary=3, hidden=4)
    assert tokens.sample(2e3, length=2) == tokens.sample(2000, length=2)
    assert tokens.evaluate(count=2e3, length=2) == tokens.evaluate(count=2000, length=2)
    with pytest.raises(rltuner.Error, match="count is 2.5, expected a whole number"):
        tokens.sample(2.5)


@pytest.mark.parametrize("threads", [0, -1, 2000])
def test_a_wrong_number_of_threads_is_named(threads: int, tmp_path: Path) -> None:
    message = rf"threads is {threads}, expected a whole number: 1 \.\. 1024"
    for call in (lambda: rltuner.tune(threads=threads), lambda: rltuner.evaluate(threads=threads),
                 lambda: rltuner.Dataset.from_midi(tmp_path, threads=threads),
                 lambda: rltuner.SequenceModel(vocabulary=3).sample(1, threads=threads)):
        with pytest.raises(rltuner.Error, match=message):
            call()
    with pytest.raises(TypeError, match="^'str' object cannot be interpreted as an integer$"):
        rltuner.tune(threads="2")  # type: ignore[arg-type]


def test_paths_may_be_of_every_kind(tmp_path: Path) -> None:
    folder = tmp_path / "mit Leerzeichen und ü 音"
    for form in (str, Path, os.fsencode):
        given: Any = form
        rltuner.tune(output=given(folder), iterations=500, progress=False)
        rltuner.Rules().save(given(folder / "rules.toml"))
        model = rltuner.tune(given(folder / "model.safetensors"), iterations=500, progress=False,
                             rules=given(folder / "rules.toml"))
        rltuner.generate(model, count=3, length=160, output=given(folder / "played"))
        dataset = rltuner.Dataset.from_midi(given(folder / "played"), given(folder / "songs"),
                                            minimum_bars=4, progress=False)
        rltuner.NoteRNN.train(given(dataset.path), iterations=2, hidden=4, progress=False,
                              output=given(folder / "trained"))
        assert rltuner.NoteRNN.load(given(folder / "trained")).vocabulary == 38


@pytest.mark.parametrize("call", [
    lambda path: rltuner.NoteRNN.load().save(path),
    lambda path: rltuner.tune(output=path, iterations=500, progress=False),
    lambda path: rltuner.generate(count=1, output=path),
    lambda path: rltuner.generate(count=1)[0].save(path), lambda path: rltuner.Rules().save(path)])
def test_what_cannot_be_written_is_named(call: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises((rltuner.Error, OSError), match="file"):
        call(tmp_path / "file" / "below")


def test_files_are_written_whole_or_not_at_all(tmp_path: Path,
                                               monkeypatch: pytest.MonkeyPatch) -> None:
    saved = {"melody.mid": rltuner.Melody([14]).save, "rules.toml": rltuner.Rules().save}
    for name, save in saved.items():
        path = tmp_path / name
        save(path)
        (tmp_path / "link").symlink_to(path)
        path.write_text("before")
        save(tmp_path / "link")
        assert (tmp_path / "link").is_symlink() and path.read_bytes() != b"before"
        (tmp_path / "link").unlink()
        path.write_text("before")

        def full(number: int) -> None:
            raise OSError(28, "No space left on device")

        with monkeypatch.context() as patch, pytest.raises(OSError, match=name):
            patch.setattr(os, "fsync", full)
            save(path)
        assert path.read_text() == "before"
    assert sorted(os.listdir(tmp_path)) == sorted(saved)


# ---- Datasets


def test_datasets_are_pickled_and_copied(tmp_path: Path) -> None:
    rltuner.generate(count=3, length=160, output=tmp_path)
    dataset = rltuner.Dataset.from_midi(tmp_path, minimum_bars=4, progress=False)
    copies = [pickle.loads(pickle.dumps(dataset)), copy.deepcopy(dataset)]
    report = dataset.report
    del dataset
    for again in copies:
        assert again.report == report and len(again) == 3 and int(again.events.max()) < 38


def test_a_set_of_files_gives_one_dataset(tmp_path: Path) -> None:
    rltuner.generate(count=8, length=160, output=tmp_path)
    files = sorted(tmp_path.glob("*.mid"))
    names = [rltuner.Dataset.from_midi(given, minimum_bars=4, progress=False).names
             for given in (files, set(map(str, files)), frozenset(files))]
    assert names[0] == names[1] == names[2]


def test_a_dataset_is_pickled_in_another_folder(tmp_path: Path,
                                                monkeypatch: pytest.MonkeyPatch) -> None:
    rltuner.generate(count=1, length=160, output=tmp_path / "played")
    monkeypatch.chdir(tmp_path)
    dataset = rltuner.Dataset.from_midi("played", "songs", minimum_bars=4, progress=False)
    monkeypatch.chdir("played")
    assert len(pickle.loads(pickle.dumps(dataset))) == 1


def test_a_temporary_dataset_leaves_without_a_warning(tmp_path: Path) -> None:
    rltuner.generate(count=1, length=160, output=tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        path = Path(rltuner.Dataset.from_midi(tmp_path, minimum_bars=4, progress=False).path)
    assert not path.parent.exists()


# ---- Melodies


@pytest.mark.parametrize("events", [[38], [-1], [14.5], [[14, 1]], [True], ["C4"], 14, [300]])
@pytest.mark.parametrize("form", [list, np.array])
def test_only_rows_of_classes_are_melodies(events: Any, form: Any) -> None:
    with pytest.raises(rltuner.Error, match=r"events: expected a row of whole numbers 0 \.\. 37"):
        rltuner.Melody(np.array(events) if form is np.array else events)


@pytest.mark.parametrize(("name", "value"), [
    ("quarters_per_minute", 0), ("steps_per_quarter", 0), ("steps_per_quarter", 97),
    ("lowest_pitch", -1), ("highest_pitch", 128), ("highest_pitch", 40)])
def test_wrong_arguments_of_melodies_are_named(name: str, value: int) -> None:
    with pytest.raises(rltuner.Error, match=rf"{name} is {value}, expected .* \.\. "):
        rltuner.Melody([14], **{name: value})  # type: ignore[arg-type]


@pytest.mark.parametrize(("name", "value"), [
    ("steps_per_quarter", 0), ("steps_per_quarter", -4), ("quarters_per_minute", float("nan")),
    ("denominator", 0), ("denominator", 3), ("numerator", -1), ("numerator", 10**12),
    ("pickup", -5), ("classes", 300), ("lowest_pitch", 10**6), ("transposition", 10**6),
    ("program", 300), ("velocity", 300), ("velocity", 80.5), ("sharps", 8)])
def test_a_playback_that_is_impossible_is_named(name: str, value: Any) -> None:
    melody = rltuner.Melody([14, 1])
    melody.playback[name] = value
    for use in (lambda: melody.rewards, melody.to_midi, melody.notes, melody.to_svg,
                melody.to_score_svg, melody._repr_html_, lambda: repr(melody)):
        with pytest.raises(rltuner.Error, match="playback: (metre|" + name + " is )"):
            use()


def test_a_playback_may_have_numpys_numbers() -> None:
    melody = rltuner.Melody([14, 1])
    expected = melody.to_midi()
    melody.playback["velocity"] = np.int64(80)
    melody.playback["quarters_per_minute"] = np.float32(80)
    assert melody.to_midi() == expected


def test_events_that_are_set_are_checked() -> None:
    melody = rltuner.Melody([14, 1])
    melody.events = [16, 1]
    assert melody.to_midi() == rltuner.Melody([16, 1]).to_midi()
    with pytest.raises(rltuner.Error, match="events: expected a row"):
        melody.events = [38]
    melody.events[0] = 38
    for use in (lambda: melody.rewards, melody.to_midi, melody.notes, melody.to_svg,
                lambda: repr(melody)):
        with pytest.raises(rltuner.Error, match=r"events: 38 is no class; expected 0 \.\. 37"):
            use()


def test_a_melody_has_events_and_playback_of_its_own() -> None:
    events = np.array([14, 1], np.uint8)
    melody = rltuner.Melody(events)
    events[0] = 0
    assert melody.events.tolist() == [14, 1]
    first, second = rltuner.generate(count=2)
    first.playback["quarters_per_minute"] = 200
    assert second.playback["quarters_per_minute"] == 80


@pytest.mark.parametrize("steps_per_quarter", [1, 4, 24, 48, 96])
def test_notes_have_a_width_on_every_grid(steps_per_quarter: int) -> None:
    svg = rltuner.Melody([14, 16, 1], steps_per_quarter=steps_per_quarter).to_svg()
    widths = [float(width) for width in re.findall(r'<rect [^>]*width="([^"]*)"', svg)]
    assert len(widths) == 2 and min(widths) > 0


def test_names_are_escaped_in_html() -> None:
    assert '"<b>' not in rltuner.Melody([14], name='a"<b>')._repr_html_()


def test_primers_may_be_numpys_numbers() -> None:
    played = [rltuner.generate(count=1, primer=primer)[0] for primer in (np.int64(14), 14)]
    assert played[0].to_midi() == played[1].to_midi()


@pytest.mark.parametrize("primer", [[14, 1], np.array([14, 1]), 14.0, rltuner.Melody([14])])
def test_a_primer_of_another_type_is_named(primer: Any) -> None:
    with pytest.raises(TypeError, match="primer is .*expected a class or a file with music"):
        rltuner.generate(count=1, primer=primer)


@pytest.mark.parametrize("options", [{"include_primer": True}, {"notation": "abc"}])
def test_options_about_files_need_a_folder(options: Any, tmp_path: Path) -> None:
    with pytest.raises(rltuner.Error, match="expected an output folder"):
        rltuner.generate(count=1, primer=14, **options)
    rltuner.generate(count=1, primer=14, output=tmp_path, **options)
    rltuner.generate(count=1, primer=14, include_primer=False, notation="none")


def test_save_writes_no_midi_under_the_name_of_another_format(tmp_path: Path) -> None:
    melody = rltuner.Melody([14, 1, 16, 1])
    for name in ("a.mid", "a.MIDI", "a"):
        melody.save(tmp_path / name)
        assert (tmp_path / name).read_bytes() == melody.to_midi()
    for name in ("a.abc", "a.musicxml", "a.svg", "a.wav"):
        with pytest.raises(rltuner.Error, match="save writes MIDI, expected .mid"):
            melody.save(tmp_path / name)
        assert not (tmp_path / name).exists()


def test_wrong_weights_are_not_called_a_temporary_file() -> None:
    model = rltuner.NoteRNN.load()
    weights = model.tensors()
    with pytest.raises(rltuner.Error, match="^weights: not a safetensors file"):
        rltuner.NoteRNN.from_bytes(b"x")
    with pytest.raises(rltuner.Error, match="^weights: tensor output.bias holds nan"):
        model.with_weights({**weights, "output.bias": np.full(38, np.nan)})
    with pytest.raises(rltuner.Error, match='^weights: tensor "output.bias" is F32'):
        rltuner.NoteRNN.from_torch({**weights, "output.bias": np.zeros(2)})
    with pytest.raises(rltuner.Error, match="^weights: unknown tensor bias"):
        model.with_weights({**weights, "bias": np.zeros(38)})
    del weights["output.bias"]
    with pytest.raises(rltuner.Error, match='^weights: tensor "output.bias" is missing'):
        model.with_weights(weights)


def test_a_model_that_hears_more_than_the_event_is_no_model_of_tokens() -> None:
    model = rltuner.SequenceModel.load("folk")
    for call in (lambda: model.sample(1), lambda: model.evaluate(count=9)):
        with pytest.raises(rltuner.Error, match="hears more than the last event"):
            call()


def test_a_score_of_many_bars_takes_time_in_proportion() -> None:
    def seconds(bars: int) -> float:
        melody = rltuner.Melody([14, 1, 16, 1] * 4 * bars)
        before = time.process_time()
        melody.to_score_svg()
        return time.process_time() - before

    assert seconds(1600) < 40 * seconds(100)


# ---- Any tokens


def test_a_set_is_no_vocabulary() -> None:
    with pytest.raises(TypeError, match="vocabulary is a set, which has no order"):
        rltuner.SequenceModel(vocabulary=set("abc"))  # type: ignore[arg-type]


def test_one_string_is_not_taken_for_many_sequences(letters: rltuner.SequenceModel) -> None:
    with pytest.raises(TypeError, match="sequences is 'abc', expected a list of sequences"):
        letters.train_on("abc")


def test_data_that_are_all_held_out_are_named(letters: rltuner.SequenceModel) -> None:
    with pytest.raises(rltuner.Error, match="all 9 melodies are held out"):
        letters.train_on(["ab"] * 9, held_out=1)


@pytest.mark.parametrize(("name", "value"), [
    ("hidden", 0), ("hidden", "x"), ("hidden", 10**9), ("layers", 17), ("seed", -1),
    ("seed", 0.5)])
def test_wrong_sizes_of_a_new_model_are_named(name: str, value: Any) -> None:
    with pytest.raises(rltuner.Error, match=rf"{name} is {value}, expected a whole number: "):
        rltuner.SequenceModel(vocabulary="abc", **{name: value})


@pytest.mark.parametrize("count", [float("nan"), float("inf"), "x", True])
def test_a_wrong_count_is_named(letters: rltuner.SequenceModel, count: Any) -> None:
    for call in (letters.sample, lambda count: letters.evaluate(count=count)):
        with pytest.raises(rltuner.Error, match="count is .*, expected a whole number: 1"):
            call(count)


@pytest.mark.parametrize("vocabulary", [[1, 2, 3], [("a", 1), ("b", 2), ("c", 3)], b"abc",
                                        np.arange(4), ["a", None, "b"]])
def test_tokens_are_strings(vocabulary: Any) -> None:
    with pytest.raises(rltuner.Error, match="vocabulary: .* is no string"):
        rltuner.SequenceModel(vocabulary=vocabulary)


@pytest.mark.parametrize("vocabulary", ["", "a", "ab", "abca", ["x"] * 4, 1, 2])
def test_three_different_tokens_are_needed(vocabulary: Any) -> None:
    with pytest.raises(rltuner.Error, match="expected 3 or more, all different"):
        rltuner.SequenceModel(vocabulary=vocabulary)


@pytest.mark.parametrize("ends_with", ["d", 3, -1, "ab"])
def test_an_end_that_is_no_token_is_named(ends_with: Any) -> None:
    with pytest.raises(rltuner.Error, match=f"ends_with: {ends_with!r} is not in the vocabulary"):
        rltuner.SequenceModel(vocabulary="abc", ends_with=ends_with)


def test_the_empty_text_may_be_the_end() -> None:
    model = rltuner.SequenceModel(vocabulary=["a", "b", ""], ends_with="", hidden=4)
    assert model.ends_with == "" and "" not in model.sample(1)[0]


@pytest.mark.parametrize("vocabulary", [5000, [f"token {i}" for i in range(5000)]])
def test_a_large_vocabulary_is_learnt(vocabulary: Any) -> None:
    model = rltuner.SequenceModel(vocabulary=vocabulary, ends_with=0, hidden=8)
    # The numbers of those that follow each other differ by 256 and more.
    words = [model.tokens[number] for number in (4999, 4743, 255, 511)]
    again = model.train_on([words[:size] for size in (2, 3, 4)] * 20, held_out=0, iterations=120,
                           batch=12, evaluation_interval=40, learning_rate=0.1, progress=False)
    # Which of three sequences it is takes log(3) / 5 = 0.22 nats of each of 5 tokens.
    assert again.history[0]["loss"] > 1 and again.history[-1]["loss"] < 0.4
    assert {tuple(words[:size]) for size in (2, 3, 4)} <= set(map(tuple, again.sample(50)))


def test_numbers_train_as_their_tokens(letters: rltuner.SequenceModel) -> None:
    rows: Any
    weights = [letters.train_on(rows, iterations=20, progress=False).to_bytes() for rows in (
        ["ab", "abc"] * 9, [[0, 1], [0, 1, 2]] * 9, [np.array([0, 1]), np.array([0, 1, 2])] * 9)]
    assert weights[0] == weights[1] == weights[2]


def test_sequences_train_as_a_dataset_of_the_same_events(tmp_path: Path) -> None:
    random = np.random.default_rng(5)
    rows = [random.integers(0, 26, size).astype(np.uint8) for size in random.integers(1, 30, 200)]
    arrays = {"offsets": np.cumsum([0, *map(len, rows)]).astype("<i8"),
              "events": np.concatenate(rows)}
    header: dict[str, Any] = {"__metadata__": {"format": "rltuner-dataset", "held_out": "0.2",
                              "encoding": json.dumps({"lowest_pitch": 0, "highest_pitch": 23})}}
    at = 0
    for name, array in arrays.items():
        header[name] = {"dtype": "I64" if name == "offsets" else "U8", "shape": [len(array)],
                        "data_offsets": [at, at + array.nbytes]}
        at += array.nbytes
    text = json.dumps(header).encode()
    (tmp_path / "d").write_bytes(len(text).to_bytes(8, "little") + text + b"".join(
        array.tobytes() for array in arrays.values()))
    options: dict[str, Any] = {"iterations": 60, "evaluation_interval": 20, "progress": False}
    theirs = rltuner.NoteRNN.train(tmp_path / "d", hidden=16, **options)
    ours = rltuner.SequenceModel(vocabulary=26, hidden=16).train_on(rows, held_out=0.2, **options)
    assert ours.history == theirs.history and ours.history[0]["held_out_log_perplexity"]
    for name, values in theirs.tensors().items():
        np.testing.assert_array_equal(ours.tensors()[name], values)


def test_what_only_melodies_have_is_no_option_of_training(letters: rltuner.SequenceModel) -> None:
    options: Any
    for options in ({"bars": 2}, {"inputs": "position"}):
        with pytest.raises(rltuner.Error, match="inputs and bars are for melodies"):
            letters.train_on(["ab"] * 9, progress=False, **options)


def test_the_largest_vocabulary_is_learnt_and_a_larger_one_named() -> None:
    largest = rltuner.SequenceModel(vocabulary=65_536, hidden=2)
    last = largest.train_on([[65_535] * 4] * 9, iterations=60, batch=4, learning_rate=0.1,
                            progress=False).sample(1, length=3)
    assert last == [["65535"] * 3]
    with pytest.raises(rltuner.Error, match="vocabulary: 65537 tokens; expected at most 65536"):
        rltuner.SequenceModel(vocabulary=65_537, hidden=2)


def test_a_huge_number_of_tokens_is_refused_at_once() -> None:
    with pytest.raises(rltuner.Error, match="vocabulary: 1000000000000 tokens; expected at most"):
        rltuner.SequenceModel(vocabulary=10**12)


@pytest.mark.parametrize("name", ["hidden", "layers"])
def test_a_size_of_0_is_refused(letters: rltuner.SequenceModel, name: str) -> None:
    options: Any = {name: 0}
    with pytest.raises(rltuner.Error, match=f"{name} is 0, expected"):
        letters.train_on(["ab"] * 9, iterations=2, progress=False, **options)


def test_a_large_vocabulary_is_tuned() -> None:
    model = rltuner.SequenceModel(vocabulary=5000, hidden=4)
    better = model.tune(reward=lambda events: (events[:, -1] < 2500) * 1.0, length=4,
                        iterations=3000, progress=False)
    assert better.vocabulary == len(better.tokens) == 5000


def test_weights_from_elsewhere_get_their_tokens(letters: rltuner.SequenceModel) -> None:
    tensors = letters.train_on(["ab"] * 20, iterations=20, progress=False).tensors()
    again = rltuner.SequenceModel.from_torch(tensors, vocabulary="abc.", ends_with=".")
    assert again.ends_with == "." and again.tokens == letters.tokens
    np.testing.assert_array_equal(again.tensors()["output.bias"], tensors["output.bias"])
    with pytest.raises(rltuner.Error, match="the module has 4 classes, the vocabulary 3 tokens"):
        rltuner.SequenceModel.from_torch(tensors, vocabulary="abc")


@pytest.mark.parametrize("row", [[4], [-1], [256], [0.5], [[0, 1]], 3, [None], [b"a"]])
def test_only_numbers_of_tokens_are_encoded(letters: rltuner.SequenceModel, row: Any) -> None:
    for call in (letters.encode, letters.decode):
        with pytest.raises(rltuner.Error, match=r"expected a row of whole numbers 0 \.\. 3"):
            call(row)


def test_tokens_are_encoded_from_every_form(letters: rltuner.SequenceModel) -> None:
    for row in ("ab", ["a", "b"], ("a", "b"), np.array(["a", "b"]), [0, 1], np.array([0, 1])):
        assert letters.encode(row).tolist() == [0, 1]
    assert letters.encode("").tolist() == letters.encode([]).tolist() == []


@pytest.mark.parametrize(("sequences", "message"), [
    (["ab", "a.b"], "sequence 1 goes on after its end"), ([], "no sequences")])
def test_sequences_that_cannot_be_learnt_are_named(
        letters: rltuner.SequenceModel, sequences: Any, message: str) -> None:
    with pytest.raises(rltuner.Error, match=message):
        letters.train_on(sequences)


def test_empty_sequences_need_an_end(letters: rltuner.SequenceModel) -> None:
    options: dict[str, Any] = {"iterations": 60, "progress": False}
    assert "" in letters.train_on(["", "."] * 20, **options).sample(9)
    with pytest.raises(rltuner.Error, match="sequence 1 is empty"):
        rltuner.SequenceModel(vocabulary="abc").train_on(["a", ""], **options)


def test_what_training_writes_knows_its_tokens(letters: rltuner.SequenceModel,
                                               tmp_path: Path) -> None:
    options: dict[str, Any] = {"iterations": 20, "progress": False}
    trained = letters.train_on(["ab", "abc"] * 9, output=tmp_path / "a", **options)
    assert (tmp_path / "a").read_bytes() == trained.to_bytes()
    assert rltuner.SequenceModel.load(tmp_path / "a").ends_with == "."
    with pytest.warns(RuntimeWarning, match="stopped"):
        letters.train_on(["ab", "abc"] * 9, output=tmp_path / "b", **options,
                         callback=lambda row: row["iteration"] < 10)
    again = letters.train_on(["ab", "abc"] * 9, output=tmp_path / "b", resume=True, **options)
    assert again.to_bytes() == trained.to_bytes()


@pytest.mark.parametrize(("name", "value"), [
    ("count", 0), ("count", -1), ("length", 0), ("length", -1), ("seed", -1), ("temperature", -1),
    ("temperature", float("nan")), ("c", 0)])
def test_wrong_arguments_of_an_evaluation_are_named(letters: rltuner.SequenceModel, name: str,
                                                    value: Any) -> None:
    with pytest.raises(rltuner.Error, match=f"{name} is {value}, expected"):
        letters.evaluate(reward=low, **{name: value})


def test_what_only_melodies_have_is_no_option_of_tokens(letters: rltuner.SequenceModel) -> None:
    options: Any
    for options in ({"metre": "6/8"}, {"key": "E"}, {"bars": 2}):
        with pytest.raises(rltuner.Error, match=f"there is no {next(iter(options))}"):
            letters.tune(reward=low, **options)
    with pytest.raises(rltuner.Error, match="expected a reward"):
        letters.tune(reward=[])
    with pytest.raises(rltuner.Error, match="log_z"):
        letters.evaluate(log_z=True)


def test_samples_do_not_depend_on_how_many_follow(letters: rltuner.SequenceModel) -> None:
    assert letters.sample(1100, length=5)[:30] == letters.sample(30, length=5)


def test_what_has_no_effect_is_said_as_on_the_command_line() -> None:
    tokens = functools.partial(rltuner.SequenceModel(vocabulary="abc").tune, reward=low)
    options: dict[str, Any] = {"method": "psi", "iterations": 500, "progress": False}
    for tune in (rltuner.tune, tokens):
        with pytest.warns(rltuner.TuningWarning,
                          match="^entropy_floor has no effect with method psi$"):
            tune(entropy_floor=0.5, **options)
    call: Any
    for call in (rltuner.generate, rltuner.evaluate):
        with pytest.raises(rltuner.Error, match="^c: has no effect without decoding smc=N$"):
            call("default", c=2)
