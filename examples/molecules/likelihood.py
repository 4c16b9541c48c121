# SPDX-License-Identifier: Apache-2.0
"""Maximum likelihood of given sequences, from a model's weights on, in numpy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

import reinvent
import rltuner

BATCH = 128


def batches(rows: Sequence[npt.NDArray[Any]], random: np.random.Generator
            ) -> Iterator[tuple[npt.NDArray[np.int64], reinvent.Array]]:
    """Tokens [T, BATCH] and the weight of each, sequences of like lengths together."""
    order = random.permutation(len(rows))
    groups: list[list[int]] = []
    for first in range(0, len(order), 20 * BATCH):
        near = sorted(order[first:first + 20 * BATCH], key=lambda i: len(rows[i]))
        groups += [near[i:i + BATCH] for i in range(0, len(near) - BATCH + 1, BATCH)]
    for group in random.permutation(len(groups)):
        longest = max(len(rows[i]) for i in groups[group])
        tokens = np.zeros((longest, BATCH), np.int64)
        live = np.zeros((longest, BATCH), np.float32)
        for column, i in enumerate(groups[group]):
            tokens[:len(rows[i]), column] = rows[i]
            live[:len(rows[i]), column] = 1
        yield tokens, live / live.sum()


def learn(model: rltuner.SequenceModel, sequences: Sequence[str], *, epochs: int,
          learning_rate: float, seed: int) -> rltuner.SequenceModel:
    """The model after so many passes; the learning rate falls to 0."""
    network = reinvent.Network({name: values.copy() for name, values in model.tensors().items()})
    adam = reinvent.Adam(network.w, learning_rate)
    random = np.random.default_rng(seed)
    end = model.encode([str(model.ends_with)])
    rows = [np.concatenate([model.encode(sequence), end]) for sequence in sequences]
    steps = epochs * (len(rows) // BATCH)
    for _ in range(epochs):
        for tokens, weight in batches(rows, random):
            network.start(BATCH)
            token = random.integers(0, model.vocabulary, BATCH)  # what comes before the first
            for following in tokens:
                network.step(token)
                token = following
            adam.learning_rate = learning_rate * (1 - adam.steps / steps)
            gradient = network.gradient(list(tokens), weight)
            adam.step({name: -values for name, values in gradient.items()})
    return model.with_weights(network.w)
