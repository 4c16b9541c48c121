# SPDX-License-Identifier: Apache-2.0
"""Models: load, train, save, and to and from PyTorch."""

from __future__ import annotations

import json
import os
import tempfile
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self, TypeVar

import numpy as np
import numpy.typing as npt

from . import _core
from ._dataset import Dataset
from ._options import Bar, goes_on, path_text, resumes, threads_of, values_of
from ._rules import Rules

M = TypeVar("M", bound="NoteRNN")


def read_tensors(data: bytes) -> tuple[dict[str, npt.NDArray[np.float32]], dict[str, str]]:
    """The tensors and the metadata of a model file's bytes."""
    size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8:8 + size])
    metadata: dict[str, str] = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        values = np.frombuffer(data[8 + size + begin:8 + size + end], np.float32)
        tensors[name] = values.reshape(entry["shape"]).copy()
    return tensors, metadata


def tensor_bytes(tensors: Mapping[str, npt.ArrayLike], metadata: Mapping[str, str]) -> bytes:
    """A model file of float32 tensors."""
    header: dict[str, Any] = {"__metadata__": dict(metadata)} if metadata else {}
    parts, offset = [], 0
    for name, values in tensors.items():
        array = np.ascontiguousarray(values, np.float32)
        header[name] = {"dtype": "F32", "shape": list(array.shape),
                        "data_offsets": [offset, offset + array.nbytes]}
        parts.append(array.tobytes())
        offset += array.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + b"".join(parts)


