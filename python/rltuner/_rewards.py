# SPDX-License-Identifier: Apache-2.0
"""Rewards written in Python."""

from __future__ import annotations

import functools
import math
import numbers
from collections.abc import Callable, Sequence
from typing import Any, Protocol, SupportsFloat, TypeVar, Union, runtime_checkable

import numpy as np
import numpy.typing as npt

from ._core import Error

Events = npt.NDArray[np.int32]
RewardFunction = Callable[[Events], npt.ArrayLike]
F = TypeVar("F", bound=RewardFunction)
_FORM = "_rltuner_form"  # the attribute that marks a function


@runtime_checkable
class Reward(Protocol):
    """A reward as an object, which gets one sequence after another, event by event."""

    def start(self, length: int) -> None:
        """Forgets everything: a sequence of at most `length` events begins."""

    def place(self, event: int) -> float:
        """The reward of `event` as the next one of the sequence."""


AnyReward = Union[RewardFunction, Reward]
Weighted = tuple[AnyReward, SupportsFloat]
Rewards = Union[AnyReward, Weighted, Sequence[Union[AnyReward, Weighted]]]


def per_event(function: F) -> F:
    """Marks a function as a reward for each event of a batch, as functions without a mark are.

    It is called with events [B, t+1] (int32), for t = 0, 1, ..., and returns what event t of each
    sequence earns, [B].
    """
    return _marked(function, "event")


def per_sequence(function: F) -> F:
    """Marks a function as a reward for finished sequences.

    It is called with sequences [B, T] (int32) and returns what each earns as a whole, [B]. The last
    event of a sequence gets it.
    """
    return _marked(function, "sequence")


def _marked(function: F, form: str) -> F:
    try:
        setattr(function, _FORM, form)
    except AttributeError:  # methods and functions written in C
        function = functools.partial(function)  # type: ignore[assignment]
        setattr(function, _FORM, form)
    return function


def _function_of(reward: Any) -> Any:
    """The function behind wrappers such as partial, which often has the form and the name."""
    while isinstance(reward, functools.partial) and not hasattr(reward, _FORM):
        reward = reward.func
    return reward


def reward_tuples(rewards: Rewards | None) -> list[tuple[Any, str, float, str]]:
    """(object, form, weight, name) of each reward."""
    if rewards is None:
        return []
    weighted = (isinstance(rewards, tuple) and len(rewards) == 2 and
                isinstance(rewards[1], numbers.Real))
    entries: Any = rewards if isinstance(rewards, Sequence) and not weighted else [rewards]
    result = []
    for entry in entries:
        weight = 1.0
        if isinstance(entry, tuple):
            if len(entry) != 2 or not isinstance(entry[1], numbers.Real):
                raise TypeError(f"reward: {entry!r} is no pair of a reward and its weight")
            entry, given = entry
            weight = float(given) if abs(given) < 3.4e38 else math.nan  # as float32
            if not math.isfinite(weight):
                raise Error(f"reward: the weight of {entry!r} is {given}; expected a finite "
                            "float32")
        function = _function_of(entry)
        name = getattr(getattr(function, "func", function), "__name__", type(function).__name__)
        if isinstance(entry, type):
            raise TypeError(f"reward: {name} is a class; expected an object of it, {name}()")
        if callable(getattr(entry, "start", None)) and callable(getattr(entry, "place", None)):
            form = "object"
        elif callable(entry):
            form = getattr(function, _FORM, "event")
        else:
            raise TypeError(f"reward: {entry!r} is neither a function nor an object with start and "
                            "place; see help(rltuner.tune)")
        result.append((entry, form, weight, name))
    return result
