# SPDX-License-Identifier: Apache-2.0
"""Runs the notebooks' cells, with short runs."""

from __future__ import annotations

import ast
import json
import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

NOTEBOOKS = sorted((Path(__file__).parents[2] / "examples" / "notebooks").glob("*.ipynb"))


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs(path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    if path.stem == "molecules":
        if not (find_spec("rdkit") and "MOLSETS" in os.environ):
            pytest.skip("rdkit is not installed, or MOLSETS names no wheel of molsets")
        monkeypatch.setenv("NOTEBOOK_MOLECULES", str(path.parents[1] / "molecules"))
    monkeypatch.setenv("NOTEBOOK_EVENTS", "20000")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] != "code":
            continue
        code = ast.parse("".join(cell["source"]))
        shown = code.body.pop() if isinstance(code.body[-1], ast.Expr) else None
        exec(compile(code, path.name, "exec"), names)
        if isinstance(shown, ast.Expr):
            value = eval(compile(ast.Expression(shown.value), path.name, "eval"), names)
            if hasattr(value, "_repr_html_"):
                assert value._repr_html_()