class NoteRNN:
    """A model of melodies, tuned or not: an LSTM that predicts the next event.

        model = rltuner.NoteRNN.load("default")     # the bundled one, or the path of a file
        model = rltuner.NoteRNN.train(dataset, iterations=5000)
        model.save("my.safetensors")
        module = model.to_torch()                   # lstm and output, with PyTorch's own names

    `history` (after `train`) and `progress` (after `tune`) are lists of records of the run, one
    dict each. `stopped` is True if the run was stopped before its end. After `tune` by the method
    "match", `matched_rules` are the `Rules` with the weights found, and `matching` has a dict for
    each mean that was matched: feature, weight, wanted, note_rnn, tuned. Models can be pickled and
    copied.
    """

    def __init__(self, core: _core.Model) -> None:
        """From the library's own object; use `load`, `train` or `from_torch` instead."""
        if not isinstance(core, _core.Model):
            raise TypeError(f"{type(self).__name__}({core!r}): a model comes from load, train, "
                            "from_torch or SequenceModel(vocabulary=...)")
        self._core = core
        self.history: list[dict[str, Any]] = []
        self.progress: list[dict[str, Any]] = []
        self.stopped = False
        self.matched_rules: Rules | None = None
        self.matching: list[dict[str, Any]] = []

    @classmethod
    def load(cls, path: str | os.PathLike[str] = "default") -> Self:
        """A bundled Note RNN ("default", "folk") or a model file; a damaged one raises `Error`."""
        return cls(_core.Model.load(path_text(path, "model")))

    @classmethod
    def train(cls, dataset: Dataset | str | os.PathLike[str], *,
              recipe: str | os.PathLike[str] = "default",
              output: str | os.PathLike[str] | None = None, resume: bool = False,
              threads: int | None = None,
              callback: Callable[[dict[str, Any]], bool | None] | None = None,
              progress: bool = True, **options: Any) -> Self:
        """Trains a Note RNN on a dataset, or the file of one.

        recipe    a bundled recipe ("default", "folk", "paper") or a TOML file
        output    model file to write, with checkpoints beside it in OUTPUT.checkpoint/
        resume    continue from the checkpoint, if there is one
        callback  called after every iteration with a dict of iteration, iterations, loss (nats an
                  event) and learning_rate; return False to stop
        options   see rltuner.options("train"), such as iterations, hidden, seed

        Ctrl-C stops the run and saves a checkpoint if there is an output; the model so far is
        returned, with `stopped` True. A RuntimeWarning says that nothing is held out, that a
        checkpoint is damaged, or that one is replaced. Equal dataset, options and seed give the
        same model as on the command line.
        """
        if not isinstance(dataset, Dataset):
            dataset = Dataset(dataset)
        return cls._train(dataset._core, recipe=recipe, output=output, resume=resume,
                          threads=threads, callback=callback, progress=progress, **options)

    @classmethod
    def _train(cls, data: _core.Dataset | _core.Tokens, *, encoding: str | None = None,
               recipe: str | os.PathLike[str] = "default",
               output: str | os.PathLike[str] | None = None, resume: bool = False,
               threads: int | None = None,
               callback: Callable[[dict[str, Any]], bool | None] | None = None,
               progress: bool = True, **options: Any) -> Self:
        checkpoint = f"{path_text(output, 'output')}.checkpoint" if output else ""
        with Bar("train", progress) as bar:

            def told(row: dict[str, Any]) -> bool:
                if row["iteration"] % 50 == 0 or row["iteration"] == row["iterations"]:
                    bar.update(row["iteration"], row["iterations"], f"loss {row['loss']:.3f}")
                return goes_on(callback, row)

            core, history, stopped = _core.train(
                data, path_text(recipe, "recipe"), values_of(options), threads_of(threads),
                checkpoint, resumes(resume, output), told,
                lambda line: warnings.warn(line, RuntimeWarning, stacklevel=4))
        if encoding is not None:
            core.encoding = encoding
        model = cls(core)
        model.history, model.stopped = history, stopped
        if stopped:
            warnings.warn("training was stopped before its end", RuntimeWarning, stacklevel=3)
        elif output:
            model.save(output)
        return model

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes a model file (safetensors), whole or not at all."""
        self._core.save(Path(path_text(path, "path")))

    def to_bytes(self) -> bytes:
        """The model file's bytes."""
        with tempfile.TemporaryDirectory(prefix="rltuner-") as folder:
            path = Path(folder) / "model.safetensors"
            self.save(path)
            return path.read_bytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """The model in a model file's bytes."""
        with tempfile.TemporaryDirectory(prefix="rltuner-") as folder:
            path = Path(folder) / "model.safetensors"
            path.write_bytes(data)
            try:
                return cls.load(path)
            except _core.Error as error:  # about a file that nobody has seen
                raise _core.Error(str(error).replace(str(path), "weights")) from None

    def tensors(self) -> dict[str, npt.NDArray[np.float32]]:
        """Copies of all weights by PyTorch's names: lstm.weight_ih_l0 [4H, V] and so on.

        A tuned model also has its Note RNN's, each name with `prior.` before it.
        """
        return read_tensors(self.to_bytes())[0]

    def to_torch(self) -> Any:
        """A torch.nn.Module with `lstm` (batch_first) and `output`, the weights copied.

        module(one_hot [B, T, V]) gives logits [B, T, V]. If a model has more inputs than the event,
        the last axis of `one_hot` has the width of all its inputs together.
        """
        import torch  # type: ignore[import-not-found,unused-ignore]

        class Module(torch.nn.Module):  # type: ignore[misc,unused-ignore]
            def __init__(self, inputs: int, classes: int, hidden: int, layers: int) -> None:
                super().__init__()
                self.lstm = torch.nn.LSTM(inputs, hidden, layers, batch_first=True)
                self.output = torch.nn.Linear(hidden, classes)

            def forward(self, one_hot: Any, state: Any = None) -> Any:
                return self.output(self.lstm(one_hot, state)[0])

        tensors = self.tensors()
        inputs = tensors["lstm.weight_ih_l0"].shape[1]
        module = Module(inputs, self.vocabulary, self._core.hidden, self._core.layers)
        module.load_state_dict({name: torch.from_numpy(values) for name, values in tensors.items()
                                if not name.startswith("prior.")})
        return module

    @classmethod
    def from_torch(cls, module: Any) -> Self:
        """A model from a module such as `to_torch` returns, or from its state_dict().

        Its only input is the last event. For weights of a model that hears more, use that model's
        `with_weights`.
        """
        state = module if isinstance(module, Mapping) else module.state_dict()
        return cls.from_bytes(tensor_bytes({n: _array(v) for n, v in state.items()}, {}))

    def with_weights(self, weights: Mapping[str, Any]) -> Self:
        """This model as a policy with other weights, which were tuned elsewhere.

        weights: the state_dict of a module from `to_torch`, or a dict of arrays with the names in
        `tensors`. The Note RNN stays the same, so KL is still measured from it.
        """
        own, metadata = read_tensors(self.to_bytes())
        tensors = {name: _array(values) for name, values in weights.items()
                   if not name.startswith("prior.")}
        tensors |= {"prior." + name: own.get("prior." + name, values)
                    for name, values in own.items() if not name.startswith("prior.")}
        if self.method in ("note-rnn", "g"):  # G plays its outputs times the Note RNN's
            metadata |= {"format": "rltuner", "version": "1", "method": "pg"}
        return type(self).from_bytes(tensor_bytes(tensors, metadata))

    @property
    def encoding(self) -> str:
        """What the classes mean, as JSON; "" as in the paper: note off, no event, C3 .. B5."""
        return self._core.encoding

    @property
    def vocabulary(self) -> int:
        """The number of classes of events."""
        return self._core.vocabulary

    @property
    def method(self) -> str:
        """The method that tuned it, or "note-rnn"."""
        return self._core.method

    @property
    def recipe(self) -> str:
        """The settings that it was made with, as TOML."""
        return self._core.recipe

    def __reduce__(self) -> tuple[Any, ...]:
        return _unpickle, (type(self), self.to_bytes()), self._state()

    def _state(self) -> dict[str, Any]:
        return {"history": self.history, "progress": self.progress, "stopped": self.stopped,
                "matched_rules": self.matched_rules, "matching": self.matching}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)

    def __repr__(self) -> str:
        return (f"{type(self).__name__}({self.method}, {self.vocabulary} classes, "
                f"{self._core.layers} x {self._core.hidden} cells)")


