# SPDX-License-Identifier: Apache-2.0
"""REINVENT's loss (Olivecrona et al., 2017) as a baseline, in numpy.

It lowers (log p(s) + sigma R(s) - log pi(s))^2 of sequences s that the policy pi plays, where p is
the model before tuning.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

import rltuner

Array = npt.NDArray[np.float32]
LENGTH, BATCH = 60, 128


def sigmoid(x: Array) -> Array:
    return np.float32(1) / (np.float32(1) + np.exp(-x))


class Network:
    """A one-layer LSTM with its gradient; tensors have PyTorch's names and gate order."""

    def __init__(self, tensors: dict[str, Array]) -> None:
        self.w: dict[str, Array] = {name: tensors[name] for name in (
            "lstm.weight_ih_l0", "lstm.weight_hh_l0", "lstm.bias_ih_l0", "lstm.bias_hh_l0",
            "output.weight", "output.bias")}
        self.steps: list[tuple[Any, ...]] = []

    def start(self, batch: int) -> None:
        self.h = self.c = np.zeros((batch, self.w["lstm.weight_hh_l0"].shape[1]), np.float32)
        self.steps = []

    def step(self, token: npt.NDArray[np.int64]) -> Array:
        """Probabilities of the next token, [B, V]."""
        gates = (self.w["lstm.weight_ih_l0"][:, token].T + self.h @ self.w["lstm.weight_hh_l0"].T
                 + self.w["lstm.bias_ih_l0"] + self.w["lstm.bias_hh_l0"])
        i, f, g, o = np.split(gates, 4, axis=1)
        i, f, g, o = sigmoid(i), sigmoid(f), np.tanh(g), sigmoid(o)
        before = self.h, self.c
        self.c = f * self.c + i * g
        t = np.tanh(self.c)
        self.h = o * t
        logits = self.h @ self.w["output.weight"].T + self.w["output.bias"]
        p: Array = np.exp(logits - logits.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        self.steps.append((token, before, i, f, g, o, t, self.h, p))
        return p

    def gradient(self, actions: list[npt.NDArray[np.int64]], weight: Array) -> dict[str, Array]:
        """Of sum_b sum_t weight[t, b] log pi(action)."""
        gradient = {name: np.zeros_like(values) for name, values in self.w.items()}
        d_h = d_c = np.zeros_like(self.h)
        rows = np.arange(len(self.h))
        for t in reversed(range(len(actions))):
            token, (h0, c0), i, f, g, o, tanh_c, h, p = self.steps[t]
            d_logits = -p * weight[t][:, None]
            d_logits[rows, actions[t]] += weight[t]
            gradient["output.weight"] += d_logits.T @ h
            gradient["output.bias"] += d_logits.sum(axis=0)
            d_h = d_h + d_logits @ self.w["output.weight"]
            d_c = d_c + d_h * o * (1 - tanh_c ** 2)
            d_gates = np.concatenate([d_c * g * i * (1 - i), d_c * c0 * f * (1 - f),
                                      d_c * i * (1 - g ** 2), d_h * tanh_c * o * (1 - o)], axis=1)
            np.add.at(gradient["lstm.weight_ih_l0"].T, token, d_gates)
            gradient["lstm.weight_hh_l0"] += d_gates.T @ h0
            gradient["lstm.bias_ih_l0"] += d_gates.sum(axis=0)
            d_h, d_c = d_gates @ self.w["lstm.weight_hh_l0"], d_c * f
        gradient["lstm.bias_hh_l0"] += gradient["lstm.bias_ih_l0"]
        return gradient


class Adam:
    def __init__(self, weights: dict[str, Array], learning_rate: float) -> None:
        self.weights, self.learning_rate, self.steps = weights, learning_rate, 0
        self.m = {name: np.zeros_like(values) for name, values in weights.items()}
        self.v = {name: np.zeros_like(values) for name, values in weights.items()}

    def step(self, gradient: dict[str, Array]) -> None:
        self.steps += 1
        for name, g in gradient.items():
            self.m[name] += 0.1 * (g - self.m[name])
            self.v[name] += 0.001 * (g * g - self.v[name])
            self.weights[name] -= (
                self.learning_rate * self.m[name] / (1 - 0.9 ** self.steps)
                / (np.sqrt(self.v[name] / (1 - 0.999 ** self.steps)) + 1e-8))


def tune(model: rltuner.SequenceModel, reward: Any, *, updates: int, sigma: float,
         learning_rate: float, seed: int) -> rltuner.SequenceModel:
    """The model after so many updates, each from 128 sequences."""
    tensors = model.tensors()
    policy, prior = (Network({name: values.copy() for name, values in tensors.items()})
                     for _ in range(2))
    adam = Adam(policy.w, learning_rate)
    random = np.random.default_rng(seed)
    end = model.encode([str(model.ends_with)])[0]
    for _ in range(updates):
        policy.start(BATCH)
        prior.start(BATCH)
        token = random.integers(0, model.vocabulary, BATCH)  # what comes before the first
        live = np.ones(BATCH, bool)
        actions: list[npt.NDArray[np.int64]] = []
        alive = []
        missing = np.zeros(BATCH)  # log p - log pi
        while live.any() and len(actions) < LENGTH:
            p, q = policy.step(token), prior.step(token)
            drawn = (p.cumsum(axis=1) > random.random((BATCH, 1))).argmax(axis=1)
            token = np.where(live, drawn, end)
            rows = np.arange(BATCH)
            missing += live * np.log(q[rows, token] / p[rows, token])
            actions.append(token)
            alive.append(live)
            live = live & (token != end)
        played = np.full((BATCH, LENGTH), end, np.int32)
        played[:, :len(actions)] = np.stack(actions, axis=1)
        error = missing + sigma * reward(played)
        weight = np.float32(2 / BATCH) * error * np.stack(alive)
        # The squared error's gradient is -2 error times that of log pi.
        adam.step({name: -g for name, g in
                   policy.gradient(actions, weight.astype(np.float32)).items()})
    return model.with_weights(policy.w)
