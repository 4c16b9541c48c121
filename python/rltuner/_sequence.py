# SPDX-License-Identifier: Apache-2.0
"""Models of any tokens."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Sequence, Set
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from . import _core
from ._model import NoteRNN, tensor_bytes
from ._options import classes_of, threads_of, values_of, whole
from ._rewards import Rewards, reward_tuples
from ._tuning import run_tuning


class SequenceModel(NoteRNN):
    """A model of sequences of any tokens.

        model = rltuner.SequenceModel(vocabulary="abcde.", ends_with=".")
        model = model.train_on(["abc", "bad", ...], iterations=2000)
        tuned = model.tune(reward=my_reward, method="pg", length=20)
        tuned.sample(5)                              # ["abe", "cab", ...]

    vocabulary  the tokens, 3 .. 65,536: a string of characters, a list of strings, or a number
    ends_with   the token that ends a sequence. Sequences of up to `length` tokens then differ in
                length: rewards see further ends after the first one, which earn nothing.
                None: all sequences have one length

    Tokens are numbers 0 .. vocabulary-1 in arrays and rewards; `encode` and `decode` convert.
    """

    def __init__(self, core: _core.Model | None = None, *,
                 vocabulary: str | Sequence[str] | int | None = None,
                 ends_with: str | int | None = None, hidden: int = 100, layers: int = 1,
                 seed: int = 1) -> None:
        """A model to which all tokens are equally likely, until it is trained or tuned."""
        if core is None:
            if vocabulary is None:
                raise TypeError("SequenceModel: vocabulary is missing")
            if isinstance(vocabulary, Set):  # numbered anew in each process
                raise TypeError("vocabulary is a set, which has no order; expected a list")
            if isinstance(vocabulary, (int, np.integer)):
                size, tokens = int(vocabulary), [str(i) for i in range(min(vocabulary, 1 << 16))]
            else:
                tokens = list(vocabulary)
                size = len(tokens)
            for token in tokens:
                if not isinstance(token, str):
                    raise _core.Error(f"vocabulary: {token!r} is no string; expected strings, or "
                                      "the number of tokens")
            if len(set(tokens)) != len(tokens) or len(tokens) < 3:
                raise _core.Error(f"vocabulary: {len(set(tokens))} different tokens of "
                                  f"{len(tokens)}; expected 3 or more, all different")
            if size > 1 << 16:
                raise _core.Error(f"vocabulary: {size} tokens; expected at most 65536")
            if isinstance(ends_with, (int, np.integer)) and 0 <= ends_with < len(tokens):
                ends_with = tokens[int(ends_with)]
            if ends_with is not None and ends_with not in tokens:
                raise _core.Error(f"ends_with: {ends_with!r} is not in the vocabulary")
            core = _equally_likely(len(tokens), whole(hidden, "hidden", 1, 4096),
                                   whole(layers, "layers", 1, 16),
                                   whole(seed, "seed", 0, (1 << 63) - 1))
            core.encoding = json.dumps({"tokens": tokens} if ends_with is None else
                                       {"tokens": tokens, "ends_with": ends_with})
        super().__init__(core)
        encoding = json.loads(core.encoding or "{}")
        self.tokens: list[str] = encoding.get("tokens") or [str(i) for i in range(core.vocabulary)]
        self._numbers = {token: i for i, token in enumerate(self.tokens)}
        self.ends_with: str | None = encoding.get("ends_with")

    @classmethod
    def from_torch(cls, module: Any, *, vocabulary: str | Sequence[str] | int | None = None,
                   ends_with: str | int | None = None) -> Self:
        """A model of these tokens from a module such as `to_torch` returns, or its state_dict()."""
        model = super().from_torch(module)
        if vocabulary is None:
            vocabulary = model.vocabulary
        named = cls(vocabulary=vocabulary, ends_with=ends_with, hidden=1)
        if named.vocabulary != model.vocabulary:
            raise _core.Error(f"from_torch: the module has {model.vocabulary} classes, the "
                              f"vocabulary {named.vocabulary} tokens")
        model._core.encoding = named.encoding
        return cls(model._core)

    @property
    def _end(self) -> int:
        return -1 if self.ends_with is None else self._numbers[self.ends_with]

    def encode(self, tokens: str | Sequence[str] | npt.ArrayLike) -> npt.NDArray[np.int32]:
        """The numbers of tokens; numbers stay as they are. Anything else raises `Error`."""
        if isinstance(tokens, np.ndarray) and tokens.dtype.kind == "U":
            tokens = tokens.tolist()
        if isinstance(tokens, (str, list, tuple)) and all(isinstance(t, str) for t in tokens):
            try:
                return np.array([self._numbers[str(t)] for t in tokens], np.int32)
            except KeyError as error:
                raise _core.Error(f"token {error} is not in the vocabulary of "
                                  f"{len(self.tokens)} tokens") from None
        return classes_of(tokens, len(self.tokens), "tokens").astype(np.int32)

    def decode(self, numbers: npt.ArrayLike) -> str | list[str]:
        """The tokens up to the end: a string if each is one character, else a list."""
        row = classes_of(numbers, len(self.tokens), "numbers").tolist()
        if self._end in row:
            row = row[:row.index(self._end)]
        tokens = [self.tokens[n] for n in row]
        return "".join(tokens) if all(len(t) == 1 for t in self.tokens) else tokens

    def train_on(self, sequences: Iterable[str | Sequence[str] | npt.ArrayLike], *,
                 held_out: float = 0.1, hidden: int | None = None, layers: int | None = None,
                 **options: Any) -> Self:
        """A model of this vocabulary trained on sequences of any lengths; see `NoteRNN.train`.

        The end is added to each sequence that lacks it. A share `held_out` is not trained on. Each
        thread needs 256 bytes for every token of the vocabulary and each step of the longest
        sequence, up to `steps_per_window`.
        """
        end = self._end
        if not 0 <= held_out <= 1:
            raise _core.Error(f"train_on: held_out is {held_out}, expected 0 .. 1")
        if isinstance(sequences, (str, bytes)):
            raise TypeError(f"train_on: sequences is {sequences!r}, expected a list of sequences")
        rows = []
        for number, sequence in enumerate(sequences):
            row = self.encode(sequence)
            if end >= 0:
                # Two ends: the model learns that an end is followed by ends alone.
                size = int(np.argmax(row == end)) if end in row else len(row)
                if (row[size:] != end).any():
                    raise _core.Error(f"train_on: sequence {number} goes on after its end")
                row = np.concatenate([row[:size], [end, end]])
            if len(row) == 0:
                raise _core.Error(f"train_on: sequence {number} is empty and nothing ends it")
            rows.append(row.astype(np.uint16))
        if not rows:
            raise _core.Error("train_on: no sequences")
        offsets = np.cumsum([0, *map(len, rows)], dtype=np.int64)
        data = _core.Tokens(np.concatenate(rows), offsets, len(self.tokens), held_out)
        options.setdefault("similar_lengths", end >= 0)
        return type(self)._train(data, encoding=self._core.encoding,
                                 hidden=self._core.hidden if hidden is None else hidden,
                                 layers=self._core.layers if layers is None else layers, **options)

    def tune(self, *, reward: Rewards, method: str = "pg", length: int = 32,
             gamma: float = 1, recipe: str | os.PathLike[str] = "none",
             output: str | os.PathLike[str] | None = None, resume: bool = False,
             threads: int | None = None,
             callback: Callable[[dict[str, Any]], bool | None] | None = None,
             progress: bool = True, **options: Any) -> Self:
        """Returns a tuned model. The arguments are as in `rltuner.tune`, with tokens for events.

        length     the greatest number of tokens in a sequence, including its end
        gamma      discount of later rewards; at 1 tuning maximises reward / c - KL
        kl_budget  an option: nats for each of the `length` tokens, including those after an end
        recipe     a TOML file; "none": the options' own defaults. Bundled recipes are for melodies
        """
        if not reward_tuples(reward):
            raise _core.Error("tune: expected a reward")
        return run_tuning(self, rules=None, reward=reward, recipe=recipe, output=output,
                          resume=resume, threads=threads, callback=callback, progress=progress,
                          options={"method": method, "length": length, "gamma": gamma, **options},
                          ends_with=self._end)

    def sample(self, count: int, *, length: int = 32, seed: int = 1, temperature: float = 1,
               threads: int | None = None) -> list[str | list[str]]:
        """Sequences that the model plays, without their ends."""
        return [self.decode(row) for row in self.sample_arrays(
            count, length=length, seed=seed, temperature=temperature, threads=threads)]

    def sample_arrays(self, count: int, *, length: int = 32, seed: int = 1, temperature: float = 1,
                      threads: int | None = None) -> npt.NDArray[np.int32]:
        """The same sequences as numbers, [count, length]; ignore those after the first end."""
        actions: npt.NDArray[np.int32] = self._rollouts(
            count, threads, None, length=length, seed=seed, temperature=temperature)[0]
        return actions

    def _rollouts(self, count: int, threads: int | None, reward: Rewards | None,
                  **options: Any) -> list[Any]:
        """[count, length] each: actions, log_prior, log_policy, entropy, kl and rewards."""
        some = 1024  # so that memory is taken as they are played
        parts = []
        count = whole(count, "count", 1, 10_000_000)
        for first in range(0, count, some):
            values = values_of({**options, "count": min(some, count - first), "first": first})
            parts.append(_core.sample(self._core, values, threads_of(threads),
                                      reward_tuples(reward), self._end))
        return [None if arrays[0] is None else np.concatenate(arrays) for arrays in zip(*parts)]

    def evaluate(self, *, reward: Rewards | None = None, count: int = 10_000, length: int = 32,
                 seed: int = 1, temperature: float = 1, c: float = 0.5, log_z: bool = False,
                 threads: int | None = None) -> dict[str, float]:
        """Metrics of `count` sampled sequences.

        reward         mean of the rewards' sum, per sequence
        kl, entropy    mean of KL(policy || the model before tuning) and of the policy's entropy,
                       nats per sequence, up to and including the end
        kl_per_token, entropy_per_token
        tokens         mean number of tokens, including the end
        distinct       share of different sequences
        value          reward / c - kl: what tuning at gamma = 1 maximises
        log_z          with log_z=True: the highest value that any policy can have, estimated by
                       sequential Monte Carlo; log_z_error is its standard error. If runs
                       differ much, both mislead, but log Z is at least log_z_at_least with a
                       probability of 97.5 %
        """
        if log_z and not reward_tuples(reward):
            raise _core.Error("evaluate: log_z is of a reward, and there is none")
        actions, _, _, entropy, kl, rewards = self._rollouts(
            count, threads, reward, length=length, seed=seed, temperature=temperature, c=c)
        live = np.ones(actions.shape, bool)
        if self._end >= 0:
            ended = np.cumsum(actions == self._end, axis=1)
            live[:, 1:] = ended[:, :-1] == 0
        tokens = live.sum(axis=1)
        figures = {
            "kl": float((kl * live).sum(axis=1).mean()),
            "entropy": float((entropy * live).sum(axis=1).mean()),
            "tokens": float(tokens.mean()),
            "kl_per_token": float((kl * live).sum() / tokens.sum()),
            "entropy_per_token": float((entropy * live).sum() / tokens.sum()),
            "distinct": len({row[one].tobytes() for row, one in zip(actions, live)}) / len(live),
        }
        if rewards is not None:
            figures["reward"] = float(rewards.sum(axis=1).mean())
            figures["value"] = figures["reward"] / c - figures["kl"]
            if log_z:
                figures["log_z"], figures["log_z_error"], figures["log_z_at_least"] = _core.log_z(
                    self._core, values_of({"length": length, "c": c, "seed": seed}),
                    reward_tuples(reward), self._end)
        return figures


def _equally_likely(vocabulary: int, hidden: int, layers: int, seed: int) -> _core.Model:
    """Random weights below an output layer of zeros."""
    random = np.random.default_rng(seed)
    tensors: dict[str, npt.ArrayLike] = {}
    for layer in range(layers):
        inputs = vocabulary if layer == 0 else hidden
        for name, columns in (("weight_ih", inputs), ("weight_hh", hidden)):
            tensors[f"lstm.{name}_l{layer}"] = random.uniform(-1, 1, (4 * hidden, columns)
                                                              ) / np.sqrt(hidden)
        forget = np.zeros(4 * hidden)
        forget[hidden:2 * hidden] = 1
        tensors[f"lstm.bias_ih_l{layer}"] = forget
        tensors[f"lstm.bias_hh_l{layer}"] = np.zeros(4 * hidden)
    tensors["output.weight"] = np.zeros((vocabulary, hidden))
    tensors["output.bias"] = np.zeros(vocabulary)
    return NoteRNN.from_bytes(tensor_bytes(tensors, {}))._core
