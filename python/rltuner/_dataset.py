# SPDX-License-Identifier: Apache-2.0
"""Melodies for training."""

from __future__ import annotations

import operator
import os
import shutil
import tempfile
import warnings
import weakref
from collections.abc import Callable, Iterable, Iterator, Set
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from . import _core
from ._options import Bar, goes_on, path_text, resumes, threads_of, values_of

Path_ = str | os.PathLike[str]


class Dataset:
    """Melodies in one file, memory-mapped; a held-out part is never trained on.

        dataset = rltuner.Dataset.from_midi(["songs/", "more.zip"], "songs.safetensors")
        dataset.report[0]       # {"file": ..., "melodies": [...], "refused": [...], ...}
        dataset[0]              # the first melody, uint8 [T]

    `report` has a record for every input file if the dataset was made by `from_midi`. A dataset is
    pickled and copied as its path.
    """

    def __init__(self, path: Path_) -> None:
        """Opens a dataset file; a damaged one raises `Error`."""
        name = path_text(path, "dataset")
        self._core = _core.Dataset(Path(name))
        self._file = os.path.abspath(name)  # also after a change of folder
        self.report: list[dict[str, Any]] = []

    @classmethod
    def from_midi(cls, paths: Path_ | Iterable[Path_], output: Path_ | None = None, *,
                  report: Path_ | None = None, resume: bool = False, threads: int | None = None,
                  callback: Callable[[tuple[int, int]], bool | None] | None = None,
                  progress: bool = True, **options: Any) -> Dataset:
        """Extracts the melodies of MIDI files, folders and archives.

        paths     files, folders (with everything below) and .zip, .tar, .tar.gz archives
        output    dataset file to write; None: a temporary one, which lives as long as the dataset
        report    CSV to write, with a line for every file, as the command line does
        resume    continue a run that was stopped
        callback  called with (files begun, all files); return False to stop
        options   see rltuner.options("from_midi"), such as metres="4/4, 3/4" or minimum_bars=4

        Raises `Error` if no melody was found, `KeyboardInterrupt` if it was stopped.
        """
        if isinstance(paths, (str, bytes, os.PathLike)):
            paths = [os.fsdecode(paths)]
        inputs = [Path(path_text(path, "paths")) for path in paths]
        if isinstance(paths, Set):  # it has another order in each process
            inputs.sort()
        folder = tempfile.mkdtemp(prefix="rltuner-") if output is None else None
        path = Path(folder) / "dataset.safetensors" if folder else Path(path_text(output, "output"))
        try:
            with Bar("dataset", progress) as bar:

                def told(at: tuple[int, int]) -> bool:
                    bar.update(*at)
                    return goes_on(callback, at)

                files, stopped = _core.build_dataset(
                    inputs, path, values_of(options), threads_of(threads), resumes(resume, output),
                    path_text(report or "", "report"), told,
                    lambda line: warnings.warn(line, RuntimeWarning, stacklevel=3))
            if stopped:
                raise KeyboardInterrupt(f"stopped after {len(files)} files"
                                        + ("" if folder else "; resume=True continues"))
            dataset = cls(path)
        except BaseException:
            if folder:
                shutil.rmtree(folder)
            raise
        if folder:
            weakref.finalize(dataset, shutil.rmtree, folder, ignore_errors=True)
        dataset.report = files
        return dataset

    @property
    def events(self) -> npt.NDArray[np.uint8]:
        """The classes of all melodies, one after the other, [total]; read-only, no copy."""
        return self._core.events

    @property
    def offsets(self) -> npt.NDArray[np.int64]:
        """Melody i is events[offsets[i]:offsets[i + 1]]; [melodies + 1], read-only, no copy."""
        return self._core.offsets

    @property
    def held_out(self) -> npt.NDArray[np.bool_]:
        """Whether each melody is held out, that is, not trained on, [melodies]."""
        return np.isin(self.offsets[:-1], self._core.held_out())

    @property
    def names(self) -> list[str]:
        """Where each melody comes from."""
        return [self._core.name(i) for i in range(len(self))]

    @property
    def path(self) -> str:
        """The dataset file."""
        return self._core.path

    @property
    def settings(self) -> str:
        """The options that the dataset was made with, as TOML."""
        return self._core.settings

    def __len__(self) -> int:
        return len(self._core)

    def __getitem__(self, index: int) -> npt.NDArray[np.uint8]:
        index = range(len(self))[operator.index(index)]
        return self.events[self.offsets[index]:self.offsets[index + 1]]

    def __iter__(self) -> Iterator[npt.NDArray[np.uint8]]:
        return (self[i] for i in range(len(self)))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._file,), {"report": self.report}

    def __repr__(self) -> str:
        return f"Dataset({len(self)} melodies, {len(self.events)} events)"
