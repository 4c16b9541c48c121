# SPDX-License-Identifier: Apache-2.0
"""The built-in rules of music theory."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

from . import _core
from ._options import path_text, text_of, write_file


_NONE = object()


class _Table(MutableMapping[str, Any]):
    """One rule's parameters; setting one checks its range."""

    def __init__(self, rules: Rules, name: str) -> None:
        self._rules, self._name = rules, name

    def __getitem__(self, key: str) -> Any:
        return self._rules._values[self._name][key]

    def __setitem__(self, key: str, value: Any) -> None:
        self._rules[self._name] = {key: value}

    def __delitem__(self, key: str) -> None:
        raise TypeError("parameters cannot be removed; a weight of 0 leaves out the rule")

    def __iter__(self) -> Iterator[str]:
        return iter(self._rules._values[self._name])

    def __len__(self) -> int:
        return len(self._rules._values[self._name])

    def __repr__(self) -> str:
        return repr(dict(self))


class Rules(MutableMapping[str, Any]):
    """All rules, each a mapping of its parameters. A `weight` of 0 switches a rule off.

        rules = Rules("theory")
        rules["leap"]["weight"] = 2
        rules["key"] = {"weight": 0}        # leaves the other parameters as they are
        del rules["tonic"]                  # the same as a weight of 0
        rules.save("mine.toml")             # what the command line takes as --rules

    `base` is "paper" (as in the paper's results), "theory" (the same, corrected where it departs
    from music theory), "song" (rules that rate real tunes above damaged ones) or the path of a TOML
    file: rules, or a recipe such as the recipe.toml of a run. Rules that know bars use the metre
    given to `tune` or `Melody`. A value out of its range raises `Error`.

    `rules["leap"]` is a view: it shows later changes. `pop` switches a rule off and returns a dict
    of the parameters that it had; `popitem` does so with the last rule that has a weight, and
    raises KeyError if none has.
    """

    def __init__(self, base: str | os.PathLike[str] = "paper") -> None:
        self._values: dict[str, Any] = {}
        self._read(_core.named_rules(path_text(base, "rules")))

    @classmethod
    def from_toml(cls, text: str) -> Rules:
        """Rules of TOML text."""
        rules = cls()
        rules._read(_core.rules_toml(text))
        return rules

    def to_toml(self) -> str:
        """All rules as TOML, including those switched off; `from_toml` reads it back."""
        return self._text

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the TOML file."""
        write_file(path, self._text.encode())

    def _read(self, text: str) -> None:
        self._text = text
        self._values = tomllib.loads(text)["rules"]

    def __getitem__(self, name: str) -> _Table:
        if not isinstance(self._values.get(name), dict):
            raise KeyError(f"{name}; the rules are {', '.join(self)}")
        return _Table(self, name)

    def __setitem__(self, name: str, values: Any) -> None:
        self[name]  # KeyError if there is none
        if not isinstance(values, Mapping):
            raise TypeError(f"rules.{name} is {values!r}, expected a mapping such as "
                            "{'weight': 1}")
        given = [(key, text_of(value)) for key, value in values.items()]
        self._read(_core.change_rule(self._text, name, given))

    def __delitem__(self, name: str) -> None:
        self[name]["weight"] = 0

    def pop(self, name: str, default: Any = _NONE) -> Any:
        """Switches a rule off; returns its parameters as they were."""
        if name not in self and default is not _NONE:
            return default
        values = dict(self[name])
        del self[name]
        return values

    def popitem(self) -> tuple[str, Any]:
        """Switches off the last rule that has a weight; returns its name and its parameters."""
        for name in reversed(list(self)):
            if self[name]["weight"]:
                return name, self.pop(name)
        raise KeyError("no rule has a weight")

    def clear(self) -> None:
        for name in self:
            del self[name]

    def __iter__(self) -> Iterator[str]:
        return (name for name, values in self._values.items() if isinstance(values, dict))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        weights = (f"{name} x {self[name]['weight']:g}" for name in self if self[name]["weight"])
        return f"Rules({', '.join(weights)})"
