# SPDX-License-Identifier: Apache-2.0
"""Runs the notebooks' cells, with short runs."""

from __future__ import annotations

import importlib
import os
from importlib.util import find_spec
from pathlib import Path

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
    monkeypatch.syspath_prepend(str(path.parent))
    run = importlib.import_module("pictures").run
    shown = [value for value in run(path) if hasattr(value, "_repr_html_")]
    assert all("<svg" in value._repr_html_() for value in shown if hasattr(value, "to_midi"))