def _array(values: Any) -> npt.NDArray[np.float32]:
    """A numpy array of a torch tensor, or of anything that numpy accepts."""
    return np.asarray(values.detach().cpu() if hasattr(values, "detach") else values, np.float32)


def _unpickle(cls: type[M], data: bytes) -> M:
    return cls.from_bytes(data)


def model_of(model: NoteRNN | str | os.PathLike[str]) -> NoteRNN:
    """The model of melodies itself, or the one with that name or path."""
    loaded = model if isinstance(model, NoteRNN) else NoteRNN.load(model)
    if "tokens" in json.loads(loaded.encoding or "{}"):
        raise _core.Error(f"{model} is not of melodies; use the methods tune, evaluate and sample "
                          "of rltuner.SequenceModel")
    return loaded


def rules_of(rules: Rules | str | os.PathLike[str]) -> Rules:
    return rules if isinstance(rules, Rules) else Rules(rules)


class Evaluation(dict[str, Any]):
    """Metrics by key, as `rltuner evaluate --json` writes them; `json` is that text.

    Shares are 0 .. 1, means are per event, logarithms in nats; KEY_ci95 is the 95 % interval.
    """

    def __init__(self, text: str) -> None:
        super().__init__(json.loads(text))
        self.json = text


def evaluate(model: NoteRNN | str | os.PathLike[str] = "default", *,
             rules: Rules | str | os.PathLike[str] = "paper", threads: int | None = None,
             progress: bool = True, **options: Any) -> Evaluation:
    """Plays a model and measures what it plays: Table 1 of the paper, KL, entropy and more.

        rltuner.evaluate("default", compositions=10_000)["notes_in_motif"]

    options: see rltuner.options("evaluate"), such as compositions, length, metre, key, temperature,
    seed. Metre and key that are not given are those that the model was tuned in.
    Ctrl-C raises KeyboardInterrupt.
    """
    name = path_text(model, "model") if not isinstance(model, NoteRNN) else "model"
    rules_name = path_text(rules, "rules") if not isinstance(rules, Rules) else "custom"
    with Bar("evaluate", progress) as bar:
        text = _core.evaluate(model_of(model)._core, name, rules_of(rules).to_toml(), rules_name,
                              values_of(options), threads_of(threads),
                              lambda at: bar.update(*at))
    return Evaluation(text)
