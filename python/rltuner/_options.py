# SPDX-License-Identifier: Apache-2.0
"""Options as keyword arguments."""

from __future__ import annotations

import errno
import itertools
import operator
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self, TypeVar

import numpy as np
import numpy.typing as npt

from . import _core

Row = TypeVar("Row")
_numbers = itertools.count()


class _Options(list[tuple[str, str, str, str]]):
    """Options as (name, range, default, help); prints as a table."""

    def __repr__(self) -> str:
        return "\n".join(f"{name} = {default}  [{values}]\n    {text}"
                         for name, values, default, text in self)


def options(call: str) -> _Options:
    """All options of "from_midi", "train", "tune", "evaluate" or "generate".

    They are keyword arguments of the call. The defaults shown are those of the recipe `default`.
    """
    found = _core.options(str(call))
    if not found:
        raise _core.Error(f"options: there is no call {call!r}; expected from_midi, train, tune, "
                          "evaluate or generate")
    return _Options(found)


def text_of(value: Any) -> str:
    """The text of a setting as the library reads it; 1e5 counts as a whole number."""
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, (float, np.floating)) and value.is_integer():
        return str(int(value))
    if isinstance(value, (list, tuple)):
        return ",".join(map(text_of, value))
    return os.fsdecode(value) if isinstance(value, (bytes, os.PathLike)) else str(value)


def path_text(value: Any, name: str) -> str:
    """A path or a bundled name as text; for anything else a TypeError that begins with `name`."""
    try:
        return os.fsdecode(value)
    except TypeError:
        raise TypeError(f"{name} is {value!r}, expected a name or a path") from None


def whole(value: Any, name: str, least: int, most: int) -> int:
    """A whole number of any type; anything else raises `Error`."""
    text = text_of(value)
    if re.fullmatch("-?[0-9]{1,20}", text) and least <= int(text) <= most:
        return int(text)
    raise _core.Error(f"{name} is {text}, expected a whole number: {least} .. {most}")


def values_of(given: dict[str, Any]) -> list[tuple[str, str]]:
    """Keyword arguments as settings and their text; None means that it was not given."""
    return [(name, text_of(value)) for name, value in given.items() if value is not None]


def threads_of(threads: int | None) -> int:
    """All processors that this process may use, unless a number is given."""
    if threads is None:
        return len(os.sched_getaffinity(0))
    if not 1 <= operator.index(threads) <= 1024:
        raise _core.Error(f"threads is {threads}, expected a whole number: 1 .. 1024")
    return threads


def resumes(resume: bool, output: object) -> bool:
    """Error if there is nothing to resume from."""
    if resume and not output:
        raise _core.Error("resume: there is no output; expected that of the run to continue")
    return bool(resume)


def write_file(path: str | os.PathLike[str], data: bytes) -> None:
    """Writes a file whole or not at all, as the library does; a link's target is replaced."""
    target = Path(os.path.realpath(path_text(path, "path")))
    temporary = target.with_name(f".rltuner-{target.name[:60]}~{os.getpid()}-{next(_numbers)}.tmp")
    try:
        if target.exists() and not target.is_file():
            raise OSError(errno.EISDIR if target.is_dir() else errno.EINVAL, "expected a file")
        with temporary.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(target)
    except OSError as error:
        raise OSError(error.errno, error.strerror, os.fsdecode(path)) from None
    finally:
        temporary.unlink(missing_ok=True)


def classes_of(values: npt.ArrayLike, classes: int, what: str) -> npt.NDArray[np.int64]:
    """Classes as a new array; for anything else an Error that begins with `what`."""
    array = np.asarray(values)
    if array.shape == (0,):
        return np.zeros(0, np.int64)
    if array.ndim != 1 or array.dtype.kind not in "iu" or array.min() < 0 or array.max() >= classes:
        raise _core.Error(f"{what}: expected a row of whole numbers 0 .. {classes - 1}")
    return array.astype(np.int64)


def goes_on(callback: Callable[[Row], bool | None] | None, row: Row) -> bool:
    """Calls the callback. Returns False to stop the run if it does (Python's or numpy's False)."""
    answer = callback(row) if callback else None
    return not isinstance(answer, (bool, np.bool_)) or bool(answer)


class Bar:
    """A progress bar by tqdm if it is installed and wanted, else nothing. `with` closes it."""

    def __init__(self, title: str, show: bool) -> None:
        self._bar: Any = None
        self._title = title
        if show:
            try:
                from tqdm.auto import tqdm  # type: ignore[import-untyped,unused-ignore]
                self._make = tqdm
            except ImportError:
                show = False
        self._show = show

    def update(self, done: int, total: int, note: str = "") -> None:
        if not self._show:
            return
        if self._bar is None:
            self._bar = self._make(total=total, desc=self._title)
        self._bar.update(done - self._bar.n)
        if note:
            self._bar.set_postfix_str(note, refresh=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        if self._bar is not None:
            self._bar.close()
