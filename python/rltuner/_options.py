# SPDX-License-Identifier: Apache-2.0
"""Options as keyword arguments."""

from __future__ import annotations

import os
from typing import Any

from . import _core


class _Options(list[tuple[str, str, str, str]]):
    """Options as (name, range, default, help); prints as a table."""

    def __repr__(self) -> str:
        return "\n".join(f"{name} = {default}  [{values}]\n    {text}"
                         for name, values, default, text in self)


def options(call: str) -> _Options:
    """All options of "from_midi", "train", "tune", "evaluate" or "generate".

    They are keyword arguments of the call. The defaults shown are those of the recipe `default`.
    """
    found = _core.options(call)
    if not found:
        raise _core.Error(f"options: there is no call {call!r}; expected from_midi, train, tune, "
                          "evaluate or generate")
    return _Options(found)


def values_of(given: dict[str, Any]) -> list[tuple[str, str]]:
    """Keyword arguments as settings and their text."""
    return [(name, ("true" if value else "false") if isinstance(value, bool) else str(value))
            for name, value in given.items() if value is not None]


def threads_of(threads: int | None) -> int:
    """All processors that this process may use, unless a number is given."""
    return threads if threads is not None else len(os.sched_getaffinity(0))


class Bar:
    """Progress by tqdm where it is installed and wanted, else nothing."""

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

    def close(self) -> None:
        if self._bar is not None:
            self._bar.close()
