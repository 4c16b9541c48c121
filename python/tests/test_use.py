# SPDX-License-Identifier: Apache-2.0
"""Uses that are unusual or wrong, as someone makes them who has read only help()."""

from __future__ import annotations

import functools
import threading
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


def test_a_partial_function_is_named_as_its_function() -> None:
    def wrong(events: Events, *, value: Any) -> Any:
        return value

    with pytest.raises(rltuner.Error, match="reward wrong: returned 'NoneType'"):
        tuned(functools.partial(wrong, value=None))


@pytest.mark.parametrize("weight", [np.float32(0.5), np.float64(0.5), Fraction(1, 2)])
def test_any_real_number_is_a_weight(weight: Any) -> None:
    assert tuned((low, weight)).to_bytes() == tuned((low, 0.5)).to_bytes()


@pytest.mark.parametrize(("reward", "message"), [
    ((low, float("nan")), "weight.*nan"), ([(low, 1.0, 2)], "no pair"), ([(low,)], "no pair"),
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
