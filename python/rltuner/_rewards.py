# SPDX-License-Identifier: Apache-2.0
"""Rewards written in Python."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar, Union, runtime_checkable

import numpy as np
import numpy.typing as npt

Events = npt.NDArray[np.int32]
RewardFunction = Callable[[Events], npt.ArrayLike]
F = TypeVar("F", bound=RewardFunction)


@runtime_checkable
class Reward(Protocol):
    """A reward as an object: it is told of one sequence after another, event by event."""

    def start(self, length: int) -> None:
        """Forgets everything: a sequence of at most `length` events begins."""

    def place(self, event: int) -> float:
        """The reward of `event` as the next one of the sequence."""


AnyReward = Union[RewardFunction, Reward]
Weighted = tuple[AnyReward, float]
Rewards = Union[AnyReward, Weighted, Sequence[Union[AnyReward, Weighted]]]


def per_event(function: F) -> F:
    """Marks a function as a reward for each event of a batch; the same as not marking it.

    It is called with events [B, t+1] (int32), for t = 0, 1, ..., and returns what event t of each
    sequence earns, [B].
    """
    function.form = "event"  # type: ignore[attr-defined]
    return function


def per_sequence(function: F) -> F:
    """Marks a function as a reward for finished sequences.

    It is called with sequences [B, T] (int32) and returns what each earns as a whole, [B]. The last
    event of a sequence gets it.
    """
    function.form = "sequence"  # type: ignore[attr-defined]
    return function


def reward_tuples(rewards: Rewards | None) -> list[tuple[Any, str, float, str]]:
    """(object, form, weight, name) of each reward."""
    if rewards is None:
        return []
    weighted = (isinstance(rewards, tuple) and len(rewards) == 2 and
                isinstance(rewards[1], (int, float)))
    entries: Any = rewards if isinstance(rewards, Sequence) and not weighted else [rewards]
    result = []
    for entry in entries:
        weight = 1.0
        if isinstance(entry, tuple):
            entry, weight = entry[0], float(entry[1])
        name = getattr(entry, "__name__", type(entry).__name__)
        if callable(getattr(entry, "start", None)) and callable(getattr(entry, "place", None)):
            form = "object"
        elif callable(entry):
            form = getattr(entry, "form", "event")
        else:
            raise TypeError(f"reward: {entry!r} is neither a function nor an object with start and "
                            "place; see help(rltuner.tune)")
        result.append((entry, form, weight, name))
    return result
